"""One item, large: the picture, or curves and spectrogram, and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from designer.jobs.browsing import Tile
from designer.ui import theme as themes
from designer.ui.data.tiles import image_of
from designer.ui.editors import set_flag
from designer.ui.parts import Facts, label

__all__ = ["Details"]

_CURVES = 8  # channels that are plotted


class Details(QWidget):
    """``fileAsked`` carries a path and whether it is to be opened (else shown in its folder); ``closed``."""

    fileAsked = Signal(str, bool)  # noqa: N815
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Chosen sample")
        self.tile: Tile | None = None
        self.title = label("", "strong")
        close = QToolButton()
        close.setIcon(themes.icon("mdi6.close", "muted"))
        close.setAutoRaise(True)
        close.setAccessibleName("Close the chosen sample")
        set_flag(close, "kind", "small")
        close.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(close)
        self.picture = _Picture()
        self._plot: Any = None
        self.facts = Facts(name_width=56)
        self.show_button = QPushButton("Show file")
        self.show_button.clicked.connect(lambda: self._ask(False))
        self.open_button = QPushButton("Open")
        self.open_button.setToolTip("Open the file with the program that this computer uses for it; sounds are played")
        self.open_button.clicked.connect(lambda: self._ask(True))
        buttons = QHBoxLayout()
        buttons.addWidget(self.show_button)
        buttons.addWidget(self.open_button)
        buttons.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 8, 12, 8)
        self._column.setSpacing(6)
        self._column.addLayout(head)
        self._column.addWidget(self.picture, 1)
        self._column.addWidget(self.facts)
        self._column.addLayout(buttons)
        self.setFixedWidth(268)

    def show_item(self, tile: Tile, rows: Sequence[tuple[str, str]]) -> None:
        """Show an item; ``rows`` is what the panel knows of it."""
        self.tile = tile
        self.title.setText(self.fontMetrics().elidedText(tile.target, Qt.TextElideMode.ElideRight, 200))
        size = tile.facts.get("size")
        told = [("Name", Path(tile.name).name if is_file(tile.name) else tile.name), *rows]
        if isinstance(size, list):
            told.append(("Size", "×".join(map(str, size))))
        if tile.why:
            told.append(("Trouble", tile.why))
        self.facts.set_rows(told)
        curves = tile.facts.get("curves")
        self._plot_curves(curves if isinstance(curves, list) else [])
        self.picture.setVisible(not curves or not tile.ink)
        self.picture.show_image(image_of(tile) if tile.pixels else None, tile.why, _boxes(tile.facts.get("boxes")))
        for button in (self.show_button, self.open_button):
            button.setVisible(is_file(tile.name))

    def _plot_curves(self, curves: list[list[float]]) -> None:
        if not curves:
            if self._plot is not None:
                self._plot.hide()
            return
        if self._plot is None:
            from designer.ui.data.curves import Curves

            self._plot = Curves()
            self._column.insertWidget(2, self._plot, 1)
        self._plot.show_curves(curves[:_CURVES])
        self._plot.show()

    def _ask(self, open_it: bool) -> None:
        if self.tile is not None:
            self.fileAsked.emit(self.tile.name, open_it)


def is_file(name: str) -> bool:
    """Whether a sample is a file of its own, by its name."""
    return Path(name).is_absolute() and Path(name).is_file()


def _boxes(told: object) -> list[_Box]:
    """The boxes that the job told of; what is none is left out."""
    found = []
    for one in told if isinstance(told, list) else ():
        if isinstance(one, list) and len(one) == 5 and all(isinstance(side, int | float) for side in one[1:]):
            found.append(_Box(str(one[0]), QRectF(*one[1:])))
    return found


class _Box(NamedTuple):
    """A category, and where it is seen, as shares of the picture."""

    name: str
    place: QRectF


class _Picture(QWidget):
    """A picture as large as there is room; small ones are enlarged without blur."""

    def __init__(self) -> None:
        super().__init__()
        self._image: QImage | None = None
        self._why = ""
        self.boxes: Sequence[_Box] = ()
        self.setMinimumHeight(80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.notifier().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As high as there is room."""
        return QSize(276, 200)

    def show_image(self, image: QImage | None, why: str, boxes: Sequence[_Box] = ()) -> None:
        """Show it with these boxes, or why there is none."""
        self._image, self._why, self.boxes = image, why, boxes
        names = ", ".join(dict.fromkeys(box.name for box in boxes))
        self.setToolTip(f"Boxes around: {names}" if names else "")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """In the middle."""
        t = themes.theme()
        with QPainter(self) as painter:
            if self._image is None:
                painter.setPen(t.bad)
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._why)
                return
            size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            at = QRect((self.width() - size.width()) // 2, 0, size.width(), size.height())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, size.width() < 2 * self._image.width())
            painter.drawImage(at, self._image)
            self._draw_boxes(painter, at)

    def _draw_boxes(self, painter: QPainter, at: QRect) -> None:
        """A frame in the colour of its category around each box, and the category on it where there is room."""
        colours = themes.theme().series
        names = sorted({box.name for box in self.boxes})
        painter.setFont(themes.font("small"))
        painter.setClipRect(at)  # annotations may reach beyond the picture
        for box in self.boxes:
            colour = colours[names.index(box.name) % len(colours)]
            frame = QRectF(
                at.x() + box.place.x() * at.width(), at.y() + box.place.y() * at.height(),
                box.place.width() * at.width(), box.place.height() * at.height(),
            )  # fmt: skip
            painter.setPen(QPen(colour, 2))
            painter.drawRect(frame)
            size = painter.fontMetrics().size(0, box.name)
            chip = QRectF(frame.x(), frame.y(), size.width() + 6, size.height())
            if chip.width() <= max(frame.width(), 40):
                painter.fillRect(chip, colour)
                painter.setPen(themes.theme().on_accent)
                painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, box.name)
