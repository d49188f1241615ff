"""The picture dialog: what to draw and how, with a preview that follows every choice."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from designer.errors import ExportError
from designer.ui.canvas.picture.drawing import Drawing
from designer.ui.canvas.picture.spec import (
    KINDS,
    LEAST_SCALE,
    MOST_SCALE,
    Picture,
    scale_for,
    size_in_words,
)
from designer.ui.canvas.render import save
from designer.ui.canvas.scene import CanvasScene
from designer.ui.dialogs.preview import Preview
from designer.ui.dialogs.question import ask
from designer.ui.editors import set_flag
from designer.ui.parts import label
from designer.ui.pictures import busy
from designer.ui.theme import theme

__all__ = ["PictureDialog"]

_KINDS = (("png", "PNG, pixels"), ("svg", "SVG, for the web and drawing programs"), ("pdf", "PDF, for papers"))
_COLOURS = (("", "As in the window"), ("light", "Light"), ("dark", "Dark"))
_BACKGROUNDS = (("plain", "Colour of the canvas"), ("white", "White"), ("transparent", "Transparent"))
_TEXTS = (("outlines", "Shapes, the same everywhere"), ("text", "Text that can be selected"))


class _Scale(QDoubleSpinBox):
    """How many pixels to a unit of the canvas."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(LEAST_SCALE, MOST_SCALE)
        self.setSingleStep(0.5)
        self.setDecimals(2)
        self.setSuffix(" ×")
        self.setAccessibleName("Scale")

    def textFromValue(self, value: float) -> str:
        """No zeros at the end."""
        return f"{value:g}"

    def stepBy(self, steps: int) -> None:
        """To the next half."""
        self.setValue(round((self.value() + steps * self.singleStep()) * 2) / 2)


