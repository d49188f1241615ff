"""What a folder or file is, by its list and its heads: the kinds that it may be, with counts. Only .pt needs torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from designer.data.decode import Damaged
from designer.data.numbers import Numbers
from designer.data.source import Kind, Loaded, Progress, Source, nothing, source_for, sources
from designer.data.spec import DataSpec
from designer.errors import DataError

__all__ = ["Overview", "candidates_of", "overview", "overview_of", "quick_overview", "recognise"]

_QUICK = 4 << 20  # bytes of a file that is read while a person waits
_LISTED = 12


@dataclass(frozen=True)
class Overview:
    """What there is to train on, before anything is resized or split.

    ``size`` is one sample as it lies there (channels, height, width of a picture); ``counts`` how many samples each
    class or label has; ``held_out`` the samples of a test set of its own. ``targets`` says the range of numbers,
    ``boxes`` how many boxes of annotations each label has.
    """

    source: str
    title: str
    word: str
    kind: Kind
    samples: int
    held_out: int
    size: tuple[int, ...]
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    targets: tuple[tuple[float, float], ...]
    groups: int
    notes: tuple[str, ...]
    boxes: tuple[int, ...] = ()

    @property
    def sentence(self) -> str:
        """What it is, with counts."""
        number = self.samples + self.held_out
        size = "×".join(map(str, self.size))
        many = f"{number:,} {self.word}s" if number != 1 else f"1 {self.word}"
        own = f", {self.held_out:,} of them for validation" if self.held_out else ""
        return f"{self.title}: {many} of {size}{own}; {self._what()}."

    def _what(self) -> str:
        names = ", ".join(self.classes[:5]) + (", ..." if len(self.classes) > 5 else "")
        if self.kind == "values":
            word = "number" if len(self.classes) == 1 else "numbers"
            return f"to predict: {len(self.classes)} {word} ({names})"
        word = "classes" if self.kind == "classes" else "labels, any number of them a sample"
        return f"{len(self.classes)} {word} ({names})"


def recognise(path: Path, progress: Progress = nothing) -> list[tuple[Source, str]]:
    """Every kind that a dropped folder or file can be read as, the likeliest first, each with a sentence.

    Raises DataError with the reason when it is none.
    """
    found: list[tuple[Source, str]] = []
    first: DataError | None = None
    for source in candidates_of(path):
        try:
            spec = DataSpec(source=str(path), reader=source.name)
            found.append((source, overview(spec, progress).sentence))
        except DataError as error:
            first = first or error
    if not found:
        if first is None:
            source_for(DataSpec(source=str(path)))  # says what is wrong
        raise first or DataError(f"{path} holds no data.")
    return found


def candidates_of(path: Path) -> Iterator[Source]:
    """The sources that take the folder or file for theirs."""
    for source in sources().values():
        try:
            if source.reads(path):
                yield source
        except (OSError, ValueError):
            continue


def overview(spec: DataSpec, progress: Progress = nothing) -> Overview:
    """Look at the data of ``spec``. Raises DataError."""
    source = source_for(spec)
    return overview_of(spec, source, source.open(spec, progress))


def overview_of(spec: DataSpec, source: Source, loaded: Loaded) -> Overview:
    """The same of what is open already. Raises DataError."""
    samples = loaded.train.samples
    try:
        size = tuple(samples.natural())
    except Damaged as error:
        raise DataError(f"In {spec.source} {error}. Check the files.") from error
    targets = [part.targets for part in (loaded.train, loaded.held_out) if part is not None]
    groups = loaded.train.groups
    return Overview(
        source=source.name,
        title=source.title,
        word=samples.word if isinstance(samples, Numbers) else "picture",
        kind=loaded.kind,
        samples=len(loaded.train.targets),
        held_out=len(loaded.held_out.targets) if loaded.held_out is not None else 0,
        size=size,
        classes=loaded.classes,
        counts=_counts(loaded, targets),
        targets=_ranges(targets) if loaded.kind == "values" else (),
        groups=len(set(groups)) if groups is not None else 0,
        notes=loaded.notes,
        boxes=_boxes(loaded),
    )


def _counts(loaded: Loaded, targets: list[np.ndarray]) -> tuple[int, ...]:
    if loaded.kind == "classes":
        return tuple(np.bincount(np.concatenate(targets), minlength=len(loaded.classes)).tolist())
    return tuple(np.concatenate(targets).sum(axis=0).astype(int).tolist()) if loaded.kind == "labels" else ()


def _boxes(loaded: Loaded) -> tuple[int, ...]:
    found = [p.boxes.labels for p in (loaded.train, loaded.held_out) if p is not None and p.boxes is not None]
    return tuple(np.bincount(np.concatenate(found), minlength=len(loaded.classes)).tolist()) if found else ()


def _ranges(targets: list[np.ndarray]) -> tuple[tuple[float, float], ...]:
    values = np.concatenate(targets)
    return tuple((float(column.min()), float(column.max())) for column in values.T)


def quick_overview(spec: DataSpec) -> Overview | None:
    """The overview of a small file, at once; None for folders, large files and what cannot be read."""
    path = Path(spec.source).expanduser()
    try:
        about = path.stat()
        if not path.is_file() or about.st_size > _QUICK or path.suffix.lower() in (".pt", ".pth"):
            return None
        return _remembered(spec, about.st_mtime_ns, about.st_size)
    except (OSError, ValueError, DataError):
        return None


@lru_cache(maxsize=8)
def _remembered(spec: DataSpec, changed: int, size: int) -> Overview:
    return overview(spec)
