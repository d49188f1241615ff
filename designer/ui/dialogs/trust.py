"""The question before a person's own Python file may run: its path, its whole text, its classes, and what yes means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from designer.blocks.userclass import UserClass
from designer.ui.editors import set_flag
from designer.ui.panels.code import _Highlighter, _View
from designer.ui.parts import label
from designer.ui.theme import icon, notifier
from designer.ui.words import plural

__all__ = ["TrustDialog"]

_MEANING = (
    "This is Python, and Python can do whatever you can: read and delete your files, or use the network. Nothing of it "
    "has run so far. If you trust it, this very text is run to measure shapes, to train and to export, now and "
    "whenever a project uses it. When the file changes, you are asked again."
)
_MOST_NOTES = 4


class TrustDialog(QDialog):
    """``trusted`` is sent when the person says yes. Enter and Escape both mean no."""

    trusted = Signal()

    def __init__(
        self,
        path: Path,
        text: str,
        classes: Sequence[UserClass],
        parent: QWidget,
        changed: bool = False,
        verb: str = "add",
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Trust a Python file")
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(780, 640)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(14)
        column.addLayout(self._head(path, changed))
        self.view = _View()
        self.view.setPlainText(text)
        self.view.setAccessibleName(f"Text of {path.name}")
        self._highlighter = _Highlighter(self.view.document())
        notifier().changed.connect(self._highlighter.recolour)
        column.addWidget(self.view, 1)
        self.found = label(_found(classes), "muted", wrap=True)
        column.addWidget(self.found)
        column.addLayout(self._buttons(verb))

    def _head(self, path: Path, changed: bool) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(16)
        picture = QLabel()
        picture.setPixmap(icon("mdi6.shield-alert-outline", "warn").pixmap(QSize(28, 28)))
        head.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(6)
        title = f"{path.name} has changed. Do you trust the new text?" if changed else f"Do you trust {path.name}?"
        words.addWidget(label(title, "title", wrap=True))
        words.addWidget(label(str(path), "small", wrap=True, select=True))
        words.addWidget(label(_MEANING, "muted", wrap=True))
        head.addLayout(words, 1)
        return head

    def _buttons(self, verb: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        self.trust_button = QPushButton(f"Trust and {verb}")
        self.trust_button.setAutoDefault(False)
        self.trust_button.clicked.connect(self._yes)
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setDefault(True)
        self.cancel_button.clicked.connect(self.reject)
        set_flag(self.cancel_button, "kind", "primary")
        row.addWidget(self.trust_button)
        row.addWidget(self.cancel_button)
        self.cancel_button.setFocus()
        return row

    def _yes(self) -> None:
        self.accept()
        self.trusted.emit()


def _found(classes: Sequence[UserClass]) -> str:
    """The classes that become blocks, and what of them is left out."""
    if not classes:
        return "It defines a data set: it runs when its samples are read."
    told = ", ".join(cls.name for cls in classes[:12]) + (", …" if len(classes) > 12 else "")
    notes = [f"{cls.name}: {note}" for cls in classes for note in cls.notes]
    more = [f"{len(notes) - _MOST_NOTES} more notes of this kind."] if len(notes) > _MOST_NOTES else []
    return "\n".join([f"{plural(len(classes), 'block')}: {told}", *notes[:_MOST_NOTES], *more])
