from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.ui.plots.pyramid import Pyramid, Smoother, smooth


def filled(n: int, chunk: int = 997, seed: int = 0) -> Pyramid:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n)
    pyramid = Pyramid()
    for i in range(0, n, chunk):
        part = y[i : i + chunk]
        pyramid.append(np.arange(i + 1, i + 1 + len(part)), part)
    return pyramid


def test_few_samples_come_back_exactly() -> None:
    pyramid = filled(1000)
    x, y = pyramid.draw(1, 1000, 4000)
    assert np.array_equal(x, np.arange(1, 1001)) and np.array_equal(y, pyramid.y)


@given(n=st.integers(5000, 60000), chunk=st.integers(1, 20000), points=st.integers(300, 4000), seed=st.integers(0, 9))
@settings(deadline=None)
def test_no_spike_is_lost_and_points_are_bounded(n: int, chunk: int, points: int, seed: int) -> None:
    pyramid = filled(n, max(chunk, n // 50), seed)
    x, y = pyramid.draw(1, n, points)
    assert len(x) == len(y) <= points
    assert y.min() == pyramid.y.min() and y.max() == pyramid.y.max()
    assert np.all(np.diff(x) >= 0)
    assert x[0] == 1 and x[-1] >= n - 2 * n / points * 4


@given(a=st.floats(0, 1), b=st.floats(0, 1))
@settings(deadline=None)
def test_a_window_covers_what_is_seen(a: float, b: float) -> None:
    pyramid = filled(20000)
    start, stop = sorted((a * 20000, b * 20000))
    x, y = pyramid.draw(start, stop, 500)
    inside = (pyramid.x >= start) & (pyramid.x <= stop)
    assert len(x) <= 500
    if inside.any():
        assert y.min() <= pyramid.y[inside].min() and y.max() >= pyramid.y[inside].max()
        assert x[0] <= pyramid.x[inside][0]


def test_appending_one_by_one_equals_all_at_once() -> None:
    whole, single = filled(3000, 3000), filled(3000, 1)
    for window in ((1, 3000), (17, 2555)):
        for left, right in zip(whole.draw(*window, 400), single.draw(*window, 400), strict=True):
            assert np.array_equal(left, right)


def test_values_that_are_not_finite_are_left_out() -> None:
    pyramid = Pyramid()
    pyramid.append([1, 2, 3, 4], [0.5, np.nan, np.inf, 0.25])
    assert pyramid.x.tolist() == [1, 4]
    pyramid.append([5], [np.nan])
    assert len(pyramid) == 2


def test_a_resumed_run_replaces_its_old_future() -> None:
    pyramid = filled(10000)
    before = pyramid.y[:4000].copy()
    pyramid.append(np.arange(4001, 6001), np.full(2000, 7.0))
    assert len(pyramid) == 6000 and pyramid.x[-1] == 6000
    assert np.array_equal(pyramid.y[:4000], before) and (pyramid.y[4000:] == 7.0).all()
    _, y = pyramid.draw(1, 6000, 300)
    assert y.max() == 7.0 and y.min() == before.min()


def test_a_step_back_inside_one_batch_of_events() -> None:
    pyramid = Pyramid()
    pyramid.append([1, 2, 3, 2, 3, 4], [1, 1, 1, 5, 6, 7])
    assert pyramid.x.tolist() == [1, 2, 3, 4] and pyramid.y.tolist() == [1, 5, 6, 7]


def test_nearest_sample() -> None:
    pyramid = Pyramid()
    assert pyramid.at(3) is None and pyramid.extent(0, 10) is None
    pyramid.append([10, 20, 30], [1, 2, 3])
    assert pyramid.at(-5) == (10, 1) and pyramid.at(16) == (20, 2) and pyramid.at(99) == (30, 3)


def test_rows_of_two_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        Pyramid().append([1, 2], [1])


@given(values=st.lists(st.floats(-100, 100), min_size=1, max_size=300), weight=st.floats(0, 0.999))
@settings(deadline=None)
def test_smoothing_equals_the_plain_loop(values: list[float], weight: float) -> None:
    state, expected = 0.25, []
    for value in values:
        state = weight * state + (1 - weight) * value
        expected.append(state)
    out, last = smooth(np.array(values), weight, 0.25)
    assert np.allclose(out, expected, rtol=1e-9, atol=1e-9) and last == pytest.approx(expected[-1], abs=1e-9)


def test_the_smoothed_curve_follows_in_pieces() -> None:
    pieces, whole = Pyramid(), filled(5000, 5000)
    follower = Smoother(pieces, 0.95)
    for i in range(0, 5000, 313):
        pieces.append(whole.x[i : i + 313], whole.y[i : i + 313])
        follower.follow()
    at_once = Smoother(whole, 0.95)
    at_once.follow()
    assert np.allclose(follower.pyramid.y, at_once.pyramid.y)
    assert at_once.pyramid.y[0] == pytest.approx(whole.y[0])


def test_the_smoothed_curve_starts_again_after_a_resume() -> None:
    source = filled(1000)
    follower = Smoother(source)
    follower.follow()
    for last in (501, 1300):  # shorter than before, and longer
        source.append(np.arange(501, last + 1), np.full(last - 500, 3.0))
        follower.follow()
        fresh = Smoother(source)
        fresh.follow()
        assert np.allclose(follower.pyramid.y, fresh.pyramid.y) and len(follower.pyramid) == last


def test_weight_is_bounded() -> None:
    with pytest.raises(ValueError, match="below 1"):
        Smoother(Pyramid()).set_weight(1.0)
