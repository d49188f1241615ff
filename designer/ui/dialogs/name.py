"""Asks for a name."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from designer.ui.editors import set_flag
from designer.ui.parts import label

__all__ = ["NameDialog"]


class NameDialog(QDialog):
    """One line, which cannot be empty. ``named`` carries what was written."""

    named = Signal(str)

    def __init__(self, title: str, text: str, verb: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(360)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(title, "title"))
        self.line = QLineEdit(text)
        self.line.setMaxLength(200)
        self.line.setAccessibleName("Name")
        self.line.selectAll()
        self.line.textChanged.connect(self._changed)
        column.addWidget(self.line)
        self.cancel, self.done_button = QPushButton("Cancel"), QPushButton(verb)
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.reject)
        self.done_button.setDefault(True)
        self.done_button.clicked.connect(self._done)
        set_flag(self.done_button, "kind", "primary")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.cancel)
        row.addWidget(self.done_button)
        column.addLayout(row)
        self.line.setFocus()

    def _changed(self, text: str) -> None:
        self.done_button.setEnabled(bool(text.strip()))

    def _done(self) -> None:
        name = self.line.text().strip()
        self.accept()
        self.named.emit(name)
