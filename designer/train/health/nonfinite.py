"""The first number that is none: when a loss, a gradient or a weight is NaN or infinite, the step is done again with
an ear at every block, and what was found is kept in the run folder with the batch and the weights before the step."""

from __future__ import annotations

import contextlib
import io
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from designer.errors import LayerloomError, NonFiniteLoss
from designer.train.batches import Inputs, Split
from designer.train.checkpoint import save_tensors
from designer.train.health.listening import Whose, whose_modules
from designer.train.health.retrace import Trace, retrace
from designer.train.health.step import FOLDER, PICTURES, STEP, TENSORS, WEIGHTS, Sample, StepReport
from designer.train.health.telling import sentence_of
from designer.train.validate import evaluating

__all__ = ["Noted", "Witness", "examine", "random_state", "restore_random"]

_MOST_BYTES = 512 << 20  # of a batch that is kept
_ON_GPU = 128  # batches that are remembered where losses are read late
_GPU_BYTES = 256 << 20
_PICTURES = 16
_MOST_SAMPLES = 512

Compute = Callable[[Inputs, torch.Tensor], torch.Tensor]


class Noted(NamedTuple):
    """A batch as it was given to the network, and the random numbers that were to come."""

    iteration: int
    epoch: int
    batch: int
    indices: torch.Tensor
    x: Inputs
    target: torch.Tensor
    random: Mapping[str, torch.Tensor]

    @property
    def parts(self) -> tuple[torch.Tensor, ...]:
        """The inputs."""
        return self.x if isinstance(self.x, tuple) else (self.x,)

    @property
    def bytes(self) -> int:
        """How large the inputs are."""
        return sum(part.nbytes for part in self.parts)


