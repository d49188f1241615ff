"""Samples that do not fit in memory: read for each batch, by threads ahead of time where that is faster.

Threads, not processes: Pillow frees the interpreter while it decodes, they start at once, take no memory of their own
and cannot outlive the run. What is read does not depend on how many there are.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import count
from typing import Any

import numpy.typing as npt
import torch

from designer.data.decode import Damaged, quiet_pillow
from designer.data.skipped import Skipped
from designer.errors import DataError

__all__ = ["AHEAD", "Loader", "Together", "candidates", "cores", "worth"]

AHEAD = 3
"""Batches that are read while one is learned from."""

_NEIGHBOURS = 16  # samples that are tried in place of one that cannot be read
_FEW = 4  # in a smaller batch, one bad sample is no sign that all are gone
_PATIENCE = 0.25  # seconds that a number of workers is measured for
_MOST = 16
_WORTH = 1.05  # more workers must bring at least so much

Lost = list[tuple[int, str]]  # rows of a batch, and why they could not be read


class _Batch:
    def __init__(self, where: torch.Tensor, values: torch.Tensor, parts: list[Future[Lost]]) -> None:
        self.where, self.values, self.parts = where, values, parts

    def lost(self) -> Lost:
        """Waits until all is read."""
        return [one for part in self.parts for one in part.result()]

    def drop(self) -> None:
        for part in self.parts:
            part.cancel()


class Loader:
    """Reads samples by number. ``one`` gives a sample and raises Damaged; it is called from several threads.

    A sample that could be read when the data were opened, and cannot now, is replaced by the next one that can; which
    ones that were is in ``lost``. Where most of a batch is gone, DataError is raised.
    """

    def __init__(
        self,
        one: Callable[[int], npt.NDArray[Any]],
        name: Callable[[int], str],
        length: int,
        dims: tuple[int, ...],
        dtype: torch.dtype,
    ) -> None:
        self._one, self._name, self._length, self._dims, self._dtype = one, name, length, dims, dtype
        self._bad: dict[int, str] = {}
        self._coming: deque[_Batch] = deque()
        self._pool: ThreadPoolExecutor | None = None
        self._open = ExitStack()
        self._pin = False
        self.workers = 0

    @property
    def lost_count(self) -> int:
        """How many of them there are."""
        return len(self._bad)

    @property
    def lost(self) -> tuple[Skipped, ...]:
        """The samples that could not be read any more, in the order in which they were met."""
        return tuple(Skipped(self._name(index), reason) for index, reason in self._bad.items())

    def start(self, workers: int, pin: bool = False) -> None:
        """Read with so many threads from now on; with ``pin``, into memory that a GPU can fetch by itself."""
        self.close()
        self._pin = pin
        if workers:
            # Once here, and not in turns by each thread: the filters of warnings belong to the whole process.
            self._open.enter_context(quiet_pillow())
            self._pool = ThreadPoolExecutor(workers, thread_name_prefix="reading")
            self.workers = workers

    def close(self) -> None:
        """End the threads; reading goes on without them."""
        for batch in self._coming:
            batch.drop()
        self._coming.clear()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
        self._open.close()
        self.workers = 0

    def expect(self, where: torch.Tensor) -> None:
        """Begin to read what will be asked for soon; nothing happens without threads, or if it is on its way."""
        if self._pool is None or len(self._coming) > AHEAD or any(_same(b.where, where) for b in self._coming):
            return
        values = self._empty(len(where))
        rows, indices = values.numpy(), where.tolist()
        step = max(1, -(-len(indices) // (2 * self.workers)))
        parts = [
            self._pool.submit(self._fill, rows, indices, range(start, min(start + step, len(indices))))
            for start in range(0, len(indices), step)
        ]
        self._coming.append(_Batch(where, values, parts))

    def read(self, where: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Samples ``where`` (int64, on the CPU) and which ones they are in the end. Raises DataError."""
        self.expect(where)
        while self._coming and not _same(self._coming[0].where, where):
            self._coming.popleft().drop()  # a walk that was broken off
        if not self._coming:  # no threads, or more was expected than asked for
            self.expect(where)
        if self._coming:
            batch = self._coming.popleft()
            values, lost = batch.values, batch.lost()
        else:
            values = self._empty(len(where))
            lost = self._fill(values.numpy(), where.tolist(), range(len(where)))
        return values, self._replaced(values, where, lost) if lost else where

    def _empty(self, length: int) -> torch.Tensor:
        return torch.empty((length, *self._dims), dtype=self._dtype, pin_memory=self._pin)

    def _fill(self, values: npt.NDArray[Any], indices: Sequence[int], rows: range) -> Lost:
        lost: Lost = []
        for row in rows:
            try:
                reason = self._bad.get(indices[row])
                if reason is None:
                    values[row] = self._one(indices[row])
                else:
                    lost.append((row, reason))
            except Damaged as error:
                lost.append((row, str(error)))
        return lost

    def _replaced(self, values: torch.Tensor, where: torch.Tensor, lost: Lost) -> torch.Tensor:
        """Fill the gaps with neighbours."""
        where = where.clone()
        for row, reason in lost:
            self._bad.setdefault(int(where[row]), reason)
        if len(where) >= _FEW and 2 * len(lost) > len(where):
            raise self._gone(int(where[lost[0][0]]))
        for row, _ in lost:
            where[row] = self._neighbour(values.numpy(), row, int(where[row]))
        return where

    def _neighbour(self, values: npt.NDArray[Any], row: int, index: int) -> int:
        for step in range(1, min(_NEIGHBOURS, self._length - 1) + 1):
            other = (index + step) % self._length
            failed = self._fill(values[row : row + 1], [other], range(1))
            if not failed:
                return other
            self._bad.setdefault(other, failed[0][1])
        raise self._gone(index)

    def _gone(self, index: int) -> DataError:
        return DataError(
            f"The data set cannot be reached any more: {self._name(index)}: {self._bad[index].rstrip('.')}. Put it "
            "back in its place, or connect its disk again; then the run can go on from its last checkpoint."
        )

    def rate(self, coming: Iterator[int], workers: int) -> float:
        """Samples a second that so many threads read (0: without any), measured on ``coming`` for a moment."""
        began = time.perf_counter()

        def work() -> int:
            done = 0
            for index in coming:
                with suppress(Damaged):  # told when it is really needed
                    self._one(index)
                done += 1
                if time.perf_counter() - began > _PATIENCE:
                    break
            return done

        if not workers:
            return work() / (time.perf_counter() - began)
        with ThreadPoolExecutor(workers, thread_name_prefix="measuring") as pool:
            done = sum(part.result() for part in [pool.submit(work) for _ in range(workers)])
        return done / (time.perf_counter() - began)

    def rates(self, order: Sequence[int], cores: int) -> dict[int, float]:
        """The rate with no worker, one, two, ... as far as ``cores``. Takes about a second; ends where it is slower."""
        # A counter may be shared by threads, a generator may not.
        coming = map(order.__getitem__, map(len(order).__rmod__, count()))
        found: dict[int, float] = {}
        with quiet_pillow():
            self.rate(iter(order[:1]), 0)  # the first one loads Pillow's decoders
            for workers in candidates(cores):
                found[workers] = self.rate(coming, workers)
                if found[workers] < 0.8 * max(found.values()):
                    break
        return found


