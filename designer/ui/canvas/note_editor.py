"""Write a note where it lies: a field over it, kept when one clicks elsewhere, zooms or presses Escape."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit

from designer.graph.edits import Put
from designer.graph.scenery import LONGEST
from designer.ui.canvas.sheets import TITLE, rect_of
from designer.ui.theme import font

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["NoteEditor", "write"]


def write(view: CanvasView, key: str) -> NoteEditor | None:
    """Open the field on a note; None where it may not be changed."""
    if view.read_only or key not in view.document.network.notes:
        return None
    return NoteEditor(view, key)


class NoteEditor(QPlainTextEdit):
    """The field. A frame has one line, a note as many as one likes."""

    def __init__(self, view: CanvasView, key: str) -> None:
        super().__init__(view.viewport())
        self._view, self._key = view, key
        note = view.document.network.notes[key]
        self._single = note.kind == "frame"
        self.setAccessibleName("Frame title" if self._single else "Note in Markdown")
        self.setPlaceholderText("Title" if self._single else "Text in Markdown: # title, **bold**, - list")
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap if self._single else self.lineWrapMode())
        if self._single:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFont(font("ui"))
        self.setPlainText(note.text)
        self.selectAll()
        self._done = False
        self._place(rect_of(note))
        view.canvas.sheets.edited = key
        view.canvas.touch()
        view.zoomChanged.connect(self.finish)
        view.horizontalScrollBar().valueChanged.connect(self.finish)
        view.verticalScrollBar().valueChanged.connect(self.finish)
        view.bridge.changed.connect(self._follow)
        view.bridge.reset.connect(self.discard)
        view.canvas.scoped.connect(self.finish)
        self.show()
        self.setFocus()

    def _place(self, rect: QRectF) -> None:
        corner = self._view.mapFromScene(rect.topLeft())
        far = self._view.mapFromScene(QPointF(rect.right(), rect.top() + TITLE) if self._single else rect.bottomRight())
        height = max(34, far.y() - corner.y()) if self._single else max(80, far.y() - corner.y())
        self.setGeometry(corner.x(), corner.y(), max(160, far.x() - corner.x()), height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape and Ctrl+Enter keep the text, and Enter in a title."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Escape or (
            enter and (self._single or event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        ):
            self.finish()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A click elsewhere keeps the text; a menu or another window does not end the writing."""
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.finish()

    def _follow(self, _changed: object) -> None:
        if self._key not in self._view.document.network.notes:
            self.discard()

    def finish(self, _value: object = None) -> None:
        """Keep what was written: one edit, or none where nothing changed."""
        if self._done:
            return
        text = self.toPlainText()[:LONGEST]
        self.discard()
        note = self._view.document.network.notes.get(self._key)
        if note is not None:
            text = text.partition("\n")[0].strip() if self._single else text.rstrip()
            if text != note.text:
                self._view.bridge.do(Put("note", note.id, replace(note, text=text)))

    def discard(self) -> None:
        """Go away."""
        if self._done:
            return
        self._done = True
        scene = self._view.canvas
        scene.sheets.edited = None
        scene.touch()
        had_focus = self.hasFocus()
        self.hide()
        self.deleteLater()
        if had_focus:
            self._view.setFocus()
