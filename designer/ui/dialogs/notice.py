"""A sentence with a button that repairs what it says, for dialogs."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from designer.graph.problem import Severity
from designer.ui.editors import set_flag
from designer.ui.parts import SEVERITIES, FixButton, clear_layout, label
from designer.ui.theme import icon

__all__ = ["Notice"]

_FRAMES = {"error": "problem", "warning": "warning", "note": "note"}


class Notice(QFrame):
    """Hidden while there is nothing to say. ``repaired(int)`` names the button that was pressed."""

    repaired = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 8, 10, 8)
        row.setSpacing(8)
        self._mark = QLabel()
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(6)
        self.words = label("", wrap=True, select=True)
        column.addWidget(self.words)
        self._place = QWidget()
        self._rows = QVBoxLayout(self._place)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(4)
        column.addWidget(self._place)
        row.addLayout(column, 1)
        self.buttons: list[FixButton] = []
        self._shown: tuple[object, ...] = ()
        self.hide()

    def tell(self, sentence: str, repairs: tuple[str, ...] = (), severity: Severity = "warning") -> None:
        """Say this, with a button for each repair; an empty sentence says nothing and takes no room."""
        if (sentence, repairs, severity) == self._shown:
            return
        self._shown = (sentence, repairs, severity)
        self.setVisible(bool(sentence))
        self.words.setText(sentence)
        self.setAccessibleName(sentence)
        self._mark.setPixmap(icon(*SEVERITIES[severity]).pixmap(QSize(16, 16)))
        set_flag(self, "frame", _FRAMES[severity])
        clear_layout(self._place)
        self.buttons = [FixButton(title) for title in repairs]
        for button in self.buttons:
            button.setAutoDefault(False)
            button.clicked.connect(self._clicked)
            self._rows.addWidget(button)
        self._place.setVisible(bool(repairs))

    def _clicked(self) -> None:
        self.repaired.emit(self.buttons.index(self.sender()))  # type: ignore[arg-type]
