"""What a data source is, and finding them: one ``SOURCE`` declaration per file in ``sources/``. No torch."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from designer.data.spec import DataSpec
from designer.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from designer.data.boxes import Boxes
    from designer.data.numbers import Numbers
    from designer.data.pictures import Pictures

    Targets = npt.NDArray[np.int64] | npt.NDArray[np.float32]

__all__ = ["Kind", "Loaded", "Part", "Progress", "Source", "nothing", "source_for", "sources", "usual_of"]

Kind = Literal["classes", "values", "labels"]

Progress = Callable[[float | None, str], None]
"""Called with the fraction done (0 to 1, None when unknown) and a short text; may raise to stop the work."""


def nothing(fraction: float | None, text: str) -> None:
    """The progress that nobody watches."""


@dataclass(frozen=True)
class Part:
    """Samples and the target of each.

    ``targets`` are class numbers int64 [N], numbers float32 [N, V], or 0 and 1 for each label, float32 [N, L].
    ``groups`` names for each sample what must not be torn apart by a split. ``boxes`` say where in the pictures things
    are; they are shown, not learned.
    """

    samples: Pictures | Numbers
    targets: Targets
    groups: Sequence[str] | None = None
    boxes: Boxes | None = None


@dataclass(frozen=True)
class Loaded:
    """What a source hands over: nothing is resized, split or normalised yet.

    ``kind`` says what the targets are; ``classes`` names the classes, the labels or the numbers that are predicted.
    ``held_out`` is the data set's own test set, if it has one.
    """

    train: Part
    classes: tuple[str, ...]
    held_out: Part | None = None
    notes: tuple[str, ...] = field(default=())
    kind: Kind = "classes"


@dataclass(frozen=True)
class Source:
    """One place data comes from.

    ``sniff`` says whether a folder or file is of this kind (never called for ``named`` sources);
    ``open`` reads it and raises DataError. ``classes`` and ``size`` (channels, height, width of a picture) are known
    without reading for a data set that is always the same. ``suffixes`` are the files that it may be (without any:
    only folders), ``folders`` whether folders are read as well. ``options`` are the fields of DataSpec that it obeys
    beside those of every source, ``pictures`` whether its samples are (or may be) pictures. ``count`` is the number of
    samples where it is always the same and none of them are held out. ``usual`` are fields of DataSpec that suit it
    better than those of every source, for who chooses it anew.
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
    suffixes: tuple[str, ...] = ()
    folders: bool = True
    options: tuple[str, ...] = ()
    pictures: bool = True
    count: int | None = None
    usual: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def named(self) -> bool:
        """Chosen by its name, not by a folder or file."""
        return self.sniff is None

    def reads(self, path: Path) -> bool:
        """Whether the folder or file is of this kind. Raises OSError."""
        if self.sniff is None:
            return False
        fits = self.folders if path.is_dir() else path.name.lower().endswith(self.suffixes) if self.suffixes else False
        return fits and self.sniff(path)


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


def usual_of(name: str) -> dict[str, Any]:
    """The fields that suit a named source; nothing for a folder, a file or what nobody knows."""
    source = sources().get(name)
    return dict(source.usual) if source is not None and source.named else {}


def source_for(spec: DataSpec) -> Source:
    """The source that reads ``spec``: a known name first, then the kind of the folder or file. Raises DataError."""
    known = sources()
    named = [source.name for source in known.values() if source.named]
    if spec.source in named:
        return known[spec.source]
    path = Path(spec.source).expanduser()
    try:
        if not path.exists():
            raise DataError(
                f"There is no data set or folder called “{spec.source}”. "
                f"Choose one of {', '.join(named)}, or a folder or file of your own."
            )
        if spec.reader:
            return _asked_for(spec.reader, path)
        found = next((source for source in known.values() if source.reads(path)), None)
        folder = path.is_dir()
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"“{spec.source}” cannot be read: {reason}. Check its name and rights.") from error
    if found is not None:
        return found
    if folder:
        raise DataError(
            f"The folder “{spec.source}” holds no data set that Layerloom knows. Expected one sub-folder of pictures, "
            "sounds or signals per class, a table of labels beside pictures, or IDX files such as "
            "train-images-idx3-ubyte.gz."
        )
    suffixes = sorted({suffix for source in known.values() for suffix in source.suffixes})
    raise DataError(
        f"“{spec.source}” is a file that Layerloom cannot read as data. Expected a file that holds what its name says "
        f"({', '.join(suffixes)}), or a folder with one sub-folder per class."
    )


def _asked_for(reader: str, path: Path) -> Source:
    """The source that a person chose for a folder or file. Raises DataError."""
    readers = {source.name: source for source in sources().values() if not source.named}
    source = readers.get(reader)
    if source is None:
        raise DataError(f"There is no kind of data called “{reader}”. Choose one of {', '.join(readers)}.")
    if path.is_dir() and not source.folders:
        raise DataError(f"“{path}” is a folder, and “{source.title}” is a file ({', '.join(source.suffixes)}).")
    if not path.is_dir() and not path.name.lower().endswith(source.suffixes or ("\0",)):
        kinds = ", ".join(source.suffixes)
        wanted = f"a file that ends in {kinds}" if kinds else "a folder"
        raise DataError(f"“{path}” cannot be read as “{source.title}”: expected {wanted}.")
    return source
