"""A training goes on with another network: its weights follow the edits, the rest begins anew."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import torch

from designer.codegen.module import build
from designer.data.open import Data
from designer.errors import LayerloomError
from designer.jobs.changes import adopt, changed, read_change
from designer.jobs.specs import TrainJob
from designer.jobs.tasks.common import check_outputs, input_dims, learns
from designer.jobs.user_code import program_of
from designer.jobs.work import Job
from designer.project.trail import Trail
from designer.train.batches import EpochOrder
from designer.train.checkpoint import load_tensors, save_tensors
from designer.train.events import Noted, to_dict
from designer.train.learning import Learning
from designer.train.refit import refit
from designer.train.state import network_number

__all__ = ["catch_up", "take_change"]


def take_change(job: Job, number: int, data: Data, iteration: int) -> Mapping[str, Any]:
    """Make the run's last state fit the proposed network; what to tell. The network stays where that cannot be."""
    spec = cast(TrainJob, job.spec).train
    try:
        before = job.folder.network()
        assert before is not None
        change = read_change(job.folder, number)
        program = program_of(change.network)
        input_dims(program)
        check_outputs(program, data)
        module = build(program, spec.seed)
        learning = Learning(module, spec, **learns(change.network, spec))
        per_epoch = EpochOrder(len(data.train), spec.batch_size, spec.seed).per_epoch

        def follow(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
            with TemporaryDirectory(prefix="layerloom-") as place:
                source, target = Path(place) / "before.safetensors", Path(place) / "after.safetensors"
                save_tensors(source, tensors, {})
                Trail(source, before, change.edits).write(change.network, target)
                return load_tensors(target)[0]

        adopt(job.folder, change.network)
        try:
            done = refit(job.folder.path, module, learning, per_epoch, follow, number)
        except LayerloomError:
            adopt(job.folder, before)
            raise
    except LayerloomError as error:
        return to_dict(Noted(iteration, "refused", f"The network of the run stays as it is. {error.message}"))
    return to_dict(Noted(iteration, "network", done.sentence))


def catch_up(job: Job, resume: Path) -> None:
    """Where a run was killed between its network and its state, the network is that of the state again.

    Raises FileDamaged.
    """
    if changed(job.folder):
        adopt(job.folder, read_change(job.folder, network_number(resume)).network)
