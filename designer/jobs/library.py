"""The run library: the runs in a folder, each in short, with what people wrote to it. No torch, no Qt.

Reading goes run by run, so that whoever must not stall takes as many at a time as he has time for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from designer.errors import FileDamaged
from designer.jobs.about import ABOUT, About, read_about
from designer.jobs.digest import Digest, Figure, digest_of, stamp_of
from designer.jobs.folder import RunFolder

__all__ = ["STATES", "Library", "RunEntry", "State", "one_run", "runs_in", "wanted"]

State = Literal["starting", "running", "paused", "finished", "stopped", "failed", "lost"]
STATES: tuple[State, ...] = ("starting", "running", "paused", "finished", "stopped", "failed", "lost")
_ENDED: dict[str, State] = {"stopped": "stopped", "failed": "failed", "lost": "lost"}
_SERIES = "summary.json"  # beside the runs of a series, see commands/series.py


@dataclass(frozen=True)
class RunEntry:
    """One training. ``series`` is the name of the series that it belongs to."""

    path: Path
    digest: Digest
    about: About
    state: State
    series: str = ""

    @property
    def id(self) -> str:
        """Its folder's name, with that of its series."""
        return f"{self.series}/{self.path.name}" if self.series else self.path.name

    @property
    def name(self) -> str:
        """What people call it; else its folder's name."""
        return self.about.name or self.id

    @property
    def active(self) -> bool:
        """Whether it goes on."""
        return self.state in ("starting", "running", "paused")

    @property
    def can_go_on(self) -> bool:
        """Whether there is something left to train."""
        return not self.active and self.digest.ending not in ("completed", "early")

    @property
    def figure(self) -> str:
        """The figure that it is judged by: the one that its best weights are chosen by, else accuracy, else loss."""
        chosen = str(self.digest.settings.get("best_by") or "")
        return next(
            (name for name in (chosen, "accuracy", "loss", *self.digest.figures) if name in self.digest.figures), ""
        )

    @property
    def judged(self) -> Figure | None:
        """That figure's values."""
        return self.digest.figures.get(self.figure)


class Library:
    """The runs of one folder. What was read once is read again only where it has changed."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._digests: dict[Path, Digest] = {}
        self._abouts: dict[Path, tuple[tuple[int, int], About]] = {}

    def scan(self) -> Iterator[RunEntry | None]:
        """Each training in turn, the newest folder first; None for what is none, so that one may pause there, too."""
        folders = list(_folders(self.root))
        for path, series in folders:
            yield self.entry(path, series)
        there = {path for path, _ in folders}
        for gone in [path for path in self._digests if path not in there]:
            del self._digests[gone]
            self._abouts.pop(gone, None)

    def runs(self) -> list[RunEntry]:
        """All trainings, read at once."""
        return [entry for entry in self.scan() if entry is not None]

    def entry(self, path: Path, series: str = "") -> RunEntry | None:
        """One run as it is now; None where there is no training."""
        try:
            stamp = stamp_of(path)
        except OSError:
            return None
        digest = self._digests.get(path)
        if digest is None or digest.stamp != stamp:
            digest = self._digests[path] = digest_of(path, stamp)
        if digest.kind != "train":
            return None
        return RunEntry(path, digest, self._about(path), _state(path, digest), series)

    def _about(self, path: Path) -> About:
        try:
            found = (path / ABOUT).stat()
        except OSError:
            return About()
        stamp, known = (found.st_size, found.st_mtime_ns), self._abouts.get(path)
        if known is None or known[0] != stamp:
            try:
                about = read_about(path)
            except FileDamaged:  # shown without its name; it is whole again once something is written to it
                about = About()
            known = self._abouts[path] = (stamp, about)
        return known[1]


def _state(path: Path, digest: Digest) -> State:
    if digest.ending:
        return _ENDED.get(digest.ending, "finished")
    owner = RunFolder(path).owner()
    if owner is None or not owner.alive():
        return "lost"
    return "paused" if digest.paused else "running" if digest.began else "starting"


def _folders(root: Path) -> Iterator[tuple[Path, str]]:
    """The run folders in ``root`` with the series that they belong to, the newest name first. Or ``root`` itself."""
    if (root / "events.jsonl").is_file():
        yield root, ""
        return
    for folder in _inside(root):
        if (folder / "events.jsonl").is_file():
            yield folder, ""
        elif (folder / _SERIES).is_file():
            for member in _inside(folder):
                if (member / "events.jsonl").is_file():
                    yield member, folder.name


def _inside(root: Path) -> list[Path]:
    try:
        with os.scandir(root) as entries:
            names = [entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir()]
    except OSError:  # none yet, or a disk that was unplugged: no runs
        return []
    return [root / name for name in sorted(names, reverse=True)]


def runs_in(place: Path) -> list[RunEntry]:
    """The trainings in a folder, or the one that it is."""
    return Library(place).runs()


def one_run(run: Path) -> RunEntry | None:
    """The training in a folder."""
    return Library(run).entry(run.absolute())


def wanted(
    entries: Iterable[RunEntry], text: str = "", state: str = "", tag: str = "", starred: bool = False
) -> list[RunEntry]:
    """Those that have each word of ``text`` somewhere, that state ("going": those that go on), that tag and a star."""
    words = text.casefold().split()
    return [
        entry
        for entry in entries
        if (not state or entry.state == state or (state == "going" and entry.active))
        and (not tag or tag in entry.about.tags)
        and (entry.about.starred or not starred)
        and all(word in _text(entry) for word in words)
    ]


def _text(entry: RunEntry) -> str:
    """All that a run can be found by."""
    digest = entry.digest
    told = [f"{name}={value}" for name, value in digest.settings.items()]
    source, people = str(digest.data.get("source")), (entry.about.name, *entry.about.tags, entry.about.notes)
    parts = (entry.id, *people, entry.state, source, digest.device, digest.message, *told)
    return "\n".join(parts).casefold()
