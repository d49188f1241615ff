"""What is kept of a run: last and best weights, the state to go on from, good weights in case of a failure."""

from __future__ import annotations

import time
from pathlib import Path

import torch

from designer.errors import NonFiniteLoss
from designer.train.checkpoint import load_tensors, save_tensors, sweep
from designer.train.events import Checkpointed
from designer.train.spec import TrainSpec
from designer.train.state import BEST, LAST, Progress, save_state

__all__ = ["WEIGHTS", "Keeper"]

WEIGHTS = "weights.safetensors"  # relative to the run folder

_SNAPSHOT_EVERY = 2.0  # seconds between two copies of weights that proved good
_SAVING_SHARE = 0.01  # of a run's time that checkpoints at epoch ends may take


class _Copy:
    """A copy of a module's weights in the computer's memory; its memory is used again by the next copy."""

    def __init__(self) -> None:
        self.tensors: dict[str, torch.Tensor] = {}
        self.iteration = 0
        self.taken = float("-inf")

    def take(self, module: torch.nn.Module, iteration: int) -> None:
        for name, tensor in module.state_dict().items():
            if name not in self.tensors:
                self.tensors[name] = torch.empty_like(tensor, device="cpu")
            self.tensors[name].copy_(tensor)
        self.iteration, self.taken = iteration, time.monotonic()


class Keeper:
    """Keeps the weights of one run. With ``folder`` None nothing is written, but good weights are still restored."""

    def __init__(
        self,
        folder: Path | None,
        module: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        spec: TrainSpec,
        train_samples: int,
        device: torch.device,
    ) -> None:
        self._folder, self._module, self._optimizer = folder, module, optimizer
        self._spec, self._train_samples, self._device = spec, train_samples, device
        self._good, self._best = _Copy(), _Copy()
        self._best_unsaved = False
        self._saved_at, self._saving_took, self._saved_iteration = float("-inf"), 0.0, -1
        if folder is not None and (folder / LAST).parent.is_dir():
            sweep((folder / LAST).parent)

    def adopt_best(self, state: Path) -> None:
        """Take over the best weights that lie beside ``state``, so that a run which goes on elsewhere has them."""
        path = state.with_name(Path(BEST).name)
        if path.is_file() and (self._folder is None or path.resolve() != (self._folder / BEST).resolve()):
            self._best.tensors = load_tensors(path)[0]
            self._best_unsaved = True

    def weights_proved_good(self, progress: Progress) -> None:
        """Call at the start, and when the loss of the present weights is known to be finite; copies them every
        few seconds."""
        if time.monotonic() - self._good.taken >= _SNAPSHOT_EVERY:
            self._good.take(self._module, progress.iteration)

    def weights_are_best(self, progress: Progress) -> None:
        """Copy the present weights; they are written with the next checkpoint, so that both are of one run."""
        if self._folder is not None:
            self._best.take(self._module, progress.iteration)
            self._best_unsaved = True

    def due(self, progress: Progress, epoch_ended: bool) -> bool:
        """Whether a checkpoint is to be written now."""
        if self._folder is None:
            return False
        if self._spec.checkpoint_every:
            return progress.iteration % self._spec.checkpoint_every == 0
        return epoch_ended and time.monotonic() - self._saved_at >= self._saving_took / _SAVING_SHARE

    def checkpoint(self, progress: Progress, epoch: int) -> list[Checkpointed]:
        """Write state, last and (if new) best weights. Raises TrainError, and NonFiniteLoss for poisoned weights."""
        self._refuse_poisoned(progress)
        if self._folder is None or (self._saved_iteration == progress.iteration and not self._best_unsaved):
            return []  # nothing has changed since the last one
        began = time.monotonic()
        save_state(self._folder, self._module, self._optimizer, self._spec, progress, self._train_samples, self._device)
        about = {"iteration": str(progress.iteration), "epoch": str(epoch)}
        save_tensors(self._folder / LAST, self._module.state_dict(), about)
        events = [Checkpointed(progress.iteration, epoch, LAST, best=False)]
        if self._best_unsaved:
            save_tensors(self._folder / BEST, self._best.tensors, {"iteration": str(self._best.iteration)})
            self._best_unsaved = False
            events.append(Checkpointed(self._best.iteration, epoch, BEST, best=True))
        self._saved_at = time.monotonic()
        self._saving_took = self._saved_at - began
        self._saved_iteration = progress.iteration
        return events

    def finish(self, progress: Progress) -> str | None:
        """Write the final weights; returns their path relative to the run folder."""
        if self._folder is None:
            return None
        save_tensors(self._folder / WEIGHTS, self._module.state_dict(), {"iteration": str(progress.iteration)})
        return WEIGHTS

    def rescue(self, progress: Progress, poisoned: bool) -> str:
        """After a failure: leave good weights in the module and on disk. Returns a sentence about them.

        Good are the present weights, unless the loss says that they are ``poisoned``: then the last copy that
        proved good. The checkpoints stay as they are. Raises TrainError when they cannot be written.
        """
        iteration = progress.iteration
        if poisoned or not self._finite():
            self._module.load_state_dict(self._good.tensors)
            iteration = self._good.iteration
        if self._folder is not None:
            save_tensors(self._folder / WEIGHTS, self._module.state_dict(), {"iteration": str(iteration)})
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
        checks = [parameter.isfinite().all() for parameter in self._module.parameters()]
        return bool(torch.stack(checks).all().item()) if checks else True
