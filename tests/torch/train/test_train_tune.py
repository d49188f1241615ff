"""Choose for me: what is tried, what wins, and what is said of it."""

import pytest
import torch

from designer.errors import TrainError
from designer.train import tune as tuning
from designer.train.forecast import largest_batch
from designer.train.spec import TrainSpec
from designer.train.tune import Row, sentence, tune
from tests.torch.train.train_cases import CLASSES, network


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Two stretches instead of seven: what is tested here is not the time."""
    monkeypatch.setattr(tuning, "_ROUNDS", 2)
    monkeypatch.setattr(tuning, "_STRETCH", 0.02)


def spec(**fields):
    return TrainSpec(**{"epochs": 2, "batch_size": 40, "device": "cpu"} | fields)


def titles(rows):
    return [row.title for row in rows]


def test_every_switch_is_tried_beside_the_best_before_it(digits):
    before = torch.get_num_threads()
    rows = list(tune(network, digits, spec(threads=1), CLASSES, {}, samples=480))
    assert titles(rows)[0] == "As it is set" and rows[0].speed > 0 and not rows[0].chosen
    assert titles(rows)[-4:] == ["bf16", "channels last", "fused optimiser", "compiled"]
    for row in rows[1:-1]:
        assert row.speed > 0 and row.gain > 0 and row.chosen == (row.gain >= 1.03)
    assert rows[-1].note.startswith("Not tried: the run is too short") and rows[-1].speed is None
    assert torch.get_num_threads() == before
    TrainSpec.read({**spec().model_dump(), **{k: v for row in rows for k, v in row.change.items()}})


def test_what_is_set_already_is_not_tried(digits):
    chosen = spec(threads=1, precision="bf16", channels_last="on", fused="on", compile="on")
    assert "float32" in (names := [title for title, _ in tuning._tries(chosen, torch.device("cpu"))])
    assert not {"bf16", "channels last", "fused optimiser", "compiled"} & set(names)
    assert "fused optimiser" not in [title for title, _ in tuning._tries(spec(optimizer="nadam"), torch.device("cpu"))]


class Slow(torch.nn.Module):
    """A network that is slow unless its pictures lie channels last."""

    def __init__(self):
        super().__init__()
        self.first, self.last = torch.nn.Conv2d(1, 4, 3), torch.nn.Linear(4 * 6 * 6, 10)

    def forward(self, x):
        x = self.first(x)
        if not x.is_contiguous(memory_format=torch.channels_last):
            for _ in range(30):
                torch.randn(64, 64) @ torch.randn(64, 64)
        return self.last(x.flatten(1))


def test_the_faster_one_wins_and_its_settings_are_chosen(digits):
    rows = list(tune(Slow, digits, spec(threads=1), CLASSES, {}))
    won = next(row for row in rows if row.title == "channels last")
    assert won.chosen and won.gain > 1.2 and won.change == {"channels_last": "on"}
    assert "channels last" in sentence(rows)


def test_settings_that_fail_as_they_are_are_an_error(digits):
    with pytest.raises(TrainError, match="Target 9 is out of bounds"):
        list(tune(lambda: network(classes=3), digits, spec(), CLASSES, {}))


class OnlyFull(torch.nn.Module):
    """Fails with numbers of half the size."""

    def __init__(self):
        super().__init__()
        self.body = network()

    def forward(self, x):
        if torch.is_autocast_enabled("cpu"):
            raise RuntimeError("no halves here.")
        return self.body(x)


def test_a_switch_that_fails_is_told_and_not_chosen(digits):
    rows = list(tune(OnlyFull, digits, spec(threads=1), CLASSES, {}))
    told = next(row for row in rows if row.title == "bf16")
    assert not told.chosen and told.speed is None and "no halves here" in told.note


def test_a_person_can_call_it_off(digits):
    class Enough(Exception):
        pass

    def heard(share, text):
        if share > 0:
            raise Enough

    with pytest.raises(Enough):
        list(tune(network, digits, spec(), CLASSES, {}, heard=heard))


def test_the_sentence():
    rows = [Row("As it is set", {}, 100.0, None, False), Row("bf16", {}, 150.0, 1.5, True)]
    assert sentence(rows) == "1.5 times as fast as before: bf16."
    rows += [Row("compiled", {}, 90.0, 0.9, False), Row("2 threads", {}, 300.0, 2.0, True)]
    assert sentence(rows) == "3.0 times as fast as before: bf16 and 2 threads."
    assert sentence(rows[:1]) == "Nothing was faster than it is set: 100 samples/s."


@pytest.mark.parametrize(
    ("most", "room", "found"), [(1000, 100, 64), (1000, 5000, 1000), (1000, 0, None), (1, 1, 1), (7, 100, 7)]
)
def test_the_largest_batch(most, room, found):
    assert largest_batch(most, lambda n: n <= room) == found
