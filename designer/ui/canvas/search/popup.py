"""The search at the cursor: type a block or a whole chain, see what it becomes, and Enter draws it as one edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF

from designer.errors import EditRefused, LayerloomError
from designer.graph.composites import offered
from designer.graph.edits import AddBlock
from designer.graph.ends import slots_at, value_at
from designer.graph.model import Node
from designer.graph.phrase.chain import Ground, build
from designer.graph.phrase.complete import apply_completion
from designer.graph.phrase.grammar import parse
from designer.graph.phrase.plan import Ends, Plan, ends_after, ends_in, plan
from designer.graph.phrase.words import family, meant
from designer.project.settings import Settings
from designer.ui.canvas.gestures.ghost import Ghost
from designer.ui.canvas.hits import PortAt
from designer.ui.canvas.metrics import card_size
from designer.ui.canvas.routes import loose_route
from designer.ui.canvas.search.answers import Answer, Insert, answer
from designer.ui.picker import Picker
from designer.ui.picker_rows import Row

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["SearchPopup", "open_search"]

_HINT = "Search blocks, or type a chain: conv 64 k3 s2 | bn | relu"
MOST_RECENT = 6
_OWN = "recentBlocks"


def open_search(view: CanvasView, at: QPointF | None = None, source: PortAt | None = None) -> SearchPopup | None:
    """Open the search at a point of the scene (without one, at the cursor); None where nothing may be edited.

    With ``source``, the port of a wire that waits for its other end. Otherwise what is added goes after the selected
    blocks or into the selected wire, and with neither it lies at the point.
    """
    if view.read_only:
        return None
    view.cancel_gesture()
    for old in view.findChildren(SearchPopup):
        old.close_now()
    point = at if at is not None else view.cursor_place()
    try:
        popup = SearchPopup(view, point, source, _ends(view, source))
    except EditRefused as error:
        view.statusMessage.emit(error.message)
        return None
    popup.open_at(_beside(view, point))
    return popup


def _beside(view: CanvasView, at: QPointF | None) -> QPoint:
    """Where the popup goes: right below the cursor, or in the middle."""
    if at is None:
        return QPoint((view.width() - 468) // 2, view.height() // 5)
    return view.mapFromScene(at) + QPoint(-24, 10)


def _ends(view: CanvasView, source: PortAt | None) -> Ends:
    """What is added is wired to the port, goes into the selected wire, or after the selected blocks."""
    found = _free_ends(view, source)
    scope = view.canvas.scope  # what one looks into holds what one adds
    return found if found.scope == scope or found.scope.startswith(f"{scope}.") else replace(found, scope=scope)


def _free_ends(view: CanvasView, source: PortAt | None) -> Ends:
    document, visible = view.document, view.canvas.visible
    if source is not None:
        return _at_port(view, source)
    wires = [wire for wire in view.canvas.cut if wire in document.network.outputs_of(wire.src)]
    if not view.canvas.selection and len(wires) == 1:
        return ends_in(document, wires[0])
    cards = visible.cards()
    chosen = [key for key in view.canvas.selection if key in cards and cards[key].outputs]
    if len(view.canvas.selection) == 1 and chosen:
        value = value_at(visible, chosen[0], 0)
        leaving = [w for w in document.network.outputs_of(value[0]) if visible.shown(w.dst) != chosen[0]]
        wires = [w for w in leaving if w.out == value[1]]
        return ends_in(document, wires[0]) if len(wires) == 1 else Ends((value,))
    return ends_after(document, view.selected())


def _at_port(view: CanvasView, source: PortAt) -> Ends:
    network, visible = view.document.network, view.canvas.visible
    scope = network.group_around(source.block) if source.block in network else ""
    if source.side == "out":
        return Ends((value_at(visible, source.block, source.index),), scope=scope)
    slots = slots_at(visible, source.block, source.index)
    if not slots:
        raise EditRefused("Nothing outside reads this yet; connect it outside first.")
    return Ends(into=slots[0], also=slots[1:], scope=scope)


class SearchPopup(Picker):
    """Lives from Tab to Enter or Escape, or until the document changes underneath."""

    def __init__(self, view: CanvasView, at: QPointF | None, source: PortAt | None, ends: Ends) -> None:
        self._view, self._point, self._source = view, at, source
        self._ends = ends
        self._answer = Answer((), False)
        super().__init__(view, "Add blocks", _HINT)
        self._ghost = self._lay_ghost()
        view.bridge.changed.connect(self.close_now)
        view.bridge.reset.connect(self.close_now)
        self.closed.connect(self._take_ghost)

    def _lay_ghost(self) -> Ghost | None:
        """The wire that waits."""
        source, at, scene = self._source, self._point, self._view.canvas
        if source is None or at is None:
            return None
        ghost = Ghost(scene)
        scene.lay_over(ghost)
        ends = (source.at, at) if source.side == "out" else (at, source.at)
        ghost.show_route(loose_route(*ends), "free", None)
        return ghost

    def _take_ghost(self) -> None:
        if self._ghost is not None:
            self._view.canvas.take_off(self._ghost)
            self._ghost = None

    # --- answers ---------------------------------------------------------------------------------------------

    def answer(self, text: str, cursor: int) -> tuple[Sequence[Row], bool]:
        """Blocks, or the chain."""
        view = self._view
        recent = [t for t in _recent(view) if t in offered()]
        self._answer = answer(view.document, self._ends, text, cursor, recent, self._source is not None)
        self.says.setText(self._answer.says)
        self.keys.setText(self._answer.keys)
        return self._answer.rows, self._answer.first

    def choose(self, row: Row) -> None:
        """Add the block, or take the word."""
        if isinstance(row.value, Insert):
            self.complete(row)
        elif isinstance(row.value, str):
            self._draw(plan(self._view.document, parse(row.value), self._ends))

    def complete(self, row: Row) -> None:
        """Put a word into the text; of a block, its name, so that values can follow."""
        value = row.value
        if isinstance(value, Insert) and value.completion is not None:
            text, cursor = apply_completion(self.edit.text(), value.completion)
        elif isinstance(value, Insert):
            text = self.edit.text()
            text, cursor = text[: value.start] + value.text + text[value.end :], len(text) + len(value.text)
        else:
            text = f"{_word(str(value))} "
            cursor = len(text)
        self.edit.setText(text)
        self.edit.setCursorPosition(cursor)

    def accept(self) -> None:
        """Draw the chain."""
        self._draw(self._answer.plan)

    # --- drawing ---------------------------------------------------------------------------------------------

    def _draw(self, found: Plan) -> None:
        """One edit; where it is refused, the sentence, and the text stays."""
        view = self._view
        if not found.links:
            return
        loose = not found.ends.after or self._source is not None
        try:
            edit = build(view.document, found, self._start(found) if loose else None, _ground(view))
        except LayerloomError as error:
            self.says.setText(error.message)
            view.statusMessage.emit(error.message)
            return
        names = [part.name for part in edit.edits if isinstance(part, AddBlock)]
        types = [link.node.type for link in found.links]
        self.close_now()
        if view.bridge.do(edit) is None:
            return
        names = [n for n in dict.fromkeys(map(view.canvas.visible.shown, names)) if n is not None]
        view.select(names)
        _remember(view, types)
        area = view.canvas.content(names)
        if not view.visible_area().contains(area):
            view.fitted = False
            view.ensureVisible(area, 48, 48)

    def _start(self, found: Plan) -> tuple[float, float]:
        """Where a loose chain begins: at the dropped wire's end, or with its first block under the cursor."""
        view = self._view
        point = self._point if self._point is not None else view.visible_area().center()
        if self._source is not None:
            return point.x(), point.y()
        return point.x(), point.y() - _size(found.links[0].node)[1] / 2


def _word(block_type: str) -> str:
    """What to type for a block: its family where that means it first."""
    short = family(block_type)
    return short if meant(short)[:1] == (block_type,) else block_type


def _size(node: Node) -> tuple[float, float]:
    return card_size(node, node.block.slots())


def _ground(view: CanvasView) -> Ground:
    rects = view.canvas.cells.rects
    boxes = {key: (rect.x(), rect.y(), rect.width(), rect.height()) for key, rect in rects.items()}
    return Ground(boxes, view.canvas.visible.shown, _size)


def _recent(view: CanvasView) -> tuple[str, ...]:
    """The types that were added last: of the window's settings, or of this canvas where there is no window."""
    settings = getattr(view.window(), "settings", None)
    return settings.recent_blocks if isinstance(settings, Settings) else tuple(view.property(_OWN) or ())


def _remember(view: CanvasView, types: Sequence[str]) -> None:
    now = tuple(dict.fromkeys([*reversed(types), *_recent(view)]))[:MOST_RECENT]
    view.setProperty(_OWN, list(now))
    view.optionChanged.emit("recent_blocks", now)
