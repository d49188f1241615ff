"""What a data source is, and finding them: one ``SOURCE`` declaration per file in ``sources/``. No torch."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from designer.data.spec import DataSpec
from designer.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from designer.data.pictures import Pictures

__all__ = ["Loaded", "Part", "Progress", "Source", "nothing", "source_for", "sources"]

Progress = Callable[[float | None, str], None]
"""Called with the fraction done (0 to 1, None when unknown) and a short text; may raise to stop the work."""


def nothing(fraction: float | None, text: str) -> None:
    """The progress that nobody watches."""


@dataclass(frozen=True)
class Part:
    """Pictures and the class of each, int64 [N]."""

    pictures: Pictures
    labels: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Loaded:
    """What a source hands over: nothing is resized, split or normalised yet.

    ``held_out`` is the data set's own test set, if it has one.
    """

    train: Part
    classes: tuple[str, ...]
    held_out: Part | None = None
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Source:
    """One place data comes from.

    ``sniff`` says whether a folder is of this kind (never called for ``named`` sources);
    ``open`` reads it and raises DataError. ``classes`` and ``size`` (channels, height, width of a picture) are known
    without reading for a data set that is always the same.
    """

    name: str
    title: str
    help: str
    open: Callable[[DataSpec, Progress], Loaded]
    sniff: Callable[[Path], bool] | None = None
    downloads: bool = False
    order: int = 100
    classes: tuple[str, ...] = ()
    size: tuple[int, int, int] | None = None

    @property
    def named(self) -> bool:
        """Chosen by its name, not by a folder."""
        return self.sniff is None


@cache
def sources() -> dict[str, Source]:
    """Every source by name, in the order a dialog lists them."""
    from designer.data import sources as room

    found: list[Source] = []
    for info in pkgutil.iter_modules(room.__path__):
        declared = importlib.import_module(f"{room.__name__}.{info.name}").SOURCES
        found.extend(declared)
    found.sort(key=lambda source: (source.order, source.name))
    names = [source.name for source in found]
    if len(set(names)) != len(names):
        raise RuntimeError(f"Two data sources have one name: {sorted(names)}")
    return {source.name: source for source in found}


def source_for(spec: DataSpec) -> Source:
    """The source that reads ``spec``: a known name first, then the kind of the folder. Raises DataError."""
    known = sources()
    named = [source.name for source in known.values() if source.named]
    if spec.source in named:
        return known[spec.source]
    path = Path(spec.source).expanduser()
    try:
        if not path.exists():
            raise DataError(
                f"There is no data set or folder called “{spec.source}”. "
                f"Choose one of {', '.join(named)}, or a folder of pictures."
            )
        if not path.is_dir():
            raise DataError(
                f"“{spec.source}” is a file. Choose the folder: one sub-folder of pictures per class, or the IDX files."
            )
        for source in known.values():
            if source.sniff is not None and source.sniff(path):
                return source
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"The folder “{spec.source}” cannot be read: {reason}. Check its name and rights.") from error
    raise DataError(
        f"The folder “{spec.source}” holds no data set that Layerloom knows. Expected one sub-folder of pictures "
        "per class, or IDX files such as train-images-idx3-ubyte.gz."
    )
