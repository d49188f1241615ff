"""Aligned blocks stand in line and never on top of one another."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.graph.align import GAP, Box, Edge, Places, align, distribute, line_up

number = st.integers(-40, 40).map(lambda n: n * 8.0)
boxes = st.tuples(number, number, st.sampled_from([216.0, 264.0, 408.0]), st.sampled_from([52.0, 68.0]))
several = st.dictionaries(st.sampled_from("abcdefgh"), boxes, min_size=2)
rests = st.lists(boxes, max_size=4)


def placed(chosen: dict[str, Box], places: Places) -> dict[str, Box]:
    return {name: (*places[name], box[2], box[3]) for name, box in chosen.items()}


def covers(a: Box, b: Box) -> bool:
    across = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    return across > 0 and min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]) > 0


def check_clear(after: dict[str, Box], rest: list[Box]) -> None:
    assert not [pair for pair in combinations(after.values(), 2) if covers(*pair)]
    assert not [(a, b) for a in after.values() for b in rest if covers(a, b)]


@pytest.mark.parametrize("edge", get_args(Edge))
@given(chosen=several, rest=rests)
def test_align_brings_all_to_one_line(edge: Edge, chosen: dict[str, Box], rest: list[Box]) -> None:
    after = placed(chosen, align(chosen, edge, rest))
    share = {"left": 0, "top": 0, "centre": 0.5, "middle": 0.5, "right": 1, "bottom": 1}[edge]
    axis = 0 if edge in ("left", "centre", "right") else 1
    low = min(b[axis] for b in chosen.values())
    high = max(b[axis] + b[2 + axis] for b in chosen.values())
    assert all(b[axis] + share * b[2 + axis] == pytest.approx(low + share * (high - low)) for b in after.values())
    check_clear(after, rest)
    again = align(after, edge, rest)
    assert all(again[name] == pytest.approx(box[:2]) for name, box in after.items())


@given(chosen=several, rest=rests)
def test_what_is_clear_stays_where_it_is_along_the_line(chosen: dict[str, Box], rest: list[Box]) -> None:
    apart = {name: (box[0], 100.0 * i, box[2], box[3]) for i, (name, box) in enumerate(chosen.items())}
    places = align(apart, "left")
    assert {name: y for name, (_, y) in places.items()} == {name: box[1] for name, box in apart.items()}


@pytest.mark.parametrize("line", ["column", "row"])
@given(chosen=several, rest=rests)
def test_line_up_has_equal_gaps(line: str, chosen: dict[str, Box], rest: list[Box]) -> None:
    axis = 1 if line == "column" else 0
    after = placed(chosen, line_up(chosen, line))  # type: ignore[arg-type]
    row = sorted(after.values(), key=lambda b: b[axis])
    assert [b[axis] - a[axis] - a[2 + axis] for a, b in pairwise(row)] == [GAP] * (len(row) - 1)
    assert len({b[1 - axis] + b[3 - axis] / 2 for b in row}) == 1
    check_clear(placed(chosen, line_up(chosen, line, rest)), rest)  # type: ignore[arg-type]


@pytest.mark.parametrize("way", ["across", "down"])
@given(chosen=st.dictionaries(st.sampled_from("abcdefgh"), boxes, min_size=3))
def test_distribute_has_equal_gaps(way: str, chosen: dict[str, Box]) -> None:
    axis = 0 if way == "across" else 1
    after = placed(chosen, distribute(chosen, way))  # type: ignore[arg-type]
    row = sorted(after.values(), key=lambda b: b[axis])
    gaps = [b[axis] - a[axis] - a[2 + axis] for a, b in pairwise(row)]
    assert gaps == pytest.approx([gaps[0]] * len(gaps)) and gaps[0] >= 0
    assert all(after[n][1 - axis] == box[1 - axis] for n, box in chosen.items())
    check_clear(after, [])


def test_distribute_moves_only_what_lies_between() -> None:
    chosen: dict[str, Box] = {"a": (0, 0, 100, 50), "b": (300, 8, 100, 50), "c": (500, 16, 100, 50)}
    assert distribute(chosen, "across") == {"a": (0, 0), "b": (250, 8), "c": (500, 16)}
    two = {"a": chosen["a"], "b": chosen["b"]}
    assert distribute(two, "across") == {"a": (0, 0), "b": (300, 8)}


def test_nothing_chosen_goes_nowhere() -> None:
    assert align({}, "left") == line_up({}, "row") == distribute({}, "down") == {}
