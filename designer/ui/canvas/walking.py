"""Going about the network with keys: from block to block along the wires, and from wire to wire around a block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.graph import choose
from designer.graph.choose import Way
from designer.graph.model import Network, Wire

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["cycle_wires", "open_menu", "walk"]

_NOTHING: dict[Way, str] = {
    "up": "Nothing feeds {}.",
    "down": "Nothing reads from {}.",
    "left": "Nothing stands to the left of {} on this level.",
    "right": "Nothing stands to the right of {} on this level.",
}
_AROUND = "aroundBlock"  # the block whose wires are gone through
_HEAD = "walkedTo"  # the block that the last step led to


def walk(view: CanvasView, way: Way, extend: bool = False) -> None:
    """Select the block one step on; with ``extend``, in addition to what is selected."""
    found = _from_wire(view, way) or _from_blocks(view, way)
    if found is not None:
        view.select({*view.canvas.selection, found} if extend else {found})
        view.setProperty(_HEAD, found)
        view.reveal_softly(found)


def _from_wire(view: CanvasView, way: Way) -> str | None:
    """From a selected wire, up and down lead to its ends."""
    if len(view.canvas.cut) != 1 or view.canvas.selection or way not in ("up", "down"):
        return None
    wire = next(iter(view.canvas.cut))
    return wire.src if way == "up" else wire.dst


def _from_blocks(view: CanvasView, way: Way) -> str | None:
    network = view.document.network
    chosen = [name for name in view.selected() if name in network]
    if not chosen:
        order = network.order()
        return order[-1 if way == "up" else 0] if order else None
    head = view.property(_HEAD)
    start = head if head in chosen else _rim(network, chosen, way)
    found = choose.step(network, start, way)
    if found is None:
        view.statusMessage.emit(_NOTHING[way].format(start))
    return found


def _rim(network: Network, chosen: list[str], way: Way) -> str:
    """The one of several blocks that lies furthest in a direction."""
    if way in ("up", "down"):
        places = network.positions()
        return min(chosen, key=places.__getitem__) if way == "up" else max(chosen, key=places.__getitem__)
    return min(chosen, key=lambda n: network[n].x) if way == "left" else max(chosen, key=lambda n: network[n].x)


def open_menu(view: CanvasView) -> None:
    """The context menu at what is selected, where a key asks for it; in the middle where nothing is."""
    from designer.ui.actions.qt import context_menu

    scene = view.canvas
    rects = [scene.blocks[name].body for name in view.selected()] + [scene.wires[wire].rect() for wire in scene.cut]
    seen = [rect for rect in rects if rect.intersects(view.visible_area())]
    at = view.mapFromScene((seen[0] if seen else view.visible_area()).center())
    context_menu(view, bool(rects)).popup(view.viewport().mapToGlobal(at))


def cycle_wires(view: CanvasView, step: int) -> None:
    """Select the next wire of the selected block, its inputs first; the one before with a step of -1."""
    scene = view.canvas
    chosen = [name for name in view.selected() if name in view.document.network]
    current = next(iter(scene.cut)) if len(scene.cut) == 1 and not chosen else None
    block = chosen[0] if len(chosen) == 1 else _around(view, current)
    if block is None:
        view.statusMessage.emit("Select one block to go through its wires.")
        return
    wires = view.document.network.wires_of(block)
    if not wires:
        view.statusMessage.emit(f"{block} has no wires.")
        return
    at = wires.index(current) + step if current in wires else 0 if step > 0 else -1
    wire = wires[at % len(wires)]
    view.setProperty(_AROUND, block)
    scene.select((), {wire})
    tensor = view.document.shapes[wire.src].outputs[wire.out]
    words = f"Wire {at % len(wires) + 1} of {len(wires)}: from {wire.src} to {wire.dst}"
    view.statusMessage.emit(f"{words}, {tensor}" if tensor else words)
    body = scene.wires[wire].rect()
    if not view.visible_area().intersects(body):
        view.ensureVisible(body, 48, 48)


def _around(view: CanvasView, wire: Wire | None) -> str | None:
    """The block whose wires are gone through, while one of them is selected."""
    block = view.property(_AROUND)
    return block if wire is not None and block in (wire.src, wire.dst) else wire.src if wire is not None else None
