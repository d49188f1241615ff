"""A sheet of augmented samples as a picture file. Pillow only, no torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from designer.data.augment.sheet import Sheet
from designer.errors import UsageError

__all__ = ["draw_sheet"]

_COLUMNS, _GAP, _WORDS, _HEAD = 4, 12, 18, 26
_PAPER, _INK, _FAINT, _CURVE, _FRAME = "#ffffff", "#1a1d23", "#59626e", "#4c57d3", "#e0e3e9"
_WIDE = (220, 96)
_SQUARE = 128
_FORMATS = (".png", ".jpg", ".jpeg", ".webp")


def draw_sheet(sheet: Sheet, captions: Sequence[str], title: str, path: Path) -> None:
    """Write the cells four in a row, with their captions. Raises UsageError."""
    if path.suffix.lower() not in _FORMATS:
        raise UsageError(f"A preview is a picture: end its name in {', '.join(_FORMATS)}, not “{path.name}”.")
    cells = [_cell(sheet, number) for number in range(len(sheet.cells))]
    width, height = cells[0].size
    rows = -(-len(cells) // _COLUMNS)
    whole = Image.new(
        "RGB",
        (_GAP + _COLUMNS * (width + _GAP), _HEAD + _GAP + rows * (height + _WORDS + _GAP)),
        _PAPER,
    )
    draw = ImageDraw.Draw(whole)
    draw.text((_GAP, 10), title, _INK, ImageFont.load_default(13))
    for number, (cell, words) in enumerate(zip(cells, captions, strict=True)):
        x = _GAP + number % _COLUMNS * (width + _GAP)
        y = _HEAD + _GAP + number // _COLUMNS * (height + _WORDS + _GAP)
        whole.paste(cell, (x, y))
        draw.rectangle((x - 1, y - 1, x + width, y + height), outline=_FRAME)
        draw.text((x, y + height + 3), words, _FAINT, ImageFont.load_default(11))
    try:
        whole.save(path)
    except OSError as error:
        raise UsageError(f"The preview cannot be written to {path}: {error.strerror or error}.") from error


def _cell(sheet: Sheet, number: int) -> Image.Image:
    cell = sheet.cells[number]
    if sheet.look == "curves":
        return _curves(cell, float(sheet.cells.min()), float(sheet.cells.max()))
    pixels = np.ascontiguousarray(cell[..., 0] if sheet.look == "pictures" and cell.shape[-1] == 1 else cell)
    picture = Image.fromarray(pixels.astype(np.uint8)).convert("RGB")
    if sheet.look == "maps":
        return picture.resize(_WIDE, Image.Resampling.BILINEAR)
    factor = _SQUARE / max(picture.size)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(size, Image.Resampling.NEAREST if factor >= 2 else Image.Resampling.BILINEAR)


def _curves(curves: np.ndarray, low: float, high: float) -> Image.Image:
    """Channels below each other, all cells of one scale."""
    width, height = _WIDE
    picture = Image.new("RGB", _WIDE, _PAPER)
    draw = ImageDraw.Draw(picture)
    strip = height / len(curves)
    scale = (strip - 5) / (high - low) if high > low else 0.0
    for channel, curve in enumerate(curves):
        bottom = (channel + 1) * strip - 2
        across = (width - 1) / max(1, len(curve) - 1)
        points = []
        for column, (lowest, highest) in enumerate(curve.tolist()):
            points += [(column * across, bottom - (value - low) * scale) for value in (lowest, highest)]
        draw.line(points, _CURVE)
    return picture
