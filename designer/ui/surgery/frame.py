"""What these dialogs have in common: rows of fields, a sentence that follows every key, a preview on the canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from designer.errors import LayerloomError
from designer.graph.surgery.widths import Change
from designer.ui.editors import set_flag
from designer.ui.parts import label

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["ChangeDialog"]


class ChangeDialog(QDialog):
    """Asks for a change of the drawing. Subclasses add rows and say what `change` their fields mean.

    The change is shown on the canvas while one chooses; it is done by the button, as one step that can be undone.
    """

    previewed = True

    def __init__(self, view: CanvasView, title: str, help_text: str, verb: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.view = view
        self._change: Change | None = None
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(440)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(20, 18, 20, 16)
        self.column.setSpacing(10)
        self.column.addWidget(label(title, "title", wrap=True))
        self.column.addWidget(label(help_text, "muted", wrap=True))
        self.rows = QGridLayout()
        self.rows.setHorizontalSpacing(12)
        self.rows.setVerticalSpacing(8)
        self.rows.setColumnStretch(1, 1)
        self.column.addLayout(self.rows)
        self.sentence = label("", wrap=True)
        self.sentence.setMinimumHeight(self.sentence.fontMetrics().lineSpacing() * 3)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.sentence.setAccessibleName("What happens")
        self.column.addWidget(self.sentence)
        self.cancel, self.do = QPushButton("Cancel"), QPushButton(verb)
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.reject)
        self.do.setDefault(True)
        self.do.clicked.connect(self.apply)
        set_flag(self.do, "kind", "primary")
        self.foot = QHBoxLayout()
        self.foot.setSpacing(8)
        self.foot.addStretch(1)
        self.foot.addWidget(self.cancel)
        self.foot.addWidget(self.do)
        self.column.addLayout(self.foot)
        self.finished.connect(self._leave)
        view.bridge.changed.connect(self.look)
        view.bridge.reset.connect(self.reject)

    def add_row(self, caption: str, field: QWidget, text: str = "") -> None:
        """A field with its name before it."""
        name = QLabel(caption)
        set_flag(name, "role", "muted")
        name.setBuddy(field)
        field.setAccessibleName(caption)
        field.setToolTip(text)
        field.setAccessibleDescription(text)
        number = self.rows.rowCount()
        self.rows.addWidget(name, number, 0)
        self.rows.addWidget(field, number, 1)

    def change(self) -> Change | None:
        """What the fields mean; None where nothing is meant yet. Raises LayerloomError with a sentence."""
        raise NotImplementedError

    def look(self) -> None:
        """Say what would happen, and show it."""
        try:
            self._change, why = self.change(), ""
        except LayerloomError as error:
            self._change, why = None, error.message
        self.sentence.setText(why or (self.told(self._change) if self._change is not None else ""))
        set_flag(self.sentence, "role", "bad" if why else "")
        self.do.setEnabled(self._change is not None and not self.view.read_only)
        if self.previewed:
            self.view.preview.show(self._change.edit if self._change is not None else None)

    def told(self, change: Change) -> str:
        """The sentence, and who comes along."""
        others = change.followers
        if not others:
            return change.sentence
        some = ", ".join(others[:4]) + (f" and {len(others) - 4} more" if len(others) > 4 else "")
        return f"{change.sentence} {some} {'changes' if len(others) == 1 else 'change'} with it."

    def apply(self) -> None:
        """Do it."""
        change = self._change
        if change is None:
            return
        self.view.bridge.changed.disconnect(self.look)
        self.view.preview.clear()
        if self.view.bridge.do(change.edit) is not None:
            self.view.statusMessage.emit(change.sentence)
            self.done_with(change)
        self.accept()

    def done_with(self, change: Change) -> None:
        """After the change: select what is new."""

    def showEvent(self, event: QShowEvent) -> None:
        """At the right of the canvas, so that most of the preview is seen."""
        super().showEvent(event)
        room = self.view.width() - self.width() - 24
        if room > 0:
            self.move(self.view.mapToGlobal(QPoint(room, 24)))

    def _leave(self) -> None:
        self.view.preview.clear()

    def on_change(self) -> Callable[..., None]:
        """For signals with values of their own."""
        return lambda *_values: self.look()
