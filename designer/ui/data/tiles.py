"""The thumbnails that were shown last, ready to be painted; no more of them than fit into a bound."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QPixmap

from designer.jobs.browsing import Tile
from designer.ui import theme as themes

__all__ = ["Shelf", "Thumb", "image_of"]

_BOUND = 96 << 20  # bytes


class Thumb(NamedTuple):
    """What is painted of an item; ``picture`` is None where it cannot be read."""

    picture: QPixmap | None
    name: str
    target: str
    why: str


class Shelf:
    """The newest thumbnails by number."""

    def __init__(self, bound: int = _BOUND) -> None:
        self._thumbs: OrderedDict[int, Thumb] = OrderedDict()
        self._bound, self.size = bound, 0

    def __contains__(self, number: int) -> bool:
        return number in self._thumbs

    def __len__(self) -> int:
        return len(self._thumbs)

    def get(self, number: int) -> Thumb | None:
        """The thumbnail of an item, which is then the last to be forgotten."""
        thumb = self._thumbs.get(number)
        if thumb is not None:
            self._thumbs.move_to_end(number)
        return thumb

    def put(self, tile: Tile, room: QSize, ratio: float) -> None:
        """Keep one, scaled to where it is painted; small pictures are enlarged without blur."""
        self.drop(tile.number)
        picture = None
        if tile.pixels:
            image = image_of(tile)
            target = room * ratio
            smooth = tile.ink or image.width() > target.width() / 2 or image.height() > target.height() / 2
            how = Qt.TransformationMode.SmoothTransformation if smooth else Qt.TransformationMode.FastTransformation
            picture = QPixmap.fromImage(image.scaled(target, Qt.AspectRatioMode.KeepAspectRatio, how))
            picture.setDevicePixelRatio(ratio)
        self._thumbs[tile.number] = Thumb(picture, tile.name, tile.target, tile.why)
        self.size += _weight(self._thumbs[tile.number])
        while self.size > self._bound and len(self._thumbs) > 1:
            _, old = self._thumbs.popitem(last=False)
            self.size -= _weight(old)

    def drop(self, number: int) -> None:
        """Forget one."""
        old = self._thumbs.pop(number, None)
        self.size -= _weight(old) if old is not None else 0

    def clear(self) -> None:
        """Forget all."""
        self._thumbs.clear()
        self.size = 0


def _weight(thumb: Thumb) -> int:
    picture = thumb.picture
    return 512 + (4 * picture.width() * picture.height() if picture is not None else 0)


def image_of(tile: Tile, colour: QColor | None = None) -> QImage:
    """The pixels as an image of its own; ink in the colour of the theme."""
    grey = tile.channels == 1
    shape = QImage.Format.Format_Grayscale8 if grey else QImage.Format.Format_RGB888
    if not tile.ink:
        return QImage(tile.pixels, tile.width, tile.height, tile.width * tile.channels, shape).copy()
    cover = QImage(tile.pixels, tile.width, tile.height, tile.width, QImage.Format.Format_Alpha8)
    drawn = QImage(tile.width, tile.height, QImage.Format.Format_ARGB32_Premultiplied)
    drawn.fill(colour or themes.theme().accent)
    drawn.setAlphaChannel(cover)
    return drawn
