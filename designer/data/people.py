"""Samples that a person's own Python hands out, one by one: pictures, or numbers of one shape. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from queue import SimpleQueue
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from designer.data.decode import MAX_PIXELS, Damaged, Fit, fit_picture
from designer.data.numbers import Floats, Numbers
from designer.data.pictures import Dims, Pixels

__all__ = ["ItemNumbers", "ItemPictures", "Items", "image_of", "plain"]

_SAMPLE = ("image", "img", "x", "sample", "input", "data", "pixel_values", "audio", "signal")
_TARGET = ("label", "labels", "y", "target", "targets", "class")
_LARGEST = 256  # natural size of pictures of mixed sizes, at most
_LOOK_AT = 64
_MOST_NUMBERS = 1 << 28  # of one sample


class Items:
    """The items of a data set, read by one thread at a time: people's code seldom expects several."""

    def __init__(self, dataset: Any, title: str) -> None:
        self.title = title
        self.count = self._length(dataset)
        self._queue: SimpleQueue[Any] = SimpleQueue()
        self._queue.put(dataset)

    def _length(self, dataset: Any) -> int:
        try:
            count: int = len(dataset)
            return count
        except Exception as error:
            raise Damaged(f"{self.title}: len() fails with {told(error)}") from error

    def item(self, index: int) -> tuple[Any, Any]:
        """The sample and its target. Raises Damaged, whatever the code raises."""
        dataset = self._queue.get()
        try:
            found = dataset[index]
        except (Exception, SystemExit) as error:
            raise Damaged(f"item {index} fails with {told(error)}") from error
        finally:
            self._queue.put(dataset)
        if isinstance(found, Mapping):
            sample = next((found[key] for key in _SAMPLE if key in found), None)
            target = next((found[key] for key in _TARGET if key in found), None)
        elif isinstance(found, tuple | list) and len(found) >= 2:
            sample, target = found[0], found[1]
        else:
            sample, target = None, None
        if sample is None or target is None:
            raise Damaged(f"item {index} is no pair of a sample and its target, but {type(found).__name__}")
        return sample, target


def told(error: BaseException) -> str:
    """An error of people's code, in a few words."""
    return f"{type(error).__name__}: {str(error)[:150]}".rstrip(": ")


def plain(value: Any) -> Any:
    """Tensors as arrays; everything else as it is."""
    return value.detach().cpu().numpy() if hasattr(value, "detach") else value


def image_of(value: Any) -> Image.Image | None:
    """A picture of Pillow, or bytes in the shape of one; None for what is no picture. Raises Damaged."""
    if isinstance(value, Image.Image):
        if value.width * value.height > MAX_PIXELS:
            raise Damaged(f"more than {MAX_PIXELS // 1_000_000} million pixels")
        return value if value.mode in ("L", "RGB") else value.convert("L" if value.mode == "1" else "RGB")
    array = plain(value)
    if not isinstance(array, np.ndarray) or array.dtype != np.uint8 or array.ndim not in (2, 3):
        return None
    if array.ndim == 3 and array.shape[0] in (1, 3) and array.shape[2] not in (1, 3):
        array = array.transpose(1, 2, 0)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim == 3 and array.shape[2] != 3:
        return None
    if not 0 < array.shape[0] * array.shape[1] <= MAX_PIXELS:
        raise Damaged(f"{array.shape[1]}×{array.shape[0]} pixels")
    return Image.fromarray(np.ascontiguousarray(array))


class ItemPictures:
    """As `pictures.Pictures`."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def __len__(self) -> int:
        return self._items.count

    def _image(self, index: int) -> Image.Image:
        found = image_of(self._items.item(index)[0])
        if found is None:
            raise Damaged(f"item {index} is no picture, though others are")
        return found

    def natural(self) -> Dims:
        """One size, or the middle one of up to 64 that are looked at."""
        seen = []
        for index in np.linspace(0, len(self) - 1, min(len(self), _LOOK_AT)).astype(int).tolist():
            try:
                image = self._image(index)
            except Damaged:
                continue
            seen.append((1 if image.mode == "L" else 3, image.height, image.width))
        if not seen:
            raise Damaged("none of the items is a picture that can be read")
        sizes = {dims[1:] for dims in seen}
        channels = max(dims[0] for dims in seen)
        if len(sizes) == 1:
            return (channels, *next(iter(sizes)))
        height, width = (min(_LARGEST, int(np.median([dims[axis] for dims in seen]))) for axis in (1, 2))
        return (channels, height, width)

    def one(self, index: int, dims: Dims, fit: Fit) -> Pixels:
        """As Pictures.one."""
        return fit_picture(self._image(index), dims, fit)

    def array(self, dims: Dims) -> npt.NDArray[np.uint8] | None:
        """Never in memory."""
        return None

    def name(self, index: int) -> str:
        """The data set and the number."""
        return f"{self._items.title}, item {index}"

    def content(self, index: int) -> bytes:
        """The pixels; of one that cannot be read its number, for it is left out later."""
        try:
            image = self._image(index)
        except Damaged:
            return self.key(index).encode()
        return repr((image.mode, image.size)).encode() + image.tobytes()

    def key(self, index: int) -> str:
        """The number."""
        return str(index)


class ItemNumbers(Numbers):
    """Numbers of the shape of the first item."""

    def __init__(self, items: Items) -> None:
        self._items = items
        super().__init__((1,))
        self.dims = self._array(0).shape or (1,)

    def __len__(self) -> int:
        return self._items.count

    def _array(self, index: int) -> Floats:
        sample = plain(self._items.item(index)[0])
        try:
            array = np.asarray(sample)
            if array.dtype.kind not in "fiub" or not 0 < array.size <= _MOST_NUMBERS:
                raise Damaged(f"item {index} is no picture and no numbers, but {type(sample).__name__}")
            found: Floats = array.astype(np.float32)
        except (ValueError, TypeError) as error:
            raise Damaged(f"item {index} is no array of numbers: {error}") from error
        return found

    def one(self, index: int) -> Floats:
        """As Numbers.one."""
        found = self._array(index).reshape(-1) if self.dims == (1,) else self._array(index)
        if found.shape != self.dims:
            raise Damaged(f"item {index} has the shape {found.shape}, the first one {self.dims}")
        if not np.isfinite(found).all():
            raise Damaged(f"item {index} holds numbers that are not finite")
        return found

    def name(self, index: int) -> str:
        """The data set and the number."""
        return f"{self._items.title}, item {index}"

    def key(self, index: int) -> str:
        """The number."""
        return str(index)
