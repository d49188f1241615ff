"""One picture file -> pixels, with bounds: an allow-list of formats, a guard against decompression bombs,
EXIF rotation. Pillow only (torchvision's decoder crashes on damaged PNGs). No torch.
"""

from __future__ import annotations

import re
import stat
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

__all__ = [
    "FORMATS",
    "MAX_FILE",
    "MAX_PIXELS",
    "SUFFIXES",
    "Damaged",
    "decode",
    "fit_picture",
    "picture_dims",
    "quiet_pillow",
    "read_file",
]

FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "PPM", "TIFF")
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".ppm", ".pgm", ".pbm", ".tif", ".tiff")

MAX_PIXELS = 64_000_000
"""A picture with more pixels is refused before it is decoded (64 megapixels: 192 MB of RGB)."""

MAX_FILE = 256 << 20
"""A larger file is not read."""

# What Pillow's decoders are known to raise on damaged files; a list, so that our own mistakes still surface.
_BROKEN = (
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    OverflowError,
    ZeroDivisionError,
    MemoryError,
    RuntimeError,
    AssertionError,
    struct.error,
    zlib.error,
)

Fit = Literal["crop", "stretch", "pad"]

_PILLOW = re.compile("PIL")


class Damaged(Exception):
    """This one picture cannot be used; the text says why. Caught by the reader, never shown as an error."""


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Pillow warns about oddities (a broken EXIF block, a palette's transparency) that do not hurt the pixels.

    Where it is quiet already nothing is done: threads that read must not change the filters of the whole process in
    turns.
    """
    if any(rule[0] == "ignore" and rule[2] is UserWarning and rule[3] == _PILLOW for rule in warnings.filters):
        yield
        return
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module=_PILLOW.pattern)
        yield


def _check_file(path: Path) -> None:
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):  # a pipe or a device would be waited for without end
        raise Damaged("not a file")
    if about.st_size > MAX_FILE:
        raise Damaged(f"the file is larger than {MAX_FILE >> 20} MB")


def read_file(path: Path) -> bytes:
    """The bytes of a file, bounded. Raises Damaged and OSError."""
    _check_file(path)
    return path.read_bytes()


@contextmanager
def _open(path: Path | BytesIO) -> Iterator[Image.Image]:
    """The header only; refuses other formats and sizes beyond the bounds."""
    if isinstance(path, Path):
        _check_file(path)
    # Not by its name: Pillow then maps a plain TIFF into memory, and one that is turned comes out torn.
    with path.open("rb") if isinstance(path, Path) else path as file, Image.open(file, formats=FORMATS) as image:
        width, height = image.size
        if not 0 < width * height <= MAX_PIXELS:
            raise Damaged(f"{width}×{height} pixels, more than {MAX_PIXELS // 1_000_000} million")
        yield image


def picture_dims(path: Path | BytesIO) -> tuple[int, int, int]:
    """(channels, height, width) from the header, turned as EXIF says. Raises Damaged."""
    try:
        with _open(path) as image:
            width, height = image.size
            # Asking a PNG without an EXIF block would decode all of it; of a TIFF Pillow tells the size upright.
            known = image.format != "TIFF" and (image.format != "PNG" or "exif" in image.info)
            if known and image.getexif().get(0x0112) in (5, 6, 7, 8):
                width, height = height, width
            grey = image.mode in ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L")
            return (1 if grey else 3, height, width)
    except _BROKEN as error:
        raise Damaged(_reason(error)) from error


def decode(path: Path | BytesIO, side: int | None = None) -> Image.Image:
    """The picture upright, as mode L or RGB; what is transparent lies on white. Raises Damaged.

    With ``side``, a JPEG that is much larger may come out smaller, each of its sides at least ``side``: its decoder
    leaves out fine detail in a fraction of the time.
    """
    try:
        with _open(path) as image:
            if side is not None:
                image.draft(None, (side, side))
            image.load()
            if image.format not in ("JPEG", "PNG"):
                return _plain(ImageOps.exif_transpose(image))
            ImageOps.exif_transpose(image, in_place=True)  # without a copy of what stands upright already
            return _plain(image)
    except _BROKEN as error:
        raise Damaged(_reason(error)) from error


def _plain(image: Image.Image) -> Image.Image:
    if image.mode in ("L", "RGB"):
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith("I"):  # 16 bits of grey: keep the upper 8 (Pillow's own conversion clips)
        return Image.fromarray((np.asarray(image).astype(np.int64).clip(0, 65535) >> 8).astype(np.uint8))
    if image.mode == "F":
        raise Damaged("its pixels are floating point numbers")
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        flat = Image.alpha_composite(white, clear)
        return flat.convert("L" if image.mode == "LA" else "RGB")
    return image.convert("RGB")


def _reason(error: BaseException) -> str:
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return f"more than {MAX_PIXELS // 1_000_000} million pixels"
    if isinstance(error, UnidentifiedImageError):
        return "not a picture of a known format, or damaged"
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def fit_picture(image: Image.Image, dims: tuple[int, int, int], fit: Fit) -> npt.NDArray[np.uint8]:
    """Pixels uint8 [C, H, W] of exactly ``dims``: grey <-> RGB and an antialiased (bilinear) resize."""
    channels, height, width = dims
    mode = "L" if channels == 1 else "RGB"
    image = image if image.mode == mode else image.convert(mode)
    if image.size != (width, height):
        if fit == "stretch":
            image = image.resize((width, height), Image.Resampling.BILINEAR)
        elif fit == "pad":
            image = ImageOps.pad(image, (width, height), Image.Resampling.BILINEAR, color=0)
        else:
            image = ImageOps.fit(image, (width, height), Image.Resampling.BILINEAR)
    pixels = np.asarray(image, dtype=np.uint8)
    return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)
