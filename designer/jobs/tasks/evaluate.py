"""Measure trained weights on the validation samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from PIL import Image

from designer.codegen.module import block_of, build
from designer.codegen.program import OutputInfo, Program
from designer.data.batches import Split
from designer.data.open import open_data
from designer.errors import ProjectError, TrainError
from designer.evaluate.curves import calibration, class_curves, mistakes_by_cell, top_accuracies
from designer.evaluate.evaluate import summarise
from designer.evaluate.predict import Predictions, predict
from designer.exchange.weights import load_weights
from designer.jobs.specs import EvaluateJob
from designer.jobs.tasks.common import input_dims, kept_normalisation
from designer.jobs.work import Job
from designer.train.device import choose
from designer.train.measures import figures_of, measures_of
from designer.train.parts import LOSSES

__all__ = ["evaluate_network"]

_PICTURES = "pictures"


def evaluate_network(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `progress`, then `result`: what Evaluation.to_dict() gives, with ``per_class`` for the figures of each
    class and ``classes`` for their names. ``figures`` are the metrics that were chosen, by name. Of several outputs it
    is about the one that counts most, and ``outputs`` has loss and accuracy of each, that one first. The samples worth
    looking at lie in pictures/, where ``picture`` says.
    """
    spec = cast(EvaluateJob, job.spec)
    weights = Path(spec.weights)
    program = job.program()
    module = build(program, None)
    load_weights(module, weights)
    normalisation = spec.normalisation or kept_normalisation(weights)
    data = open_data(spec.data, input_dims(program), job.progress, normalisation=normalisation)
    main = _measured_output(program)

    measures = measures_of(spec.metrics, main, data)

    def answers(output: OutputInfo) -> Predictions:
        loss = LOSSES[output.loss]
        return predict(
            module,
            data.validation,
            loss=loss.build(),
            output=program.outputs.index(output),
            device=choose(spec.device).name,
            progress=lambda done, total: job.progress(done / total, f"Evaluating: {done:,} of {total:,}"),
            regression=loss.target == "values",
            blame=partial(block_of, program),
        )

    told = answers(main)
    measured = summarise(told, data.classes, kind=LOSSES[main.loss].target)
    others = {
        o: summarise(answers(o), data.classes, 0, LOSSES[o.loss].target)
        for o in program.outputs
        if o.loss in LOSSES and o != main
    }
    found = {**measured.to_dict(), "figures": figures_of(measures, told.outputs, told.targets)}
    found["outputs"] = [
        {"name": output.name, "loss": one.loss, "accuracy": one.accuracy}
        for output, one in ({main: measured} | others).items()
        if others
    ]
    if measured.confusion is not None:
        found |= {"calibration": calibration(told), "top": top_accuracies(told)}
        found["curves"] = class_curves(told, measured.confusion.classes)
        found["cells"] = mistakes_by_cell(told, measured.confusion.classes)
    for sample in (*found["mistakes"], *found["unsure"], *found.get("cells", ())):
        sample["name"] = data.validation.name(sample["index"])
        sample["picture"] = _keep_picture(job, data.validation, sample["index"])
    per_class = found.pop("classes")
    names = [row["name"] for row in per_class]
    facts = {"source": data.source, "note": data.note}
    yield job.folder.keep_result({**facts, **found, "classes": names, "per_class": per_class})


def _measured_output(program: Program) -> OutputInfo:
    """The output that counts most. Raises TrainError where none has a loss."""
    if program.main is not None and program.main.loss in LOSSES:
        return program.main
    raise TrainError("The network has no output to measure. End it with a Classification or Regression output.")


def _keep_picture(job: Job, split: Split, index: int) -> str:
    """Write one sample as the network sees it; its path relative to the run folder. Raises ProjectError."""
    folder = job.folder.path / _PICTURES
    pixels = split.raw(index)
    try:
        folder.mkdir(exist_ok=True)
        Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(folder / f"{index}.png")
    except OSError as error:
        raise ProjectError(f"The pictures of {folder} could not be written: {error.strerror or error}.") from error
    return f"{_PICTURES}/{index}.png"
