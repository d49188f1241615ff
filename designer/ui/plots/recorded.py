"""Whole runs read from their folders, for a table or a picture without a window. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from designer.errors import ExportError, ProjectError
from designer.jobs.folder import RunFolder
from designer.project.atomic import write_atomic
from designer.ui.plots.declared import Plot, columns, plots, plots_in
from designer.ui.plots.marks import Mark, marks_in
from designer.ui.plots.places import run_name, runs_in
from designer.ui.plots.table import Recorded, as_csv
from designer.ui.plots.timeline import Timeline
from designer.ui.plots.tracks import Track

__all__ = ["Member", "Record", "read_runs"]


@dataclass
class Member:
    """One run: its clock, its marks, and its values by plot and series."""

    line: Timeline = field(default_factory=Timeline)
    marks: list[Mark] = field(default_factory=list)
    tracks: dict[str, dict[str, Track]] = field(default_factory=dict)


class Record:
    """Runs, each alone or a series of several, and the plots that they have values for."""

    def __init__(self, smoothing: float) -> None:
        self.smoothing = smoothing
        self.plots: dict[str, Plot] = {plot.name: plot for plot in plots()}
        self.names: list[str] = []
        self.groups: list[list[Member]] = []

    def read(self, name: str, folders: Iterable[Path]) -> None:
        """Read a run, or a series of runs, to the end of its log."""
        group = []
        for folder in folders:
            member, tail = Member(), RunFolder(folder).tail()
            while events := tail.read():
                self._take(member, events)
            group.append(member)
        self.names.append(name)
        self.groups.append(group)

    def _take(self, member: Member, events: Sequence[dict[str, object]]) -> None:
        for plot in plots_in(events, self.plots):
            self.plots[plot.name] = plot
        member.line.take(events)
        member.marks += marks_in(events)
        for name, found in columns(events, self.plots.values(), member.line.per_epoch).items():
            tracks = member.tracks.setdefault(
                name, {series.name: Track(series, self.smoothing) for series in self.plots[name].series}
            )
            for series, (xs, ys) in found.items():
                if xs:
                    tracks[series].append(xs, ys)

    def plots_with_values(self) -> list[str]:
        """The names of the plots that have something to show, in the order they stand."""
        ordered = sorted(self.plots.values(), key=lambda plot: (plot.order, plot.name))
        return [plot.name for plot in ordered if self.values(plot.name)]

    def values(self, plot: str) -> int:
        """How many values a plot has."""
        return sum(len(one.track.values) for one in self.recorded([plot]))

    def recorded(self, chosen: Iterable[str]) -> Iterator[Recorded]:
        """The values of these plots."""
        for plot in chosen:
            for name, group in zip(self.names, self.groups, strict=True):
                for number, member in enumerate(group, start=1):
                    run = name if len(group) == 1 else f"{name} {number}"
                    for track in member.tracks.get(plot, {}).values():
                        yield Recorded(run, plot, member.line, track)

    def write_csv(self, path: Path, chosen: Sequence[str]) -> int:
        """Write these plots as a table; how many points there are. Raises ExportError."""
        try:
            write_atomic(path, as_csv(self.recorded(chosen)).encode())
        except (OSError, ProjectError) as error:
            raise ExportError(f"Could not write {path}. Check that the folder exists and may be written to.") from error
        return sum(self.values(plot) for plot in chosen)


def read_runs(folders: Iterable[Path], smoothing: float = 0.8) -> Record:
    """Read runs, or series of runs. Raises UsageError where there are none."""
    record = Record(smoothing)
    for folder in folders:
        record.read(run_name(folder.absolute()), runs_in(folder))
    return record
