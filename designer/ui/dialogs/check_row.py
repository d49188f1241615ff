"""One check in a list: its mark, its name, what it found, and the button that mends it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from designer.train.preflight.finding import Line, Repair
from designer.ui.parts import FixButton, label
from designer.ui.theme import icon, notifier

__all__ = ["CheckRow"]

_ICONS = {
    "good": ("mdi6.check-circle", "good"),
    "warning": ("mdi6.alert", "warn"),
    "bad": ("mdi6.alert-circle", "bad"),
    "none": ("mdi6.minus-circle-outline", "muted"),
    "waiting": ("mdi6.circle-outline", "muted"),
    "running": ("mdi6.dots-circle", "accent"),
}
_SAID = {
    "good": "all well",
    "warning": "worth a look",
    "bad": "to solve",
    "none": "not looked at",
    "waiting": "waiting",
    "running": "being checked",
}


class CheckRow(QFrame):
    """One check: its mark, its name, what it found, and the button that mends it."""

    repaired = Signal(object)  # the Repair

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = "waiting"
        self.button: FixButton | None = None
        self._repair: Repair | None = None
        self.title, self.words = label(title, "strong"), label("", "small", wrap=True, select=True)
        self.words.hide()
        self._mark = QLabel()
        self._mark.setFixedWidth(20)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(8)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        self._column = QVBoxLayout()
        self._column.setSpacing(2)
        self._column.addWidget(self.title)
        self._column.addWidget(self.words)
        row.addLayout(self._column, 1)
        notifier().changed.connect(self._dress)
        self.show_state("waiting")

    def show_state(self, state: str) -> None:
        """waiting, running, or a verdict."""
        self.state = state
        self.setAccessibleName(f"{self.title.text()}: {_SAID[state]}. {self.words.text()}".strip())
        self._dress()

    def tell(self, line: Line) -> None:
        """What was found."""
        finding = line.finding
        self.words.setText(finding.text)
        self.words.setVisible(bool(finding.text))
        self.show_state(finding.verdict)
        if finding.repair is not None and line.name != "rate":  # that one is below the plot
            self._repair = finding.repair
            self.button = FixButton(finding.repair.title)
            self.button.setAutoDefault(False)
            self.button.clicked.connect(self._clicked)
            self._column.addSpacing(2)
            self._column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def mended(self) -> None:
        """The repair was done: the button has nothing more to do."""
        if self.button is not None:
            self.button.setEnabled(False)
            self.button.setIcon(icon("mdi6.check", "good"))

    def _clicked(self) -> None:
        self.repaired.emit(self._repair)

    def _dress(self) -> None:
        self._mark.setPixmap(icon(*_ICONS[self.state]).pixmap(QSize(18, 18)))