class Witness:
    """Remembers the last batches of a run, and finds out what went wrong in one of them."""

    def __init__(
        self, module: torch.nn.Module, train: Split, validation: Split, device: torch.device, folder: Path | None,
        whose: Whose | None, compute: Compute, measure: Compute, alone: bool = True,
    ) -> None:  # fmt: skip
        """``compute`` and ``measure`` give the loss of a batch of each, run line by line.

        Not ``alone``: other processes train with this one, and would have to join a backward pass. Then only the
        forward pass is done again, and nothing where that asks for the others too.
        """
        self._backward = alone
        self._dumb = not alone and _asks_others(module)
        self._module, self._device, self._compute, self._measure = module, device, compute, measure
        self._train, self._validation = train, validation
        self._folder = folder / FOLDER if folder is not None else None
        self._whose = whose
        # On the CPU every loss is read at once; the step before it may have made the weights bad.
        self._notes: deque[Noted] = deque(maxlen=2 if device.type == "cpu" else _ON_GPU)

    def note(
        self, iteration: int, epoch: int, batch: int, indices: torch.Tensor, x: Inputs, target: torch.Tensor
    ) -> None:
        """Remember a batch, right before the network gets it. Costs some millionths of a second."""
        notes = self._notes
        notes.append(Noted(iteration, epoch, batch, indices, x, target, random_state(self._device)))
        if self._device.type != "cpu":
            while len(notes) > 2 and len(notes) * notes[-1].bytes > _GPU_BYTES:
                notes.popleft()

    def inquire(self, error: NonFiniteLoss, done: int, good: Mapping[str, torch.Tensor]) -> NonFiniteLoss:
        """The error with the block and the sentence that were found, after ``done`` iterations.

        ``good`` are weights that proved good some time before. Gives back what it got where nothing is to be found.
        """
        try:
            if self._dumb:
                return error
            poisoned = [name for name, p in self._module.named_parameters() if not bool(torch.isfinite(p).all())]
            # Where the weights are good, it is the batch that was read; else the step that was taken last, or on a GPU
            # one of those around the first bad loss.
            last = min(done, error.iteration)
            wanted = [error.iteration] if not poisoned else [last, last - 1]
            notes = [note for number in wanted for note in self._notes if note.iteration == number]
            if not notes:
                return error  # it was read so late that the batch is not remembered any more
            found = self._look(notes, poisoned, good)
            if found is None or found.cause == "unknown":
                found = self._look_at_validation(error) or found
        except (RuntimeError, MemoryError):  # no memory to look closer, or a device past answering
            return error
        finally:
            self._notes.clear()
        if found is None or found.cause == "unknown":
            return error
        kept = f"{FOLDER}/{STEP}" if self._folder is not None and (self._folder / STEP).is_file() else None
        return NonFiniteLoss(found.sentence, found.iteration, found.batch, found.block, kept)

    def _look(
        self, notes: Sequence[Noted], poisoned: Sequence[str], good: Mapping[str, torch.Tensor]
    ) -> StepReport | None:
        weights = {name: tensor.detach().clone() for name, tensor in self._module.state_dict().items()}
        stepped = {
            name: p.grad for name, p in self._module.named_parameters()
            if p.grad is not None and not bool(torch.isfinite(p.grad).all())
        }  # fmt: skip
        exact = not poisoned
        found: tuple[Noted, Trace] | None = None
        for note in notes:
            before = _mended(weights, good)
            trace = examine(self._module, before, note, self._compute, self._whose, self._device, self._backward)
            found = found or (note, trace)
            if trace.forward is not None or trace.backward is not None or not _finite(note.parts):
                found = (note, trace)
                break
        if found is None:
            return None
        report = self._report(*found, self._train, exact, poisoned, sorted(stepped))
        if report.cause == "unknown":
            return report
        return self._keep(report, found[0], _mended(weights, good))

    def _look_at_validation(self, error: NonFiniteLoss) -> StepReport | None:
        """The first batch of the validation that gives no number."""
        last = self._notes[-1] if self._notes else None
        size = len(last.indices) if last is not None else 64
        with evaluating(self._module):
            for number, start in enumerate(range(0, len(self._validation), size), start=1):
                places = torch.arange(start, min(start + size, len(self._validation)))
                x, target = self._validation.batch(slice(start, start + len(places)), self._device)
                with torch.no_grad():
                    if bool(torch.isfinite(self._measure(x, target))):
                        continue
                state = random_state(self._device)
                note = Noted(error.iteration, last.epoch if last else 1, number, places, x, target, state)
                weights = {name: tensor.clone() for name, tensor in self._module.state_dict().items()}
                trace = examine(self._module, weights, note, self._measure, self._whose, self._device, self._backward)
                report = self._report(note, trace, self._validation, True, [], [], validation=True)
                return self._keep(report, note, weights)
        return None

    def _report(
        self, note: Noted, trace: Trace, split: Split, exact: bool, poisoned: Sequence[str], stepped: Sequence[str],
        validation: bool = False,
    ) -> StepReport:  # fmt: skip
        bad = _bad_samples(note.parts) or trace.bad_samples
        order = [*bad, *(place for place in range(len(note.indices)) if place not in set(bad))]
        samples = tuple(
            Sample(index=int(note.indices[place]), name=_name(split, int(note.indices[place])), bad=place in bad)
            for place in order[:_MOST_SAMPLES]
        )
        where = f"iteration {note.iteration} (epoch {note.epoch}, batch {note.batch})"
        if validation:
            where = f"batch {note.batch} of the validation after iteration {note.iteration}"
        told = sentence_of(where, trace, samples, poisoned, stepped, not _finite(note.parts))
        cause, block, sentence = told
        return StepReport(
            cause=cause, block=block, sentence=sentence, iteration=note.iteration, epoch=note.epoch, batch=note.batch,
            exact=exact, loss=trace.loss, rows=tuple(trace.rows), samples=samples, places=tuple(order[:_PICTURES]),
            validation=validation,
        )  # fmt: skip

    def _keep(self, report: StepReport, note: Noted, weights: Mapping[str, torch.Tensor]) -> StepReport:
        """Write everything down; a disk that refuses leaves the sentence."""
        if self._folder is None:
            return report
        tensors = {f"input.{number}": part for number, part in enumerate(note.parts)}
        tensors |= {"target": note.target, "indices": note.indices}
        tensors |= {f"random.{name}": state for name, state in note.random.items()}
        fits = sum(tensor.nbytes for tensor in tensors.values()) <= _MOST_BYTES
        report = report.model_copy(update={"replayable": fits})
        with contextlib.suppress(LayerloomError, OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            if fits:
                save_tensors(self._folder / WEIGHTS, weights, {"iteration": str(report.iteration - 1)})
                save_tensors(self._folder / TENSORS, tensors, {"iteration": str(report.iteration)})
            pictures = _pictures(note.parts[0], report.places)
            if pictures:
                data = io.BytesIO()
                np.savez(data, allow_pickle=False, **pictures)
                (self._folder / PICTURES).write_bytes(data.getbuffer())
            (self._folder / STEP).write_text(report.model_dump_json(), encoding="utf-8")
        return report


def examine(
    module: torch.nn.Module,
    weights: Mapping[str, torch.Tensor],
    note: Noted,
    compute: Compute,
    whose: Whose | None,
    device: torch.device,
    backward: bool = True,
) -> Trace:
    """Do the step of a batch again, from these weights, with the random numbers that it had; see `retrace`."""
    module.load_state_dict(dict(weights))
    restore_random(note.random, device)
    return retrace(module, lambda: compute(note.x, note.target), whose or whose_modules(module), backward)


def random_state(device: torch.device) -> dict[str, torch.Tensor]:
    """What torch draws from next."""
    states = {"torch": torch.get_rng_state()}
    if device.type == "cuda":
        states["device"] = torch.cuda.get_rng_state(device)
    return states


def restore_random(states: Mapping[str, torch.Tensor], device: torch.device) -> None:
    """Let torch draw what it drew then."""
    torch.set_rng_state(states["torch"])
    if "device" in states and device.type == "cuda":
        torch.cuda.set_rng_state(states["device"], device)


def _asks_others(module: torch.nn.Module) -> bool:
    """Whether even a forward pass waits for other processes: weights spread over them, statistics of all of them."""
    spread = any(hasattr(weight, "placements") for weight in module.parameters())
    return spread or any(isinstance(layer, torch.nn.SyncBatchNorm) for layer in module.modules())


def _mended(weights: Mapping[str, torch.Tensor], good: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The weights, and where they are no numbers, those that proved good before."""
    return {
        name: good[name] if name in good and not bool(torch.isfinite(tensor).all()) else tensor
        for name, tensor in weights.items()
    }


def _finite(parts: Sequence[torch.Tensor]) -> bool:
    return all(bool(torch.isfinite(part).all()) for part in parts if part.is_floating_point())


def _bad_samples(parts: Sequence[torch.Tensor]) -> list[int]:
    """The positions of samples that are no numbers themselves."""
    found: set[int] = set()
    for part in parts:
        if part.is_floating_point():
            good = torch.isfinite(part).reshape(len(part), -1).all(1)
            found.update(int(place) for place in (~good).nonzero().reshape(-1))
    return sorted(found)


def _name(split: Split, index: int) -> str:
    named: Callable[[int], str] | None = getattr(split, "name", None)
    return named(index) if named is not None else f"sample {index}"


def _pictures(x: torch.Tensor, places: Sequence[int]) -> dict[str, Any]:
    """Pictures of samples, uint8 [n, height, width, 1 or 3], and where they are no numbers; none for other data."""
    if not x.is_floating_point() or x.dim() not in (2, 3, 4):
        return {}
    chosen = x[list(places)].detach().to("cpu", torch.float32)
    if chosen.dim() == 2:  # rows of numbers: one line each
        chosen = chosen[:, None, None, :]
    elif chosen.dim() == 3:
        chosen = chosen[:, None]
    chosen = chosen[:, : 3 if chosen.shape[1] >= 3 else 1, :256, :256]
    good = torch.isfinite(chosen)
    numbers = chosen.nan_to_num(0.0, 0.0, 0.0)
    low, high = numbers.amin((1, 2, 3), keepdim=True), numbers.amax((1, 2, 3), keepdim=True)
    grey = ((numbers - low) / (high - low).clamp_min(1e-12) * 255).round().to(torch.uint8)
    return {"pictures": grey.permute(0, 2, 3, 1).numpy(), "bad": (~good).any(1).numpy()}
