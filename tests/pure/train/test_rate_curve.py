"""What a range test suggests: on curves whose shape is known, and on any curve."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.train.rate_curve import RateCurve, rate_at, rate_words, rounded


def curve(loss, count=100, lowest=1e-7, highest=10.0):
    made = RateCurve()
    for number in range(count):
        rate = rate_at(number, count, lowest, highest)
        if not made.add(rate, loss(rate)):
            break
    return made


def slide(middle, width=0.5, start=2.3, end=0.3, soars=1.0):
    """Flat, then down around ``middle``, then up."""

    def loss(rate):
        place = math.log10(rate)
        down = start - (start - end) / (1 + math.exp(-(place - math.log10(middle)) / width * 4))
        return down + max(0.0, place - math.log10(soars)) * 40

    return loss


@pytest.mark.parametrize("count", [60, 100, 400])
@pytest.mark.parametrize("middle", [1e-5, 3e-4, 0.02])
def test_the_middle_of_the_way_down(middle, count):
    found = curve(slide(middle), count).suggestion()
    assert found.rate == pytest.approx(middle, rel=0.35)
    assert found.steepest == pytest.approx(middle, rel=0.35)
    assert found.rate < found.lowest < found.diverged


def test_it_keeps_away_from_where_the_loss_soars():
    found = curve(slide(0.1, width=0.1, soars=0.15)).suggestion()
    assert found.rate < found.diverged / 5


@pytest.mark.parametrize("loss", [lambda rate: 2.3, lambda rate: 2.3 + rate, lambda rate: 2.3 + 0.01 * math.sin(rate)])
def test_no_rate_is_better_than_another(loss):
    found = curve(loss).suggestion()
    assert found.rate is None and found.steepest is None


def test_a_loss_that_is_no_number_is_the_end():
    made = curve(lambda rate: 2.0 if rate < 1e-3 else math.nan)
    assert made.diverged == pytest.approx(1e-3, rel=0.2) and all(math.isfinite(loss) for loss in made.losses)
    assert not made.add(1.0, math.inf)


def test_a_few_points_say_nothing():
    assert curve(slide(1e-3), count=5).suggestion().rate is None
    assert RateCurve().suggestion().rate is None and RateCurve().smooth() == []


@given(st.lists(st.floats(-1e6, 1e6), min_size=0, max_size=60))
def test_any_curve(losses):
    made = RateCurve()
    for number, loss in enumerate(losses):
        if not made.add(rate_at(number, max(2, len(losses)), 1e-7, 10.0), loss):
            break
    levels = made.smooth()
    assert len(levels) == len(made.rates)
    if levels:
        assert min(made.losses) - 1e-6 <= min(levels) and max(levels) <= max(made.losses) + 1e-6
    found = made.suggestion()
    for rate in (found.rate, found.steepest, found.valley, found.lowest):
        assert rate is None or 0 < rate <= 10.0


def test_words():
    assert (rate_words(0.0032), rate_words(1e-5), rate_words(1.0)) == ("0.0032", "1e-05", "1")
    assert rounded(0.0031623) == 0.0032
    assert rate_at(0, 10, 1e-7, 10) == 1e-7 and rate_at(9, 10, 1e-7, 10) == pytest.approx(10)
