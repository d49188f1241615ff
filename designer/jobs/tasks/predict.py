"""What a trained network says to single pictures, and where in each it sees that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from designer.codegen.module import finder
from designer.codegen.program import OutputInfo, Program
from designer.data.batches import Look
from designer.data.decode import Damaged, decode, fit_picture
from designer.data.fitting import target_for
from designer.data.spec import Normalisation
from designer.errors import DataError, JobError, ProjectError, TrainError
from designer.evaluate.heat.asking import Asked, Heard
from designer.evaluate.heat.maps import heat_map
from designer.evaluate.heat.names import WAYS
from designer.jobs.folder import RunFolder
from designer.jobs.specs import PredictJob
from designer.jobs.tasks.common import input_dims, kept_normalisation
from designer.jobs.tasks.kept_model import Loaded, loaded
from designer.jobs.work import Job
from designer.train.health.listening import Listening
from designer.train.parts import LOSSES

__all__ = ["predict_pictures"]

_PICTURES = "pictures"
_PLAIN = "Nothing is known of how pictures were normalised for these weights, so pixels from 0 to 1 were used."


@dataclass(frozen=True)
class _Answering:
    """What is the same for all pictures."""

    kept: Loaded
    output: OutputInfo
    target: str  # of its loss: classes, labels or values
    classes: tuple[str, ...]
    normalisation: Normalisation | None

    @property
    def number(self) -> int:
        return self.kept.program.outputs.index(self.output)

    def name(self, index: int) -> str:
        return self.classes[index] if index < len(self.classes) else str(index)


def predict_pictures(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `progress`, then `result`: ``pictures`` with ``name``, ``top`` (``label``, ``index``, ``value``: the
    likeliest first), ``picture`` as the network sees it, and ``heat`` with ``map`` (grey, in the picture's size),
    ``label`` and ``block``. A picture that cannot be used has ``error`` instead.
    """
    spec = cast(PredictJob, job.spec)
    if spec.way and spec.way not in WAYS:
        raise JobError(f"There is no heat map called {spec.way!r}. Choose one of {', '.join(WAYS)}.")
    weights, found = Path(spec.weights), []
    with loaded(job, weights, spec.device) as kept:
        about = _answering(kept, spec, spec.normalisation or kept_normalisation(weights))
        for number, path in enumerate(spec.pictures):
            job.progress(number / len(spec.pictures), f"Looking at {Path(path).name}")
            try:
                found.append({"name": path, **_one(job, about, spec, Path(path), number)})
            except (Damaged, DataError) as error:
                found.append({"name": path, "error": f"{Path(path).name} cannot be used: {_ended(str(error))}"})
    if len(found) == 1 and "error" in found[0]:
        raise DataError(found[0]["error"])
    job.progress(1.0, "Looked at all pictures" if len(found) > 1 else "Looked at the picture")
    note = _PLAIN if about.normalisation is None else ""
    yield job.folder.keep_result({"pictures": found, "target": about.target, "note": note, "device": kept.device})


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith(".") else f"{sentence}."


def _answering(kept: Loaded, spec: PredictJob, normalisation: Normalisation | None) -> _Answering:
    output = _main(kept.program)
    if normalisation is not None and normalisation.of != "pixels":
        raise JobError("The network was trained on numbers and not on pictures, so it cannot look at one.")
    facts = RunFolder(Path(spec.training) if spec.training else Path(spec.weights).parent).data_facts() or {}
    classes = output.labels or tuple(str(name) for name in facts.get("classes") or ())
    target = LOSSES[output.loss].target
    if output.classes is not None and len(classes) > output.classes:
        classes = ()  # of other data: wrong names would be worse than none
    return _Answering(kept, output, target, classes, normalisation)


def _main(program: Program) -> OutputInfo:
    if program.main is not None and program.main.loss in LOSSES:
        return program.main
    raise TrainError("The network has no output that answers. End it with a Classification or Regression output.")


def _one(job: Job, about: _Answering, spec: PredictJob, path: Path, number: int) -> dict[str, Any]:
    try:
        image = decode(path)
    except OSError as error:
        raise DataError(f"the file cannot be read ({error.strerror or error})") from error
    program, module = about.kept.program, about.kept.module
    channels = 1 if image.mode == "L" else 3
    target = target_for(input_dims(program), (channels, image.height, image.width))
    pixels = np.ascontiguousarray(fit_picture(image, target.dims, spec.fit))
    plain = Normalisation(mean=(0.0,) * target.dims[0], std=(1.0,) * target.dims[0])
    look = Look(_fitting(about.normalisation or plain, target.dims[0]), target.sample_dims)
    x = look(torch.from_numpy(pixels.copy())[None]).to(about.kept.device)
    with torch.no_grad():
        given = module(x)
    out: torch.Tensor = given if isinstance(given, torch.Tensor) else given[about.number]
    values = _values(out, about.target)
    order = np.argsort(-values, kind="stable") if about.target != "values" else np.arange(len(values))
    top = [{"label": about.name(int(i)), "index": int(i), "value": float(values[i])} for i in order[: spec.top]]
    answer = {"top": top, "picture": _keep(job, pixels.transpose(1, 2, 0), f"{number}.png")}
    if not spec.way:
        return answer
    wanted = _wanted(about, spec.target, len(values)) if spec.target else int(order[0])
    asked = Asked(module, x, target.dims, wanted, _listening(program), about.number, spec.block)
    heat = heat_map(spec.way, asked)
    place = _keep(job, (heat.values * 255).round().astype(np.uint8)[..., None], f"{number}-heat.png")
    return {**answer, "heat": {"map": place, "label": about.name(wanted), "block": heat.block, "way": spec.way}}


def _fitting(normalisation: Normalisation, channels: int) -> Normalisation:
    if len(normalisation.mean) != channels:
        raise JobError(
            f"The weights were trained on pictures with {len(normalisation.mean)} channels, and the Input takes "
            f"{channels}. Train the network again."
        )
    return normalisation


def _values(out: torch.Tensor, target: str) -> npt.NDArray[np.float64]:
    """Probabilities [C], or the numbers of a regression."""
    row = out[0].double().cpu()
    if row.dim() != 1:
        raise JobError(
            f"The network answers with {tuple(row.shape)} numbers for one picture; expected one for each class."
        )
    row = row.softmax(0) if target == "classes" else row.sigmoid() if target == "labels" else row
    found: npt.NDArray[np.float64] = row.numpy()
    return found


def _wanted(about: _Answering, name: str, count: int) -> int:
    for index in range(count):
        if about.name(index) == name:
            return index
    known = ", ".join(about.name(index) for index in range(min(count, 20)))
    raise JobError(f"There is no class {name!r}. Choose one of {known}{', …' if count > 20 else ''}.")


def _listening(program: Program) -> Any:
    whose = finder(program)

    def watch(heard: Heard) -> Listening:
        return Listening(whose, heard)

    return watch


def _keep(job: Job, pixels: npt.NDArray[np.uint8], name: str) -> str:
    """Write pixels [H, W, C]; the path relative to the run folder. Raises ProjectError."""
    folder = job.folder.path / _PICTURES
    try:
        folder.mkdir(exist_ok=True)
        Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(folder / name)
    except OSError as error:
        raise ProjectError(f"The pictures of {folder} could not be written: {error.strerror or error}.") from error
    return f"{_PICTURES}/{name}"
