"""Do the step again in which a run met its first NaN or infinity, from what the run kept of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import torch

from designer.codegen.module import build, finder
from designer.errors import JobError
from designer.jobs.folder import RunFolder
from designer.jobs.specs import ReplayStepJob, TrainJob
from designer.jobs.tasks.common import learns
from designer.jobs.user_code import program_of
from designer.jobs.work import Job
from designer.project.strict_json import read_bounded
from designer.train.batches import Inputs
from designer.train.checkpoint import load_tensors, load_weights
from designer.train.device import available, choose
from designer.train.health.nonfinite import Noted, examine
from designer.train.health.retrace import Trace
from designer.train.health.step import FOLDER, STEP, TENSORS, WEIGHTS, StepReport, read_step
from designer.train.learning import Learning
from designer.train.objective import Objective
from designer.train.softening import training_objective
from designer.train.spec import TrainSpec
from designer.train.speed import Speed, process_settings

__all__ = ["replay_step"]


class _Batch:
    """The one batch that was kept, as training data."""

    def __init__(self, x: Inputs, target: torch.Tensor) -> None:
        self.labels = target
        self._x = x

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, indices: torch.Tensor | slice, device: torch.device) -> tuple[Inputs, torch.Tensor]:
        """All of it; it is asked for its labels only."""
        return self._x, self.labels


class _Data:
    classes: Sequence[str] = ()

    def __init__(self, batch: _Batch) -> None:
        self.train = self.validation = batch


def replay_step(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `result`: the step as it was, and ``again`` with the rows of now, and whether it is the ``same`` block."""
    run = RunFolder(Path(cast(ReplayStepJob, job.spec).run_dir))
    spec, network, report = run.spec(), run.network(), read_report(run)
    if not isinstance(spec, TrainJob) or network is None:
        raise JobError(f"{run.path} holds no training.")
    if not report.replayable:
        raise JobError("The batch of that step was too large to be kept, so the step cannot be done again.")
    job.progress(None, "Doing the step again")
    program = program_of(network)
    module, train = build(program, None), spec.train
    set_back = process_settings()
    try:
        device = torch.device(_device(train.device))
        tensors, _ = load_tensors(run.path / FOLDER / TENSORS)
        load_weights(module, load_tensors(run.path / FOLDER / WEIGHTS)[0], run.path)
        module.to(device)
        note = _noted(report, tensors, device)
        compute = _Computing(module, program.outputs, train, note, device)
        learning = Learning(module, train, **learns(network, train))
        learning.enter(report.epoch)
        module.train(not report.validation)
        for layer in learning.still:
            layer.eval()
        state = {name: tensor.clone() for name, tensor in module.state_dict().items()}
        trace = examine(module, state, note, compute.measure if report.validation else compute, finder(program), device)
    finally:
        set_back()
    yield job.folder.keep_result(
        {
            "report": report.model_dump(mode="json"),
            "again": _again(trace),
            "device": str(device),
            "same": _same(report, trace),
        }
    )


def read_report(run: RunFolder) -> StepReport:
    """What a run kept of the step that failed. Raises JobError where it kept none, FileDamaged."""
    path = run.path / FOLDER / STEP
    if not path.is_file():
        raise JobError(f"The run in {run.path} met no NaN or infinity, so there is no step to do again.")
    return read_step(read_bounded(path, 16 << 20))


class _Computing:
    """The loss of the batch, as the run computes it."""

    def __init__(
        self, module: torch.nn.Module, outputs: Any, spec: TrainSpec, note: Noted, device: torch.device
    ) -> None:
        self._plain = Objective(outputs, spec.output_weights)
        shares = note.target.is_floating_point()  # of pictures that were mixed: there are no labels to count
        used = spec.model_copy(update={"class_weights": "none"} if shares else {})
        self._soft = training_objective(self._plain, outputs, _Data(_Batch(note.x, note.target.cpu())), used, device)
        self._speed = Speed(module, spec.model_copy(update={"compile": "off", "checkpoint_activations": False}), device)
        self._module = module

    def __call__(self, x: Inputs, target: torch.Tensor) -> torch.Tensor:
        return self._soft(self._speed.answers(self._module, x), target)[0]

    def measure(self, x: Inputs, target: torch.Tensor) -> torch.Tensor:
        """As a validation does."""
        return self._plain(self._speed.answers(self._module, x), target)[0]


def _noted(report: StepReport, tensors: Mapping[str, torch.Tensor], device: torch.device) -> Noted:
    parts = [tensors[name].to(device) for name in sorted(name for name in tensors if name.startswith("input."))]
    x: Inputs = parts[0] if len(parts) == 1 else tuple(parts)
    random = {name.removeprefix("random."): tensors[name] for name in tensors if name.startswith("random.")}
    target = tensors["target"].to(device)
    return Noted(report.iteration, report.epoch, report.batch, tensors["indices"], x, target, random)


def _device(wanted: str) -> str:
    """The device of the run, or the CPU where that is not here."""
    return choose(wanted).name if wanted in ("auto", "cuda", *(d.name for d in available())) else "cpu"


def _same(report: StepReport, trace: Trace) -> bool:
    """Whether the same was found as in the run."""
    if report.cause in ("forward", "backward"):
        return report.block in (trace.forward, trace.backward)
    return not math.isfinite(trace.loss)


def _again(trace: Trace) -> dict[str, Any]:
    found = StepReport(loss=trace.loss, block=trace.forward or trace.backward, rows=tuple(trace.rows))
    data = found.model_dump(mode="json")
    return {name: data[name] for name in ("loss", "block", "rows")}
