"""Feature maps of the pinned samples as a grid: a row a sample, the sample itself first, then a column a channel."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QHelpEvent, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from designer.ui import theme as themes

__all__ = ["MapGrid", "Maps", "read_maps"]

_TILE, _GAP = 40, 4


@dataclass(frozen=True)
class Maps:
    """The maps of one block: pictures by sample and channel. ``channels`` is how many the block has."""

    iteration: int
    channels: int
    inputs: list[QImage]
    tiles: list[list[QImage]]


def read_maps(path: Path, block: str) -> Maps | None:
    """What a run wrote of a block; None where there is nothing, or the file is damaged."""
    import numpy as np

    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            about = json.loads(bytes(file["about"]))
            names = [row["name"] for row in about["blocks"]]
            if block not in names:
                return None
            place = names.index(block)
            maps = file[f"map {place}"]
            inputs = file["inputs"] if "inputs" in file.files else None
            channels, iteration = int(about["blocks"][place]["channels"]), int(about["iteration"])
        if maps.dtype != np.uint8 or maps.ndim != 4 or maps.size > 1 << 24:
            return None
        tiles = [[_grey(plane.tobytes(), plane.shape[1], plane.shape[0]) for plane in sample] for sample in maps]
        shown = []
        for sample in inputs if inputs is not None and inputs.dtype == np.uint8 and inputs.ndim == 4 else ():
            if sample.shape[0] == 3:
                data = np.ascontiguousarray(sample.transpose(1, 2, 0)).tobytes()
                wide, high = sample.shape[2], sample.shape[1]
                shown.append(QImage(data, wide, high, 3 * wide, QImage.Format.Format_RGB888).copy())
            else:
                shown.append(_grey(sample[0].tobytes(), sample.shape[2], sample.shape[1]))
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return None
    return Maps(iteration, channels, shown, tiles)


def _grey(data: bytes, wide: int, high: int) -> QImage:
    return QImage(data, wide, high, wide, QImage.Format.Format_Grayscale8).copy()


class MapGrid(QWidget):
    """As large as its tiles; it lies in a scroll area."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.maps: Maps | None = None
        self.setAccessibleName("Feature maps")
        themes.notifier().changed.connect(self.update)

    def show_maps(self, maps: Maps | None) -> None:
        """Show these; None for none."""
        self.maps = maps
        self.setFixedSize(self._size())
        self.update()

    def _size(self) -> QSize:
        if self.maps is None:
            return QSize(0, 0)
        columns = len(self.maps.tiles[0]) if self.maps.tiles else 0
        first = _TILE + 3 * _GAP if self.maps.inputs else 0
        return QSize(first + columns * (_TILE + _GAP), len(self.maps.tiles) * (_TILE + _GAP))

    def _place(self, row: int, column: int) -> QRect:
        """Column -1 is the sample itself."""
        first = _TILE + 3 * _GAP if self.maps is not None and self.maps.inputs else 0
        x = 0 if column < 0 else first + column * (_TILE + _GAP)
        return QRect(x, row * (_TILE + _GAP), _TILE, _TILE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Every picture as large as its tile, pixels as they are."""
        if self.maps is None:
            return
        t = themes.theme()
        with QPainter(self) as painter:
            painter.setPen(t.border)
            for row, tiles in enumerate(self.maps.tiles):
                rows = list(enumerate(tiles))
                if row < len(self.maps.inputs):
                    rows.insert(0, (-1, self.maps.inputs[row]))
                for column, image in rows:
                    place = self._place(row, column)
                    size = image.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
                    inside = QRect(0, 0, max(1, size.width()), max(4, size.height()))
                    inside.moveCenter(place.center())
                    painter.drawImage(inside, image)

    def event(self, event: QEvent) -> bool:
        """The tooltip says which sample and channel."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.maps is not None:
            row = event.pos().y() // (_TILE + _GAP)
            first = _TILE + 3 * _GAP if self.maps.inputs else 0
            column = (event.pos().x() - first) // (_TILE + _GAP)
            words = f"Sample {row + 1}" + (f", channel {column}" if column >= 0 else "")
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)
