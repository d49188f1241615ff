"""Lead a wire by hand: a double click on it makes a point, a drag moves the point, a double click takes it away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from designer.graph.edits import Batch, Bend
from designer.graph.model import Wire
from designer.ui.canvas.bends import inserted
from designer.ui.canvas.gestures.base import Gesture, Press, double_click, starter, tapped
from designer.ui.canvas.hits import finder
from designer.ui.canvas.metrics import FAR_BELOW, snapped

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["BendAt", "MoveBend", "add_bend", "drop_bend", "straighten"]

STRAIGHT = 6.0  # pixels: a point this near to the line between its neighbours is of no use and goes
REACH = 9.0  # pixels from a point that mean the point


@dataclass(frozen=True)
class BendAt:
    """A point of a wire, by its number along the wire."""

    wire: Wire
    index: int


@finder(15)
def _find(view: CanvasView, at: QPointF) -> object:
    if view.zoom < FAR_BELOW or view.read_only:
        return None
    reach = REACH / view.zoom
    for wire, via in view.document.network.bends.items():
        for i, (x, y) in enumerate(via if wire in view.canvas.wires else ()):
            if abs(x - at.x()) <= reach and abs(y - at.y()) <= reach:
                return BendAt(wire, i)
    return None


def _points(view: CanvasView, wire: Wire) -> list[QPointF]:
    return [QPointF(x, y) for x, y in view.document.network.bends.get(wire, ())]


def _edit(wire: Wire, points: list[QPointF]) -> Bend:
    return Bend(wire, tuple((p.x(), p.y()) for p in points))


def add_bend(view: CanvasView, wire: Wire, at: QPointF) -> bool:
    """Give a wire one more point; whether that was possible."""
    scene = view.canvas
    points, _ = inserted(scene.start_of(wire), _points(view, wire), scene.end_of(wire), snapped(at))
    return view.bridge.do(_edit(wire, points)) is not None


def drop_bend(view: CanvasView, bend: BendAt) -> None:
    """Take a point away."""
    points = _points(view, bend.wire)
    del points[bend.index]
    view.bridge.do(_edit(bend.wire, points))


def straighten(view: CanvasView) -> None:
    """Take all points of the selected wires away, and of the wires among the selected blocks."""
    scene, bends = view.canvas, view.document.network.bends
    chosen = [w for w in bends if w in scene.cut or (w.src in scene.selection and w.dst in scene.selection)]
    if chosen:
        view.bridge.do(Batch("Straighten wires", tuple(Bend(wire, ()) for wire in chosen)))


class MoveBend(Gesture):
    """Moves one point; put down on the line between its neighbours, it is gone."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, view: CanvasView, bend: BendAt) -> None:
        super().__init__(view)
        self._bend = bend
        self._points = _points(view, bend.wire)

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Show the wire as it would run."""
        free = modifiers & Qt.KeyboardModifier.ControlModifier
        self._points[self._bend.index] = at if free else snapped(at)
        self._show(self._points)
        self.view.hint.say("Straight: the point goes" if self._useless() else "", "plain", self.view.mapFromScene(at))

    def _show(self, points: list[QPointF]) -> None:
        self.scene.lead(self._bend.wire, points)
        self.view.refresh_far()

    def _useless(self) -> bool:
        wire, scene, i = self._bend.wire, self.scene, self._bend.index
        around = [scene.start_of(wire), *self._points, scene.end_of(wire)]
        a, point, b = around[i : i + 3]
        way = b - a
        length = (way.x() ** 2 + way.y() ** 2) ** 0.5
        if length == 0:
            return False
        off = abs(way.x() * (point.y() - a.y()) - way.y() * (point.x() - a.x())) / length
        along = ((point.x() - a.x()) * way.x() + (point.y() - a.y()) * way.y()) / length
        return bool(off <= STRAIGHT / self.view.zoom and 0 < along < length)

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Put it down: one edit."""
        self.move(at, modifiers)
        points = list(self._points)
        if self._useless():
            del points[self._bend.index]
        self.cancel()
        if points != _points(self.view, self._bend.wire):
            self.view.bridge.do(_edit(self._bend.wire, points))

    def cancel(self) -> None:
        """Leave the wire as it was."""
        self.view.hint.clear()
        if self._bend.wire in self.scene.wires:
            self._show(_points(self.view, self._bend.wire))


@starter("pull", 20, ("Drag a point of a wire", "Lead the wire another way; on the straight line the point goes"))
def pull(view: CanvasView, press: Press) -> Gesture | None:
    """A pull at a point."""
    return MoveBend(view, press.under) if isinstance(press.under, BendAt) and not view.read_only else None


@tapped(20)
def tap(view: CanvasView, press: Press) -> bool:
    """A press on a point selects its wire."""
    if not isinstance(press.under, BendAt):
        return False
    view.canvas.select((), [press.under.wire])
    return True


@double_click(20, ("Double-click a wire", "Give it a point to lead it by; on the point, take it away"))
def toggle(view: CanvasView, press: Press) -> bool:
    """On a wire: one more point. On a point: one less."""
    if view.read_only:
        return False
    if isinstance(press.under, BendAt):
        drop_bend(view, press.under)
        return True
    return isinstance(press.under, Wire) and press.under in view.canvas.wires and add_bend(view, press.under, press.at)
