"""Signals and time series, cut into windows: one long table with a time step a row, or recordings in class folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from designer.data.class_folders import Grouped, held_in, read_classes
from designer.data.source import Kind, Loaded, Part, Progress, Source
from designer.data.spec import DataSpec
from designer.errors import DataError

if TYPE_CHECKING:
    from designer.data.numbers import Floats
    from designer.data.source import Targets
    from designer.data.table import Table

__all__ = ["SOURCES"]

_FILES = (".csv", ".tsv", ".txt", ".npy")
_TIMES = ("time", "timestamp", "t", "seconds", "sec", "ms", "date", "datetime", "sample", "step", "index")
_WINDOW = 128
_TOGETHER = 8  # windows that stay on one side of the split, at most


@dataclass
class _Cut:
    """Windows cut so far. Those of one group overlap; windows of two groups never share a time step."""

    steps: int
    stride: int
    recordings: list[Floats] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    starts: list[tuple[int, int]] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)

    def add(self, recording: Floats, name: str, runs: Sequence[tuple[int, int]], group: str = "") -> list[int]:
        """Cut runs (first step, behind the last) of a recording [C, T]; the last step of each window.

        A long run is divided into stretches, so that there is something to keep for validation; a ``group`` that was
        given is kept whole.
        """
        number, ends = len(self.recordings), []
        self.recordings.append(recording)
        self.names.append(name)
        stretch = self.steps * _TOGETHER
        for first, behind in runs:
            for start in range(first, behind, behind - first if group else stretch):
                stop = behind if group or behind - start < stretch + self.steps else start + stretch
                for place in range(start, stop - self.steps + 1, self.stride):
                    self.starts.append((number, place))
                    self.groups.append(group or f"{name} from step {start}")
                    ends.append(place + self.steps - 1)
                if stop == behind:
                    break
        return ends

    def part(self, targets: Targets) -> Part:
        """The windows as samples. Raises DataError where there are none."""
        import numpy as np

        from designer.data.numbers import Windows

        if not self.starts:
            raise DataError(
                f"No window of {self.steps:,} steps fits into the signals: they are shorter, or change class too "
                "often. Choose a shorter window."
            )
        starts = np.asarray(self.starts, dtype=np.int64)
        return Part(Windows(self.recordings, self.names, starts, self.steps), targets, self.groups)


def _sizes(spec: DataSpec) -> tuple[int, int]:
    window = spec.window or _WINDOW
    return window, spec.stride or max(1, window // 2)


def _open(spec: DataSpec, progress: Progress) -> Loaded:
    path = Path(spec.source).expanduser()
    return _open_folder(spec, path, progress) if path.is_dir() else _open_table(spec, path, progress)


# ---------------------------------------------------------------- one long table


def _open_table(spec: DataSpec, path: Path, progress: Progress) -> Loaded:
    import numpy as np

    from designer.data.sources.table import what_is_predicted
    from designer.data.table import columns_named, read_table
    from designer.data.targets import find_target, targets_of

    progress(None, f"Reading {path.name}")
    table = read_table(path)
    times = [name for name in table.columns if name.lower() in _TIMES]
    aside = [*times, *columns_named(spec.ignore, table, path), *columns_named(spec.group, table, path)]
    target = find_target(spec, table, path, aside)
    channels = [name for name in table.columns if name not in {*target, *aside}]
    signal = _channels(spec, table, channels, path)
    found = targets_of(spec, table, target, path)
    window, stride = _sizes(spec)
    cut = _Cut(window, stride)
    ends: list[int] = []
    for first, behind, group in _stretches(table, spec):
        runs = _runs(found.targets[first:behind], found.kind) if found.kind != "values" else [(0, behind - first)]
        name = f"{path.name} {group}".strip()
        ends += [first + end for end in cut.add(signal[:, first:behind], name, runs, group)]
    targets = found.targets[np.asarray(ends, dtype=np.int64)]
    notes = (
        _windows_note(window, stride, channels),
        what_is_predicted(found.kind, target, found.names, found.targets),
    )
    return Loaded(cut.part(targets), found.names, None, notes, found.kind)


def _channels(spec: DataSpec, table: Table, names: Sequence[str], path: Path) -> Floats:
    """The channels [C, T]. Raises DataError."""
    import numpy as np

    rows = []
    for name in names:
        column = table.columns[name]
        if isinstance(column, list):
            raise DataError(
                f"The column “{name}” of {path.name} holds words, which are no signal. Name it as the target, or leave "
                "it out."
            )
        empty = np.isnan(column)
        if empty.any():
            if spec.missing not in ("mean", "zero"):
                raise DataError(
                    f"The signal “{name}” of {path.name} lacks {int(empty.sum()):,} of {table.rows:,} numbers, first "
                    f"in row {table.first_line + int(empty.argmax())}. Have missing numbers filled in."
                )
            column = np.where(empty, float(column[~empty].mean()) if spec.missing == "mean" else 0.0, column)
        rows.append(column)
    if not rows:
        raise DataError(f"{path.name} has no columns of numbers beside its target. Expected one for each channel.")
    return np.stack(rows).astype(np.float32)


def _stretches(table: Table, spec: DataSpec) -> list[tuple[int, int, str]]:
    """(first row, behind the last, group): no window goes across two groups."""
    if not spec.group:
        return [(0, table.rows, "")]
    words = table.words(spec.group)
    edges = [0, *(row for row in range(1, table.rows) if words[row] != words[row - 1]), table.rows]
    return [(a, b, words[a] or "?") for a, b in pairwise(edges)]


def _runs(targets: Targets, kind: Kind) -> list[tuple[int, int]]:
    """Stretches of one class: a window that lies in two would have no right answer."""
    import numpy as np

    rows = targets.reshape(len(targets), -1)
    changes = np.flatnonzero((rows[1:] != rows[:-1]).any(axis=1)) + 1
    edges = [0, *changes.tolist(), len(rows)]
    return list(pairwise(edges))


def _windows_note(window: int, stride: int, channels: Sequence[str]) -> str:
    names = ", ".join(channels[:6]) + (", ..." if len(channels) > 6 else "")
    return f"Windows of {window:,} steps, one every {stride:,}; {len(channels)} channels ({names})."


# ---------------------------------------------------------------- recordings in class folders


def _open_folder(spec: DataSpec, folder: Path, progress: Progress) -> Loaded:
    found = read_classes(folder, _FILES, progress, "recordings")
    window, stride = _sizes(spec)
    train, names = _recordings(found.train, folder, window, stride, progress)
    held = _recordings(found.held_out, folder, window, stride, progress)[0] if found.held_out is not None else None
    notes = [*found.notes, _windows_note(window, stride, names)]
    return Loaded(train, found.classes, held, tuple(notes))


def _recordings(files: Grouped, folder: Path, window: int, stride: int, progress: Progress) -> tuple[Part, list[str]]:
    """Windows of all files; those of one file stay together."""
    import numpy as np

    cut = _Cut(window, stride)
    labels: list[int] = []
    names: list[str] = []
    for number, file in zip(files.numbers.tolist(), files.paths, strict=True):
        progress(None, f"Reading {file.name}")
        signal, names = _recording(file)
        if cut.recordings and len(signal) != len(cut.recordings[0]):
            raise DataError(
                f"{file.name} has {len(signal)} channels, and the files before {len(cut.recordings[0])}. "
                "All recordings need the same channels."
            )
        name = file.relative_to(folder).as_posix()
        labels += [number] * len(cut.add(signal, name, [(0, signal.shape[1])], name))
    return cut.part(np.asarray(labels, dtype=np.int64)), names


def _recording(file: Path) -> tuple[Floats, list[str]]:
    """The channels [C, T] of one file, and their names. Raises DataError."""
    import numpy as np

    from designer.data.table import read_table

    if file.suffix.lower() == ".npy":
        try:
            signal = np.load(file, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise DataError(f"{file.name} cannot be read as an array of numbers. Save a plain array.") from error
        signal = signal[None] if signal.ndim == 1 else signal
        if signal.ndim != 2 or signal.dtype.kind not in "fiu" or not signal.size:
            raise DataError(f"{file.name} has shape {'×'.join(map(str, signal.shape))}; expected channels×steps.")
        if signal.shape[0] > signal.shape[1]:  # steps×channels: there are more steps than channels
            signal = signal.T
        return signal.astype(np.float32), [f"channel {k + 1}" for k in range(len(signal))]
    table = read_table(file)
    names = [name for name in table.columns if name.lower() not in _TIMES and table.numeric(name)]
    if not names:
        raise DataError(f"{file.name} has no columns of numbers. Expected one for each channel.")
    values = np.stack([np.asarray(table.columns[name]) for name in names]).astype(np.float32)
    if np.isnan(values).any():
        raise DataError(f"{file.name} lacks numbers. Fill them in, or leave the recording out.")
    return values, names


def _sniff(path: Path) -> bool:
    from designer.data.table import read_head

    if path.is_dir():
        return held_in(path, _FILES)
    head = read_head(path)
    if head is None or len(head.columns) < 3:
        return False
    first = next(iter(head.columns))
    return first.lower() in _TIMES and head.rows > 2 and _rises(head, first)


def _rises(table: Table, name: str) -> bool:
    import numpy as np

    column = table.columns[name]
    if isinstance(column, list):
        return column == sorted(column)  # dates, as ISO writes them
    return bool((np.diff(column) > 0).all())


SOURCES = (
    Source(
        name="signals",
        title="Signals or time series",
        help="A CSV file with one time step a row, a column for each channel and one for the target; or one sub-folder "
        "per class with recordings (.csv, .npy). Cut into windows, channels×steps.",
        open=_open,
        sniff=_sniff,
        order=58,
        suffixes=(".csv", ".tsv", ".txt"),
        options=("target", "targets", "window", "stride", "ignore", "missing", "group"),
        pictures=False,
    ),
)
