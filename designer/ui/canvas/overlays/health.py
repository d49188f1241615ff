"""How every block fares in the training that goes on: fine, dying, vanishing or exploding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from designer.graph.document import Document
from designer.train.health.signs import STATES
from designer.ui.canvas.overlays.spec import Figure, Overlay

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["HEALTH"]


def _values(_document: Document, _batch: int) -> Mapping[str, Figure]:
    return {}  # a drawing alone has none


def _live(view: CanvasView) -> Mapping[str, Figure]:
    return {name: Figure(STATES.index(sign.state), sign.short) for name, sign in view.vitals.signs().items()}


def _together(figures: Sequence[Figure]) -> Figure:
    worst = max(figure.amount for figure in figures)
    count = Counter(figure.amount for figure in figures)[worst]
    return Figure(worst, f"{count} {STATES[int(worst)].lower()}")


def _words(view: CanvasView, name: str) -> str:
    sign = view.vitals.sign(name)
    return f"<b>{sign.state}</b>: {escape(sign.sentence)}" if sign is not None and sign.sentence else ""


HEALTH = Overlay(
    "health",
    "Health",
    "How the blocks fare in the training. The figure is how far a step moves the weights, or how widely the values of "
    "a block spread (σ); the line shows its course. Click a block and open Health for more.",
    _values,
    70,
    _together,
    classes=STATES,
    tones=("good", "accent", "warn", "bad"),
    live=_live,
    about=lambda view: view.vitals.about(),
    words=_words,
    course=lambda view, name: view.vitals.past(name) if view.vitals.fits(name) else (),
)
