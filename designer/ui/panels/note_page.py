"""Selected notes and frames in the inspector: text, colour, size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from designer.errors import EditRefused
from designer.graph.edits import Batch, Put
from designer.graph.scenery import LONGEST, Note
from designer.ui.bridge import DocumentBridge
from designer.ui.canvas.gestures.note import LEAST
from designer.ui.editing import MIXED, Editor, Entry
from designer.ui.form import Form
from designer.ui.panels.swatches import CAPTION, Swatches

__all__ = ["NotePage"]

MOST_SIZE = 100_000


def _text(value: object) -> str:
    text = str(value).rstrip()
    if len(text) > LONGEST:
        raise EditRefused(f"A note has at most {LONGEST:,} characters; this one has {len(text):,}.")
    return text


def _title(value: object) -> str:
    return str(value).strip()[:LONGEST]


def _size_entry(name: str, least: float) -> Entry:
    label = name.capitalize()

    def check(value: object) -> float:
        if not isinstance(value, int | float) or not least <= value <= MOST_SIZE:
            raise EditRefused(f"{label} must be a number from {least:.0f} to {MOST_SIZE:,}.")
        return float(value)

    return Entry(name, label, "int", least, check, f"{label} on the canvas at 100 %.", minimum=least, maximum=MOST_SIZE)


class _Text(Editor):
    """The text of a note, over the whole width. Ctrl+Enter and leaving it commit."""

    def __init__(self) -> None:
        self.lines = QPlainTextEdit()
        self.lines.setTabChangesFocus(True)
        self.lines.setFixedHeight(132)
        self.lines.setPlaceholderText("Text in Markdown: # title, **bold**, - list")
        super().__init__(Entry("text", "Note in Markdown", "text", "", _text), self.lines)

    def _show(self, value: Any) -> None:
        self.lines.setPlainText(value)

    def _show_mixed(self) -> None:
        self.lines.setPlainText(MIXED)

    def _raw(self) -> object:
        return self.lines.toPlainText()

    def _enter_commits(self, event: QKeyEvent) -> bool:
        return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)


class NotePage(QWidget):
    """One note or frame, or the colour of several."""

    def __init__(self, bridge: DocumentBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self._keys: tuple[str, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.text = _Text()
        self.text.committed.connect(self._write)
        self.title = Form((Entry("text", "Title", "text", "", _title, "What the head of the frame says."),))
        self.title.changed.connect(self._set)
        self.swatches = Swatches()
        self.swatches.chosen.connect(self._recolour)
        self.sizes = Form([_size_entry("width", LEAST[0]), _size_entry("height", LEAST[1])], label_width=CAPTION)
        self.sizes.changed.connect(self._set)
        for part in (self.text, self.title, self.swatches, self.sizes):
            column.addWidget(part)

    def show_notes(self, keys: Sequence[str]) -> None:
        """Show these notes and frames."""
        notes = [self.bridge.document.network.notes[key] for key in keys]
        locked, one = self.bridge.read_only, len(notes) == 1
        self._keys = tuple(keys)
        first = notes[0]
        self.text.setVisible(one and first.kind == "note")
        self.title.setVisible(one and first.kind == "frame")
        self.sizes.setVisible(one)
        if one:
            self.text.set_value(first.text)
            self.title.set_values({"text": first.text.partition("\n")[0]})
            self.sizes.set_values({"width": first.width, "height": first.height})
        colours = {note.colour for note in notes}
        self.swatches.show_colour(first.colour if len(colours) == 1 else None)
        for form in (self.title, self.sizes):
            form.set_read_only(locked)
        self.text.lines.setReadOnly(locked)
        self.swatches.setEnabled(not locked)

    def settle(self) -> None:
        """Take what was typed; drop what does not fit."""
        notes = self.bridge.document.network.notes
        if len(self._keys) != 1 or self._keys[0] not in notes:
            return
        text = self.text if notes[self._keys[0]].kind == "note" else self.title
        for part in (text, self.sizes):
            if not part.commit():
                part.revert()

    def edit_text(self) -> None:
        """Put the cursor into the text or the title."""
        field = self.text.lines if not self.text.isHidden() else self.title.editor("text").field
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _write(self, text: Any) -> None:
        self._set("text", text)

    def _set(self, name: str, value: Any) -> None:
        key = self._keys[0]
        note = self.bridge.document.network.notes[key]
        words = f"Size of {note.kind}" if name in ("width", "height") else f"Write {note.kind}"
        self._do(words, [replace(note, **{name: value})])

    def _recolour(self, colour: str) -> None:
        notes = [self.bridge.document.network.notes[key] for key in self._keys]
        self._do(f"Colour {colour}", [replace(note, colour=colour) for note in notes if note.colour != colour])

    def _do(self, words: str, notes: Sequence[Note]) -> None:
        if notes:
            self.bridge.do(Batch(words, tuple(Put("note", note.id, note) for note in notes)))
