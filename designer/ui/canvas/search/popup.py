"""The search at the cursor: type a block or a whole chain, see what it becomes, and Enter draws it as one edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF

from designer.blocks.catalog import catalog
from designer.errors import LayerloomError
from designer.graph.edits import AddBlock
from designer.graph.model import Node, Wire
from designer.graph.phrase.chain import Sizes, build
from designer.graph.phrase.complete import apply_completion
from designer.graph.phrase.grammar import parse
from designer.graph.phrase.plan import Ends, Plan, ends_after, plan
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
    popup = SearchPopup(view, point, source)
    popup.open_at(_beside(view, point))
    return popup


def _beside(view: CanvasView, at: QPointF | None) -> QPoint:
    """Where the popup goes: right below the cursor, or in the middle."""
    if at is None:
        return QPoint((view.width() - 468) // 2, view.height() // 5)
    return view.mapFromScene(at) + QPoint(-24, 10)


def _ends(view: CanvasView, source: PortAt | None) -> Ends:
    if source is not None and source.side == "out":
        return Ends(((source.block, source.index),))
    if source is not None:
        return Ends(into=(source.block, source.index))
    wires = list(view.canvas.cut)
    if not view.canvas.selection and len(wires) == 1:
        wire: Wire = wires[0]
        return Ends(((wire.src, wire.out),), (wire.dst, wire.slot), wire)
    return ends_after(view.document, view.selected())


class SearchPopup(Picker):
    """Lives from Tab to Enter or Escape, or until the document changes underneath."""

    def __init__(self, view: CanvasView, at: QPointF | None, source: PortAt | None) -> None:
        self._view, self._point, self._source = view, at, source
        self._ends = _ends(view, source)
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
        recent = [t for t in _recent(view) if t in catalog()]
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
            edit = build(view.document, found, self._start(found) if loose else None, _sizes(view))
        except LayerloomError as error:
            self.says.setText(error.message)
            view.statusMessage.emit(error.message)
            return
        names = [part.name for part in edit.edits if isinstance(part, AddBlock)]
        types = [link.node.type for link in found.links]
        self.close_now()
        if view.bridge.do(edit) is None:
            return
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


def _sizes(view: CanvasView) -> Sizes:
    there = {name: (rect.width(), rect.height()) for name, rect in view.canvas.cells.rects.items()}
    return Sizes(there, _size)


def _recent(view: CanvasView) -> tuple[str, ...]:
    """The types that were added last: of the window's settings, or of this canvas where there is no window."""
    settings = getattr(view.window(), "settings", None)
    return settings.recent_blocks if isinstance(settings, Settings) else tuple(view.property(_OWN) or ())


def _remember(view: CanvasView, types: Sequence[str]) -> None:
    now = tuple(dict.fromkeys([*reversed(types), *_recent(view)]))[:MOST_RECENT]
    view.setProperty(_OWN, list(now))
    view.optionChanged.emit("recent_blocks", now)
