"""Pictures of samples worth a look: what each is, what it was taken for, and how sure the network was."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QBrush, QIcon, QImage, QImageReader, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

from designer.errors import LayerloomError
from designer.jobs.folder import RunFolder
from designer.ui import theme as themes

__all__ = ["Gallery"]

_SIDE = 72
_MOST = 200
_LARGEST = 4096  # px a side: pictures in a run folder are the network's inputs, which are small


class Gallery(QListWidget):
    """A grid of samples that flows with the width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setMovement(QListWidget.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setIconSize(QSize(_SIDE, _SIDE))
        self.setGridSize(QSize(116, _SIDE + 48))
        self.setUniformItemSizes(True)
        self.setWordWrap(True)
        self.setSpacing(4)
        self.setFont(themes.font("small"))
        self.setAccessibleName("Samples worth a look")

    def show_samples(self, samples: Sequence[Mapping[str, Any]], folder: Path) -> None:
        """Show samples of an evaluation; their pictures lie in ``folder``."""
        self.clear()
        for sample in samples[:_MOST]:
            true, predicted = str(sample.get("true")), str(sample.get("predicted"))
            sure = sample.get("confidence")
            share = f"{100 * sure:.0f} %" if isinstance(sure, int | float) else ""
            item = QListWidgetItem(f"{true} → {predicted}\n{share}")
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            picture = _picture(folder, sample.get("picture"))
            if picture is not None:
                item.setIcon(QIcon(picture))
            name = sample.get("name")
            right = "recognised as" if true == predicted else "taken for"
            item.setToolTip(f"“{true}” {right} “{predicted}”, {share} sure" + (f"\n{name}" if name else ""))
            self.addItem(item)


def _picture(folder: Path, named: object) -> QPixmap | None:
    """A sample's picture, enlarged without blur; None where it cannot be read."""
    if not isinstance(named, str):
        return None
    with contextlib.suppress(LayerloomError, OSError):
        reader = QImageReader(str(RunFolder(folder).inside(named)), b"png")
        size = reader.size()
        if not size.isValid() or max(size.width(), size.height()) > _LARGEST:
            return None
        image = reader.read()
        return _framed(image) if not image.isNull() else None
    return None


def _framed(image: QImage) -> QPixmap:
    small = image.width() < _SIDE and image.height() < _SIDE
    how = Qt.TransformationMode.FastTransformation if small else Qt.TransformationMode.SmoothTransformation
    scaled = image.scaled(2 * _SIDE, 2 * _SIDE, Qt.AspectRatioMode.KeepAspectRatio, how)
    made = QPixmap(scaled.size())
    made.fill(Qt.GlobalColor.transparent)
    with QPainter(made) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(scaled))
        painter.drawRoundedRect(made.rect(), 8, 8)
    return made
