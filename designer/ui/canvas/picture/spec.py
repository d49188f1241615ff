"""What a picture should be, and how large it may be."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from PySide6.QtCore import QSizeF

from designer.errors import ExportError
from designer.ui.theme import DARK, LIGHT, Theme

__all__ = [
    "BACKGROUNDS",
    "KINDS",
    "LEAST_SCALE",
    "MOST_SCALE",
    "Background",
    "Kind",
    "Picture",
    "Text",
    "kind_of",
    "largest",
    "scale_for",
    "size_at",
    "size_in_words",
]

Kind = Literal["png", "svg", "pdf"]
Background = Literal["plain", "white", "transparent"]
Text = Literal["outlines", "text"]
KINDS: tuple[Kind, ...] = get_args(Kind)
BACKGROUNDS: tuple[Background, ...] = get_args(Background)

LEAST_SCALE, MOST_SCALE = 0.1, 8.0
MOST_PIXELS = 100_000_000  # 400 MB of picture
MOST_SIDE = 30_000
MOST_POINTS = 14_400  # a page that PDF readers still open: 200 inches
POINTS = 0.75  # of a page to one unit of the canvas: 72 to the inch, where a screen has 96


@dataclass(frozen=True)
class Picture:
    """How to draw. ``scale`` None: the usual one of the format, or less where that would be too large.

    ``only`` draws these blocks and the wires among them, and of the notes and frames only ``notes``. ``text`` None:
    outlines in an SVG, which look the same where the fonts are missing, and real text in a PDF, which brings its
    fonts along. Raises ExportError.
    """

    kind: Kind = "png"
    theme: Literal["light", "dark"] = "light"
    background: Background = "plain"
    scale: float | None = None
    text: Text | None = None
    only: Collection[str] | None = None
    notes: Collection[str] = ()

    def __post_init__(self) -> None:
        if self.scale is not None and not LEAST_SCALE <= self.scale <= MOST_SCALE:
            raise ExportError(f"Expected a scale from {LEAST_SCALE:g} to {MOST_SCALE:g}, got {self.scale:g}.")
        if self.background == "white" and self.theme == "dark":
            raise ExportError("The dark colours cannot be read on white. Choose the light ones, or another background.")

    @property
    def colours(self) -> Theme:
        """The theme to paint with. Its canvas colour is what lies behind the labels of the wires."""
        base = DARK if self.theme == "dark" else LIGHT
        if self.background == "plain":
            return base
        # Without a background labels stand on the colour of cards, which can be read on whatever lies behind.
        return replace(base, canvas=base.raised)

    @property
    def as_outlines(self) -> bool:
        """Whether words are drawn as shapes."""
        return (self.text or ("text" if self.kind == "pdf" else "outlines")) == "outlines"


def kind_of(path: Path) -> Kind:
    """The format that a file's name asks for. Raises ExportError."""
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in KINDS:
        raise ExportError(
            f"Expected a file name that ends in .png, .svg or .pdf, got {path.name!r}. Choose one of the three."
        )
    return suffix


def size_at(size: QSizeF, kind: Kind, scale: float) -> tuple[int, int]:
    """Width and height of the file: pixels, or whole points of a page."""
    unit = scale * (POINTS if kind == "pdf" else 1.0)
    return max(1, math.ceil(size.width() * unit - 1e-6)), max(1, math.ceil(size.height() * unit - 1e-6))


def largest(size: QSizeF, kind: Kind) -> float:
    """The greatest scale at which a drawing of this size can be written; may lie outside of what one may choose."""
    longest = max(size.width(), size.height(), 1.0)
    if kind == "svg":
        return MOST_SCALE
    if kind == "pdf":
        return (MOST_POINTS - 1) / (longest * POINTS)
    area = max(1.0, size.width() * size.height())
    return min((MOST_SIDE - 1) / longest, math.sqrt(MOST_PIXELS / area) * 0.999)


def scale_for(size: QSizeF, picture: Picture) -> float:
    """The scale to use: what was asked for, or what is usual where it fits. Raises ExportError."""
    most = largest(size, picture.kind)
    if picture.scale is None:
        return min(2.0 if picture.kind == "png" else 1.0, most)
    if picture.scale > most:
        width, height = size_at(size, picture.kind, picture.scale)
        limit = (
            f"at most {MOST_POINTS:,} points along a side"
            if picture.kind == "pdf"
            else f"at most {MOST_PIXELS // 1_000_000} million pixels and {MOST_SIDE:,} along a side"
        )
        unit = "points" if picture.kind == "pdf" else "pixels"
        raise ExportError(
            f"At {picture.scale:g}× the picture would be {width:,} × {height:,} {unit}; expected {limit}. "
            f"{_remedy(most)}"
        )
    return picture.scale


def _remedy(most: float) -> str:
    if most >= LEAST_SCALE:
        return f"Choose a scale of {math.floor(most * 10) / 10:g}× or less."
    return "Draw a selection only, or choose SVG, which has no limit."


def size_in_words(size: QSizeF, kind: Kind, scale: float) -> str:
    """How large the file's picture is, for people."""
    width, height = size_at(size, kind, scale)
    if kind == "pdf":
        return f"{width / 72 * 25.4:,.0f} × {height / 72 * 25.4:,.0f} mm"
    return f"{width:,} × {height:,} pixels"
