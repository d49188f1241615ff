"""The gallery of pretrained models: find one, see what is known of it, open it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from designer.exchange.gallery import Pretrained, gallery
from designer.ui.editors import set_flag
from designer.ui.models.details import Details
from designer.ui.models.filters import Filters
from designer.ui.models.table import ModelTable
from designer.ui.parts import EmptyState, label
from designer.ui.theme import icon
from designer.ui.words import plural

__all__ = ["ModelPage"]

_SAYS = "Open one as a drawing that you can change, with its weights or without them."


class ModelPage(QWidget):
    """``asked`` and ``fileWanted`` as in `Details`; ``fileAsked``: a model in a file is to be imported."""

    asked = Signal(object, str)
    fileWanted = Signal(object)  # noqa: N815  Qt spells signals this way
    fileAsked = Signal()  # noqa: N815
    back = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Pretrained models")
        self._models: list[Pretrained] = list(gallery())
        self.filters = Filters()
        self.table = ModelTable()
        self.details = Details()
        self.empty = EmptyState("mdi6.magnify-close", "No model like this", "Try fewer words, or look at all of them.")
        self.clear_button = QPushButton("Show all models")
        self.stack = QStackedWidget()
        self.says = label(_SAYS, "muted", wrap=True)
        self._build()
        self.filters.changed.connect(self.refresh)
        self.filters.down.connect(self._go_down)
        self.table.chosen.connect(self.details.show_model)
        self.table.opened.connect(self._open)
        self.details.asked.connect(self.asked)
        self.details.fileWanted.connect(self.fileWanted)
        self.clear_button.clicked.connect(self.filters.clear)
        self.filters.offer(self._models)
        self.refresh()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addLayout(self._head())
        column.addWidget(self._banner())
        column.addWidget(self.filters)
        nothing = QWidget()
        inner = QVBoxLayout(nothing)
        inner.addStretch(1)
        inner.addWidget(self.empty)
        inner.addWidget(self.clear_button, 0, Qt.AlignmentFlag.AlignHCenter)
        inner.addStretch(2)
        self.stack.addWidget(self.table)
        self.stack.addWidget(nothing)
        frame = QFrame()
        set_flag(frame, "frame", "panel")
        around = QVBoxLayout(frame)
        around.setContentsMargins(1, 1, 1, 1)
        around.addWidget(self.stack)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(frame, 1)
        row.addWidget(self.details)
        column.addLayout(row, 1)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        self.back_button = QPushButton("Back")
        self.back_button.setIcon(icon("mdi6.arrow-left"))
        self.back_button.clicked.connect(self.back)
        row.addWidget(self.back_button, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label("Pretrained models", "heading"))
        words.addWidget(self.says)
        row.addLayout(words, 1)
        self.file_button = QPushButton("Import a file…")
        self.file_button.setIcon(icon("mdi6.folder-open-outline"))
        self.file_button.setToolTip("A model in an .onnx, .pt2 or .py file; it can be dropped on the window too")
        self.file_button.clicked.connect(self.fileAsked)
        row.addWidget(self.file_button, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _banner(self) -> QFrame:
        self.banner = QFrame()
        set_flag(self.banner, "frame", "note")
        row = QHBoxLayout(self.banner)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(12)
        self.banner_words = label("", wrap=True)
        forget = QPushButton("Forget the file")
        forget.clicked.connect(self.forget_file)
        row.addWidget(self.banner_words, 1)
        row.addWidget(forget)
        self.banner.hide()
        return self.banner

    # --- what is shown ----------------------------------------------------------------------------------------

    @property
    def models(self) -> Sequence[Pretrained]:
        """All models that can be found here."""
        return self._models

    def add(self, models: Iterable[Pretrained]) -> None:
        """Models of another library, once each."""
        known = {model.source for model in self._models}
        self._models += [model for model in models if model.source not in known]
        self.filters.offer(self._models)
        self.refresh()

    def refresh(self) -> None:
        """Show what is looked for."""
        found = self.filters.answer(self._models)
        self.table.show_models(found)
        self.stack.setCurrentIndex(0 if found else 1)
        self.table.setAccessibleDescription(plural(len(found), "model"))

    def look_at(self, source: str) -> None:
        """Show this model, whatever was looked for before."""
        if not self.table.choose(source):
            self.filters.clear()
            self.table.choose(source)

    def use_file(self, file: Path) -> None:
        """Look for the model that the weights in a file belong to."""
        self.banner_words.setText(f"{file.name} holds weights, but no drawing. Choose the model that they belong to.")
        self.banner.show()
        self.details.show_file(file)

    def forget_file(self) -> None:
        """No file looks for its model any more."""
        self.banner.hide()
        self.details.show_file(None)

    def begin(self) -> None:
        """The keyboard goes to the search."""
        self.filters.search.setFocus()
        self.filters.search.selectAll()

    def _go_down(self) -> None:
        if self.table.current is not None:
            self.table.setFocus()

    def _open(self, model: object) -> None:
        if isinstance(model, Pretrained):
            self.details.open_with_weights()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leads back."""
        if event.key() == Qt.Key.Key_Escape:
            self.back.emit()
        else:
            super().keyPressEvent(event)
