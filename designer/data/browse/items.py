"""A data set as one numbered list, training samples first: what each is, and how it looks. No torch."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from designer.data.boxes import Box
from designer.data.decode import Damaged
from designer.data.dividing import divide
from designer.data.numbers import Floats, Numbers
from designer.data.pictures import Pictures, whole
from designer.data.recognise import Overview, overview_of
from designer.data.source import Loaded, Part, Progress, source_for
from designer.data.spec import DataSpec
from designer.errors import DataError

__all__ = ["DAMAGED", "ELSEWHERE", "SPLITS", "TWIN", "Items", "Look", "ink"]

TRAINING, VALIDATION, UNUSED = 0, 1, 2
SPLITS = ("Training", "Validation", "Not used")

DAMAGED, TWIN, ELSEWHERE = 1, 2, 4
"""Flags: cannot be read; the same as another one; the same as one on the other side of the split."""

_STRIPS = 8  # channels of a signal that are drawn below each other


class Look(NamedTuple):
    """``pixels`` uint8 [h, w, 1 or 3]; ``ink``: how much ink lies where, to be drawn in any colour."""

    pixels: npt.NDArray[np.uint8]
    ink: bool


class Items:
    """All samples of ``spec``. ``split`` says for each on which side it is; opening raises DataError."""

    def __init__(self, spec: DataSpec, progress: Progress) -> None:
        self.spec = spec
        self.source = source_for(spec)
        self.loaded: Loaded = self.source.open(spec, progress)
        self._first = len(self.loaded.train.targets)
        held = self.loaded.held_out
        self.total = self._first + (len(held.targets) if held is not None else 0)
        self.split = np.full(self.total, UNUSED, dtype=np.uint8)
        self.how = ""
        try:
            division = divide(spec, self.loaded, progress)
            self.split[division.train] = TRAINING
            self.split[division.held + (self._first if division.held_part is held else 0)] = VALIDATION
            self.how = division.how
        except DataError as error:  # they can be looked at all the same
            self.how = error.message
        self.flags = np.zeros(self.total, dtype=np.uint8)

    @property
    def pictures(self) -> bool:
        """Whether samples are pictures."""
        return not isinstance(self.loaded.train.samples, Numbers)

    def targets(self) -> npt.NDArray[Any]:
        """The targets of all."""
        held = self.loaded.held_out
        return np.concatenate([self.loaded.train.targets, *([held.targets] if held is not None else [])])

    def overview(self) -> Overview:
        """What there is, in short. Raises DataError."""
        return overview_of(self.spec, self.source, self.loaded)

    def place(self, number: int) -> tuple[Pictures | Numbers, int]:
        """Where an item lies."""
        held = self.loaded.held_out
        part: Part = self.loaded.train
        if number >= self._first and held is not None:
            part, number = held, number - self._first
        return part.samples, number

    def name(self, number: int) -> str:
        """What to call it."""
        samples, row = self.place(number)
        return samples.name(row)

    def content(self, number: int) -> bytes:
        """What decides whether two are the same."""
        samples, row = self.place(number)
        return samples.content(row)

    def look(self, number: int, side: int) -> Look:
        """How it looks, about ``side`` pixels large. Raises Damaged."""
        samples, row = self.place(number)
        if isinstance(samples, Numbers):
            return ink(_checked(samples.one(row)), side)
        return Look(np.ascontiguousarray(whole(samples, row, side).transpose(1, 2, 0)), False)

    def boxes(self, number: int) -> list[Box]:
        """The boxes around what is in a picture, where the data have such."""
        held = self.loaded.held_out
        part = self.loaded.train if number < self._first or held is None else held
        row = number if part is self.loaded.train else number - self._first
        return part.boxes.of(row) if part.boxes is not None else []

    def values(self, number: int) -> Floats | None:
        """The numbers of a sample that is no picture. Raises Damaged."""
        samples, row = self.place(number)
        return _checked(samples.one(row)) if isinstance(samples, Numbers) else None

    def target(self, number: int) -> str:
        """What is to be learned of it, in words."""
        held = self.loaded.held_out
        part = self.loaded.train if number < self._first or held is None else held
        target: Any = part.targets[number if part is self.loaded.train else number - self._first]
        names = self.loaded.classes
        if self.loaded.kind == "classes":
            return names[int(target)]
        if self.loaded.kind == "labels":
            return ", ".join(name for name, on in zip(names, target, strict=True) if on) or "no label"
        return ", ".join(f"{name} {value:.4g}" for name, value in zip(names, np.atleast_1d(target), strict=True))


def _checked(values: Floats) -> Floats:
    if not np.isfinite(values).all():
        raise Damaged("it holds numbers that are not finite")
    return values


def ink(values: Floats, side: int) -> Look:
    """Curves of signals and rows; a grey map of what has two axes."""
    if values.ndim >= 3:
        grey = values.reshape(-1, values.shape[-1])[::-1]
        low, high = float(grey.min()), float(grey.max())
        scaled = ((grey - low) * (255 / (high - low) if high > low else 0.0)).astype(np.uint8)
        return Look(np.ascontiguousarray(_shrunk(scaled, 2 * side))[..., None], False)
    rows = np.atleast_2d(values)[:_STRIPS]
    height = max(6, side // len(rows))
    return Look(np.concatenate([_curve(row, 2 * side, height) for row in rows])[..., None], True)


def _shrunk(grey: npt.NDArray[np.uint8], most: int) -> npt.NDArray[np.uint8]:
    """Fewer pixels where there are more than ``most`` a side."""
    down, across = (max(1, -(-size // most)) for size in grey.shape)
    return grey[::down, ::across]


def _curve(row: Floats, width: int, height: int) -> npt.NDArray[np.uint8]:
    """The lowest and highest number that each column stands for, joined; with soft edges by drawing twice as high."""
    if len(row) == 1:
        row = np.repeat(row, 2)
    where = np.linspace(0, len(row) - 1, width)
    edges = np.linspace(0, len(row), width + 1).astype(int)
    line = np.interp(where, np.arange(len(row)), row)
    top, bottom = line.copy(), line.copy()
    if len(row) > width:
        top = np.maximum.reduceat(row, edges[:-1])
        bottom = np.minimum.reduceat(row, edges[:-1])
    top[1:], bottom[1:] = np.maximum(top[1:], bottom[:-1]), np.minimum(bottom[1:], top[:-1])
    low, high = float(row.min()), float(row.max())
    fine = 2 * height
    scale = (fine - 3) / (high - low) if high > low else 0.0
    above = np.round((high - top) * scale).astype(int)
    below = np.round((high - bottom) * scale).astype(int) + 2
    if high == low:
        above, below = above + fine // 2, below + fine // 2
    line_of = np.arange(fine)[:, None]
    drawn = ((line_of >= above) & (line_of <= below)).astype(np.uint16) * 255
    soft: npt.NDArray[np.uint8] = ((drawn[::2] + drawn[1::2]) // 2).astype(np.uint8)
    return soft
