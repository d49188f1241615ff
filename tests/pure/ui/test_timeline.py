from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.ui.plots.pyramid import Pyramid
from designer.ui.plots.timeline import Timeline
from designer.ui.plots.tracks import spread_at, spread_over
from tests.pure.ui.plots_kit import PER_EPOCH, log


def timeline(pace: float = 0.5, epochs: int = 3) -> Timeline:
    made = Timeline()
    made.take(log(epochs, pace=pace))
    return made


def test_an_iteration_lies_in_an_epoch_and_at_a_second() -> None:
    line = timeline()
    assert (line.per_epoch, line.total) == (PER_EPOCH, 3 * PER_EPOCH)
    assert [line.place(15, axis) for axis in ("iteration", "epoch", "time")] == [15, 1.5, 7.5]
    assert [line.iteration(place, axis) for place, axis in ((15, "iteration"), (1.5, "epoch"), (7.5, "time"))] == [
        15
    ] * 3


def test_what_is_not_known_lies_nowhere() -> None:
    line = Timeline()
    assert line.knows("iteration") and not line.knows("epoch") and not line.knows("time")
    assert np.isnan(line.place(3, "epoch")) and np.isnan(line.iteration(3, "time"))


@given(st.lists(st.floats(0.001, 5.0), min_size=2, max_size=60), st.data())
def test_there_and_back_again(gaps: list[float], data: st.DataObject) -> None:
    line = Timeline()
    line.append(np.arange(1, len(gaps) + 1), np.cumsum(gaps))
    at = data.draw(st.floats(1, len(gaps)))
    assert line.iteration(line.place(at, "time"), "time") == pytest.approx(at, rel=1e-6)


def test_a_run_that_goes_on_from_a_checkpoint_takes_its_old_future_back() -> None:
    line = timeline()
    line.append([21, 22, 23], [100.0, 101.0, 102.0])  # it had told of 30 iterations
    assert line.place(20, "time") == 10.0 and line.place(22, "time") == 101.0 and line.place(30, "time") == 102.0
    line.append([24, 25, 22], [103.0, 104.0, 50.0])  # a clock never goes back
    assert line.place(22, "time") == 100.0


def members(*shifts: float, paces: tuple[float, ...] = ()) -> list[tuple[Timeline, Pyramid]]:
    found = []
    for number, shift in enumerate(shifts):
        values = Pyramid()
        x = np.arange(1.0, 31.0)
        values.append(x, shift + x)
        found.append((timeline(paces[number] if paces else 0.5), values))
    return found


def test_a_series_is_its_mean_and_its_spread() -> None:
    runs = members(0.0, 1.0, 5.0)
    x, mean, low, high = spread_over(runs, "iteration", 0, 40, "range")
    assert np.array_equal(x, np.arange(1, 31)) and np.allclose(mean, x + 2)
    assert np.allclose(low, x) and np.allclose(high, x + 5)
    _, mean, low, high = spread_over(runs, "iteration", 0, 40, "deviation")
    assert np.allclose(high - mean, np.std([0, 1, 5], ddof=1)) and np.allclose(mean - low, high - mean)
    assert spread_at(runs, "epoch", 1.5, "range") == pytest.approx((17, 15, 20))


def test_runs_of_a_series_count_as_far_as_they_go() -> None:
    runs = members(0.0, 10.0, paces=(1.0, 0.5))  # the second one has ended after 15 s
    assert spread_at(runs, "time", 10.0, "range") == pytest.approx((20, 10, 30))
    assert spread_at(runs, "time", 20.0, "range") == pytest.approx((20, 20, 20))
    assert spread_at(runs, "time", 31.0, "range") is None
    x, _, low, high = spread_over(runs, "time", 0, 50, "range")
    assert x[0] == 0.5 and x[-1] == 30.0 and np.all(low <= high) and np.isfinite(high).all()


def test_long_runs_are_summed_up_at_few_places() -> None:
    runs = []
    for shift in (0.0, 2.0):
        values = Pyramid()
        values.append(np.arange(1, 50_001), np.full(50_000, shift))
        runs.append((Timeline(), values))
    x, mean, low, high = spread_over(runs, "iteration", 1000, 2000, "range")
    assert len(x) <= 240 and x[0] == 1000 and x[-1] == 2000
    assert (mean == 1).all() and (low == 0).all() and (high == 2).all()
    assert all(len(part) == 0 for part in spread_over(runs, "time", 0, 5, "range"))
