"""What a run that ran out of memory could do instead: settings that were tried out and found to fit."""

from __future__ import annotations

import gc
import time
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from designer.errors import LayerloomError, OutOfMemory
from designer.train.device import release
from designer.train.forecast import halved
from designer.train.parts import OPTIMIZERS
from designer.train.sparing import buffers_spared
from designer.train.speed import Speed, precision_of

if TYPE_CHECKING:
    from designer.train.session import Session
    from designer.train.spec import TrainSpec

__all__ = ["offers_after", "together"]

Offer = Mapping[str, Any]

_SPARE = 10  # a tenth more samples are tried, so that a run does not fail in the middle
_PATIENCE = 20.0  # seconds, after which nothing more is tried


def offers_after(error: LayerloomError, run: Session | None) -> tuple[Offer, ...]:
    """Settings with which the run would have fitted, the one that changes least first; none for other errors.

    Each is a ``title`` and the fields of ``train`` to change. Every one was tried with a real batch and its gradients.
    """
    if run is None or not isinstance(error, OutOfMemory):
        return ()
    _let_go(error)
    trial, spec, found = _Trial(run), run.spec, list[Offer]()
    for title, change in _savings(spec, run.device):
        if trial.fits(spec.batch_size, change):
            found.append({"title": title, "train": change})
    fitting = halved(min(spec.batch_size, len(run.data.train)))
    while fitting and not trial.fits(fitting, {}):
        fitting = halved(fitting)
    if fitting:
        size, count = together(spec.batch_size * spec.accumulate, fitting)
        parts = {"batch_size": size, "accumulate": count}
        found.append({"title": f"With {count} batches of {size:,}, added up", "train": parts})
        found.append({"title": f"With batches of {fitting:,}", "train": {"batch_size": fitting}})
    return tuple(found)


def together(effective: int, fitting: int) -> tuple[int, int]:
    """A batch size of at most ``fitting``, and how many of them make up ``effective`` samples, or nearly so."""
    for size in range(fitting, fitting // 2, -1):
        if effective % size == 0:
            return size, effective // size
    return fitting, -(-effective // fitting)


def _savings(spec: TrainSpec, device: torch.device) -> list[tuple[str, dict[str, Any]]]:
    """Switches that take less memory for the same batch."""
    found: list[tuple[str, dict[str, Any]]] = []
    if precision_of(spec, device) == "float32" and torch.amp.is_autocast_available(device.type):
        modern = device.type != "cuda" or torch.cuda.is_bf16_supported(including_emulation=False)
        number = "bf16" if modern else "fp16"
        found.append((f"With {number}", {"precision": number}))
    if not spec.checkpoint_activations and spec.compile == "off":
        found.append(("Computing activations again", {"checkpoint_activations": True}))
    return found


def _let_go(error: BaseException | None) -> None:
    """Forget the numbers that the frames of a failed step hold."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__context__


class _Trial:
    """Takes steps without moving weights, on real samples, beside as much memory as the optimiser wants."""

    def __init__(self, run: Session) -> None:
        self._run = run
        self._ends = time.monotonic() + _PATIENCE

    def fits(self, batch: int, change: Mapping[str, Any]) -> bool:
        """Whether a batch finds the memory that it needs with a change of settings; False when time is over."""
        if time.monotonic() > self._ends:
            return False
        try:
            self._step(batch, self._run.spec.model_copy(update={**change, "compile": "off"}))
        except Exception as error:  # noqa: BLE001  (libraries say in many ways that memory is short; what fails is not offered)
            _let_go(error)
            return False
        finally:
            self._run.module.zero_grad(set_to_none=True)
            gc.collect()  # what failed in the middle of a backward pass holds on to itself
            release(self._run.device)
        return True

    def _step(self, batch: int, spec: TrainSpec) -> None:
        run, module = self._run, self._run.module
        held = torch.empty(self._missing(), dtype=torch.uint8, device=run.device)
        module.train()
        speed = Speed(module, spec, run.device)
        with buffers_spared(module):
            count = min(batch, len(run.data.train))
            where = torch.arange(count + count // _SPARE) % len(run.data.train)
            x, target = run.data.train.batch(where, run.device)
            loss = run.objective(speed(x), target)[0]
            loss.backward()  # type: ignore[no-untyped-call]
        del held

    def _missing(self) -> int:
        """Bytes that the optimiser does not hold yet, but will after its first step."""
        optimizer, spec = self._run.optimizer, self._run.spec
        remembers, wanted = OPTIMIZERS[spec.optimizer].state, 0
        for parameter in (p for group in optimizer.param_groups for p in group["params"]):
            if parameter not in optimizer.state:
                wanted += remembers(spec, parameter.shape)[0] * parameter.element_size()
        return wanted
