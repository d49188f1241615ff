"""Try it: a picture is dropped, and answer and heat map are there."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QImageReader
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from designer.data.decode import SUFFIXES
from designer.errors import LayerloomError
from designer.evaluate.heat.names import WAYS
from designer.jobs.folder import RunFolder
from designer.ui.panels.run_widgets import Banner
from designer.ui.parts import label
from designer.ui.understanding.bars import Bars
from designer.ui.understanding.heat_view import HeatView

__all__ = ["TryPage"]

_LARGEST = 8192  # px a side


class TryPage(QWidget):
    """``asked(dict)`` says what is wanted: path, way, block, target. Who hears it calls one of the show functions."""

    asked = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = ""
        self.block = ""  # the block that a person chose to look at; empty: the last that knows places
        self.target = ""
        self.view = HeatView()
        self.view.dropped.connect(lambda paths: self.try_picture(paths[0]))
        self.view.pressed.connect(self.choose)
        self.bars = Bars()
        self.bars.asked.connect(self._of_class)
        self.words = label("", "muted", wrap=True)
        self.failure = Banner("problem", "mdi6.alert-circle-outline", "bad")
        self.dialog: QFileDialog | None = None
        side = QVBoxLayout()
        side.setSpacing(8)
        side.addLayout(self._controls())
        side.addWidget(self.failure)
        side.addWidget(self.bars)
        side.addWidget(self.words)
        side.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.view)
        row.addLayout(side, 1)
        self._invite()

    def _controls(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.way = QComboBox()
        self.way.setAccessibleName("Heat map")
        self.way.addItem("No heat map", "")
        for name, way in WAYS.items():
            self.way.addItem(way.title, name)
            self.way.setItemData(self.way.count() - 1, way.help, Qt.ItemDataRole.ToolTipRole)
        self.way.setCurrentIndex(self.way.findData("grad-cam"))
        self.way.setToolTip("How to find where in the picture the network sees its answer")
        self.way.currentIndexChanged.connect(self.ask)
        self.strength = QSlider(Qt.Orientation.Horizontal)
        self.strength.setRange(0, 100)
        self.strength.setValue(75)
        self.strength.setMaximumWidth(140)
        self.strength.setAccessibleName("Strength of the heat")
        self.strength.setToolTip("How much the heat covers the picture")
        self.strength.valueChanged.connect(lambda value: self.view.set_strength(value / 100))
        row.addWidget(self.way)
        row.addWidget(QLabel("Strength"))
        row.addWidget(self.strength, 1)
        row.addStretch(1)
        return row

    def _invite(self) -> None:
        self.words.setText("The trained network says what it sees in a picture, how sure it is, and where it looks.")

    # ------------------------------------------------------------ asking

    def choose(self) -> None:
        """Choose a picture file."""
        dialog = QFileDialog(self, "Try a picture")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(f"Pictures ({' '.join(f'*{suffix}' for suffix in SUFFIXES)})")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.try_picture)
        self.dialog = dialog
        dialog.open()

    def try_picture(self, path: str) -> None:
        """Ask about another picture: of the class that is found."""
        self.path, self.target = path, ""
        self.ask()

    def look_at(self, block: str) -> None:
        """Look at what this block puts out, from now on; empty: the last that knows places."""
        self.block = block
        if not WAYS[self.way.currentData() or "saliency"].of_block:
            self.way.setCurrentIndex(self.way.findData("grad-cam"))  # asks by itself
        else:
            self.ask()
        if not self.path:
            self.words.setText(f"Drop a picture to see where {block} looks.")

    def _of_class(self, name: str) -> None:
        self.target = name
        self.ask()

    def ask(self) -> None:
        """Ask again, with what is chosen now."""
        if self.path:
            way = self.way.currentData() or ""
            block = self.block if way and WAYS[way].of_block else ""
            self.asked.emit({"path": self.path, "way": way, "block": block, "target": self.target if way else ""})

    # ------------------------------------------------------------ showing

    def show_busy(self) -> None:
        """The network looks at it; what was shown stays until the answer is there."""
        self.failure.say("")
        self.words.setText(f"Looking at {Path(self.path).name} …")

    def show_failure(self, sentence: str) -> None:
        """There is no answer."""
        self.failure.say(sentence)
        self.words.setText("")

    def show_answer(self, data: Mapping[str, Any], folder: Path) -> None:
        """What the job gave (its ``result``), with the pictures in ``folder``."""
        (one,) = data["pictures"]
        heat = one.get("heat")
        self.failure.say("")
        picture = _image(folder, one["picture"])
        self.view.show_picture(picture, _image(folder, heat["map"]) if heat else QImage())
        marked = str(heat["label"]) if heat else ""
        self.bars.show_rows(one["top"], data["target"] != "values", marked)
        self.words.setText(self._said(heat, str(data.get("note") or "")))

    def _said(self, heat: Mapping[str, Any] | None, note: str) -> str:
        told = [Path(self.path).name]
        if heat:
            seen = f", seen at {heat['block']}" if heat.get("block") else ""
            told.append(f"{WAYS[heat['way']].title} of “{heat['label']}”{seen}")
        return " · ".join([*told, note] if note else told)


def _image(folder: Path, named: object) -> QImage:
    """A picture of the job; a null image where it cannot be read."""
    if isinstance(named, str):
        with contextlib.suppress(LayerloomError, OSError):
            reader = QImageReader(str(RunFolder(folder).inside(named)), b"png")
            size = reader.size()
            if size.isValid() and max(size.width(), size.height()) <= _LARGEST:
                return reader.read()
    return QImage()
