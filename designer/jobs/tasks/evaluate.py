"""Measure trained weights on the validation samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from PIL import Image

from designer.codegen.module import block_of, build
from designer.codegen.program import Program
from designer.data.batches import Split
from designer.data.open import open_data
from designer.errors import ProjectError, TrainError
from designer.evaluate.evaluate import evaluate
from designer.exchange.weights import load_weights
from designer.jobs.specs import EvaluateJob
from designer.jobs.tasks.common import input_dims, kept_normalisation
from designer.jobs.work import Job
from designer.train.device import choose
from designer.train.parts import LOSSES

__all__ = ["evaluate_network"]

_PICTURES = "pictures"


def evaluate_network(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `progress`, then `result`: what Evaluation.to_dict() gives, with ``per_class`` for the figures of each
    class and ``classes`` for their names. The samples worth looking at lie in pictures/, where ``picture`` says.
    """
    spec = cast(EvaluateJob, job.spec)
    weights = Path(spec.weights)
    program = job.program()
    module = build(program, None)
    load_weights(module, weights)
    normalisation = spec.normalisation or kept_normalisation(weights)
    data = open_data(spec.data, input_dims(program), job.progress, normalisation=normalisation)
    index = _measured_output(program)
    loss = LOSSES[program.outputs[index].loss]
    measured = evaluate(
        module,
        data.validation,
        classes=data.classes,
        loss=loss.build(),
        output=index,
        device=choose(spec.device).name,
        progress=lambda done, total: job.progress(done / total, f"Evaluating: {done:,} of {total:,}"),
        regression=loss.target == "values",
        blame=partial(block_of, program),
    )
    found = measured.to_dict()
    for sample in (*found["mistakes"], *found["unsure"]):
        sample["name"] = data.validation.name(sample["index"])
        sample["picture"] = _keep_picture(job, data.validation, sample["index"])
    per_class = found.pop("classes")
    names = [row["name"] for row in per_class]
    facts = {"source": data.source, "note": data.note}
    yield job.folder.keep_result({**facts, **found, "classes": names, "per_class": per_class})


def _measured_output(program: Program) -> int:
    """The first output that has a loss. Raises TrainError where there is none."""
    for index, output in enumerate(program.outputs):
        if output.loss in LOSSES:
            return index
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
