"""What is kept of a run: last and best weights, the state to go on from, good weights in case of a failure."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from designer.errors import NonFiniteLoss, NotSaved
from designer.train.checkpoint import keep_numbered, load_tensors, save_tensors, sweep
from designer.train.events import Checkpointed
from designer.train.spec import TrainSpec
from designer.train.state import BEST, LAST, STATE, Moving, Progress, save_state
from designer.train.world import current

__all__ = ["WEIGHTS", "Keeper", "Kept"]

WEIGHTS = "weights.safetensors"  # relative to the run folder

_SNAPSHOT_EVERY = 2.0  # seconds between two copies of weights that proved good
_REFUSED_FOR = 5.0  # seconds after which a checkpoint that could not be written is tried again
_SAVING_SHARE = 0.01  # of a run's time that checkpoints at epoch ends may take


@dataclass(frozen=True)
class Kept:
    """The weights that a run leaves: "latest" or "best", of which iteration, and their path in the run folder."""

    which: str
    iteration: int
    path: str | None = None


def _open(folder: Path) -> None:
    """Make the folder of checkpoints ready, so that one that can never be written is found before the training.

    Raises NotSaved.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError("it may not be written to")
    except OSError as error:
        raise NotSaved(f"“{folder}” could not be written: {error}. Choose another folder for the run.") from error
    sweep(folder)


class _Copy:
    """A copy of a module's weights in the computer's memory; its memory is used again by the next copy."""

    def __init__(self) -> None:
        self.tensors: dict[str, torch.Tensor] = {}
        self.iteration = 0
        self.taken = float("-inf")

    def take(self, tensors: Mapping[str, torch.Tensor], iteration: int) -> None:
        for name, tensor in tensors.items():
            if name not in self.tensors:
                self.tensors[name] = torch.empty_like(tensor, device="cpu")
            self.tensors[name].copy_(tensor)
        self.iteration, self.taken = iteration, time.monotonic()


