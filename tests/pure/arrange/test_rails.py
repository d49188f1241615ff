"""Wires: none through a block, none of two sources on one another, and the curve that was computed is the one drawn."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.arrange.boxes import Boxes
from designer.arrange.engine import arrange
from designer.arrange.rails import Job, Rails
from tests.pure.arrange.test_engine import drawings
from tests.pure.arrange.traced import along, doubled, drawing, laid, models, pierced

BOXES = st.lists(st.tuples(*[st.integers(-40, 40)] * 2, *[st.integers(1, 12)] * 2), max_size=12)


@pytest.mark.parametrize("aspect", [None, 1.6])
@pytest.mark.parametrize("name", [n for n in models() if n not in ("densenet201", "efficientnet_b7")])
def test_no_wire_of_an_arranged_model_runs_through_a_block_or_on_another(name, aspect):
    drawn = drawing(name)
    places = arrange(drawn, aspect=aspect)
    boxes, courses = laid(drawn, places)
    assert pierced(drawn, places, boxes, courses) == []
    assert doubled(courses) == []


@settings(deadline=None)
@given(drawings())
def test_no_wire_of_any_arranged_drawing_runs_through_a_block(drawn):
    places = arrange(drawn)
    boxes, courses = laid(drawn, places)
    assert pierced(drawn, places, boxes, courses) == []


@given(BOXES, st.lists(st.integers(0, 11), max_size=6))
def test_boxes_are_found_as_by_looking_at_all(rects, moved):
    boxes, plain = Boxes(), {}
    for step, i in enumerate([*range(len(rects)), *moved]):
        if i < len(rects):
            x, y, w, h = (37.0 * v for v in rects[i])
            plain[str(i)] = (x + step, y, x + step + w, y + h)
            boxes.put(str(i), plain[str(i)])
    for left, top, right, bottom in [(-500.0, -500.0, 300.0, 10.0), (0.0, 0.0, 37.0, 4000.0), (5.0, 5.0, 5.0, 9.0)]:
        want = {
            n: b
            for n, b in plain.items()
            if left < right and b[0] < right and left < b[2] and b[1] < bottom and top < b[3]
        }
        assert boxes.within(left, top, right, bottom) == want
    for name in plain:
        boxes.drop(name)
    assert boxes.within(-1e6, -1e6, 1e6, 1e6) == {}


def rails_around(*rects: tuple[float, float, float, float]) -> Rails:
    boxes = Boxes()
    for i, rect in enumerate(rects):
        boxes.put(f"b{i}", rect)
    return Rails(boxes)


def free(rails: Rails, job: Job, course: tuple[tuple[float, float], ...]) -> bool:
    return not any(rails.boxes.within(x - 1, y - 1, x + 1, y + 1) for x, y in along(job.start, job.end, course))


def test_a_wire_goes_straight_where_nothing_is_in_the_way():
    assert rails_around((100, 0, 200, 400)).lay(Job("w", "s", (0, 0), (0, 400), 0)) == ()


@pytest.mark.parametrize(
    "rects",
    [
        [(-100, 150, 100, 220)],
        [(-300, 150, 40, 220), (-20, 300, 300, 370)],  # one after the other, from both sides
        [(-400, 100, 50, 140), (-50, 230, 500, 270), (-400, 360, 50, 400)],  # a slalom
        [(-100, 60, 100, 340)],
    ],
)
def test_a_wire_finds_its_way_between_blocks_that_stand_anywhere(rects):
    rails = rails_around(*rects)
    job = Job("w", "s", (0.0, 0.0), (0.0, 500.0), 0)
    course = rails.lay(job)
    assert course[0] == job.start and course[-1] == job.end
    assert free(rails, job, course)


@pytest.mark.parametrize("end", [(500.0, -600.0), (300.0, 0.0), (-400.0, -80.0), (0.0, -500.0)])
def test_a_wire_to_a_block_above_or_beside_goes_around_both(end):
    rails = rails_around((-108, -68, 108, 0), (end[0] - 108, end[1], end[0] + 108, end[1] + 68))
    job = Job("w", "s", (0.0, 0.0), end, end[0])
    course = rails.lay(job)
    points = along(job.start, job.end, course)[1:-1]
    assert course and not any(
        rails.boxes.within(x - 1, y - 1, x + 1, y + 1) for x, y in points if (x, y) not in (job.start, end)
    )


def test_sources_have_rails_of_their_own_and_the_wires_of_one_source_share_theirs():
    rails = rails_around((-100, 150, 100, 220), (-100, 300, 100, 370))
    jobs = [
        Job("a1", "a", (0.0, 0.0), (0.0, 290.0), 0),
        Job("a2", "a", (0.0, 0.0), (0.0, 500.0), 0),
        Job("b", "b", (5.0, 0.0), (5.0, 500.0), 0),
    ]
    courses = rails.lay_all(jobs)
    lanes = {key: course[2][0] for key, course in courses.items()}
    assert lanes["a1"] == lanes["a2"] and abs(lanes["b"] - lanes["a1"]) > 13
    rails.forget("a1")
    rails.forget("a2")
    assert abs(rails.lay(jobs[2])[2][0] - lanes["a1"]) < 15, "the free rail is taken again"


def test_laying_again_gives_the_same_courses():
    drawn = drawing("resnet18")
    places = arrange(drawn)
    assert laid(drawn, places)[1] == laid(drawn, places)[1]
