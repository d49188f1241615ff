"""The items of the drawing, kept equal to the document: every change redraws what it touched and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsRectItem, QGraphicsScene

from designer.graph.document import Changed, Document
from designer.graph.edits import Batch, Edit, Rename
from designer.graph.model import Wire
from designer.ui.canvas.bars import Bars
from designer.ui.canvas.bends import bent_route
from designer.ui.canvas.card import card_of
from designer.ui.canvas.carrying import CROWD, Carrying
from designer.ui.canvas.cells import Cells
from designer.ui.canvas.items import BlockItem, WireItem
from designer.ui.canvas.layers import Layer
from designer.ui.canvas.look import Look
from designer.ui.canvas.pixmaps import Pixmaps
from designer.ui.canvas.routes import Ends, Route, Router, loose_route
from designer.ui.canvas.sheets import Sheets
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
        self.underlays: list[Layer] = [self.sheets]
        self.overlays: list[Layer] = []
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
        self.selection: set[str] = set()
        self.cut: set[Wire] = set()  # selected wires
        self.over: list[QGraphicsRectItem] = []  # what gestures show above the drawing
        self._at: dict[str, set[Wire]] = {}
        self._carrying = Carrying(self)
        self._trouble: dict[str, tuple[str, str]] = {}
        self._widths: dict[str, float] = {}
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.BspTreeIndex)
        self.rebuild()

    # --- from the document -----------------------------------------------------------------------------------

    def show_document(self, document: Document) -> None:
        """Show another document."""
        self.document = document
        self.rebuild()

    def rebuild(self) -> None:
        """Draw everything anew."""
        for thing in list(self.over):
            self.take_off(thing)
        self.clear()
        self.pixmaps.clear()
        self.bars.renew()
        self._carrying.put_down()
        self.blocks, self.wires, self._at, self.cells = {}, {}, {}, Cells()
        self.router = Router(self.cells.boxes)
        self.selection, self.cut, self.lit = set(), set(), set()
        self._trouble = self._troubles()
        for name in self.document.network.nodes:
            self._show_block(name)
        for wire in self.document.network.wires():
            self._add_wire(wire)
        self.lay(self.wires)
        self.drawing += 1
        self.version += 1

    def restyle(self, of: Theme) -> None:
        """Use another theme."""
        self.look = Look(of)
        self.pixmaps.clear(self.look)
        self._widths.clear()
        self.update()

    def apply(self, changed: Changed) -> None:
        """Follow one change of the document."""
        network = self.document.network
        if changed.scenery:
            self.sheets.forget()
            self.touch()
        if len(changed.touched) + len(changed.reshaped) > CROWD:
            self.update()
        before = dict(self._trouble)
        self._trouble = self._troubles()
        worried = {n for n in before.keys() | self._trouble.keys() if before.get(n) != self._trouble.get(n)}
        places = [self.cells.rects[n] for n in changed.touched if n in self.cells.rects]
        relay, left = self._carrying.put_down()
        places += left
        gone = [n for n in changed.touched if n not in network]
        for name in changed.touched:
            relay |= self._match_wires(name)
        for name in gone:
            self._drop_block(name)
        for name in changed.touched | changed.reshaped | worried:
            if name in network and self._show_block(name):
                relay |= self._at.get(name, set())
                places.append(self.cells.rects[name])
        for name in changed.reshaped | changed.touched:
            self._label(self._at.get(name, ()))
        self.lay(relay | self._near(places))
        self._keep_selection(changed.edit, gone)
        self.drawing += 1
        self.version += 1

    def _troubles(self) -> dict[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for problem in self.document.problems:
            if problem.block is not None:
                error, warning = found.get(problem.block, ("", ""))
                if problem.severity == "error":
                    error = error or problem.message
                else:
                    warning = warning or problem.message
                found[problem.block] = (error, warning)
        return found

    def _show_block(self, name: str) -> bool:
        """Create or refresh a block's item; whether its ports moved."""
        node = self.document.network[name]
        card = card_of(self.document, name, *self._trouble.get(name, ("", "")))
        item = self.blocks.get(name)
        if item is None:
            item = self.blocks[name] = BlockItem(card, self)
            item.setPos(node.x, node.y)
            self.addItem(item)
            moved = True
        else:
            moved = item.show_card(card)
            if item.pos() != QPointF(node.x, node.y):
                item.setPos(node.x, node.y)
                moved = True
        self.cells.put(name, item.body)
        self.bars.note((name,))
        return moved

    def _drop_block(self, name: str) -> None:
        item = self.blocks.pop(name, None)
        if item is not None:
            self.pixmaps.forget(item)
            self.removeItem(item)
        self.cells.drop(name)
        self.bars.note((name,))
        self._at.pop(name, None)

    def _match_wires(self, name: str) -> set[Wire]:
        network = self.document.network
        now = set(network.wires_of(name)) if name in network else set()
        known = set(self._at.get(name, ()))
        for wire in known - now:
            item = self.wires.pop(wire)
            item.route = None
            self.removeItem(item)
            self.router.forget(wire)
            self.cut.discard(wire)
            self.bars.note(wires=(item,))
            for end in (wire.src, wire.dst):
                self._at.get(end, set()).discard(wire)
        for wire in now - known:
            self._add_wire(wire)
        return now - known

    def _add_wire(self, wire: Wire) -> None:
        if wire in self.wires:
            return
        item = self.wires[wire] = WireItem(wire, self)
        self.addItem(item)
        self._at.setdefault(wire.src, set()).add(wire)
        self._at.setdefault(wire.dst, set()).add(wire)
        self._label((wire,))

    def _label(self, wires: Iterable[Wire]) -> None:
        shapes = self.document.shapes
        for wire in wires:
            tensor = shapes[wire.src].outputs[wire.out]
            self.wires[wire].show_label(str(tensor) if tensor else "", shapes[wire.dst].error is not None)

    def _keep_selection(self, edit: Edit, gone: Iterable[str]) -> None:
        before = (len(self.selection), len(self.cut))
        renamed = dict(_renames(edit))
        chosen = {renamed.get(n, n) for n in self.selection}
        chosen = {n for n in chosen if n in self.blocks}
        if chosen != self.selection or (len(self.selection), len(self.cut)) != before:
            self.select(chosen, self.cut, self.sheets.chosen)

    # --- wires -----------------------------------------------------------------------------------------------

    def start_of(self, wire: Wire) -> QPointF:
        """Where a wire leaves its source."""
        item = self.blocks[wire.src]
        return item.pos() + item.card.output_at(wire.out)

    def end_of(self, wire: Wire) -> QPointF:
        """Where a wire arrives."""
        item = self.blocks[wire.dst]
        return item.pos() + item.card.input_at(wire.slot)

    def wires_at(self, name: str) -> set[Wire]:
        """The wires of a block."""
        return self._at.get(name, set())

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
                free.append(Ends(wire, start, end, self.blocks[wire.dst].body.center().x()))
        for wire, course in self.router.lay(free):
            self._course(self.wires[wire], course)

    def _course(self, item: WireItem, course: Route) -> None:
        item.lay(course)
        self.bars.note(wires=(item,))

    def _near(self, places: list[QRectF]) -> set[Wire]:
        if len(places) > MANY:
            return set(self.wires)
        mode = Qt.ItemSelectionMode.IntersectsItemBoundingRect
        found: set[Wire] = set()
        for place in places:
            for item in self.items(place.adjusted(-40, -20, 40, 20), mode):
                if isinstance(item, WireItem):
                    found.add(item.wire)
        return found

    def shift(self, positions: Mapping[str, QPointF]) -> None:
        """Show blocks elsewhere without an edit (a drag in progress); many wires at once follow loosely."""
        self._carrying.shift(positions)
        self.version += 1

    def settle(self, names: Iterable[str]) -> None:
        """Put blocks back where the document has them."""
        nodes = self.document.network.nodes
        self.shift({n: QPointF(nodes[n].x, nodes[n].y) for n in names if n in nodes and n in self.blocks})
        self.lay(self._carrying.put_down()[0])

    def lead(self, wire: Wire, via: Sequence[QPointF]) -> None:
        """Show one wire through other points without an edit (a drag in progress)."""
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
        cut = {w for w in wires if w in self.wires}
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
                for wire in self._at.get(name, ()):
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
            for item in self.wires.values():
                whole = whole.united(item.rect())
            for layer in (*self.underlays, *self.overlays):
                whole = whole.united(layer.bounds())
        return whole


def _paint_layers(layers: Iterable[Layer], painter: QPainter, rect: QRectF | object) -> None:
    assert isinstance(rect, QRectF)
    for layer in layers:
        painter.save()
        layer.paint(painter, rect, painter.worldTransform().m11())
        painter.restore()


def _renames(edit: Edit) -> Iterable[tuple[str, str]]:
    if isinstance(edit, Rename):
        yield edit.old, edit.new
    elif isinstance(edit, Batch):
        for part in edit.edits:
            yield from _renames(part)
