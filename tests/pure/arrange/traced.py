"""Drawings of torchvision's models, and what a layout must hold."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from designer.arrange.boxes import Boxes
from designer.arrange.drawing import Drawing, Line, Point
from designer.arrange.rails import Job, Rails, direct

WIDE, STEP, WIDEST, TALL, LOW, PITCH = 216.0, 48.0, 456.0, 68.0, 52.0, 28.0
LOW_KINDS = {"ReLU", "ReLU6", "SiLU", "Hardswish", "Hardsigmoid", "call_function", "call_method", "placeholder"}


@cache
def _file() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(gzip.decompress(Path(__file__).with_name("models.json.gz").read_bytes()))
    return data


def models() -> list[str]:
    return list(_file())


def topology(name: str) -> tuple[list[str], list[tuple[int, int, int]]]:
    """The kinds of a model's blocks and its wires as (from, to, slot)."""
    model = _file()[name]
    return model["kinds"], [tuple(w) for w in model["wires"]]


def named() -> list[str]:
    """The models of which the paths of the modules are known."""
    return [name for name, model in _file().items() if "names" in model]


def paths(name: str) -> list[str]:
    """The module paths of a model's blocks."""
    found: list[str] = _file()[name]["names"]
    return found


def port(width: float, slot: int, count: int) -> float:
    pitch = min(PITCH, (width - 24) / max(1, count))
    return width / 2 + (slot - (count - 1) / 2) * pitch


def drawing_of(kinds: list[str], wires: list[tuple[int, int, int]], last: Mapping[str, Point] | None = None) -> Drawing:
    """Blocks as large as their cards, named by number."""
    slots: dict[int, int] = {}
    for _, dst, _ in wires:
        slots[dst] = slots.get(dst, 0) + 1
    sizes = {}
    for i, kind in enumerate(kinds):
        steps = max(0.0, -((WIDE - PITCH * (slots.get(i, 0) + 1)) // STEP))
        sizes[f"b{i}"] = (min(WIDEST, WIDE + steps * STEP), LOW if kind in LOW_KINDS else TALL)
    lines = []
    seen: dict[int, int] = {}
    for src, dst, _ in wires:
        slot = seen[dst] = seen.get(dst, -1) + 1
        a, b = sizes[f"b{src}"][0], sizes[f"b{dst}"][0]
        lines.append(Line(f"b{src}", f"b{dst}", a / 2, port(b, slot, slots[dst])))
    return Drawing(sizes, lines, last or {})


def drawing(name: str, last: Mapping[str, Point] | None = None) -> Drawing:
    return drawing_of(*topology(name), last)


def inserted(
    kinds: list[str], wires: list[tuple[int, int, int]], at: int
) -> tuple[list[str], list[tuple[int, int, int]]]:
    """A block more, in the middle of one wire."""
    src, dst, slot = wires[at]
    new = len(kinds)
    rest = [*wires[:at], (new, dst, slot), *wires[at + 1 :], (src, new, 0)]
    return [*kinds, "ReLU"], rest


def overlaps(drawn: Drawing, places: Mapping[str, Point]) -> list[tuple[str, str]]:
    """Pairs of blocks that cover one another: only neighbours from top to bottom are compared."""
    found = []
    boxes = sorted((y, y + drawn.sizes[n][1], x, x + drawn.sizes[n][0], n) for n, (x, y) in places.items())
    for i, (_, bottom, left, right, name) in enumerate(boxes):
        for top, _, other_left, other_right, other in boxes[i + 1 :]:
            if top >= bottom - 0.2:
                break
            if left < other_right - 0.2 and other_left < right - 0.2:
                found.append((name, other))
    return found


def changes(drawn: Drawing, before: Mapping[str, Point], now: Mapping[str, Point]) -> tuple[int, float]:
    """Pairs side by side in both layouts that changed sides, and the share of blocks that moved sideways."""
    names = [n for n in before if n in now]
    moved = sum(abs(before[n][0] - now[n][0]) > 0.5 for n in names)
    flips = 0
    rows = sorted((before[n][1], n) for n in names)
    for i, (top, a) in enumerate(rows):
        for y, b in rows[i + 1 :]:
            if y >= top + drawn.sizes[a][1]:
                break
            beside = now[a][1] < now[b][1] + drawn.sizes[b][1] and now[b][1] < now[a][1] + drawn.sizes[a][1]
            if beside and (before[a][0] - before[b][0]) * (now[a][0] - now[b][0]) < 0:
                flips += 1
    return flips, moved / max(1, len(names))


def ends(drawn: Drawing, places: Mapping[str, Point], line: Line) -> tuple[Point, Point]:
    """Where a wire leaves and where it arrives."""
    (ax, ay), (bx, by) = places[line.src], places[line.dst]
    return (ax + line.leaves, ay + drawn.sizes[line.src][1]), (bx + line.arrives, by)


def laid(drawn: Drawing, places: Mapping[str, Point]) -> tuple[Boxes, dict[Line, tuple[Point, ...]]]:
    """All wires, laid as the canvas lays them."""
    boxes = Boxes()
    for name, (x, y) in places.items():
        width, height = drawn.sizes[name]
        boxes.put(name, (x, y, x + width, y + height))
    rails = Rails(boxes)
    jobs = []
    for line in drawn.lines:
        middle = places[line.dst][0] + drawn.sizes[line.dst][0] / 2
        jobs.append(Job(line, (line.src, line.leaves), *ends(drawn, places, line), middle))
    courses = rails.lay_all(jobs)
    return boxes, courses  # type: ignore[return-value]


def along(start: Point, end: Point, course: tuple[Point, ...], step: float = 6.0) -> list[Point]:
    """Points on a wire, close together."""
    if not course:
        return direct(start, end, 8 + int(abs(end[0] - start[0]) + abs(end[1] - start[1])) // int(step))
    found: list[Point] = []
    for i, ((ax, ay), (bx, by)) in enumerate(pairwise(course)):
        count = 2 + int((abs(bx - ax) + abs(by - ay)) / step)
        for k in range(count + 1):
            t = k / count
            if i % 2 == 0:
                found.append((ax, ay + t * (by - ay)))
            else:
                bent = t * t * (3 - 2 * t)
                found.append((ax + bent * (bx - ax), ay + t * (by - ay)))
    return found


def pierced(
    drawn: Drawing, places: Mapping[str, Point], boxes: Boxes, courses: Mapping[Line, tuple[Point, ...]]
) -> list[tuple[Line, str]]:
    """Wires that run through blocks other than their ends."""
    found = []
    for line, course in courses.items():
        start, end = ends(drawn, places, line)
        for x, y in along(start, end, course):
            near = boxes.within(x - 0.5, y - 0.5, x + 0.5, y + 0.5)
            hit = [n for n in near if n not in (line.src, line.dst)]
            if hit:
                found.append((line, hit[0]))
                break
    return found


def doubled(courses: Mapping[Line, tuple[Point, ...]]) -> list[tuple[Line, Line]]:
    """Pairs of wires from different sources that run on one another along a rail."""
    rails = []
    for line, course in courses.items():
        for (x, top), (_, bottom) in list(pairwise(course))[2:-1:2]:
            rails.append((x, min(top, bottom), max(top, bottom), line))
    rails.sort()
    found = []
    for i, (x, top, bottom, line) in enumerate(rails):
        for at, above, below, other in rails[i + 1 :]:
            if at > x + 4:
                break
            if line.src != other.src and above < bottom - 1 and top < below - 1:
                found.append((line, other))
    return found
