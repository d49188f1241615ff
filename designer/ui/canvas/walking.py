"""Going about the network with keys: from block to block along the wires, and from wire to wire around a block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.graph.choose import Links, Way, links_of, step
from designer.graph.model import Wire, natural

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
    shown = view.canvas.wires[next(iter(view.canvas.cut))].shown
    end = shown.src if way == "up" else shown.dst
    return end if end in view.canvas.blocks else None


def _from_blocks(view: CanvasView, way: Way) -> str | None:
    links, chosen = _links(view), sorted(view.canvas.selection, key=natural)
    if not chosen:
        order = view.document.network.order()
        shown = [seen for name in order if (seen := view.canvas.visible.shown(name)) is not None]
        return shown[-1 if way == "up" else 0] if shown else None
    head = view.property(_HEAD)
    start = head if head in chosen else _rim(links, chosen, way)
    found = step(links, start, way)
    if found is None:
        view.statusMessage.emit(_NOTHING[way].format(start))
    return found


def _links(view: CanvasView) -> Links:
    """The wires as they are seen: to and from the cards of closed groups, within the group that is looked into."""
    scene, network = view.canvas, view.document.network
    if scene.visible.plain:
        return links_of(network)

    def seen(name: str) -> list[Wire]:
        wires = {scene.wires[wire].shown for wire in scene.wires_at(name)}
        inside = [wire for wire in wires if wire.src in scene.blocks and wire.dst in scene.blocks]
        return sorted(inside, key=lambda wire: (wire.slot, natural(wire.src)))

    def place(name: str) -> tuple[float, float]:
        at = scene.blocks[name].pos()
        return at.x(), at.y()

    return Links(
        scene.blocks,
        lambda name: list(dict.fromkeys(wire.src for wire in seen(name) if wire.dst == name)),
        lambda name: {wire.dst for wire in seen(name) if wire.src == name},
        place,
    )


def _rim(links: Links, chosen: list[str], way: Way) -> str:
    """The one of several blocks that lies furthest in a direction."""
    axis, last = (1 if way in ("up", "down") else 0), way in ("down", "right")
    return (max if last else min)(chosen, key=lambda name: links.place(name)[axis])


def open_menu(view: CanvasView) -> None:
    """The context menu at what is selected, where a key asks for it; in the middle where nothing is."""
    from designer.ui.actions.qt import context_menu

    scene = view.canvas
    rects = [scene.blocks[name].body for name in view.selected()] + [scene.wires[wire].rect() for wire in scene.cut]
    seen = [rect for rect in rects if rect.intersects(view.visible_area())]
    at = view.mapFromScene((seen[0] if seen else view.visible_area()).center())
    context_menu(view, bool(rects)).popup(view.viewport().mapToGlobal(at))


def cycle_wires(view: CanvasView, by: int) -> None:
    """Select the next wire of the selected block, its inputs first; the one before with -1."""
    scene = view.canvas
    chosen = list(scene.selection)
    current = next(iter(scene.cut)) if len(scene.cut) == 1 and not chosen else None
    block = chosen[0] if len(chosen) == 1 else _around(view, current)
    if block is None:
        view.statusMessage.emit("Select one block to go through its wires.")
        return
    wires = _wires_around(view, block)
    if not wires:
        view.statusMessage.emit(f"{block} has no wires.")
        return
    at = wires.index(current) + by if current in wires else 0 if by > 0 else -1
    wire = wires[at % len(wires)]
    view.setProperty(_AROUND, block)
    scene.select((), {wire})
    tensor = view.document.shapes[wire.src].outputs[wire.out]
    words = f"Wire {at % len(wires) + 1} of {len(wires)}: from {wire.src} to {wire.dst}"
    view.statusMessage.emit(f"{words}, {tensor}" if tensor else words)
    body = scene.wires[wire].rect()
    if not view.visible_area().intersects(body):
        view.ensureVisible(body, 48, 48)


def _wires_around(view: CanvasView, name: str) -> list[Wire]:
    """The wires of a block or card as they are seen, its inputs first."""
    shown = {view.canvas.wires[wire].shown: wire for wire in sorted(view.canvas.wires_at(name), reverse=True)}
    ways = sorted(shown, key=lambda w: (w.dst != name, w.slot if w.dst == name else w.out, natural(w.dst), w))
    return [shown[way] for way in ways]


def _around(view: CanvasView, wire: Wire | None) -> str | None:
    """The block whose wires are gone through, while one of them is selected."""
    if wire is None:
        return None
    block, shown = view.property(_AROUND), view.canvas.wires[wire].shown
    return block if block in (shown.src, shown.dst) else shown.src if shown.src in view.canvas.blocks else shown.dst
