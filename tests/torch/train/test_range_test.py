"""The learning-rate range test on a real network: it grows, it stops, and it uses the training's own settings."""

from itertools import pairwise

import pytest
import torch

from designer.errors import BlockFailed, TrainError
from designer.train.batches import EpochOrder
from designer.train.learning import Learning
from designer.train.objective import Objective
from designer.train.range_test import range_test
from designer.train.rate_curve import RateCurve
from designer.train.spec import TrainSpec
from tests.torch.train import train_cases
from tests.torch.train.train_cases import CLASSES


def rated(data, module=None, frozen=(), rates=None, **options):
    names = ("lowest", "highest", "points", "seconds", "heard")
    spec = TrainSpec.read({"device": "cpu", **{k: v for k, v in options.items() if k not in names}})
    module = module or train_cases.network()
    curve = RateCurve()
    points = list(
        range_test(
            module,
            Learning(module, spec, frozen, rates),
            Objective(CLASSES, {}),
            data,
            spec,
            curve,
            **{k: v for k, v in options.items() if k in names},
        )
    )
    return points, curve


@pytest.mark.parametrize(("optimizer", "low", "high"), [("adamw", 1e-4, 2e-2), ("sgd", 1e-3, 0.5)])
def test_a_rate_is_suggested_and_the_loss_soars_above(digits, optimizer, low, high):
    points, curve = rated(digits, optimizer=optimizer)
    rates = [point.rate for point in points]
    assert rates == curve.rates and rates == sorted(rates) and rates[0] == pytest.approx(1e-7)
    steps = [b / a for a, b in pairwise(rates)]
    assert max(steps) == pytest.approx(min(steps))
    found = curve.suggestion()
    assert low < found.rate < high and found.diverged is not None and found.diverged > 5 * found.rate
    assert len(points) < 100 == points[0].points


def test_the_order_and_the_rates_are_those_of_the_training(digits, monkeypatch):
    seen, used = [], []
    batch = digits.train.augmented
    monkeypatch.setattr(type(digits.train), "augmented", lambda self, i, d="cpu": (seen.append(i), batch(i, d))[1])
    step = torch.optim.AdamW.step
    monkeypatch.setattr(
        torch.optim.AdamW, "step", lambda self, *a: (used.append([g["lr"] for g in self.param_groups]), step(self))[1]
    )
    points, _ = rated(digits, points=20, highest=1e-3, rates={"6": 0.1}, batch_size=50, seed=7)
    order = list(EpochOrder(240, 50, 7).batches(0))
    assert all(torch.equal(a, b) for a, b in zip(seen, order, strict=False))
    assert sorted(set(used[5])) == pytest.approx([points[5].rate * 0.1, points[5].rate])


def test_small_batches_get_more_points(digits):
    assert rated(digits, batch_size=8, points=20, highest=1e-5)[0][0].points == 80
    assert rated(digits, batch_size=64, points=20, highest=1e-5)[0][0].points == 20


def test_as_many_points_as_there_is_time_for(digits):
    points, _ = rated(digits, seconds=0.0, points=90, highest=1e-4)
    assert len(points) == 40 and points[-1].points == 40 and points[-1].rate == pytest.approx(1e-4)


def test_frozen_layers_stay(digits):
    module = train_cases.network()
    before = module[0].weight.clone(), module[6].weight.clone()
    rated(digits, module, frozen=["0"], points=20, highest=1e-2)
    assert torch.equal(module[0].weight, before[0]) and not torch.equal(module[6].weight, before[1])
    with pytest.raises(TrainError, match="nothing to learn"):
        rated(digits, frozen=["0", "1", "6"])


def test_it_can_be_stopped_and_says_what_failed(digits):
    class Enough(BaseException):
        pass

    def heard():
        raise Enough

    with pytest.raises(Enough):
        rated(digits, heard=heard)
    with pytest.raises(BlockFailed, match="failed in batch 1"):
        rated(digits, torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(65, 10)))
