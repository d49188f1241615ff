"""Notes and frames."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from designer.ui.actions.table import canvas_action, canvas_condition

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []

ORDER = 64
MARGIN, HEAD = 32.0, 56.0  # of a frame around blocks


@canvas_condition("notes")
def _notes(view: CanvasView) -> bool:
    return bool(view.canvas.sheets.chosen) and not view.read_only


@canvas_condition("one note")
def _one_note(view: CanvasView) -> bool:
    return len(view.canvas.sheets.chosen) == 1 and not view.read_only


def _add(view: CanvasView, **fields: object) -> str | None:
    from designer.graph.edits import Batch, Put
    from designer.graph.scenery import Note, fresh_key

    key = fresh_key("note", view.document.network.notes)
    note = Note(id=key, scope=view.canvas.scope, **fields)  # type: ignore[arg-type]
    words = "Add frame" if note.kind == "frame" else "Add note"
    if view.bridge.do(Batch(words, (Put("note", key, note),))) is None:
        return None
    view.canvas.select((), (), {key})
    return key


@canvas_action(
    "add_note",
    "Add &note",
    "Network",
    shortcut="N",
    icon="mdi6.note-plus-outline",
    tip="Put a note in Markdown on the canvas",
    when="writable",
    scope="canvas",
    line=True,
    context="paper",
)
def add_note(view: CanvasView) -> None:
    """A note at the cursor, ready to be written."""
    from designer.ui.canvas.metrics import snapped
    from designer.ui.canvas.note_editor import write

    at = snapped(view.cursor_place() or view.visible_area().center())
    key = _add(view, x=at.x(), y=at.y())
    if key is not None:
        write(view, key)


@canvas_action(
    "add_frame",
    "&Frame selection",
    "Network",
    shortcut="Ctrl+J",
    icon="mdi6.selection",
    tip="Draw a titled frame around the selected blocks; they go with it",
    when="editable selection",
    context="block",
)
def add_frame(view: CanvasView) -> None:
    """A frame around what is selected, its title ready to be written."""
    from designer.ui.canvas.note_editor import write

    area = view.canvas.content(view.canvas.selection).adjusted(-MARGIN, -HEAD, MARGIN, MARGIN)
    key = _add(
        view,
        kind="frame",
        x=area.x(),
        y=area.y(),
        width=area.width(),
        height=area.height(),
        colour="blue",
        text="Frame",
    )
    if key is not None:
        write(view, key)


@canvas_action(
    "write_note",
    "&Write note",
    "Network",
    shortcut="Return",
    tip="Write the selected note, or the title of the selected frame",
    when="one note",
    scope="canvas",
    context="block",
)
def write_note(view: CanvasView) -> None:
    """To its text."""
    from designer.ui.canvas.note_editor import write

    write(view, next(iter(view.canvas.sheets.chosen)))


def _colour_row(colour: str) -> None:
    @canvas_action(
        f"note_{colour}", colour.title(), "Network/Note &colour", when="notes", context="block", scope="canvas"
    )
    def paint(view: CanvasView) -> None:
        from designer.graph.edits import Batch, Put

        notes = view.document.network.notes
        chosen = [notes[key] for key in sorted(view.canvas.sheets.chosen)]
        changed = [Put("note", n.id, replace(n, colour=colour)) for n in chosen if n.colour != colour]
        if changed:
            view.bridge.do(Batch(f"Colour {colour}", tuple(changed)))


for _colour in ("grey", "blue", "green", "amber", "red", "violet"):
    _colour_row(_colour)
