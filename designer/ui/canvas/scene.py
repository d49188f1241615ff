"""The items of the drawing, kept equal to the document: every change redraws what it touched and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsRectItem, QGraphicsScene

from designer.graph.document import Changed, Document
from designer.graph.model import Wire
from designer.graph.visible import Visible
from designer.ui.canvas.bars import Bars
from designer.ui.canvas.bends import bent_route
from designer.ui.canvas.carrying import CROWD, Carrying
from designer.ui.canvas.cells import Cells
from designer.ui.canvas.group_frames import GroupFrames, GroupTabs
from designer.ui.canvas.items import BlockItem, WireItem
from designer.ui.canvas.layers import Layer
from designer.ui.canvas.look import Look
from designer.ui.canvas.pixmaps import Pixmaps
from designer.ui.canvas.routes import Ends, Route, Router, loose_route
from designer.ui.canvas.sheets import Sheets
from designer.ui.canvas.staging import Staging
from designer.ui.theme import Theme, theme

__all__ = ["CanvasScene"]

MANY = 60  # from so many changed blocks on, all wires are laid anew rather than those nearby


class CanvasScene(QGraphicsScene):
    """Blocks and wires as items, what is selected, and what the painters need to know.

    ``outlines``: None paints cached pixmaps (the screen); False paints directly with text, True with text as outlines
    (pictures). ``allowed``: while a wire is dragged, the blocks that may take it; the others fade. ``underlays`` and
    ``overlays``: what else is drawn, below the wires and above the blocks. ``tints`` and ``figures``: a colour and a
    short text by block that an overlay shows on the cards.
    """

    selected = Signal()
    stirred = Signal()  # blocks or wires are shown elsewhere without an edit
    scoped = Signal(str)  # another group is looked into

    def __init__(self, document: Document, parent: QObject | None = None, of: Theme | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.look = Look(of or theme())
        self.pixmaps = Pixmaps(self.look)
        self.outlines: bool | None = None
        self.labels_shown = True
        self.allowed: frozenset[str] | None = None
        self.focused: frozenset[str] | None = None
        self._asked: frozenset[str] | None = None
        self.scope = ""  # the group that is looked into, empty for the whole network
        self.sheets = Sheets(self)
        self.frames = GroupFrames(self)
        self.underlays: list[Layer] = [self.sheets, self.frames]
        self.overlays: list[Layer] = [GroupTabs(self.frames)]
        self.tints: Mapping[str, QColor] = {}
        self.figures: Mapping[str, str] = {}
        self.lit: set[str] = set()
        self.blocks: dict[str, BlockItem] = {}
        self.wires: dict[Wire, WireItem] = {}
        self.cells = Cells()
        self.router = Router(self.cells.boxes)
        self.bars = Bars()
        self.version = 0  # goes up whenever the view from far must be drawn anew
        self.drawing = 0  # goes up with every change of the document; groups are named by it
        self.exposed: list[QRectF] | None = None  # what is being painted, where that is several strips
        self.scrolled = False  # since Qt last knew where it painted the items
        self.selection: set[str] = set()
        self.cut: set[Wire] = set()  # selected wires
        self.over: list[QGraphicsRectItem] = []  # what gestures show above the drawing
        self.stubs: dict[str, BlockItem] = {}  # where values come into the scope and leave it
        self.staging = Staging(self)
        self.carrying = Carrying(self)
        self._widths: dict[str, float] = {}
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.BspTreeIndex)
        self.rebuild()

    # --- from the document -----------------------------------------------------------------------------------

    def show_document(self, document: Document) -> None:
        """Show another document."""
        self.document = document
        self.rebuild()

    def rebuild(self, scope: str | None = None) -> None:
        """Draw everything anew, looking into a group or (empty) at the whole network; without one, where one was."""
        for thing in list(self.over):
            self.take_off(thing)
        self.clear()
        self.pixmaps.clear()
        self.bars.renew()
        self.carrying.put_down()
        self.blocks, self.wires, self.stubs, self.cells = {}, {}, {}, Cells()
        self.router = Router(self.cells.boxes)
        self.selection, self.cut, self.lit = set(), set(), set()
        self.sheets.clear()
        self.staging.build(self.scope if scope is None else scope)
        self._took_scope()
        self.drawing += 1
        self.version += 1

    def enter(self, scope: str) -> None:
        """Look into a group, or (empty) at the whole network."""
        if scope != self.scope:
            self.rebuild(scope)
            self.selected.emit()

    def _took_scope(self) -> None:
        scope = self.staging.visible.scope
        if scope != self.scope:
            self.scope = scope
            self.scoped.emit(scope)

    def restyle(self, of: Theme) -> None:
        """Use another theme."""
        self.look = Look(of)
        self.pixmaps.clear(self.look)
        self._widths.clear()
        self.update()

    def apply(self, changed: Changed) -> None:
        """Follow one change of the document."""
        self.about_to_move()
        if changed.scenery:
            self.sheets.forget()
            self.touch()
        if not self.staging.follow(changed):
            names, wires, notes = set(self.selection), set(self.cut), set(self.sheets.chosen)
            self.rebuild(self.staging.visible.scope)
            self.select({*names, *(path for kind, path in changed.scenery if kind == "group")}, wires, notes)
            if names and not self.selection:
                self.selected.emit()
        self.drawing += 1
        self.version += 1

    @property
    def visible(self) -> Visible:
        """What is shown of the network."""
        return self.staging.visible

    # --- wires -----------------------------------------------------------------------------------------------

    def start_of(self, wire: Wire) -> QPointF:
        """Where a wire is seen to leave its source."""
        shown = self._shown(wire)
        item = self._end(shown.src)
        return item.pos() + item.card.output_at(shown.out)

    def end_of(self, wire: Wire) -> QPointF:
        """Where a wire is seen to arrive."""
        shown = self._shown(wire)
        item = self._end(shown.dst)
        return item.pos() + item.card.input_at(shown.slot)

    def _shown(self, wire: Wire) -> Wire:
        item = self.wires.get(wire)
        return item.shown if item is not None else self.visible.wire(wire) or wire

    def _end(self, name: str) -> BlockItem:
        item = self.blocks.get(name)
        return item if item is not None else self.stubs[name]

    def wires_at(self, name: str) -> set[Wire]:
        """The wires of a block or card."""
        return self.staging.wires_at(name)

    def alike(self, wire: Wire) -> set[Wire]:
        """The wires that are seen as one with this one: they end at the same ports of cards."""
        item = self.wires.get(wire)
        if item is None or self.visible.plain:
            return {wire}
        return {w for w in self.staging.wires_at(item.shown.dst) if self.wires[w].shown == item.shown}

    def lay(self, wires: Iterable[Wire]) -> None:
        """Let these wires look for their ways."""
        free: list[Ends] = []
        for wire in wires:
            item = self.wires.get(wire)
            if item is None:
                continue
            start, end = self.start_of(wire), self.end_of(wire)
            item.via = tuple(QPointF(*point) for point in self.document.network.bends.get(wire, ()))
            if item.via:
                self.router.forget(wire)
                self._course(item, bent_route(start, item.via, end))
            else:
                free.append(Ends(wire, start, end, self._end(item.shown.dst).body.center().x()))
        for wire, course in self.router.lay(free):
            self._course(self.wires[wire], course)

    def _course(self, item: WireItem, course: Route) -> None:
        item.lay(course)
        self.bars.note(wires=(item,))

    def near(self, places: list[QRectF]) -> set[Wire]:
        """The wires that pass these places."""
        if len(places) > MANY:
            return set(self.wires)
        mode = Qt.ItemSelectionMode.IntersectsItemBoundingRect
        found: set[Wire] = set()
        for place in places:
            for item in self.items(place.adjusted(-40, -20, 40, 20), mode):
                if isinstance(item, WireItem):
                    found.add(item.wire)
        return found

    def about_to_move(self, crowd: bool = False) -> None:
        """Repaint all once: for many items, or after a scroll in bands, when Qt does not know where they were."""
        if crowd or self.scrolled:
            self.scrolled = False
            self.update()

    def is_exposed(self, rect: QRectF) -> bool:
        """Whether a part of a rectangle is being painted: of a scroll, only what comes in."""
        return self.exposed is None or any(strip.intersects(rect) for strip in self.exposed)

    def shift(self, positions: Mapping[str, QPointF]) -> None:
        """Show blocks elsewhere without an edit (a drag in progress); many wires at once follow loosely."""
        self.carrying.shift(positions)
        self.version += 1
        self.stirred.emit()

    def settle(self, names: Iterable[str]) -> None:
        """Put blocks back where the document has them."""
        places = {n: self.staging.place_of(n) for n in names if n in self.blocks}
        self.shift({n: at for n, at in places.items() if at is not None})
        self.lay(self.carrying.put_down()[0])
        self.stirred.emit()

    def lead(self, wire: Wire, via: Sequence[QPointF]) -> None:
        """Show one wire through other points without an edit (a drag in progress)."""
        self.about_to_move()
        item = self.wires[wire]
        item.via = tuple(via)
        item.lay(bent_route(self.start_of(wire), item.via, self.end_of(wire)))
        self.bars.note(wires=(item,))
        self.version += 1

    def loose(self, wire: Wire) -> None:
        """Lay one wire without looking for obstacles."""
        item = self.wires[wire]
        item.lay(loose_route(self.start_of(wire), self.end_of(wire)))
        self.bars.note(wires=(item,))

    # --- selection and light ---------------------------------------------------------------------------------

    def select(self, names: Iterable[str], wires: Iterable[Wire] = (), notes: Iterable[str] = ()) -> None:
        """Select exactly these blocks, wires and notes."""
        new = {n for n in names if n in self.blocks}
        cut = {twin for w in wires if w in self.wires for twin in self.alike(w)}
        chosen = {key for key in notes if key in self.document.network.notes}
        if new == self.selection and cut == self.cut and chosen == self.sheets.chosen:
            return
        if chosen != self.sheets.chosen:
            self.sheets.chosen = chosen
            self.touch()
        blocks, wires = new ^ self.selection, cut ^ self.cut
        crowd = len(blocks) + len(wires) > CROWD
        if crowd:
            self.update()
        for name in blocks:
            item = self.blocks.get(name)
            if item is not None:
                item.selected = name in new
                if not crowd:
                    item.update()
        for wire in wires:
            found = self.wires.get(wire)
            if found is not None:
                found.selected = wire in cut
                found.update()
        self.selection, self.cut = new, cut
        self.bars.note(blocks)
        self.light(set(new))
        self.version += 1
        self.selected.emit()

    def light(self, names: set[str]) -> None:
        """Light up the wires of these blocks."""
        changed = names ^ self.lit
        if len(changed) > CROWD:
            self.update()
        else:
            for name in changed:
                for wire in self.wires_at(name):
                    self.wires[wire].update()
        self.lit = names

    def fade(self, allowed: frozenset[str] | None) -> None:
        """Fade all blocks but these while a gesture or a search asks for it; None goes back to `focus`."""
        self._asked = allowed
        self._fade()

    def focus(self, names: frozenset[str] | None) -> None:
        """Fade all but these blocks and the wires among them, whenever nobody fades others; None shows all."""
        self.focused = names
        self._fade()

    def _fade(self) -> None:
        self.allowed = self._asked if self._asked is not None else self.focused
        self.bars.renew()
        self.version += 1
        self.update()

    def fades(self, wire: Wire) -> bool:
        """Whether a wire is faded: all are while a gesture chooses among blocks, in focus mode those off the path."""
        if self._asked is None and self.focused is not None:
            return not (wire.src in self.focused and wire.dst in self.focused)
        return self.allowed is not None

    def set_figures(self, tints: Mapping[str, QColor], figures: Mapping[str, str]) -> None:
        """Show these colours and short texts on the cards; without any, the cards as they are."""
        self.tints, self.figures = dict(tints), dict(figures)
        self.bars.renew()
        self.touch()

    def touch(self, area: QRectF | None = None) -> None:
        """Something besides blocks and wires looks different, in an area or everywhere."""
        self.version += 1
        if area is None:
            self.update()
        else:
            self.update(area)

    def lay_over(self, item: QGraphicsRectItem) -> None:
        """Show something above the drawing while a gesture lasts."""
        self.over.append(item)
        self.addItem(item)

    def take_off(self, item: QGraphicsRectItem) -> None:
        """Take it away again."""
        if item in self.over:
            self.over.remove(item)
            self.removeItem(item)

    # --- layers ----------------------------------------------------------------------------------------------

    def drawBackground(self, painter: QPainter, rect: QRectF | object) -> None:
        """What lies under the wires."""
        _paint_layers(self.underlays, painter, rect)

    def drawForeground(self, painter: QPainter, rect: QRectF | object) -> None:
        """What lies above the blocks."""
        _paint_layers(self.overlays, painter, rect)

    # --- sizes -----------------------------------------------------------------------------------------------

    def label_width(self, words: str) -> float:
        """How wide a wire's label is."""
        width = self._widths.get(words)
        if width is None:
            width = self._widths[words] = self.look.advance(self.look.label, words) + 12
        return width

    def content(self, names: Iterable[str] | None = None) -> QRectF:
        """The rectangle around these blocks; without ``names`` around all, their wires and the layers. May be empty."""
        rects = self.cells.rects
        whole = QRectF()
        for name in rects if names is None else names:
            if name in rects:
                whole = whole.united(rects[name])
        if names is None:
            for stub in self.stubs.values():
                whole = whole.united(stub.body)
            for item in self.wires.values():
                whole = whole.united(item.rect())
            for layer in (*self.underlays, *self.overlays):
                whole = whole.united(layer.bounds())
        return whole


def _paint_layers(layers: Iterable[Layer], painter: QPainter, rect: QRectF | object) -> None:
    assert isinstance(rect, QRectF)
    for layer in layers:
        try:
            painter.save()  # inside: Qt tells of an earlier fault here, after it has saved
            layer.paint(painter, rect, painter.worldTransform().m11())
        finally:
            painter.restore()
