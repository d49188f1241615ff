"""A drawing as the bytes of a file."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QMimeData, QRectF, QSize, QSizeF, QStringListModel, Qt
from PySide6.QtGui import QImage, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from designer.errors import ExportError
from designer.ui.canvas.picture.drawing import Drawing
from designer.ui.canvas.picture.spec import scale_for, size_at

__all__ = ["as_bytes", "as_image", "as_mime"]

DPI = 96  # of a screen at 100 %
CLIPBOARD = 25_000_000  # pixels: other programs copy them once more
FINE = 1200  # steps to the inch of a page


def as_bytes(drawing: Drawing, title: str = "Network") -> bytes:
    """The file in the format that the drawing's picture asks for. Raises ExportError."""
    kind = drawing.picture.kind
    if kind == "png":
        return _encoded(as_image(drawing))
    return _svg(drawing, title) if kind == "svg" else _pdf(drawing, title)


def as_image(drawing: Drawing, most: int | None = None) -> QImage:
    """The drawing in pixels, smaller where it would have more than ``most``. Raises ExportError."""
    scale = scale_for(drawing.size, drawing.picture)
    if most is not None:
        scale = min(scale, math.sqrt(most / (drawing.size.width() * drawing.size.height())))
    size = QSize(*size_at(drawing.size, "png", scale))
    clear = drawing.picture.background == "transparent"
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied if clear else QImage.Format.Format_RGB32)
    if image.isNull():
        raise ExportError(
            f"There is not enough memory for a picture of {size.width():,} × {size.height():,} pixels. "
            "Choose a smaller scale."
        )
    image.fill(Qt.GlobalColor.transparent if clear else drawing.picture.colours.canvas)
    for put in (image.setDotsPerMeterX, image.setDotsPerMeterY):
        put(round(DPI * scale / 0.0254))  # so that it is as large on paper at every scale
    with QPainter(image) as painter:
        drawing.paint(
            painter, QRectF(0, 0, drawing.size.width() * scale, drawing.size.height() * scale), outlines=False
        )
    return image


def _encoded(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise ExportError("The picture could not be packed as PNG. Choose a smaller scale, or SVG.")
    return bytes(buffer.data().data())


def _svg(drawing: Drawing, title: str) -> bytes:
    scale = scale_for(drawing.size, drawing.picture)
    width, height = drawing.size.width(), drawing.size.height()
    generator, buffer = QSvgGenerator(), QBuffer()
    generator.setOutputDevice(buffer)
    generator.setResolution(DPI)  # a unit is a pixel of CSS
    generator.setSize(QSize(*size_at(drawing.size, "svg", scale)))
    generator.setViewBox(QRectF(0, 0, width, height))
    generator.setTitle(title)
    with QPainter(generator) as painter:
        drawing.paint(painter, QRectF(0, 0, width, height), drawing.picture.as_outlines)
    return bytes(buffer.data().data())


def _pdf(drawing: Drawing, title: str) -> bytes:
    scale = scale_for(drawing.size, drawing.picture)
    page = QSizeF(*size_at(drawing.size, "pdf", scale))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setPageSize(QPageSize(page, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(FINE)
    writer.setTitle(title)
    writer.setCreator("Layerloom")
    with QPainter(writer) as painter:
        steps = FINE / 72
        drawing.paint(painter, QRectF(0, 0, page.width() * steps, page.height() * steps), drawing.picture.as_outlines)
    return bytes(buffer.data().data())


def as_mime(drawing: Drawing) -> QMimeData:
    """What the clipboard takes: pixels for most programs, SVG for those that can draw with it. Raises ExportError."""
    before = drawing.picture
    data = _empty_mime()
    try:
        drawing.use(replace(before, kind="png"))
        data.setImageData(as_image(drawing, CLIPBOARD))
        drawing.use(replace(before, kind="svg", scale=None))
        data.setData("image/svg+xml", _svg(drawing, "Network"))
    finally:
        drawing.use(before)
    return data


def _empty_mime() -> QMimeData:
    """Made by Qt itself: the clipboard outlives Python, and what Python has made would bring the process down then."""
    model = QStringListModel([""])
    data = model.mimeData([model.index(0)])
    data.clear()
    return data
