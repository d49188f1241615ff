"""The job that looks at data for the window: facts first, then what is asked for, and figures in between."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any, cast

import numpy as np

from designer.data.browse.items import DAMAGED, SPLITS, Items, Look, ink
from designer.data.browse.look_over import LookOver
from designer.data.browse.survey import Survey, distribution, table_head
from designer.data.decode import Damaged
from designer.data.loading import Together, cores
from designer.data.numbers import Floats, Numbers
from designer.data.pictures import natural_of
from designer.data.waves import log_mel
from designer.errors import ProjectError
from designer.jobs.browsing import AskedFile, Tile, write_tiles
from designer.jobs.specs import BrowseJob
from designer.jobs.work import Job
from designer.project.atomic import write_atomic
from designer.project.owner import Owner
from designer.project.strict_json import dump_json

__all__ = ["browse_data"]

_BATCH = 24  # items between two looks at what is asked for
_LARGE = 1024  # pixels a side
_SLICE = 0.02  # seconds of figures between two looks at what is asked for
_TOLD_EVERY = 1.0  # seconds between two events about figures
_SOON, _LATER = 0.015, 0.1  # seconds that it waits while nothing is asked for
_AWAKE = 3.0  # seconds after a question in which the next one is expected
_WATCHED_EVERY = 2.0
_READERS = 4  # threads, at most: a training beside it must not starve
_STEPS = 60_000  # numbers of one channel that are handed over to be plotted
_CHANNELS = 16
_BOXES = 200  # of one picture that are handed over

Event = Mapping[str, Any]


def browse_data(job: Job) -> Iterator[Event]:
    """Yields `progress`; `result` with the facts; then `tiles`, `large`, `figures`, `checked` until it is stopped."""
    spec = cast(BrowseJob, job.spec)
    items = Items(spec.data, job.progress)
    _keep_arrays(job, items)
    yield job.folder.keep_result(_facts(items))
    with ExitStack() as stack:
        yield from _Desk(job, items, stack).work()


def _facts(items: Items) -> dict[str, Any]:
    return {
        "overview": asdict(items.overview()),
        "total": items.total,
        "splits": {name: int((items.split == k).sum()) for k, name in enumerate(SPLITS)},
        "how": items.how,
        "distribution": distribution(items),
        "table": table_head(items),
        "files": items.pictures or "seconds" in items.source.options,
    }


def _keep_arrays(job: Job, items: Items) -> None:
    """What the window filters by, for all items."""
    kind = {"classes": np.int32, "labels": np.uint8}.get(items.loaded.kind, np.float32)
    try:
        np.save(job.folder.path / "targets.npy", items.targets().astype(kind), allow_pickle=False)
        np.save(job.folder.path / "split.npy", items.split, allow_pickle=False)
    except OSError as error:
        raise ProjectError(f"The facts about the data cannot be written: {error.strerror}.") from error


class _Desk:
    """Answers while it is asked; else works on the figures."""

    def __init__(self, job: Job, items: Items, stack: ExitStack) -> None:
        self._job, self._items = job, items
        self._asked = AskedFile(job.folder.path)
        self._tiles: list[int] = []
        self._side, self._files = 96, 0
        self._large: int | None = None
        self._awake = self._looked = time.monotonic()
        spec = cast(BrowseJob, job.spec)
        self._watcher = Owner.from_json(spec.watcher)
        readers = min(_READERS, cores()) if items.pictures else 1
        self._together = stack.enter_context(Together(lambda number: items.look(number, self._side), readers))  # type: ignore[arg-type, return-value]
        self._sounds = "seconds" in items.source.options
        self._survey = Survey(items)
        self._tasks: list[Iterator[Event]] = [self._figures()]

    def work(self) -> Iterator[Event]:
        """Until it is stopped, or nobody is there any more."""
        while self._job.control.wanted() != "stop" and self._watched():
            self._hear()
            if self._large is not None:
                yield self._answer_large()
            elif self._tiles:
                yield self._answer()
            elif self._tasks:
                yield from self._a_slice()
            else:
                time.sleep(_SOON if time.monotonic() - self._awake < _AWAKE else _LATER)

    def _watched(self) -> bool:
        now = time.monotonic()
        if now - self._looked < _WATCHED_EVERY:
            return True
        self._looked = now
        return self._watcher is None or self._watcher.alive()

    def _hear(self) -> None:
        asked = self._asked.new()
        if asked is None:
            return
        self._awake = time.monotonic()
        if asked.tiles != (-1,):
            self._tiles, self._side = [n for n in asked.tiles if 0 <= n < self._items.total], asked.side
        for number in asked.large:
            self._large = number if 0 <= number < self._items.total else None
        if asked.check:
            self._tasks.append(self._check())

    # --- thumbnails ------------------------------------------------------------------------------------------

    def _answer(self) -> Event:
        batch, self._tiles = self._tiles[:_BATCH], self._tiles[_BATCH:]
        found = []
        for number, look in zip(batch, self._together.read(batch), strict=True):
            if isinstance(look, Damaged):
                self._items.flags[number] |= DAMAGED
                found.append(self._broken(number, str(look)))
            else:
                found.append(self._tile(number, look))
        return self._sheet("tiles", found)

    def _tile(self, number: int, look: Any, facts: Mapping[str, Any] | None = None) -> Tile:
        height, width, channels = look.pixels.shape
        name, target = self._items.name(number), self._items.target(number)
        pixels = look.pixels.tobytes()
        return Tile(number, width, height, channels, look.ink, pixels, name, target, "", facts or {})

    def _broken(self, number: int, why: str) -> Tile:
        return Tile(number, name=self._items.name(number), target=self._items.target(number), why=why)

    def _sheet(self, kind: str, tiles: list[Tile]) -> Event:
        self._files += 1
        name = f"{kind}-{self._files}.bin"
        try:
            write_tiles(self._job.folder.path / name, tiles)
        except OSError as error:
            raise ProjectError(f"Thumbnails cannot be written: {error.strerror}.") from error
        return {"type": kind, "file": name}

    def _answer_large(self) -> Event:
        number, self._large = self._large, None
        assert number is not None
        try:
            samples, row = self._items.place(number)
            values = self._items.values(number)
            size = samples.dims if isinstance(samples, Numbers) else natural_of(samples, row)
            facts: dict[str, Any] = {"size": list(size), "boxes": self._boxes(number, size)}
            look = None
            if values is not None and values.ndim <= 2:
                rows = np.atleast_2d(values)[:_CHANNELS, :_STEPS]
                facts["curves"] = np.round(rows.astype(np.float64), 7).tolist()
                look = self._heard(values) if self._sounds else ink(values, 96)
            tile = self._tile(number, look or self._items.look(number, _LARGE), facts)
        except Damaged as error:
            tile = self._broken(number, str(error))
        return self._sheet("large", [tile])

    def _boxes(self, number: int, size: Sequence[int]) -> list[list[str | float]]:
        """The category of each box, and its left, top, width and height as shares of the picture."""
        names, (height, width) = self._items.loaded.classes, (size[-2:] if len(size) > 1 else (1, 1))
        found = self._items.boxes(number)[:_BOXES]
        return [[names[b.label], b.left / width, b.top / height, b.width / width, b.height / height] for b in found]

    def _heard(self, wave: Floats) -> Look:
        """The spectrogram of a sound that is given as a wave."""
        data = self._items.spec
        return ink(log_mel(wave[0], data.rate, data.bands)[None], _LARGE)

    # --- figures ---------------------------------------------------------------------------------------------

    def _a_slice(self) -> Iterator[Event]:
        """A little of the first task."""
        until = time.monotonic() + _SLICE
        while time.monotonic() < until:
            event = next(self._tasks[0], None)
            if event is None:
                self._tasks.pop(0)
                return
            if event:
                yield event

    def _figures(self) -> Iterator[Event]:
        yield from self._each(self._survey, "figures", lambda: self._survey.found())

    def _check(self) -> Iterator[Event]:
        over = LookOver(self._items)
        yield from self._each(over, "checked", lambda: over.counts())
        listed = {"skipped": [list(one) for one in over.skipped.listed], "twins": [list(pair) for pair in over.twins]}
        write_atomic(self._job.folder.path / "checked.json", dump_json(listed))
        try:
            np.save(self._job.folder.path / "flags.npy", self._items.flags, allow_pickle=False)
        except OSError as error:
            raise ProjectError(f"What was found cannot be written: {error.strerror}.") from error
        yield {"type": "checked", "over": True, "done": over.done, **over.counts()}

    def _each(self, task: Survey | LookOver, kind: str, found: Any) -> Iterator[Event]:
        """Step by step; now and then an event with what was found so far."""
        told = time.monotonic()
        for _ in task.steps():
            if time.monotonic() - told > _TOLD_EVERY:
                told = time.monotonic()
                yield {"type": kind, "done": task.done, **found()}
            else:
                yield {}
        if isinstance(task, Survey):
            listed = [list(one) for one in task.skipped.listed]
            yield {"type": kind, "over": True, "done": task.done, "skipped": listed[:200], **found()}
