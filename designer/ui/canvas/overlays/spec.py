"""What an overlay is, and the list of all of them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from designer.graph.document import Document
from designer.ui.canvas import overlays as folder

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["Figure", "Overlay", "added", "largest", "overlays"]


@dataclass(frozen=True)
class Figure:
    """What an overlay says of one block: how much, for the colour, and in words."""

    amount: float
    text: str


@dataclass(frozen=True)
class Overlay:
    """One thing to show on the cards.

    ``values(document, batch)`` gives the blocks that have a figure; the others stay plain. ``by_batch``: it depends on
    the batch size. ``classes``: the amounts are numbers of these words rather than a scale; the blocks of
    ``hatched`` are hatched in the view from far. ``total`` puts the sum of
    all amounts into words, and ``together`` what a closed group shows of its blocks. ``order``: its place in the menu.
    ``tones`` are the colours of the theme that its classes have. What changes while a training runs is ``live``:
    the figures come from there instead, ``about`` stands in the legend, ``words`` (rich text) in the tooltip of a
    block, and ``course`` are the numbers of the small line on its card.
    """

    id: str
    title: str
    tip: str
    values: Callable[[Document, int], Mapping[str, Figure]]
    order: int
    together: Callable[[Sequence[Figure]], Figure] | None = None
    by_batch: bool = False
    classes: tuple[str, ...] = ()
    hatched: str = ""
    total: Callable[[float], str] | None = None
    tones: tuple[str, ...] = ()
    live: Callable[[CanvasView], Mapping[str, Figure]] | None = None
    about: Callable[[CanvasView], str] | None = None
    words: Callable[[CanvasView, str], str] | None = None
    course: Callable[[CanvasView, str], Sequence[float]] | None = None


def added(words: Callable[[float], str]) -> Callable[[Sequence[Figure]], Figure]:
    """A group's figure is the sum of its blocks', in these words."""

    def add(figures: Sequence[Figure]) -> Figure:
        amount = sum(figure.amount for figure in figures)
        return Figure(amount, words(amount))

    return add


def largest(figures: Sequence[Figure]) -> Figure:
    """A group's figure is the largest of its blocks'."""
    return max(figures, key=lambda figure: figure.amount)


@cache
def overlays() -> Mapping[str, Overlay]:
    """All overlays by their id, in the order of the menu."""
    found: list[Overlay] = []
    for module in pkgutil.iter_modules(folder.__path__):
        values = vars(importlib.import_module(f"{folder.__name__}.{module.name}")).values()
        found += [value for value in values if isinstance(value, Overlay)]
    return {overlay.id: overlay for overlay in sorted(found, key=lambda overlay: overlay.order)}
