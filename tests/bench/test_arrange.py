"""The arrange engine on torchvision's models: time, overlaps, wires through blocks, and what a block more moves.

Run with ``pytest tests/bench/test_arrange.py -s`` for the table. The issue asks for less than 50 ms for the plain models
up to 900 blocks and less than 200 ms for DenseNet-201; the assertion leaves slow and busy machines room.
"""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from designer.arrange.engine import arrange
from tests.pure.arrange.traced import (
    changes,
    doubled,
    drawing,
    drawing_of,
    inserted,
    laid,
    models,
    overlaps,
    pierced,
    topology,
)

ROOM = 4.0  # how much slower than the machine of the figures this one may be
MOST_INSERTIONS = 300


def milliseconds(work, times=5):
    spent = []
    for _ in range(times):
        start = time.process_time()
        work()
        spent.append((time.process_time() - start) * 1000)
    return min(spent)


@pytest.mark.parametrize("name", models())
def test_model(name):
    kinds, wires = topology(name)
    drawn = drawing(name)
    places = arrange(drawn)
    fresh = milliseconds(lambda: arrange(drawn))
    again = milliseconds(lambda: arrange(replace(drawn, last=places)))
    rails = milliseconds(lambda: laid(drawn, places), 2)
    boxes, courses = laid(drawn, places)
    flips, moved = 0, 0.0
    step = max(1, len(wires) // MOST_INSERTIONS)
    for at in range(0, len(wires), step):
        more = drawing_of(*inserted(kinds, wires, at), last=places)
        flipped, share = changes(more, places, arrange(more))
        flips, moved = flips + flipped, max(moved, share)
    through, on_others = len(pierced(drawn, places, boxes, courses)), len(doubled(courses))
    print(
        f"\n{name:20}{len(kinds):5} blocks{len(wires):5} wires  arrange {fresh:6.1f} ms, again {again:6.1f}, rails {rails:6.1f}"
        f"  overlaps {len(overlaps(drawn, places))}, through blocks {through}, on others {on_others}"
        f"  a block more: flips {flips}, moves {moved:.1%}",
        end="",
    )
    assert not overlaps(drawn, places) and not through and not on_others
    assert flips == 0 and moved <= 0.05
    assert max(fresh, again) < ROOM * (200 if name.startswith("densenet") else 50)


def test_one_wire_is_laid_anew_far_below_a_millisecond():
    from designer.arrange.rails import Job, Rails
    from tests.pure.arrange.traced import ends

    drawn = drawing("resnet152")
    places = arrange(drawn)
    boxes, _ = laid(drawn, places)
    rails = Rails(boxes)
    jobs = [Job(w, w.src, *ends(drawn, places, w), places[w.dst][0]) for w in drawn.lines]
    rails.lay_all(jobs)
    spent = milliseconds(lambda: [rails.lay(job) for job in jobs]) / len(jobs)
    print(f"\none wire of {len(jobs)} laid anew: {spent * 1000:.0f} µs", end="")
    assert spent < 1.0
