"""What menus and keys do to the canvas beyond gestures: clipboard, delete, add, arrange, nudge."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QGuiApplication

from designer.arrange.drawing import GAP
from designer.errors import LayerloomError
from designer.graph.arrange import Direction, arrange_shown
from designer.graph.composites import composites, offered, put_down
from designer.graph.copies import with_sources
from designer.graph.edits import AddBlock, Batch, Bend, Connect, Edit, Move, Put
from designer.graph.ends import disconnection, value_at
from designer.graph.model import Wire
from designer.graph.splice import taking_out
from designer.ui.canvas.card import new_card
from designer.ui.canvas.metrics import SNAP, snapped
from designer.ui.canvas.room import room_in

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["add", "arrange_blocks", "copy", "duplicate", "nudge", "paste", "put", "remove", "take_aside"]


def _do(view: CanvasView, edit: Edit, select: bool = False) -> bool:
    done = view.bridge.do(edit) is not None
    if done and select:
        parts = edit.edits if isinstance(edit, Batch) else (edit,)
        notes = [part.key for part in parts if isinstance(part, Put) and part.what == "note"]
        shown = (view.canvas.visible.shown(part.name) for part in parts if isinstance(part, AddBlock))
        view.canvas.select({name for name in shown if name is not None}, (), notes)
    return done


def remove(view: CanvasView) -> None:
    """Delete the selected blocks and wires as one edit."""
    scene = view.canvas
    if not (scene.selection or scene.cut or scene.sheets.chosen):
        return
    if scene.cut and not (scene.selection or scene.sheets.chosen or scene.visible.plain):
        shown = {scene.wires[wire].shown for wire in scene.cut}  # a card's input remembers the slots that it feeds
        parts = [edit for wire in sorted(shown) for edit in disconnection(view.document, scene.visible, wire).edits]
        _do(view, Batch("Disconnect", tuple(parts)))
    else:
        _do(view, view.document.removal(scene.selection, scene.cut, scene.sheets.chosen))


def copy(view: CanvasView) -> bool:
    """Put the selected blocks on the clipboard as text; whether there were any."""
    names, notes = view.selected(), view.canvas.sheets.chosen
    if names or notes:
        QGuiApplication.clipboard().setText(view.document.copy(names, notes))
    return bool(names or notes)


def paste(view: CanvasView) -> None:
    """Add what is on the clipboard, at the cursor or in the middle of what one sees, and over no block."""
    text = QGuiApplication.clipboard().text()
    try:
        batch = view.document.paste(text, 0.0, 0.0)
        width, height = _extent(view, batch)
        at = view.cursor_place() or view.visible_area().center()
        corner = _clear_of_blocks(view, snapped(at - QPointF(width / 2, height / 2)), width, height)
        scope = view.canvas.scope or None
        if _do(view, view.document.paste(text, corner.x(), corner.y(), scope), select=True):
            _look_at_new(view)
    except LayerloomError as error:
        view.statusMessage.emit(error.message)


def duplicate(view: CanvasView, wired: bool = False) -> None:
    """Copy the selected blocks beside themselves, leaving the clipboard alone.

    With ``wired``, the copies read from the same blocks as the originals.
    """
    names = view.selected()
    if not names:
        return
    area = view.canvas.content(names)
    corner = _clear_of_blocks(view, area.topLeft(), area.width(), area.height())
    batch = view.document.paste(view.document.copy(names), corner.x(), corner.y())
    if wired:
        batch = with_sources(view.document.network, view.document.network.blocks_of(names), batch)
    label = f"Duplicate {names[0]}" if len(names) == 1 else f"Duplicate {len(names)} blocks"
    if _do(view, Batch(label, batch.edits), select=True):
        _look_at_new(view)


def _extent(view: CanvasView, batch: Batch) -> tuple[float, float]:
    """Width and height of what a batch adds at the origin."""
    blocks = [(e, new_card(view.document, e.type)) for e in batch.edits if isinstance(e, AddBlock)]
    across = max((e.x + card.width for e, card in blocks), default=0.0)
    return across, max((e.y + card.height for e, card in blocks), default=0.0)


def _look_at_new(view: CanvasView) -> None:
    area = view.canvas.content(view.selected())
    if not view.visible_area().contains(area):
        view.fitted = False
        view.ensureVisible(area, 48, 48)


def put(view: CanvasView, block_type: str, corner: QPointF, into: Wire | None = None) -> str | None:
    """Add a block at a corner, into a wire if one is given; its name, or None where that was refused."""
    try:
        if into is None or into not in view.canvas.wires:
            edit = _new(view, block_type, corner)
        else:
            edit = _inserted(view, into, block_type, corner)
    except LayerloomError as error:
        view.statusMessage.emit(error.message)
        return None
    return view.selected()[0] if _do(view, edit, select=True) and view.selected() else None


def _inserted(view: CanvasView, into: Wire, block_type: str, corner: QPointF) -> Batch:
    """The edit that puts a block into a wire; what follows makes room below it."""
    card = new_card(view.document, block_type)
    corner, moved = room_in(view, into, corner, card.height)
    follow = (Move(moved),) if moved else ()
    if block_type in composites():
        scope = view.document.network.group_around(into.src, into.dst)
        batch = put_down(view.document, block_type, (corner.x(), corner.y()), scope, into=into)
        return Batch(batch.label, (*batch.edits, *follow))
    batch = view.document.insertion(into, block_type)
    parts = [
        AddBlock(p.name, p.type, p.params, corner.x(), corner.y()) if isinstance(p, AddBlock) else p
        for p in batch.edits
    ]
    return Batch(batch.label, (*parts, *follow))


def _new(view: CanvasView, block_type: str, corner: QPointF, after: tuple[str, int] | None = None) -> Edit:
    """The edit that adds a block or a composite where one looks, wired after an output if one is given."""
    x, y, scope = corner.x(), corner.y(), view.canvas.scope
    if block_type in composites():
        return put_down(view.document, block_type, (x, y), scope, after)
    new = view.document.new_block(block_type, x, y, scope=scope)
    if after is None:
        return new
    return Batch(f"Add {new.name}", (new, Connect(Wire(*after, new.name, 0))))


def add(view: CanvasView, block_type: str) -> str | None:
    """Add a block where it makes sense: wired below the one selected block, or in the middle of what one sees."""
    if block_type not in offered():
        view.statusMessage.emit(f"There is no block of type {block_type!r}.")
        return None
    card = new_card(view.document, block_type)
    above = _open_end(view, block_type)
    if above is None:
        middle = view.visible_area().center()
        corner = snapped(middle - QPointF(card.width / 2, card.height / 2))
        name = put(view, block_type, _clear_of_blocks(view, corner, card.width, card.height))
    else:
        body = view.canvas.blocks[above].body
        corner = QPointF(body.center().x() - card.width / 2, body.bottom() + GAP[1])
        corner = _clear_of_blocks(view, corner, card.width, card.height)
        edit = _new(view, block_type, corner, value_at(view.canvas.visible, above, 0))
        name = view.selected()[0] if _do(view, edit, select=True) and view.selected() else None
    if name is not None:
        view.reveal_softly(name)
    return name


def _open_end(view: CanvasView, block_type: str) -> str | None:
    names = view.selected()
    if len(names) != 1 or not offered()[block_type].inputs:
        return None
    card = view.canvas.blocks[names[0]].card
    return names[0] if card.fed and not any(card.fed) else None


def _clear_of_blocks(view: CanvasView, corner: QPointF, width: float, height: float) -> QPointF:
    """The corner, moved to the right as far as it takes to cover no block."""
    cells = view.canvas.cells
    for _ in range(200):
        over = cells.within(QRectF(corner.x() - 8, corner.y() - 8, width + 16, height + 16))
        if not over:
            break
        corner = QPointF(max(cells.rects[n].right() for n in over) + GAP[0], corner.y())
    return corner


def arrange_blocks(view: CanvasView, direction: Direction = "down") -> None:
    """Put all that is seen into rows, folded to the view's shape, or what is selected when it is several.

    Pinned blocks stay; ``right`` makes columns from left to right instead.
    """
    names = view.selected()
    only = names if len(names) > 1 else None
    place = view.viewport().rect()
    fold = place.width() / max(1, place.height()) if only is None else None
    batch = arrange_shown(view.canvas.visible, view.canvas.staging.size_of, direction, only, fold)
    if batch.edits:
        _do(view, batch)
    if only is None:
        view.fit()


def take_aside(view: CanvasView) -> None:
    """Cut the selected blocks off from the others, close the gap behind them, and lay them beside."""
    names = view.selected()
    cuts = taking_out(view.document.network, view.document.network.blocks_of(names))
    if not cuts:
        view.statusMessage.emit("What is selected has no wires to other blocks.")
        return
    area = view.canvas.content(names)
    start = QPointF(area.right() + GAP[0], area.top())
    by = _clear_of_blocks(view, snapped(start), area.width(), area.height()) - area.topLeft()
    places = {n: at + by for n in names if (at := view.canvas.staging.place_of(n)) is not None}
    label = f"Take out {names[0]}" if len(names) == 1 else f"Take out {len(names)} blocks"
    _do(view, Batch(label, (*cuts, Move({n: at.toTuple() for n, at in places.items()}))))


def nudge(view: CanvasView, dx: int, dy: int) -> None:
    """Move the selected blocks by steps of the grid."""
    notes, place_of = view.document.network.notes, view.canvas.staging.place_of
    places = {n: at for n in view.selected() if (at := place_of(n)) is not None}
    moved = {n: (at.x() + dx * SNAP, at.y() + dy * SNAP) for n, at in places.items()}
    edits: list[Edit] = [Move(moved)] if moved else []
    for key in sorted(view.canvas.sheets.chosen):
        edits.append(Put("note", key, replace(notes[key], x=notes[key].x + dx * SNAP, y=notes[key].y + dy * SNAP)))
    bends = view.document.network.bends
    for wire in sorted(view.canvas.cut & bends.keys()):
        edits.append(Bend(wire, tuple((x + dx * SNAP, y + dy * SNAP) for x, y in bends[wire])))
    if edits:
        edit = edits[0] if len(edits) == 1 and moved else Batch("Move", tuple(edits))
        view.bridge.do(edit, merge="nudge")  # steps in a row are one edit to undo