class Together:
    """Reads many samples with all cores, in their order: each is what ``one`` gives, or what it raised as Damaged."""

    def __init__(self, one: Callable[[int], npt.NDArray[Any]], workers: int) -> None:
        self._one, self._workers = one, workers
        self._open = ExitStack()
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Together:
        self._open.enter_context(quiet_pillow())
        if self._workers > 1:
            pool = ThreadPoolExecutor(self._workers, thread_name_prefix="opening")
            self._pool = self._open.enter_context(pool)
        return self

    def __exit__(self, *why: object) -> None:
        self._open.close()

    def read(self, indices: Sequence[int]) -> Iterator[npt.NDArray[Any] | Damaged]:
        """One after the other."""
        if self._pool is None:
            yield from map(self._try, indices)
            return
        step = max(1, -(-len(indices) // (2 * self._workers)))
        pieces = [indices[start : start + step] for start in range(0, len(indices), step)]
        for found in self._pool.map(self._several, pieces):
            yield from found

    def _several(self, indices: Sequence[int]) -> list[npt.NDArray[Any] | Damaged]:
        return [self._try(index) for index in indices]

    def _try(self, index: int) -> npt.NDArray[Any] | Damaged:
        try:
            return self._one(index)
        except Damaged as error:
            return error


def _same(left: torch.Tensor, right: torch.Tensor) -> bool:
    return left is right or torch.equal(left, right)


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def candidates(cores: int) -> list[int]:
    """Numbers of workers that are worth measuring."""
    cores = min(cores, _MOST)
    return sorted({0, 1, cores, *(2**power for power in range(1, 10) if 2**power < cores)})


def worth(rates: dict[int, float], beside: bool) -> int:
    """The fewest workers that are about as fast as any. ``beside``: something else computes, so one always helps."""
    best = max(rates.values())
    enough = min(workers for workers, rate in rates.items() if rate * _WORTH >= best)
    return max(enough, 1) if beside else enough
