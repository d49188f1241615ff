"""What an import does at the moment, how long it still takes, and the ways out when it fails."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from designer.ui.editors import set_flag
from designer.ui.panels.run_widgets import numbers
from designer.ui.parts import label
from designer.ui.run_state import duration
from designer.ui.theme import icon

__all__ = ["ImportDialog", "Pace"]

_WIDTH = 460
_SOON = 1.0  # seconds; less than that is not worth a word
_ENOUGH = 0.01  # of a step, before anything is said about the rest


class Pace:
    """How long a step still takes, from how long its part so far took. A step is known by the words before a colon."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._step = ""
        self._first = (0.0, 0.0)

    def left(self, text: str, fraction: float | None) -> float | None:
        """Seconds; None where nothing can be said yet."""
        step = text.partition(":")[0]
        if fraction is None or step != self._step or fraction < self._first[1]:
            self._step, self._first = step, (self._clock(), fraction or 0.0)
            return None
        passed, done = self._clock() - self._first[0], fraction - self._first[1]
        return passed * (1.0 - fraction) / done if passed >= _SOON and done >= _ENOUGH else None


class ImportDialog(QDialog):
    """``cancelled`` is sent when the person gives up; ``unweighted`` and ``fileWanted`` are ways out of a failure."""

    cancelled = Signal()
    unweighted = Signal()
    fileWanted = Signal()  # noqa: N815  Qt spells signals this way

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import a model")
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.failed = self._over = False
        self._pace = Pace()
        self._title = title
        self.mark = QLabel()
        self.title = label(f"Importing {title}", "title", wrap=True)
        self.text = label("", "muted", wrap=True, select=True)
        self.left = label("", "small")
        self.left.setFont(numbers())
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(f"Import of {title}")
        self.cancel = QPushButton("Cancel")
        self.without = QPushButton("Open without weights")
        self.file = QPushButton("Use a local file…")
        self._build()
        self.show_progress(None, "Waiting for the engine")

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(16)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(6)
        words.addWidget(self.title)
        words.addWidget(self.text)
        words.addSpacing(4)
        words.addWidget(self.bar)
        words.addWidget(self.left)
        head.addLayout(words, 1)
        column.addLayout(head)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for button in (self.cancel, self.file, self.without):
            button.setAutoDefault(False)
            row.addWidget(button)
        self.file.hide()
        self.without.hide()
        self.cancel.clicked.connect(self.reject)
        self.without.clicked.connect(self._without)
        self.file.clicked.connect(self._file)
        column.addLayout(row)
        self.setFixedWidth(_WIDTH)

    # --- what is the case -------------------------------------------------------------------------------------

    def show_progress(self, fraction: float | None, text: str, left: float | None = None) -> None:
        """It is at work on ``text``; ``left`` are seconds."""
        self.mark.setPixmap(icon("mdi6.tray-arrow-down", "accent").pixmap(QSize(28, 28)))
        self.bar.setRange(0, 0 if fraction is None else 1000)
        self.bar.setValue(round(1000 * (fraction or 0)))
        self.text.setText(text)
        parts = [] if fraction is None else [f"{100 * fraction:.0f} %"]
        left = self._pace.left(text, fraction) if left is None else left
        if left is not None and left >= _SOON:
            parts.append(f"about {duration(left)} left")
        self.left.setText(" · ".join(parts) or " ")  # the line keeps its place

    def show_failure(self, sentence: str, unweighted: bool, file: bool) -> None:
        """It failed; ``unweighted`` and ``file`` say which ways out make sense."""
        self.failed = True
        self.mark.setPixmap(icon("mdi6.alert-circle-outline", "bad").pixmap(QSize(28, 28)))
        self.title.setText(f"{self._title} was not imported")
        self.text.setText(sentence)
        self.bar.hide()
        self.left.hide()
        self.cancel.setText("Close")
        self.without.setVisible(unweighted)
        self.file.setVisible(file)
        best = self.without if unweighted else self.cancel
        set_flag(best, "kind", "primary")
        best.setDefault(True)
        best.setFocus()
        self.adjustSize()

    def finish(self) -> None:
        """It is done; nobody gave up."""
        self._over = True
        self.accept()

    # --- the ways out -----------------------------------------------------------------------------------------

    def _without(self) -> None:
        self.finish()
        self.unweighted.emit()

    def _file(self) -> None:
        self.finish()
        self.fileWanted.emit()

    def reject(self) -> None:
        """Escape and Cancel give up at once."""
        self._give_up()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """So does the window's own button."""
        self._give_up()
        super().closeEvent(event)

    def _give_up(self) -> None:
        if not self._over:
            self._over = True
            self.cancelled.emit()
