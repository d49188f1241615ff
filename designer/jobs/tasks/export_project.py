"""Write a training as a project of plain Python, and prove that its losses are those of a training here."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from designer.codegen.module import build
from designer.codegen.program import Program
from designer.data.open import Data, open_data
from designer.errors import ExportError
from designer.exchange.atomic import beside, check_target, replace_with, write_text
from designer.exchange.python_project.plan import MACHINE, Plan, refuse_what_stays
from designer.exchange.python_project.write import losses_there, write_project
from designer.exchange.weights import load_weights
from designer.jobs.specs import ExportProjectJob
from designer.jobs.tasks.common import check_outputs, input_dims, what_learns
from designer.jobs.work import Job
from designer.train.events import Failed, Step
from designer.train.loop import train
from designer.train.parts import LOSSES
from designer.train.spec import TrainSpec

__all__ = ["export_project"]


def export_project(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `progress`, then `result`: the path, how many steps were compared, their losses and a sentence."""
    spec = cast(ExportProjectJob, job.spec)
    out, program = Path(spec.out), job.program()
    check_target(out, True)
    learns = what_learns(job, spec.train)
    if learns["frozen"] or set(learns["rates"].values()) - {1.0} or learns["begins"]:
        raise ExportError("Frozen blocks and learning rates of their own cannot go along yet. Take those marks away.")
    plan = _plan(program, spec)
    data = open_data(spec.data, input_dims(program), job.progress, normalisation=spec.normalisation)
    check_outputs(program, data)
    module = build(program, spec.train.seed)
    if spec.initial is not None:
        load_weights(module, Path(spec.initial))
    with beside(out) as part:
        job.progress(0.2, "Writing the project")
        sentence = f"The losses of its first {spec.steps:,} steps were the same to the last bit as those in Layerloom."
        write_project(part, program, module, data, plan, sentence)
        job.progress(0.5, "Training here")
        here = _losses_here(program, copy.deepcopy(module), data, spec)
        job.progress(0.7, "Training there")
        _compare(here, losses_there(part, len(here)))
        replace_with(part, out)
    report = {
        "title": "Python project",
        "path": str(out),
        "steps": len(here),
        "losses": [float.fromhex(loss) for loss in here],
        "torch": torch.__version__,
        "sentence": f"Run in a Python of its own. {sentence}",
    }
    write_text(out.with_name(f"{out.name}.report.json"), json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    yield job.folder.keep_result(report)


def _plan(program: Program, spec: ExportProjectJob) -> Plan:
    settings = spec.train.model_dump(mode="python")
    titles = {name: str(field.title or name) for name, field in TrainSpec.model_fields.items()}
    refuse_what_stays(settings, titles, bool(spec.data.augment))
    trained = [output for output in program.outputs if output.loss in LOSSES]
    if len(program.outputs) != 1 or not trained or trained[0].weight != 1.0:
        raise ExportError("A project of plain Python trains one output with a loss, of weight 1. Take the others away.")
    loss = LOSSES[trained[0].loss]
    smooth = {"label_smoothing": spec.train.label_smoothing} if spec.train.label_smoothing else {}
    function = loss.build(**smooth) if loss.target == "classes" else loss.build()
    options = function.keywords if isinstance(function, partial) else {}
    name = (function.func if isinstance(function, partial) else function).__name__
    kept = {key: value for key, value in spec.train.model_dump(mode="json").items() if key not in MACHINE}
    return Plan(kept, name, options, loss.target == "classes")


def _losses_here(program: Program, module: nn.Module, data: Data, spec: ExportProjectJob) -> list[str]:
    """The losses of the first steps of the real training, on the processor in plain floats."""
    plain = {name: TrainSpec.model_fields[name].default for name in MACHINE}
    settings = spec.train.model_copy(update={**plain, "device": "cpu", "precision": "float32"})
    found: list[str] = []
    for event in train(module, data, settings, program.outputs):
        if isinstance(event, Failed):
            raise ExportError(f"The training here failed: {event.message}")
        if isinstance(event, Step):
            found.append(float(event.loss).hex())
            if len(found) == spec.steps:
                break
    return found


def _compare(here: list[str], there: list[str]) -> None:
    """Raises ExportError that names the first step whose losses differ."""
    for step, (mine, theirs) in enumerate(zip(here, there, strict=False), start=1):
        if mine != theirs:
            raise ExportError(
                f"The project does not train as here: the loss of step {step} is {float.fromhex(theirs):.9g} there and "
                f"{float.fromhex(mine):.9g} here. It was not saved."
            )
    if len(here) != len(there):
        raise ExportError(f"The project did {len(there)} steps where {len(here)} were done here. It was not saved.")
