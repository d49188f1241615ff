"""A concrete size, tried in place of the sizes that Inputs leave open: in the status bar, seen on all wires."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from designer.errors import EditRefused
from designer.graph.document import Document
from designer.graph.open_sizes import at_size, fit_sizes, open_inputs, open_names
from designer.ui.bridge import DocumentBridge
from designer.ui.editors import set_flag
from designer.ui.parts import label

__all__ = ["TrySize", "sizes_in"]


def sizes_in(document: Document, text: str) -> dict[str, int]:
    """What open sizes are to be: one number for all, one for each, or a whole sample. Raises EditRefused."""
    names = open_names(document.network)
    parts = [part for part in re.split(r"[\s,;×x*]+", text.strip()) if part]
    if not parts:
        return {}
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise EditRefused(f"Expected whole numbers such as 224 or 224×224, found {text.strip()[:40]!r}.")
    numbers = [int(part) for part in parts]
    declared = list(open_inputs(document.network).values())
    whole = next((size for size in declared if len(size) == len(numbers)), None)
    if len(numbers) == 1:
        return fit_sizes(names, numbers * len(names))
    if len(numbers) == len(names) or whole is None:
        return fit_sizes(names, numbers)
    return fit_sizes(whole, numbers)


class _Line(QLineEdit):
    """Takes Escape as well: nothing is tried any more."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape clears."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self.returnPressed.emit()
        else:
            super().keyPressEvent(event)


class TrySize(QWidget):
    """Shown while the network has open sizes. The network stays as it is."""

    def __init__(self, bridge: DocumentBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 8, 0)
        row.setSpacing(6)
        self.caption = label("Try a size")
        self.line = _Line()
        self.line.setFixedSize(116, 22)
        self.line.setClearButtonEnabled(True)
        self.line.setAccessibleName("Try a size")
        self.line.returnPressed.connect(self.take)
        self.line.editingFinished.connect(self.take)
        self.line.textChanged.connect(self._changed)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        row.addWidget(self.caption)
        row.addWidget(self.line)
        bridge.reset.connect(self._clear)
        self.hide()

    def refresh(self) -> None:
        """Show whether there is something to try."""
        names = open_names(self.bridge.document.network)
        self.setVisible(bool(names))
        self.line.setPlaceholderText("×".join(names))
        if not names and self.bridge.document.tried:
            self._clear()

    def take(self) -> None:
        """Try what is typed; say what does not fit."""
        document = self.bridge.document
        try:
            sizes, trouble = sizes_in(document, self.line.text()), ""
        except EditRefused as error:
            sizes, trouble = {}, error.message
        if sizes and not trouble:
            trouble = self._trouble(document, sizes)
        set_flag(self.line, "state", "bad" if trouble else "")
        tip = "A number for each open size: all wires show what comes of it. The network stays as it is."
        self.line.setToolTip(trouble or tip)
        self.line.setAccessibleDescription(trouble)
        if trouble:
            self.bridge.refused.emit(trouble)
        self.bridge.try_sizes(sizes)

    def _trouble(self, document: Document, sizes: dict[str, int]) -> str:
        """The first error that there is at these sizes and not in general."""
        general = {problem.block for problem in document.problems if problem.severity == "error"}
        for problem in at_size(document, sizes).problems:
            if problem.severity == "error" and problem.block not in general:
                told = ", ".join(f"{name} = {size}" for name, size in sizes.items())
                return f"At {told}, {problem.block}: {problem.message}"
        return ""

    def _changed(self, text: str) -> None:
        if not text and self.bridge.document.tried:
            self.take()

    def _clear(self) -> None:
        self.line.clear()
        set_flag(self.line, "state", "")
        self.bridge.try_sizes({})
