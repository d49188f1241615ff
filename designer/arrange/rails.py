"""Lays wires around blocks: straight where nothing is in the way, else along rails that no other source uses.

A course is a list of points. From an even point to the next the wire runs straight up or down; from an odd point to
the next it changes lanes, in a curve, or level with round corners. No course: it goes straight from end to end.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import pairwise
from typing import NamedTuple

from designer.arrange.boxes import Boxes
from designer.arrange.detours import detour
from designer.arrange.drawing import LANE, Box, Point
from designer.arrange.tracks import Tracks

__all__ = ["Job", "Rails", "direct", "reach"]

BEND = 40.0  # how much height a change of lane takes
CLEAR = 18.0  # between a rail and a block
LABEL_CLEAR = 56.0  # the same where there is room: half a label fits between
LONG = 132.0  # what is longer may run beside other wires: its way is kept free of them
RISE = 26.0  # how far beyond the blocks a wire turns back
LEVEL = 24.0  # less room than this between its ends, and a wire goes around instead of between
_NARROW, _STEPS = 160.0, 90
_GAP = 200.0
_LOOK = 400.0
_SHARE = 1500.0  # a detour up to this is worth it to run on a rail of the same source

Course = tuple[Point, ...]


class Job(NamedTuple):
    """A wire to lay."""

    key: Hashable
    source: Hashable  # wires with the same one share rails
    start: Point
    end: Point
    aim: float  # the middle of the block at the end: which port it is does not choose the side


def reach(start: Point, end: Point) -> float:
    """How far a direct wire goes straight on from its ends before it bends."""
    down = end[1] - start[1]
    return max(24.0, min(abs(down) * 0.5, 90.0)) if down >= 0 else min(160.0, 60.0 + abs(down) * 0.25)


def direct(start: Point, end: Point, steps: int = 12) -> list[Point]:
    """Points along the curve of a wire that has no course."""
    (ax, ay), (bx, by) = start, end
    way = reach(start, end)
    found = []
    for i in range(steps + 1):
        t = i / steps
        s = 1 - t
        near, far = s * s * (1 + 2 * t), t * t * (3 - 2 * t)
        found.append((near * ax + far * bx, near * ay + far * by + 3 * s * t * way * (s - t)))
    return found


class Rails:
    """The courses of wires between boxes. Laying a wire again gives up its old rails first."""

    def __init__(self, boxes: Boxes) -> None:
        self.boxes = boxes
        self._tracks = Tracks()

    def forget(self, key: Hashable) -> None:
        """Free the rails of a wire that is gone."""
        self._tracks.free(key)

    def lay_all(self, jobs: Iterable[Job]) -> dict[Hashable, Course]:
        """The courses of many wires. Short detours come first, so that they are the inner ones."""
        todo = list(jobs)
        longest: dict[Hashable, float] = {}
        for job in todo:
            self.forget(job.key)
            longest[job.source] = max(longest.get(job.source, 0.0), abs(job.end[1] - job.start[1]))
        todo.sort(key=lambda j: (longest[j.source], j.start, j.start[1] - j.end[1], j.end))
        return {job.key: self._course(job) for job in todo}

    def lay(self, job: Job) -> Course:
        """The course of one wire beside the others as they run now."""
        self.forget(job.key)
        return self._course(job)

    def _course(self, job: Job) -> Course:
        (ax, ay), (bx, by) = job.start, job.end
        if by - ay < LEVEL:
            return self._back(job) if abs(bx - ax) > 60 or by - ay < -60 else ()
        shut = self._shut(job)
        near = [] if shut else self._near(min(ax, bx) - 6, ay + 1, max(ax, bx) + 6, by - 1)
        if not shut and not (near and self._hit(job, near)):
            if abs(bx - ax) < LANE and by - ay > LONG:
                self._tracks.take(job.key, job.source, ax, ay, by)
            return ()
        course = (
            (() if shut else self._one_change(job, near)) or self._along(job) or detour(job.start, job.end, self.boxes)
        )
        for (x, top), (_, bottom) in list(pairwise(course))[::2]:
            if bottom - top > 1:
                self._tracks.take(job.key, job.source, x, top, bottom)
        return course

    def _near(self, left: float, top: float, right: float, bottom: float) -> list[Box]:
        return list(self.boxes.within(left, top, right, bottom).values())

    def _shut(self, job: Job) -> bool:
        """Whether blocks lie right across a long wire near both its ends: it needs a rail, without a closer look."""
        (ax, ay), (bx, by) = job.start, job.end
        left, right = min(ax, bx), max(ax, bx)
        return by - ay > 3 * _LOOK and all(
            any(b[0] < left - 8 and right + 8 < b[2] for b in self._near(left - 6, top, right + 6, top + _LOOK))
            for top in (ay + 1, by - 1 - _LOOK)
        )

    @staticmethod
    def _hit(job: Job, near: list[Box]) -> bool:
        (ax, ay), (bx, by) = job.start, job.end
        if any(b[0] < min(ax, bx) and max(ax, bx) < b[2] for b in near):
            return True  # right across the way
        points = direct(job.start, job.end, min(96, 8 + int(abs(bx - ax) + by - ay) // 20))[1:-1]
        return any(le - 6 < x < ri + 6 and to - 4 < y < bo + 4 for x, y in points for le, to, ri, bo in near)

    def _one_change(self, job: Job, near: list[Box]) -> Course:
        """Down, over in a free band, and down again."""
        (ax, ay), (bx, by) = job.start, job.end
        if abs(bx - ax) < 1:
            return ()
        # Down to the first block under the start, and from the last one over the end.
        last = min((b[1] for b in near if b[0] < ax + 8 and ax - 8 < b[2]), default=by) - BEND / 2
        first = max((b[3] for b in near if b[0] < bx + 8 and bx - 8 < b[2]), default=ay) - BEND / 2
        left, right = min(ax, bx) - 4, max(ax, bx) + 4
        for y in sorted(y for y in {ay, by - BEND, *(box[3] + 4 for box in near)} if max(ay, first) <= y <= last):
            free = y + BEND <= by and not self.boxes.hull(left, y + 1, right, y + BEND - 1)
            if free and not self._clash(job, ax, ay, y) and not self._clash(job, bx, y + BEND, by):
                return (job.start, (ax, y), (bx, y + BEND), job.end)
        return ()

    def _clash(self, job: Job, x: float, top: float, bottom: float) -> float | None:
        return self._tracks.beside(job.source, x, top, bottom) if bottom - top > BEND else None

    def _along(self, job: Job) -> Course:
        """Along one rail: one of the same source if that is not far, else the nearest free one."""
        ax, bx = job.start[0], job.end[0]
        for x in self._tracks.of(job.source):
            if abs(x - ax) + abs(x - bx) - abs(ax - bx) < 2 * _SHARE and (found := self._by(job, x, 0, CLEAR)):
                return found[0]
        best: Course = ()
        least = float("inf")
        for clear in (LABEL_CLEAR, CLEAR):
            for side in (1, -1):
                if found := self._by(job, ax, side, clear):
                    course, lanes = found
                    # Rails stay side by side. To the right, with room for the label, other things being equal.
                    x = course[2][0] - side * lanes
                    way = abs(x - ax) + abs(x - job.aim) + (4 if side < 0 else 0) + (0 if clear > CLEAR else _NARROW)
                    if way < least:
                        best, least = course, way
            if least < 2 * _NARROW:
                break
        return best

    def _by(self, job: Job, x: float, side: int, clear: float) -> tuple[Course, float] | None:
        """Over to a rail, along it, and back; ``side`` says where to look for a free one, 0 for just this one."""
        (ax, ay), (bx, by) = job.start, job.end
        top, bottom = ay, by
        for _ in range(8):
            if bottom - top < 2 * BEND:
                return None
            free = self._free(job, x, side, clear, top + BEND, bottom - BEND)
            if free is None:
                return None
            at, lanes = free
            over = self.boxes.hull(min(ax, at) - 4, top + 1, max(ax, at) + 4, top + BEND)
            under = self.boxes.hull(min(bx, at) - 4, bottom - BEND, max(bx, at) + 4, bottom - 1)
            if not over and not under:
                return (job.start, (ax, top), (at, top + BEND), (at, bottom - BEND), (bx, bottom), job.end), lanes
            top = over[3] + 4 if over else top
            bottom = under[1] - 4 if under else bottom
            if self.boxes.hull(ax - 8, ay + 1, ax + 8, top) or self.boxes.hull(bx - 8, bottom, bx + 8, by - 1):
                return None
        return None

    def _free(
        self, job: Job, x: float, side: int, clear: float, top: float, bottom: float
    ) -> tuple[float, float] | None:
        """The nearest place on one side where a rail touches no block and no rail of another source.

        With it, how far it went aside for other rails since the last block.
        """
        lanes = 0.0
        for _ in range(_STEPS):
            near = self.boxes.hull(x - clear, top, x + clear, bottom)
            other = None if near else self._tracks.beside(job.source, x, top, bottom)
            if not near and other is None:
                return x, lanes
            if not side:
                return None
            if other is not None:
                lanes += abs(other + side * LANE - x)
                x = other + side * LANE
            else:
                lanes = 0.0
                assert near is not None
                x = near[2] + clear + 1 if side > 0 else near[0] - clear - 1
        return None

    def _shared(self, job: Job, x: float, top: float, bottom: float) -> float | None:
        """A rail of the same source, where it is free that far and no long way round."""
        ax, bx = job.start[0], job.end[0]
        own = (at for at in self._tracks.of(job.source) if self._free(job, at, 0, CLEAR, top, bottom))
        way = abs(x - ax) + abs(x - bx) + _SHARE
        near = min(((abs(at - ax) + abs(at - bx), at) for at in own), default=(way, x))
        return near[1] if near[0] < way else None

    def _centred(self, job: Job, x: float, top: float, bottom: float) -> float:
        """The middle of the gap between what is left and what is right of a free place."""
        near = self._near(x - _GAP, top, x + _GAP, bottom)
        left = max((b[2] for b in near if b[2] <= x), default=x - _GAP)
        right = min((b[0] for b in near if b[0] >= x), default=x + _GAP)
        middle = (left + right) / 2
        return middle if left > x - _GAP and right < x + _GAP and not self._clash(job, middle, top, bottom) else x

    def _back(self, job: Job) -> Course:
        """Down and out, up beside what is in the way, and over the top: for ends that lie above starts."""
        (ax, ay), (bx, by) = job.start, job.end
        low, high = ay + RISE, by - RISE
        best: Course = ()
        for _ in range(8):
            tries = (self._free(job, (ax + bx) / 2, side, CLEAR, min(low, high), max(low, high)) for side in (1, -1))
            found = min((free[0] for free in tries if free), key=lambda x: abs(x - ax) + abs(x - bx), default=None)
            if found is None:
                return ()
            shared = self._shared(job, found, min(low, high), max(low, high))
            found = self._centred(job, found, min(low, high), max(low, high)) if shared is None else shared
            best = (job.start, (ax, low), (found, low), (found, high), (bx, high), job.end)
            out = self.boxes.hull(min(ax, found) - 4, ay + 1, max(ax, found) + 4, low + 8)
            over = self.boxes.hull(min(bx, found) - 4, high - 8, max(bx, found) + 4, by - 1)
            if not out and not over:
                break
            low = out[3] + RISE if out else low
            high = over[1] - RISE if over else high
        self._tracks.take(job.key, job.source, best[2][0], min(low, high), max(low, high))
        return best
