"""The arithmetic of a forecast, and how it is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.train.forecast import Forecast, Memory, Point, at_batch, epoch_of, fitting_batch, seconds_of
from designer.train.spec import TrainSpec
from designer.train.told import memory_told, shortage_told, time_told, time_words

MEMORY = Memory(4_000, 4_000, 8_000, 84_000)


def made(**changes: object) -> Forecast:
    values = {
        "device": "cpu",
        "device_title": "A processor",
        "batch": 64,
        "memory": MEMORY,
        "peak": MEMORY.total,
        "room": 24_000_000_000,
        "fits": True,
        "iteration": 0.0983,
        "epoch": 38.2,
        "iterations": 391,
    }
    return Forecast(**{**values, **changes})  # type: ignore[arg-type]


@given(st.integers(1, 500), st.integers(1, 200))
def test_an_epoch_is_as_long_as_the_training_makes_it(samples: int, batch: int) -> None:
    epoch = epoch_of(samples, 7, batch)
    left_out = samples > batch > 1 and samples % batch == 1
    assert epoch.samples == samples - left_out
    assert (epoch.iterations - 1) * batch < epoch.samples <= epoch.iterations * batch


def test_seconds_of_an_epoch() -> None:
    point = Point(10, 2.0, 0.5)
    assert seconds_of(epoch_of(105, 20, 10), point, TrainSpec()) == pytest.approx(10.5 * 2 + 2 * 0.5)
    often = TrainSpec(validate_every=5)
    assert seconds_of(epoch_of(105, 20, 10), point, often) == pytest.approx(10.5 * 2 + 11 / 5 * 2 * 0.5)


def test_what_was_not_measured_lies_on_a_line() -> None:
    points = [Point(2, 1.0, 0.25, 100), Point(4, 1.5, 0.5, 150)]
    assert at_batch(points, 4) == points[1]
    assert at_batch(points, 8) == Point(8, 2.5, 1.0, 250)
    assert at_batch(points[:1], 8) == Point(8, 4.0, 1.0, 400)
    assert at_batch([Point(2, 1.5, 0.5), Point(4, 1.0, 0.5)], 64).seconds == 1.0  # a hiccup never makes it faster


@given(st.integers(1, 65_536), st.integers(0, 65_536))
def test_the_batch_that_fits(batch: int, most: int) -> None:
    found = fitting_batch(batch, lambda n: n <= most)
    if found is None:
        assert most < 1 or batch == 1
    else:
        assert found < batch and found <= most and found.bit_count() == 1
        assert 2 * found >= batch or 2 * found > most


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0016, "1.6 ms"), (0.0996, "0.10 s"), (0.042, "42 ms"), (0.17, "0.17 s"), (3.04, "3.0 s"), (38.2, "38 s"), (59.6, "1 min"),
        (382, "6 min 22 s"), (3599.6, "1 h"), (4800, "1 h 20 min"), (2 * 86400 + 7200, "2 days 2 h"), (86400 * 3, "3 days"),
    ],
)  # fmt: skip
def test_times_are_as_exact_as_they_can_be(seconds: float, words: str) -> None:
    assert time_words(seconds) == words


def test_it_is_told_in_sentences() -> None:
    assert time_told(made(), 10) == "About 38 s per epoch, 6 min 22 s for 10 epochs"
    assert time_told(made(), 1) == "About 38 s per epoch"
    assert time_told(made(epoch=None), 10) == "About 98 ms per iteration"
    assert memory_told(made()) == "100 kB of memory, with 24 GB free"
    assert shortage_told(made()) == ""
    small = made(fits=False, room=50_000, iteration=None, epoch=None, fitting=32)
    assert time_told(small, 10) == ""
    assert shortage_told(small) == (
        "64 samples at once need about 100 kB on A processor, and 50 kB are free. A batch size of 32 fits."
    )
    assert "Not even one sample fits" in shortage_told(made(fits=False, fitting=None))


def test_it_goes_through_a_file() -> None:
    assert Forecast.from_dict(made().to_dict()) == made()
    assert made().to_dict()["memory"]["total"] == 100_000
