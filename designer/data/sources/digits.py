"""The bundled digits: they work on every computer, without a network."""

from __future__ import annotations

from designer.data.source import Loaded, Part, Progress, Source
from designer.data.spec import DataSpec
from designer.errors import DataError
from designer.resources import resource

__all__ = ["SOURCES"]


def _open(spec: DataSpec, progress: Progress) -> Loaded:
    import numpy as np

    from designer.data.pictures import ArrayPictures

    progress(0.0, "Reading the digits")
    try:
        with np.load(resource("data", "digits.npz"), allow_pickle=False) as file:
            images, labels = file["images"], file["labels"]
    except (OSError, ValueError, KeyError) as error:
        raise DataError("The bundled digits are missing or damaged. Install Layerloom again.") from error
    # 0..16 -> 0..255, so that they look right in pictures and share the scale of other data sets.
    pixels = ((images.astype(np.uint16) * 255 + 8) // 16).astype(np.uint8)[:, None]
    return Loaded(Part(ArrayPictures(pixels), labels.astype(np.int64)), tuple("0123456789"))


SOURCES = (
    Source(
        name="digits",
        title="Digits (bundled)",
        help="1,797 hand-written digits, 8×8 pixels of grey, 10 classes. Comes along; no network needed.",
        open=_open,
        order=10,
        classes=tuple("0123456789"),
        size=(1, 8, 8),
    ),
)