class Keeper:
    """Keeps the weights of one run. With ``folder`` None nothing is written, but good weights are still restored."""

    def __init__(
        self, folder: Path | None, moving: Moving, spec: TrainSpec, train_samples: int, device: torch.device
    ) -> None:
        self.folder = folder
        self._moving, self._spec = moving, spec
        self._train_samples, self._device = train_samples, device
        self._good, self._best = _Copy(), _Copy()
        self._best_unsaved = False
        self._saved_at, self._saving_took = time.monotonic(), 0.0
        self._refused_until = float("-inf")
        self._saved: tuple[int, int, float] | None = None
        if folder is not None:
            _open((folder / LAST).parent)

    def adopt_best(self, state: Path, iteration: int) -> None:
        """Take over the best weights, of ``iteration``, that lie beside ``state``, where a run goes on from it."""
        path = state.with_name(Path(BEST).name)
        if not path.is_file():
            return
        tensors, about = load_tensors(path)
        elsewhere = self.folder is None or path.resolve() != (self.folder / BEST).resolve()
        if iteration and about.get("iteration") != str(iteration) and not elsewhere:
            return  # they are of a later part of the run, which is trained again
        self._best.tensors, self._best.iteration = tensors, iteration
        self._best_unsaved = elsewhere

    def weights_proved_good(self, progress: Progress) -> None:
        """Call at the start, and when the loss of the present weights is known to be finite; copies them every
        few seconds."""
        if time.monotonic() - self._good.taken >= _SNAPSHOT_EVERY and not current().sharded:
            self._good.take(self._moving.weights(), progress.iteration)

    @property
    def proved_good(self) -> dict[str, torch.Tensor]:
        """The last copy of weights that proved good."""
        return self._good.tensors

    def weights_are_best(self, progress: Progress) -> None:
        """Copy the present weights; they are written with the next checkpoint, so that both are of one run."""
        self._moving.collect()
        self._best.take(self._moving.weights(), progress.iteration)
        self._best_unsaved = True

    def due(self, progress: Progress, epoch: int | None) -> bool:
        """Whether a checkpoint is to be written now; ``epoch`` is the one that has just ended."""
        if self.folder is None or time.monotonic() < self._refused_until:
            return False
        spec, since = self._spec, time.monotonic() - self._saved_at
        if not (spec.checkpoint_every or spec.checkpoint_epochs or spec.checkpoint_minutes):
            return epoch is not None and (self._saved is None or since >= self._saving_took / _SAVING_SHARE)
        return bool(
            (spec.checkpoint_every and progress.iteration % spec.checkpoint_every == 0)
            or (spec.checkpoint_epochs and epoch is not None and epoch % spec.checkpoint_epochs == 0)
            or (spec.checkpoint_minutes and since >= 60 * spec.checkpoint_minutes)
        )

    def try_again_later(self) -> None:
        """Call when the disk refused: for some seconds no checkpoint is due."""
        self._refused_until = time.monotonic() + _REFUSED_FOR

    def checkpoint(self, progress: Progress, epoch: int) -> list[Checkpointed]:
        """Write best (if new), last weights and state. Raises NotSaved, and NonFiniteLoss for poisoned weights."""
        self._refuse_poisoned(progress)
        self._moving.collect()
        now = (progress.iteration, progress.validated_at, progress.rate_factor)
        if self.folder is None or (self._saved == now and not self._best_unsaved):
            return []  # nothing has changed since the last one
        began = time.monotonic()
        events = [Checkpointed(progress.iteration, epoch, LAST, best=False)]
        if self._best_unsaved:  # first: the state that is written after it counts on it
            save_tensors(self.folder / BEST, self._best.tensors, {"iteration": str(self._best.iteration)})
            self._best_unsaved = False
            events.append(Checkpointed(self._best.iteration, epoch, BEST, best=True))
        save_state(self.folder, self._moving, self._spec, progress, self._train_samples, self._device)
        about = {"iteration": str(progress.iteration), "epoch": str(epoch)}
        save_tensors(self.folder / LAST, self._moving.weights(), about)
        keep_numbered(self.folder / STATE, progress.iteration, self._spec.keep_checkpoints)
        self._saved_at = time.monotonic()
        self._saving_took = self._saved_at - began
        self._saved = now
        return events

    def finish(self, progress: Progress, best: bool) -> Kept:
        """Leave the latest weights, or the ``best`` where there are any, in the module and on disk."""
        best = best and bool(self._best.tensors)
        tensors = self._best.tensors if best else self._moving.weights()
        kept = Kept("best" if best else "latest", self._best.iteration if best else progress.iteration)
        if best or self._moving.averaging is not None:
            self._moving.module.load_state_dict(tensors)
        if self.folder is None:
            return kept
        save_tensors(self.folder / WEIGHTS, tensors, {"iteration": str(kept.iteration)})
        return replace(kept, path=WEIGHTS)

    def rescue(self, progress: Progress, poisoned: bool) -> str:
        """After a failure: leave good weights in the module and on disk. Returns a sentence about them.

        Good are the present weights, unless the loss says that they are ``poisoned``: then the last copy that
        proved good. The checkpoints stay as they are. Raises TrainError when they cannot be written.
        """
        if current().sharded:  # no process has all of them, and the others may be past answering
            return "The checkpoints of the run are kept."
        iteration, tensors = progress.iteration, self._moving.result.state_dict()
        if poisoned or not self._finite():
            iteration, tensors = self._good.iteration, self._good.tensors
        self._moving.module.load_state_dict(tensors)
        if self.folder is not None:
            save_tensors(self.folder / WEIGHTS, tensors, {"iteration": str(iteration)})
        if iteration:
            return f"The weights after iteration {iteration} are kept."
        return (
            "The weights from before the first iteration are kept." if progress.iteration else "No iteration was done."
        )

    def _refuse_poisoned(self, progress: Progress) -> None:
        if not self._finite():
            raise NonFiniteLoss(
                f"The weights became NaN or infinite in iteration {progress.iteration}. Lower the learning rate.",
                progress.iteration,
                0,
            )

    def _finite(self) -> bool:
        # Parameters only: a mask among the buffers may hold -inf on purpose.
        checks = [parameter.isfinite().all() for parameter in self._moving.module.parameters()]
        return bool(torch.stack(checks).all().item()) if checks else True
