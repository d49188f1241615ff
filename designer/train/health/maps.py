"""Feature maps: what the blocks make of a few pinned samples, as small grey pictures in one file of the run folder.

The file is a .npz of plain numbers and is replaced as a whole: ``about`` is JSON as bytes (iteration, blocks and their
channels), ``inputs`` the samples, ``map 0``, ``map 1``, ... one array uint8 [samples, channels, height, width] a block.
"""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from designer.train.batches import Inputs, Split
from designer.train.events import Maps
from designer.train.health.listening import Listening, Whose, whose_modules
from designer.train.validate import evaluating

__all__ = ["FILE", "PINNED", "FeatureMaps"]

FILE = "health/maps.npz"  # relative to the run folder
PINNED = 4  # samples of the validation that are looked at

_SHARE = 0.02  # of the time that maps may take which nobody asked for
_BLOCKS = 24  # that nobody asked for
_CHANNELS, _EDGE = 16, 48  # of a block

Answers = Callable[[torch.nn.Module, Inputs], Any]
Bytes = npt.NDArray[np.uint8]


class FeatureMaps:
    """Makes the maps of a run: of every block after a validation, of one block at once where a person asks for it."""

    def __init__(
        self, module: torch.nn.Module, pinned: Split, device: torch.device, folder: Path | None, whose: Whose | None,
        answers: Answers,
    ) -> None:  # fmt: skip
        """``folder`` is the run's; without one nothing is made. ``pinned``: its first samples are looked at."""
        self._module, self._split, self._device, self._answers = module, pinned, device, answers
        self._path = folder / FILE if folder is not None else None
        self._whose = whose or whose_modules(module)
        self._wanted: list[str] = []  # by a person, the newest first
        self._began, self._spent = time.monotonic(), 0.0

    def ask(self, block: str, iteration: int) -> tuple[Maps | None, str]:
        """Make the maps now, with those of ``block`` in any case; the event, or the reason why there are none."""
        if self._path is None or not len(self._split):
            return None, "There are no validation samples to show, or the run has no folder."
        self._wanted = [block, *(other for other in self._wanted if other != block)][:_BLOCKS]
        event = self._make(iteration)
        if event is None or block not in event.blocks:
            return None, f"{block} gives no maps: what comes out of it is no picture, or no block has that name."
        return event, f"Feature maps of {block} after iteration {iteration:,} are on the disk."

    def after_validation(self, iteration: int) -> Maps | None:
        """Make the maps where there is time for it."""
        spare = _SHARE * (time.monotonic() - self._began)
        if self._path is None or not len(self._split) or self._spent > spare:
            return None
        return self._make(iteration)

    def _make(self, iteration: int) -> Maps | None:
        began = time.monotonic()
        x, _ = self._split.batch(slice(0, min(PINNED, len(self._split))), self._device)
        found: dict[str, torch.Tensor] = {}

        def heard(block: str, output: torch.Tensor) -> None:
            if output.dim() in (3, 4):
                found[block] = output.clone()  # the next block may work in place

        with evaluating(self._module), torch.no_grad(), Listening(self._whose, heard):
            self._answers(self._module, x)
        rest = [name for name in found if name not in self._wanted]
        names = [name for name in self._wanted if name in found]
        names += rest[:: max(1, -(-len(rest) // max(1, _BLOCKS - len(names))))]
        if not names:
            return None
        try:
            self._write(iteration, x[0] if isinstance(x, tuple) else x, {name: found[name] for name in names})
        except OSError:
            return None  # a full disk: nobody's training ends because of pictures
        self._spent += time.monotonic() - began
        return Maps(iteration, tuple(names), FILE)

    def _write(self, iteration: int, x: torch.Tensor, found: dict[str, torch.Tensor]) -> None:
        assert self._path is not None
        about: dict[str, Any] = {"iteration": iteration, "blocks": []}
        arrays: dict[str, Bytes] = {}
        for number, (name, output) in enumerate(found.items()):
            values = _as_planes(output)
            about["blocks"].append({"name": name, "channels": values.shape[1]})
            arrays[f"map {number}"] = _grey(_small(values[:, :_CHANNELS]))
        if x.dim() in (3, 4) and x.is_floating_point():
            arrays["inputs"] = _grey(_small(_as_planes(x)[:, :3]))
        arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
        data = io.BytesIO()
        np.savez(data, allow_pickle=False, **arrays)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}.partial")
        temporary.write_bytes(data.getbuffer())
        temporary.replace(self._path)


def _as_planes(values: torch.Tensor) -> torch.Tensor:
    """[N, C, H, W]; a signal [N, C, L] becomes planes of one line."""
    values = values.detach().to(torch.float32)
    return values if values.dim() == 4 else values[:, :, None, :]


def _small(values: torch.Tensor) -> torch.Tensor:
    height, width = values.shape[2:]
    if max(height, width) <= _EDGE:
        return values
    return torch.nn.functional.adaptive_avg_pool2d(values, (min(height, _EDGE), min(width, _EDGE)))


def _grey(values: torch.Tensor) -> Bytes:
    """From the least (black) to the largest value (white) of each channel; what is not finite is black."""
    finite = values.nan_to_num(0.0, 0.0, 0.0)
    low, high = finite.amin((0, 2, 3), keepdim=True), finite.amax((0, 2, 3), keepdim=True)
    shares = (finite - low) / (high - low).clamp_min(1e-12)
    grey: Bytes = (shares * 255).round().to(torch.uint8).cpu().numpy()
    return grey
