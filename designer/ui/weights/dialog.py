"""The dialog around the mapping panel: waiting, deciding, taking; it can be left at any time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from designer.exchange.mapping.weight import Weight
from designer.ui.editors import set_flag
from designer.ui.parts import label
from designer.ui.theme import icon
from designer.ui.weights.page import MappingPage
from designer.ui.words import count, plural

__all__ = ["WeightsDialog"]


class WeightsDialog(QDialog):
    """``applied`` carries the mapping; ``otherWanted`` asks for another file. Closing it ends whatever goes on."""

    applied = Signal(object)
    otherWanted = Signal()  # noqa: N815  Qt spells signals this way

    def __init__(self, path: Path, kept: bool, parent: QWidget | None = None) -> None:
        """``kept``: what is left out stays as the project's weights have it, instead of starting anew."""
        super().__init__(parent)
        self.path, self._kept = path, kept
        self.setWindowTitle("Load weights")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setMinimumSize(880, 520)
        self.resize(1180, 700)
        self.page: MappingPage | None = None
        self.title = label(f"Weights from {path.name}", "title")
        self.title.setToolTip(str(path))
        self.pages = QStackedWidget()
        self.pages.addWidget(self._waiting())
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addWidget(self.title)
        column.addWidget(self.pages, 1)
        column.addLayout(self._foot())

    def _waiting(self) -> QWidget:
        box = QWidget()
        self.mark = QLabel()
        self.mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.says = label("", wrap=True, select=True)
        self.says.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.says.setContentsMargins(120, 0, 120, 0)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setFixedWidth(280)
        self.bar.setAccessibleName("Reading")
        column = QVBoxLayout(box)
        column.setSpacing(12)
        column.addStretch(2)
        column.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.says)  # aligned by a layout, a label is given one line
        column.addWidget(self.bar, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        return box

    def _foot(self) -> QHBoxLayout:
        self.guesses, self.over = QPushButton(), QPushButton("Start over")
        self.guesses.setIcon(icon("mdi6.help-circle-outline", "warn"))
        self.guesses.setToolTip(
            "Layers in the same order with the same shapes under other names. Look before you load."
        )
        self.rest = label("", "small")
        self.back = QPushButton("Back")
        self.back.setToolTip("To what goes where, as it was left")
        self.back.clicked.connect(self._again)
        self.other, self.cancel, self.apply = QPushButton("Another file…"), QPushButton("Cancel"), QPushButton("Load")
        set_flag(self.apply, "kind", "primary")
        self.other.clicked.connect(self.otherWanted)
        self.cancel.clicked.connect(self.reject)
        self.apply.clicked.connect(self._apply)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.guesses, self.over):
            row.addWidget(button)
        row.addWidget(self.rest)
        row.addStretch(1)
        for button in (self.back, self.other, self.cancel, self.apply):
            row.addWidget(button)
        for button in (self.guesses, self.over, self.back, self.other, self.cancel, self.apply):
            button.setAutoDefault(False)
        return row

    # --- what is shown -----------------------------------------------------------------------------------------

    def wait(self, text: str, fraction: float | None = None) -> None:
        """Something goes on."""
        self._front(text, "mdi6.file-search-outline", "muted")
        self.bar.setRange(0, 0 if fraction is None else 100)
        if fraction is not None:
            self.bar.setValue(round(100 * fraction))
        self.bar.show()

    def fail(self, sentence: str) -> None:
        """It did not work; the mapping that was made is kept behind the words."""
        self._front(sentence, "mdi6.alert-circle-outline", "bad")
        self.bar.hide()
        self.other.show()
        self.back.setVisible(self.page is not None)
        self.cancel.setText("Close")
        self.cancel.setFocus()

    def _front(self, text: str, picture: str, role: str) -> None:
        self.pages.setCurrentIndex(0)
        self.mark.setPixmap(icon(picture, role).pixmap(QSize(32, 32)))
        self.says.setText(text)
        for part in (self.guesses, self.over, self.rest, self.back, self.other, self.apply):
            part.hide()

    def show_mapping(self, network: Sequence[Weight], parts: Mapping[str, Sequence[Weight]]) -> MappingPage:
        """What was found, to be decided."""
        self.page = page = MappingPage(network, parts)
        self.pages.addWidget(page)
        self.guesses.clicked.connect(page.take_guesses)
        self.over.clicked.connect(page.start_over)
        page.changed.connect(self._follow)
        self._again()
        return page

    def _again(self) -> None:
        """To the mapping."""
        assert self.page is not None
        self.pages.setCurrentWidget(self.page)
        self.cancel.setText("Cancel")
        for part in (self.back, self.other):
            part.hide()
        self.over.show()
        self.apply.show()
        self._follow()
        self.page.table.setFocus()

    def _follow(self) -> None:
        assert self.page is not None
        fit = self.page.fit
        number = fit.tally()
        ready, open_ones = number["fits"] + number["made"], number["shape"] + number["missing"] + number["guess"]
        waiting = sum(target not in fit.choices for target in fit.guesses)
        self.guesses.setText(f"Take {plural(waiting, 'guess')}" if waiting == 1 else f"Take {count(waiting)} guesses")
        self.guesses.setVisible(bool(waiting))
        then = "keeps the project's weights" if self._kept else "starts anew"
        self.rest.setText(f"What is left out {then}." if open_ones else "")
        self.rest.setVisible(bool(open_ones))
        self.apply.setText(f"Load {plural(ready, 'weight')}" if ready else "Nothing to load")
        self.apply.setEnabled(bool(ready))

    # --- ending ------------------------------------------------------------------------------------------------

    def _apply(self) -> None:
        assert self.page is not None
        self.applied.emit(self.page.fit.to_map(self.page.part))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter belongs to the parts; Escape leaves."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
            return
        super().keyPressEvent(event)
