"""Sizes found from samples: the simplest expression that gives them."""

from __future__ import annotations

import pytest

from designer.blocks.dims import BATCH
from designer.blocks.fitting import fit

BATCHES = (2, 3, 5, 8)


@pytest.mark.parametrize("times", [1, 2, 16, 17, 49, 1000, 4096])
def test_any_multiple_of_the_batch_is_one(times):
    assert fit([times * n for n in BATCHES], {BATCH: BATCHES}) == times * BATCH


def test_a_size_that_never_changes_is_a_number():
    assert fit([7, 7, 7, 7], {BATCH: BATCHES}) == 7


@pytest.mark.parametrize("times", [2, 17, 34, 1000])
def test_a_part_of_a_multiple_of_the_batch_is_the_batch(times):
    assert fit(BATCHES, {times * BATCH: [times * n for n in BATCHES]}) == BATCH
