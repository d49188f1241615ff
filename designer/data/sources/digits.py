"""The bundled digits: they work on every computer, without a network. Also several in one picture, and turned ones."""

from __future__ import annotations

from designer.data.source import Loaded, Part, Progress, Source
from designer.data.spec import DataSpec

__all__ = ["SOURCES"]


def _open(spec: DataSpec, progress: Progress) -> Loaded:
    from designer.data.bundled.digits import digits
    from designer.data.pictures import ArrayPictures

    progress(0.0, "Reading the digits")
    pixels, labels = digits()
    return Loaded(Part(ArrayPictures(pixels[:, None]), labels), tuple("0123456789"))


def _several(spec: DataSpec, progress: Progress) -> Loaded:
    from designer.data.bundled.digits import several_digits
    from designer.data.pictures import ArrayPictures

    progress(0.0, "Putting digits together")
    pixels, there, groups = several_digits()
    return Loaded(Part(ArrayPictures(pixels), there, groups), tuple("0123456789"), kind="labels")


def _turned(spec: DataSpec, progress: Progress) -> Loaded:
    from designer.data.bundled.digits import turned_digits
    from designer.data.pictures import ArrayPictures

    progress(0.0, "Turning digits")
    pixels, angles, groups = turned_digits()
    return Loaded(Part(ArrayPictures(pixels), angles, groups), ("degrees",), kind="values")


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
    Source(
        name="digits-several",
        title="Several digits (bundled)",
        help="4,000 pictures, 20×20 pixels of grey, each with one to four of the bundled digits; the labels say which "
        "of the ten are there. Put together by a fixed seed from real digits; a digit is never on both sides of a "
        "split.",
        open=_several,
        order=11,
        size=(1, 20, 20),
        count=4000,
    ),
    Source(
        name="digits-turned",
        title="Turned digits (bundled)",
        help="3,594 pictures, 16×16 pixels of grey: each of the bundled digits turned by two random angles, which are "
        "the numbers to predict, from -60 to 60 degrees. A digit is never on both sides of a split.",
        open=_turned,
        order=12,
        size=(1, 16, 16),
        count=3594,
    ),
)
