"""The layout: no overlap, wires run forward, a block more moves next to nothing, and the same comes out every time."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.arrange.drawing import Drawing, Line
from designer.arrange.engine import arrange
from tests.pure.arrange.traced import changes, drawing, drawing_of, inserted, models, overlaps, topology

PLACES = 25  # where a block is inserted into each model; tests/bench tries all of them


@st.composite
def drawings(draw: st.DrawFn, most: int = 24) -> Drawing:
    count = draw(st.integers(1, most))
    sizes = {f"b{i}": (draw(st.floats(40, 400)), draw(st.floats(30, 200))) for i in range(count)}
    lines = []
    for i in range(1, count):
        sources = draw(st.lists(st.integers(0, i - 1), max_size=3, unique=True))
        for slot, j in enumerate(sources):
            wide = sizes[f"b{i}"][0]
            lines.append(Line(f"b{j}", f"b{i}", sizes[f"b{j}"][0] / 2, wide * (slot + 1) / (len(sources) + 1)))
    return Drawing(sizes, lines)


@settings(deadline=None)
@given(drawings(), st.sampled_from(["down", "right"]), st.sampled_from([None, 1.6]))
def test_no_overlap_and_every_wire_runs_forward(drawn, direction, aspect):
    places = arrange(drawn, direction, aspect)
    assert set(places) == set(drawn.sizes)
    assert not overlaps(drawn, places)
    if direction == "right" or aspect is None:
        axis = 0 if direction == "right" else 1
        for line in drawn.lines:
            assert places[line.src][axis] + drawn.sizes[line.src][axis] < places[line.dst][axis]


@settings(deadline=None)
@given(drawings(), st.randoms(use_true_random=False))
def test_the_same_drawing_gives_the_same_layout_and_arranging_again_moves_nothing(drawn, chance):
    places = arrange(drawn)
    shuffled = list(drawn.lines)
    assert arrange(replace(drawn, lines=shuffled)) == places
    again = arrange(replace(drawn, last=places))
    far = max(abs(a - b) for n in places for a, b in zip(places[n], again[n], strict=True))
    assert far < 0.3, "arranged twice is arranged once"


@settings(deadline=None)
@given(drawings(), st.data())
def test_pinned_blocks_stay_and_nothing_covers_them(drawn, data):
    names = data.draw(st.lists(st.sampled_from(sorted(drawn.sizes)), min_size=1, max_size=3, unique=True))
    pinned = {n: (500.0 * i, data.draw(st.floats(-2000, 2000))) for i, n in enumerate(names)}
    places = arrange(replace(drawn, pinned=pinned))
    assert {n: places[n] for n in names} == pinned
    assert not overlaps(drawn, places)


@settings(deadline=None)
@given(drawings(12), st.lists(st.tuples(st.floats(-900, 900), st.floats(-900, 900)), max_size=5))
def test_what_stays_around_is_not_covered(drawn, corners):
    around = [(x, y, x + 216.0, y + 68.0) for x, y in corners]
    places = arrange(replace(drawn, around=around))
    for name, (x, y) in places.items():
        wide, high = drawn.sizes[name]
        for left, top, right, bottom in around:
            assert x >= right or x + wide <= left or y >= bottom or y + high <= top
    assert not overlaps(drawn, places)


def test_an_empty_drawing_and_one_with_a_circle():
    assert arrange(Drawing({})) == {}
    with pytest.raises(ValueError, match="circle"):
        arrange(Drawing({"a": (9, 9), "b": (9, 9)}, [Line("a", "b", 1, 1), Line("b", "a", 1, 1)]))


def test_groups_stand_side_by_side_and_single_blocks_in_columns():
    sizes = dict.fromkeys(("a1", "a2", "b1", "b2", *(f"s{i}" for i in range(8))), (100.0, 50.0))
    lines = [Line("a1", "a2", 50, 50), Line("b1", "b2", 50, 50)]
    places = arrange(Drawing(sizes, lines))
    assert places["a1"][0] == places["a2"][0] and places["b1"][0] == places["b2"][0] > places["a1"][0] + 100
    assert {places[f"s{i}"][0] for i in range(8)} == {places["s0"][0], places["s7"][0]}


def test_the_order_of_last_time_is_kept():
    sizes = dict.fromkeys(("top", "left", "right", "end"), (100.0, 50.0))
    lines = [Line("top", n, 50, 50) for n in ("left", "right")] + [Line(n, "end", 50, 50) for n in ("left", "right")]
    for first, second in (("left", "right"), ("right", "left")):
        last = {"top": (0.0, 0.0), first: (-90.0, 100.0), second: (90.0, 100.0), "end": (0.0, 200.0)}
        places = arrange(Drawing(sizes, lines, last))
        assert places[first][0] < places[second][0]


@pytest.mark.parametrize("name", models())
def test_models_are_laid_out_without_overlap_in_straight_chains(name):
    drawn = drawing(name)
    for aspect in (None, 1.6):
        places = arrange(drawn, aspect=aspect)
        assert set(places) == set(drawn.sizes) and not overlaps(drawn, places)
        if aspect is None:
            outs = [line.src for line in drawn.lines]
            ins = [line.dst for line in drawn.lines]
            middle = {n: x + drawn.sizes[n][0] / 2 for n, (x, _) in places.items()}
            chained = [w for w in drawn.lines if outs.count(w.src) == 1 and ins.count(w.dst) == 1]
            assert chained and all(abs(middle[w.src] - middle[w.dst]) < 0.2 for w in chained)


@pytest.mark.parametrize("name", models())
def test_a_block_more_flips_no_order_and_moves_at_most_one_in_twenty_sideways(name):
    kinds, wires = topology(name)
    places = arrange(drawing(name))
    for at in random.Random(name).sample(range(len(wires)), min(PLACES, len(wires))):
        more = drawing_of(*inserted(kinds, wires, at), last=places)
        now = arrange(more)
        flips, moved = changes(more, places, now)
        assert flips == 0 and moved <= 0.05, f"a block in wire {wires[at]}"
        assert not overlaps(more, now)


@pytest.mark.parametrize("name", ["vgg19_bn", "resnet50", "googlenet"])
def test_a_long_spine_folds_and_a_block_more_keeps_the_folds(name):
    kinds, wires = topology(name)
    places = arrange(drawing(name), aspect=1.6)
    tall = max(y for _, y in arrange(drawing(name)).values())
    wide, high = (max(at[i] for at in places.values()) + 100 for i in (0, 1))
    assert high < tall / 2 and 0.5 < wide / high < 3.2
    for at in random.Random(name).sample(range(len(wires)), PLACES):
        more = drawing_of(*inserted(kinds, wires, at), last=places)
        now = arrange(more, aspect=1.6)
        assert changes(more, places, now)[0] == 0 and not overlaps(more, now)


def test_a_spine_folds_below_what_ends_beside_it():
    names = [f"b{i}" for i in range(24)]
    sizes = dict.fromkeys((*names, "aux", "aux_out"), (216.0, 68.0))
    pairs = [*itertools.pairwise(names), (names[7], "aux"), ("aux", "aux_out")]
    drawn = Drawing(sizes, [Line(a, b, 108.0, 108.0) for a, b in pairs])
    places = arrange(drawn, "down", 1.6)
    assert not overlaps(drawn, places)
    wide, high = (max(p[axis] for p in places.values()) - min(p[axis] for p in places.values()) for axis in (0, 1))
    assert len({places[name][0] for name in names}) >= 3 and 0.8 < wide / high < 2.5
    again = arrange(replace(drawn, last=places), "down", 1.6)
    assert all(again[name] == pytest.approx(places[name]) for name in places)
