"""Brings a document onto the scene: which blocks, cards of groups and wires it shows, kept true change by change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from designer.graph.document import Changed
from designer.graph.edits import Batch, Edit, Rename
from designer.graph.model import Wire
from designer.graph.ports import ports_of
from designer.graph.visible import Visible
from designer.ui.canvas.card import Card, card_of, group_card, group_label, stub_card
from designer.ui.canvas.carrying import CROWD
from designer.ui.canvas.items import BlockItem, WireItem
from designer.ui.canvas.metrics import TALL, group_width, sizes

if TYPE_CHECKING:
    from designer.ui.canvas.scene import CanvasScene

__all__ = ["Staging"]

STUB_GAP = 64.0  # between a stub and the blocks


class Staging:
    """Knows what is shown of the network (`visible`) and by which items. Items of wires are kept by the real wire."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self.visible = Visible(scene.document.network)
        self._at: dict[str, set[Wire]] = {}  # by shown name
        self._trouble: dict[str, tuple[str, str]] = {}

    # --- all of it -------------------------------------------------------------------------------------------

    def build(self, scope: str) -> None:
        """Put everything on the empty scene."""
        scene, network = self._scene, self._scene.document.network
        self.visible = Visible(network, scope if network.is_prefix(scope) else "")
        self._at = {}
        self._trouble = self._troubles()
        for name in network.nodes if self.visible.plain else sorted(self.visible.names()):
            self._show(name)
        self._show_stubs()
        for wire in network.wires():
            self._sync(wire)
        self._place_stubs()
        scene.lay(scene.wires)

    def follow(self, changed: Changed) -> bool:
        """Show one change; False where so much is different that everything has to be built anew."""
        scene, network = self._scene, self._scene.document.network
        was_plain = self.visible.plain
        difference = self.visible.follow(changed)
        if difference.scope or difference.stubs or was_plain != self.visible.plain:
            return False
        seen = {shown for name in changed.reshaped if (shown := self.visible.shown(name)) is not None}
        before, self._trouble = self._trouble, self._troubles()
        worried = {n for n in before.keys() | self._trouble.keys() if before.get(n) != self._trouble.get(n)}
        if len(difference.names) + len(seen) > CROWD:
            scene.update()
        rects = scene.cells.rects
        places = [rects[n] for n in difference.names if n in rects]
        relay, left = scene.carrying.put_down()
        places += left
        gone = [n for n in difference.names if n in scene.blocks and n not in self.visible]
        wires = set(difference.wires)
        for name in changed.touched:
            wires |= self._known_at(name)
            wires.update(network.wires_of(name) if name in network else ())
        relay |= {wire for wire in wires if self._sync(wire)}
        for name in gone:
            self._drop(name)
        # A card tells of other groups too: how often one inside is repeated, whether it has twins.
        cards = set(self.visible.cards()) if any(kind == "group" for kind, _ in changed.scenery) else set[str]()
        for name in difference.names | seen | worried | cards:
            if name in self.visible and self._show(name):
                relay |= self._at.get(name, set())
                places.append(rects[name])
        for name in difference.names | seen:
            self._label(self._at.get(name, ()))
        relay |= self._place_stubs()
        scene.lay(relay | scene.near(places))
        self._keep_selection(changed.edit)
        return True

    def _known_at(self, name: str) -> set[Wire]:
        """The wires with an item that end at a block of the network."""
        shown = self.visible.shown(name)
        known = self._at.get(name, set()) | (self._at.get(shown, set()) if shown is not None else set())
        return {wire for wire in known if name in (wire.src, wire.dst)}

    def _troubles(self) -> dict[str, tuple[str, str]]:
        """What is wrong, by shown name: the first error and the first warning."""
        found: dict[str, tuple[str, str]] = {}
        for problem in self._scene.document.problems:
            name = self.visible.shown(problem.block) if problem.block is not None else None
            if name is not None:
                error, warning = found.get(name, ("", ""))
                words = problem.message if name == problem.block else f"{problem.block}: {problem.message}"
                if problem.severity == "error":
                    error = error or words
                elif problem.severity == "warning":
                    warning = warning or words
                found[name] = (error, warning)
        return found

    # --- blocks and cards ------------------------------------------------------------------------------------

    def place_of(self, name: str) -> QPointF | None:
        """Where the document has a shown block or card; None for what it does not know."""
        network = self._scene.document.network
        node = network.nodes.get(name) or network.groups.get(name)
        return QPointF(node.x, node.y) if node is not None else None

    def size_of(self, name: str) -> tuple[float, float]:
        """Width and height of a block or a group's card, shown or not."""
        item, document = self._scene.blocks.get(name), self._scene.document
        if item is not None:
            return item.card.width, item.card.height
        network = document.network
        if name in network:
            return sizes(network, (name,))[name]
        ports = ports_of(network, name)
        return group_width(group_label(network, name), max(len(ports.inputs), len(ports.outputs))), TALL

    def _card(self, name: str) -> Card:
        document, trouble = self._scene.document, self._trouble.get(name, ("", ""))
        if name in document.network:
            card = card_of(document, name, *trouble)
            return replace(card, label=name[len(self.visible.scope) + 1 :]) if self.visible.scope else card
        return group_card(document, name, self.visible.cards()[name], *trouble)

    def _show(self, name: str) -> bool:
        """Create or refresh the item of a shown name; whether its ports moved."""
        scene = self._scene
        card, at = self._card(name), self.place_of(name)
        assert at is not None
        item = scene.blocks.get(name)
        if item is None:
            item = scene.blocks[name] = BlockItem(card, scene)
            item.setPos(at)
            scene.addItem(item)
            moved = True
        else:
            moved = item.show_card(card)
            if item.pos() != at:
                item.setPos(at)
                moved = True
        scene.cells.put(name, item.body)
        scene.bars.note((name,))
        return moved

    def _drop(self, name: str) -> None:
        scene = self._scene
        item = scene.blocks.pop(name, None)
        if item is not None:
            scene.pixmaps.forget(item)
            scene.removeItem(item)
        scene.cells.drop(name)
        scene.bars.note((name,))
        self._at.pop(name, None)

    def _show_stubs(self) -> None:
        """Items for where values come in and where they go out."""
        scene = self._scene
        for stub in self.visible.stubs():
            item = scene.stubs[stub.key] = BlockItem(stub_card(stub.key, stub.said, stub.comes_in), scene)
            scene.addItem(item)

    def _place_stubs(self) -> set[Wire]:
        """Inputs above the blocks, outputs below, each over or under what it is wired to; the wires to be laid."""
        scene, area = self._scene, QRectF()
        if not scene.stubs:
            return set()
        for rect in scene.cells.rects.values():
            area = area.united(rect)
        moved: set[Wire] = set()
        for comes_in in (True, False):
            keys = [stub.key for stub in self.visible.stubs() if stub.comes_in == comes_in]
            row = [(self._aim_of(key, area.center().x()), scene.stubs[key]) for key in keys]
            row.sort(key=lambda pair: pair[0])
            for (_, item), x in zip(row, _in_a_row([(aim, item.card.width) for aim, item in row]), strict=True):
                at = QPointF(x, area.top() - STUB_GAP - item.card.height if comes_in else area.bottom() + STUB_GAP)
                if item.pos() != at:
                    item.setPos(at)
                    moved |= self._at.get(item.card.name, set())
        return moved

    def _aim_of(self, key: str, middle: float) -> float:
        """Where a stub would stand: over or under the ports that it is wired to."""
        scene = self._scene
        shown = {scene.wires[wire].shown for wire in self._at.get(key, ())}
        ends = [
            scene.blocks[w.dst].pos() + scene.blocks[w.dst].card.input_at(w.slot)
            if w.src == key
            else scene.blocks[w.src].pos() + scene.blocks[w.src].card.output_at(w.out)
            for w in shown
            if (w.dst if w.src == key else w.src) in scene.blocks
        ]
        return sum(at.x() for at in ends) / len(ends) if ends else middle

    # --- wires -----------------------------------------------------------------------------------------------

    def wires_at(self, name: str) -> set[Wire]:
        """The wires that are seen to end at a shown name."""
        return self._at.get(name, set())

    def _sync(self, wire: Wire) -> bool:
        """Create, move or remove the item of a wire; whether it has to be laid."""
        scene, network = self._scene, self._scene.document.network
        there = wire.src in network and wire.dst in network and network.has_wire(wire)
        shown = self.visible.wire(wire) if there else None
        item = scene.wires.get(wire)
        if item is not None and item.shown == shown:
            return False
        if item is not None:
            self._forget(item)
            if shown is None:
                del scene.wires[wire]
                item.route = None
                scene.removeItem(item)
                scene.router.forget(wire)
                scene.cut.discard(wire)
                scene.bars.note(wires=(item,))
        if shown is None:
            return False
        if item is None:
            item = scene.wires[wire] = WireItem(wire, scene)
            scene.addItem(item)
        item.shown = shown
        self._at.setdefault(shown.src, set()).add(wire)
        self._at.setdefault(shown.dst, set()).add(wire)
        self._label((wire,))
        return True

    def relabel(self) -> None:
        """Say all shapes anew."""
        self._label(self._scene.wires)

    def _forget(self, item: WireItem) -> None:
        for end in (item.shown.src, item.shown.dst):
            self._at.get(end, set()).discard(item.wire)

    def _label(self, wires: Iterable[Wire]) -> None:
        shapes = self._scene.document.shapes
        for wire in wires:
            tensor = shapes[wire.src].outputs[wire.out]
            told = str(tensor.at(self._scene.document.tried)) if tensor else ""
            self._scene.wires[wire].show_label(told, shapes[wire.dst].error is not None)

    # --- selection -------------------------------------------------------------------------------------------

    def _keep_selection(self, edit: Edit) -> None:
        scene = self._scene
        renamed = dict(_renames(edit))
        chosen = {renamed.get(n, n) for n in scene.selection}
        scene.select({n for n in chosen if n in scene.blocks}, set(scene.cut), scene.sheets.chosen)


def _in_a_row(wishes: Sequence[tuple[float, float]]) -> list[float]:
    """The left edges of cards side by side, each a middle and a width, as near to their wishes as they go."""
    found, edge, late = [], float("-inf"), 0.0
    for middle, width in wishes:
        left = max(middle - width / 2, edge)
        late += left - (middle - width / 2)
        found.append(left)
        edge = left + width + 24.0
    back = late / len(wishes) if wishes else 0.0
    return [left - back for left in found]


def _renames(edit: Edit) -> Iterable[tuple[str, str]]:
    if isinstance(edit, Rename):
        yield edit.old, edit.new
    elif isinstance(edit, Batch):
        for part in edit.edits:
            yield from _renames(part)
