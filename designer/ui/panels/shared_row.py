"""What the inspector says of a layer that several blocks call, and the way out of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from designer.graph.model import Network
from designer.graph.sharing import shared_words
from designer.ui.parts import label
from designer.ui.theme import icon

__all__ = ["SharedRow"]


class SharedRow(QWidget):
    """A sentence and a button; hidden for a block whose layer is its own."""

    unshared = Signal()

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._mark = QLabel()
        self.words = label("", "muted", wrap=True)
        self.button = QPushButton("Unshare")
        self.button.setToolTip("Give the block a layer and weights of its own")
        self.button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.button.clicked.connect(self.unshared)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_block(self, network: Network, name: str, read_only: bool) -> None:
        """Say it of this block."""
        words = shared_words(network, name)
        self.words.setText(words)
        self._mark.setPixmap(icon("mdi6.link-variant", "muted").pixmap(16, 16))
        self.button.setEnabled(not read_only)
        self.setVisible(bool(words))
