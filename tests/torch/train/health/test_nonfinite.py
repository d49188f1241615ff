"""The block where the first number arose that is none, in real runs that go wrong."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from designer.codegen.program import OutputInfo
from designer.train.health.listening import whose_modules
from designer.train.health.retrace import range_of, retrace
from designer.train.health.step import read_step
from designer.train.objective import Objective
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import Pair, failed, network, run, weights

SPEC = TrainSpec(epochs=2, batch_size=40, learning_rate=0.01, device="cpu", seed=3)
VALUE = [OutputInfo("value", "regression", "mse")]


class Log(nn.Module):
    def forward(self, x):
        return torch.log(x)


class Root(nn.Module):
    def forward(self, x):
        return x + torch.sqrt(x * 0)


class Times(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return x * self.factor


def kept(folder):
    return read_step((folder / "nonfinite/step.json").read_bytes())


def test_the_logarithm_of_zero_is_found(digits, tmp_path):
    """The loss is infinite in the first iteration: the block, its inputs and the pictures that did it are told."""
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), Log(), nn.Linear(16, 10))
    error = failed(run(module, digits, SPEC, folder=tmp_path))
    assert (error.kind, error.block, error.batch) == ("non_finite", "3", 1)
    assert error.message.startswith("3 gave the first infinite value in iteration 1 (epoch 1, batch 1), in log: its ")
    assert "inputs reach 0. Keep them above 0" in error.message
    report = kept(tmp_path)
    assert (error.details, report.cause, report.exact) == ("nonfinite/step.json", "forward", True)
    rows = {row.block: row for row in report.rows}
    assert [row.block for row in report.rows] == ["0", "1", "2", "3", "4"]
    assert rows["3"].inputs.low == 0.0 and rows["3"].output.infinite > 0 and rows["2"].output.finite
    assert not rows["4"].output.finite and report.samples[0].bad and report.samples[0].name.startswith("picture")
    with np.load(tmp_path / "nonfinite/samples.npz") as file:
        assert file["pictures"].shape == (16, 8, 8, 1) and not file["bad"].any()


def test_a_gradient_that_is_infinite_is_found_though_it_shows_an_iteration_later(digits, tmp_path):
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), Root(), nn.Linear(16, 10))
    error = failed(run(module, digits, SPEC, folder=tmp_path))
    assert (error.block, error.batch, error.kind) == ("3", 1, "non_finite")
    assert "3 gave the first NaN on the way back, as a gradient, in iteration 1" in error.message
    report = kept(tmp_path)
    row = next(row for row in report.rows if row.block == "3")
    assert report.cause == "backward" and row.gradient_in.finite and not row.gradient_out.finite and row.output.finite
    assert all(tensor.isfinite().all() for tensor in weights(module).values())


def test_values_that_grow_too_large_are_found_where_they_overflow(digits, tmp_path):
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), Times(1e25), Times(1e25), nn.Linear(16, 10))
    error = failed(run(module, digits, SPEC, folder=tmp_path))
    assert error.block == "3" and "first infinite value" in error.message and "Lower the learning rate" in error.message
    assert kept(tmp_path).rows[3].inputs.largest > 1e24


def test_a_learning_rate_that_is_far_too_large_is_found(digits, tmp_path):
    x, y = digits.train.batch(slice(0, None), "cpu")
    target = torch.nn.functional.one_hot(y, 10).float()
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.Linear(32, 10))
    spec = SPEC.model_copy(update={"optimizer": "sgd", "learning_rate": 100.0, "schedule": "constant", "epochs": 20})
    error = failed(run(module, Pair((x, target), (x, target)), spec, VALUE, folder=tmp_path))
    report = kept(tmp_path)
    assert error.kind == "non_finite" and report.cause in ("forward", "loss", "backward", "update")
    assert error.block in ("1", "2") and "learning rate" in error.message and "iteration" in error.message


def test_data_that_are_no_numbers_are_told_by_the_sample(digits, tmp_path):
    x, y = digits.train.batch(slice(0, None), "cpu")
    x = x.clone()
    x[[7, 9], 0, 3, 4] = float("nan")
    spec = SPEC.model_copy(update={"batch_size": 240})
    error = failed(run(network(), Pair((x, y), (x, y)), spec, folder=tmp_path))
    assert "The data of iteration 1 (epoch 1, batch 1) are no numbers: sample" in error.message
    assert "and 1 more hold NaN or infinity" in error.message and error.block is None
    report = kept(tmp_path)
    assert {s.index for s in report.samples if s.bad} == {7, 9} and [s.bad for s in report.samples[:3]] == [
        True, True, False
    ]  # fmt: skip
    with np.load(tmp_path / "nonfinite/samples.npz") as file:
        assert file["bad"][:2, 3, 4].all() and file["bad"].sum() == 2


def test_a_batch_of_the_validation_is_found_as_well(digits, tmp_path):
    x, y = digits.validation.batch(slice(0, None), "cpu")
    data = Pair(digits.train.batch(slice(0, None), "cpu"), (x * 1e30, y))
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), Times(1e30), nn.Linear(16, 10))
    with torch.no_grad():
        module[4].weight *= 1e-30
    error = failed(run(module, data, SPEC, folder=tmp_path))
    assert error.block == "3" and "in batch 1 of the validation after iteration 6" in error.message
    assert kept(tmp_path).validation


def test_without_a_folder_the_sentence_is_there_and_nothing_is_written(digits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), Log(), nn.Linear(16, 10))
    error = failed(run(module, digits, SPEC))
    assert error.block == "3" and error.details is None and not any(tmp_path.iterdir())


def test_a_full_disk_leaves_the_sentence(digits, tmp_path):
    (tmp_path / "nonfinite").write_text("no folder")
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), Log(), nn.Linear(16, 10))
    error = failed(run(module, digits, SPEC, folder=tmp_path))
    assert error.block == "3" and error.details is None


def test_the_step_that_is_done_again_draws_what_it_drew(digits, tmp_path, monkeypatch):
    """With dropout in it, the loss of the step that is done again is the same to the bit."""
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.Dropout(0.5), nn.Linear(16, 10))
    seen = []
    plain = Objective.__call__

    def watched(self, result, target, measure=None):
        loss, told = plain(self, result, target, measure)
        seen.append(loss.item())
        return (loss * float("inf") if len(seen) == 4 else loss), told

    monkeypatch.setattr(Objective, "__call__", watched)
    spec = SPEC.model_copy(update={"validate_every": 100})
    assert failed(run(module, digits, spec, folder=tmp_path)).batch == 4
    assert seen[4] == seen[3] != seen[2]


def test_ranges_count_what_is_no_number():
    found = range_of([torch.tensor([1.0, float("nan"), -5.0]), torch.tensor([float("inf")]), torch.tensor([1])])
    assert (found.low, found.high, found.nan, found.infinite, found.count) == (-5.0, 1.0, 1, 1, 4)
    assert not found.finite and found.largest == 5.0


def test_every_step_of_the_way_back_belongs_to_a_block():
    module = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    x = torch.randn(5, 4)
    trace = retrace(module, lambda: (module(x) ** 2).mean(), whose_modules(module))
    assert trace.forward is None and trace.backward is None
    for row in trace.rows:
        assert row.gradient_in.count and row.output.count and row.inputs.count
    first, tanh, last = trace.rows
    assert last.gradient_out.count == 40 == tanh.gradient_in.count == tanh.gradient_out.count
    assert first.gradient_out is None  # there is nothing before it
    assert first.weight_gradients.count == 40 and tanh.weights is None


@pytest.mark.parametrize("text", ["", "{", json.dumps({"rows": 3})])
def test_a_damaged_report_is_told(text):
    from designer.errors import FileDamaged

    with pytest.raises(FileDamaged):
        read_step(text)


def test_beside_other_processes_nobody_waits_for_a_backward_pass():
    module = nn.Sequential(nn.Linear(4, 4), Log())
    trace = retrace(module, lambda: module(torch.zeros(2, 4) - 1).sum(), whose_modules(module), backward=False)
    assert trace.forward == "1" and trace.backward is None
    assert all(weight.grad is None for weight in module.parameters())


def test_where_losses_are_read_late_as_on_a_gpu_the_batch_is_found_all_the_same(digits, tmp_path, monkeypatch):
    """The weights are bad by then: those of before are taken, and the sentence names the first bad batch."""
    from collections import deque

    from designer.train import readings
    from designer.train.health.nonfinite import Witness

    monkeypatch.setattr(readings.Readings, "due", lambda self: False)  # not before the end of the epoch
    start = Witness.__init__

    def remembers_more(self, *args, **options):
        start(self, *args, **options)
        self._notes = deque(maxlen=24)

    monkeypatch.setattr(Witness, "__init__", remembers_more)
    x, y = digits.train.batch(slice(0, None), "cpu")
    x = x.clone()
    x[7, 0, 3, 4] = 1e38  # finite, but not its product with a factor
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), Times(1e3), nn.Linear(16, 10))
    error = failed(run(module, Pair((x, y), (x[:20], y[:20])), SPEC, folder=tmp_path))
    report = kept(tmp_path)
    assert error.block in ("1", "2") and report.cause == "forward" and not report.exact
    assert 7 in [sample.index for sample in report.samples if sample.bad]
    assert error.batch == report.iteration < 6