class PictureDialog(QDialog):
    """Draws what a canvas shows. ``saved`` carries the file; ``copied`` the drawing that the clipboard should take."""

    saved = Signal(object)
    copied = Signal(object)

    def __init__(self, canvas: CanvasScene, path: Path, parent: QWidget | None = None) -> None:
        """``path`` is the proposed file. The selection of the canvas is offered by itself. Raises ExportError."""
        drawing = Drawing(canvas.document, Picture(theme=_window_theme()), canvas)
        super().__init__(parent)
        self.setWindowTitle("Export a picture")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._selection: Collection[str] = frozenset(canvas.selection)
        self._notes: Collection[str] = frozenset(canvas.sheets.chosen)
        self._agreed: Path | None = None  # the file that may be written over
        self._scale_chosen = False
        self.drawing = drawing
        self.finished.connect(drawing.close)
        self._build(len(canvas.blocks), path)
        self._wire()
        self.kind.setFocus()
        self._refresh()
        self.resize(1000, 580)

    # ------------------------------------------------------------ building

    def _build(self, blocks: int, path: Path) -> None:
        count = len(self._selection)
        selection = f"Selection, {count} block{'s' if count != 1 else ''}" if count else "Selection (nothing selected)"
        self.preview = Preview()
        self.kind = _choice("Format", _KINDS)
        self.what = _choice("Blocks", (("all", f"Whole network, {blocks:,} blocks"), ("selection", selection)))
        _enable(self.what, 1, bool(count))
        self.colours = _choice("Colours", _COLOURS)
        self.background = _choice("Background", _BACKGROUNDS)
        self.words = _choice("Text", _TEXTS)
        self.scale = _Scale()
        self.size_label, self.wrong = label("", "muted"), label("", "bad", wrap=True)
        self.path = QLineEdit(str(path))
        self.path.setAccessibleName("File to write")
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 20, 20, 16)
        row.setSpacing(20)
        row.addWidget(self.preview, 1)
        side = QVBoxLayout()
        side.setSpacing(12)
        side.addLayout(self._choices())
        side.addWidget(self.wrong)
        side.addStretch(1)
        side.addLayout(self._foot())
        row.addLayout(side)

    def _choices(self) -> QGridLayout:
        self.browse = QPushButton("Browse…")
        self.browse.setAutoDefault(False)
        scale, file = QHBoxLayout(), QHBoxLayout()
        for line in (scale, file):
            line.setSpacing(8)
        self.scale.setFixedWidth(96)
        scale.addWidget(self.scale)
        scale.addWidget(self.size_label, 1)
        file.addWidget(self.path, 1)
        file.addWidget(self.browse)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnMinimumWidth(1, 288)
        for name, part in (
            ("Format", self.kind),
            ("Blocks", self.what),
            ("Colours", self.colours),
            ("Background", self.background),
            ("Text", self.words),
            ("Scale", scale),
            ("File", file),
        ):
            at = grid.rowCount()
            grid.addWidget(label(name, "muted"), at, 0)
            if isinstance(part, QWidget):
                grid.addWidget(part, at, 1)
            else:
                grid.addLayout(part, at, 1)
        return grid

    def _foot(self) -> QHBoxLayout:
        self.copy_button, self.cancel, self.save_button = (
            QPushButton("Copy"),
            QPushButton("Cancel"),
            QPushButton("Save"),
        )
        self.copy_button.setToolTip("Put the picture on the clipboard")
        for button in (self.copy_button, self.cancel):
            button.setAutoDefault(False)
        set_flag(self.save_button, "kind", "primary")
        self.save_button.setDefault(True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.copy_button)
        row.addStretch(1)
        row.addWidget(self.cancel)
        row.addWidget(self.save_button)
        return row

    def _wire(self) -> None:
        if self._selection and len(self._selection) > 1:
            self.what.setCurrentIndex(1)
        for box in (self.kind, self.what, self.colours, self.background, self.words):
            box.currentIndexChanged.connect(self._refresh)
        self.kind.currentIndexChanged.connect(self._follow_kind)
        self.scale.valueChanged.connect(self._scaled)
        self.path.textEdited.connect(self._clear_wrong)
        self.browse.clicked.connect(self._browse)
        self.copy_button.clicked.connect(self._copy)
        self.cancel.clicked.connect(self.reject)
        self.save_button.clicked.connect(self._save)

    # ------------------------------------------------------------ choosing

    def picture(self) -> Picture:
        """What is chosen now. Raises ExportError where it does not go together."""
        return Picture(
            kind=self.kind.currentData(),
            theme=self.colours.currentData() or _window_theme(),
            background=self.background.currentData(),
            scale=self.scale.value() if self._scale_chosen else None,
            text=self.words.currentData(),
            only=self._selection if self.what.currentData() == "selection" else None,
            notes=self._notes,
        )

    def _follow_kind(self) -> None:
        """The text that suits the format, and a file name that ends as it should."""
        self.words.setCurrentIndex(1 if self.kind.currentData() == "pdf" else 0)
        written = self.path.text().strip()
        if written:
            self.path.setText(str(self._suffixed(Path(written))))

    def _suffixed(self, path: Path) -> Path:
        kind = f".{self.kind.currentData()}"
        if path.suffix.lower() == kind:
            return path
        if path.suffix.lower().removeprefix(".") in KINDS:
            return path.with_suffix(kind)
        return path.with_name(path.name + kind)

    def _scaled(self) -> None:
        self._scale_chosen = True
        self._refresh()

    def _refresh(self) -> None:
        """Preview, size, and what cannot be chosen together."""
        dark = (self.colours.currentData() or _window_theme()) == "dark"
        _enable(self.background, 1, not dark)
        if dark and self.background.currentData() == "white":
            self.background.setCurrentIndex(0)  # comes back here
            return
        self.words.setEnabled(self.kind.currentData() != "png")
        self._clear_wrong()
        try:
            self.drawing.use(self.picture())
            scale = scale_for(self.drawing.size, self.drawing.picture)
        except ExportError as error:
            self._complain(error.message)
            self.size_label.setText("Too large")
            return
        if not self._scale_chosen:
            self.scale.blockSignals(True)
            self.scale.setValue(scale)
            self.scale.blockSignals(False)
        self.size_label.setText(size_in_words(self.drawing.size, self.drawing.picture.kind, scale))
        self.preview.show_drawing(self.drawing)

    def _clear_wrong(self) -> None:
        self.wrong.clear()
        self.wrong.hide()
        self.save_button.setEnabled(True)
        self.copy_button.setEnabled(True)

    def _complain(self, sentence: str, stop: bool = True) -> None:
        self.wrong.setText(sentence)
        self.wrong.show()
        self.save_button.setEnabled(not stop)
        self.copy_button.setEnabled(not stop)

    def _browse(self) -> None:
        dialog = QFileDialog(self, "Export a picture", self.path.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        kind = self.kind.currentData()
        dialog.setNameFilter(f"{kind.upper()} (*.{kind})")
        dialog.setDefaultSuffix(kind)
        dialog.selectFile(self.path.text())
        dialog.fileSelected.connect(self._picked)
        dialog.open()

    def _picked(self, path: str) -> None:
        self.path.setText(path)
        self._agreed = self._suffixed(Path(path))  # that dialog has asked
        self._clear_wrong()

    # ------------------------------------------------------------ doing

    def _copy(self) -> None:
        self.copied.emit(self.drawing)

    def _save(self) -> None:
        text = self.path.text().strip()
        if not text:
            self._complain("Write where the file should go.", stop=False)
            return
        path = self._suffixed(Path(text).expanduser()).absolute()
        if not path.parent.is_dir():
            self._complain(f"The folder {path.parent} does not exist. Choose another one.", stop=False)
        elif path.exists() and path != self._agreed:
            self._agree(path)
        else:
            self._write(path)

    def _agree(self, path: Path) -> None:
        def over() -> None:
            self._agreed = path
            self._write(path)

        ask(
            self,
            f"{path.name} is there already",
            "Saving writes over it.",
            ("Cancel", "", None),
            ("Save over it", "primary", over),
        )

    def _write(self, path: Path) -> None:
        try:
            with busy():
                save(self.drawing, path)
        except ExportError as error:
            self._complain(error.message, stop=False)
            return
        self.saved.emit(path)
        self.accept()


def _window_theme() -> Literal["light", "dark"]:
    return "dark" if theme().dark else "light"


def _choice(name: str, options: Sequence[tuple[str, str]]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for value, title in options:
        box.addItem(title, value)
    return box


def _enable(box: QComboBox, index: int, on: bool) -> None:
    """Whether one of the options can be chosen."""
    model = box.model()
    assert isinstance(model, QStandardItemModel)
    model.item(index).setEnabled(on)
