"""The facts of one model, and the three ways to open it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from designer.exchange.gallery import Pretrained, Weights
from designer.ui.editors import set_flag
from designer.ui.models.words import fact_rows, note_words, summary, tiles
from designer.ui.parts import Facts, clear_layout, label
from designer.ui.theme import icon
from designer.ui.words import in_bytes

__all__ = ["Details"]

_WIDTH = 340


class Details(QFrame):
    """``asked`` carries the model and its weights: a set's name, "none", or the path of a file; see `ImportModelJob`.

    ``fileWanted`` asks for a file with weights of the model.
    """

    asked = Signal(object, str)
    fileWanted = Signal(object)  # noqa: N815  Qt spells signals this way

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_flag(self, "frame", "panel")
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName("Facts about the model")
        self.model: Pretrained | None = None
        self.file: Path | None = None  # weights that were dropped and look for their model
        self.title = label("", "title", wrap=True)
        self.kind = label("", "small", wrap=True)
        self._tiles = QWidget()
        row = QHBoxLayout(self._tiles)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(20)
        self.sets = QComboBox()
        self.sets.setAccessibleName("Which weights")
        self.sets.currentIndexChanged.connect(self._show_weights)
        self.facts = Facts(name_width=100)
        self.note = label("", "small", wrap=True, select=True)
        self.page = self._link("Documentation")
        self.recipe = self._link("How it was trained")
        self.licence_page = self._link("Licence of the weights")
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QWidget()
        page.setProperty("plain", True)
        inner = QVBoxLayout(page)
        inner.setContentsMargins(16, 16, 16, 12)
        inner.setSpacing(4)
        inner.addWidget(self.title)
        inner.addWidget(self.kind)
        inner.addSpacing(10)
        inner.addWidget(self._tiles)
        inner.addSpacing(10)
        inner.addWidget(self.sets)
        inner.addSpacing(2)
        inner.addWidget(self.facts)
        inner.addSpacing(6)
        inner.addWidget(self.note)
        inner.addSpacing(4)
        for link in (self.page, self.recipe, self.licence_page):
            inner.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
        inner.addStretch(1)
        scroll.setWidget(page)
        column.addWidget(scroll, 1)
        line = QFrame()
        set_flag(line, "frame", "line")
        column.addWidget(line)
        column.addLayout(self._buttons())

    def _buttons(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        self.with_weights = QPushButton("Open with weights")
        set_flag(self.with_weights, "kind", "primary")
        self.without = QPushButton("Open without weights")
        self.without.setToolTip("The same network with random weights; nothing is downloaded")
        self.local = QPushButton("Use a local file…")
        self.local.setToolTip("Weights from a .pth, .pt or .safetensors file on this computer")
        self.with_weights.clicked.connect(self.open_with_weights)
        self.without.clicked.connect(self._open_without)
        self.local.clicked.connect(self._want_file)
        column.addWidget(self.with_weights)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.without, 1)
        row.addWidget(self.local, 1)
        column.addLayout(row)
        return column

    def _link(self, words: str) -> QPushButton:
        button = QPushButton(words)
        button.setIcon(icon("mdi6.open-in-new", "accent"))
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        set_flag(button, "kind", "link")
        button.clicked.connect(self._follow)
        return button

    # --- showing ----------------------------------------------------------------------------------------------

    def show_model(self, model: Pretrained | None) -> None:
        """Show the facts of a model; nothing for None."""
        self.model = model
        self.setVisible(model is not None)
        if model is None:
            return
        self.title.setText(model.title)
        self.kind.setText(summary(model))
        self.sets.blockSignals(True)
        self.sets.clear()
        for weights in model.weights:
            default = " (default)" if weights is model.best else ""
            self.sets.addItem(weights.name.replace("_", " ") + default, weights.name)
        self.sets.blockSignals(False)
        self.sets.setVisible(len(model.weights) > 1)
        self._show_weights(0)

    def show_file(self, file: Path | None) -> None:
        """Weights of a file look for the model that they belong to; None: nothing does."""
        self.file = file
        self._say_buttons()

    @property
    def weights(self) -> Weights | None:
        """The weights that are looked at."""
        at = max(0, self.sets.currentIndex())
        return None if self.model is None else self.model.weights[at]

    def _show_weights(self, _index: int) -> None:
        model, weights = self.model, self.weights
        if model is None or weights is None:
            return
        clear_layout(self._tiles)
        row = self._tiles.layout()
        assert row is not None
        for name, value in tiles(weights):
            row.addWidget(_tile(name, value))
        self._tiles.setVisible(row.count() > 0)
        self.facts.set_rows(fact_rows(model, weights))
        self.note.setText(note_words(weights))
        self.note.setVisible(bool(self.note.text()))
        for link, address in (
            (self.page, model.page),
            (self.recipe, weights.recipe),
            (self.licence_page, weights.licence_page),
        ):
            link.setProperty("address", address)
            link.setToolTip(address or "")
            link.setVisible(bool(address))
        self._say_buttons()

    def _say_buttons(self) -> None:
        weights = self.weights
        if self.file is not None:
            self.with_weights.setText(f"Open with {_short(self.file.name)}")
            self.with_weights.setToolTip(str(self.file))
        elif weights is not None:
            size = f", {in_bytes(weights.bytes)}" if weights.bytes is not None else ""
            self.with_weights.setText("Open with weights")
            self.with_weights.setToolTip(f"Downloads them once{size}, from {weights.url or 'the library'}")

    # --- asking -----------------------------------------------------------------------------------------------

    def open_with_weights(self) -> None:
        """Open the model with the file that was dropped, or with the weights that are looked at."""
        if self.model is None or self.weights is None:
            return
        if self.file is not None:
            self.asked.emit(self.model, str(self.file))
        else:
            default = self.weights is self.model.best
            self.asked.emit(self.model, "default" if default else self.weights.name)

    def _open_without(self) -> None:
        if self.model is not None:
            self.asked.emit(self.model, "none")

    def _want_file(self) -> None:
        if self.model is not None:
            self.fileWanted.emit(self.model)

    def _follow(self) -> None:
        sender = self.sender()
        address = sender.property("address") if sender is not None else None
        if isinstance(address, str) and address.startswith("https://"):
            QDesktopServices.openUrl(QUrl(address))


def _tile(name: str, value: str) -> QWidget:
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(label(value, "title"))
    column.addWidget(label(name, "small"))
    return made


def _short(name: str) -> str:
    return name if len(name) <= 30 else f"{name[:14]}…{name[-14:]}"
