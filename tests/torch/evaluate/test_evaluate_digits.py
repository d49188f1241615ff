"""Measures against hand-counted cases and against torch on real digits."""

import json
import threading

import numpy as np
import pytest
import torch

from designer.data.open import open_data
from designer.data.spec import DataSpec
from designer.errors import BlockFailed, DataError, OutOfMemory
from designer.evaluate.confusion import confusion
from designer.evaluate.evaluate import evaluate, summarise
from designer.evaluate.mistakes import least_confident, most_confident_mistakes
from designer.evaluate.predict import Cancelled, Predictions, predict
from designer.evaluate.report import class_reports


@pytest.fixture(autouse=True)
def no_thread_stays():
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


class Tensors:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def batch(self, indices, device):
        return self.x[indices].to(device), self.y[indices].to(device)


@pytest.fixture(scope="module")
def digits():
    return open_data(DataSpec(source="digits", limit=300))


@pytest.fixture(scope="module")
def network(digits):
    """A network that is right often but not always: a few hundred steps by hand."""
    torch.manual_seed(0)
    module = torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(64, 32), torch.nn.BatchNorm1d(32), torch.nn.ReLU(), torch.nn.Linear(32, 10)
    )
    x, y = digits.train.batch(slice(0, None), "cpu")
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    for _ in range(15):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(module(x), y).backward()
        optimizer.step()
    return module


# What ten samples of three classes came to: true class, predicted class.
TRUE = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 0])
GUESS = np.array([0, 0, 1, 0, 1, 1, 0, 0, 1, 0])


def test_confusion_counts_rows_as_what_they_are():
    table = confusion(TRUE, GUESS, ("cat", "dog", "owl"), 3)
    assert table.matrix.tolist() == [[4, 1, 0], [1, 2, 0], [1, 1, 0]]
    assert table.pairs(2) == [("cat", "dog", 1), ("dog", "cat", 1)]
    assert len(table.pairs()) == 4


def test_reports_by_hand():
    cat, dog, owl = class_reports(confusion(TRUE, GUESS, ("cat", "dog", "owl"), 3))
    assert (cat.precision, cat.recall, cat.support) == (4 / 6, 4 / 5, 5)
    assert cat.f1 == pytest.approx(2 * (4 / 6) * (4 / 5) / (4 / 6 + 4 / 5))
    assert (dog.precision, dog.recall, dog.f1) == (2 / 4, 2 / 3, pytest.approx(4 / 7))
    assert (owl.precision, owl.recall, owl.f1, owl.support) == (None, 0.0, 0.0, 2)


def test_a_class_without_a_name_is_its_number_and_a_strange_class_is_refused():
    assert confusion(TRUE, GUESS, ("cat",), 3).classes == ("cat", "1", "2")
    with pytest.raises(DataError, match="class number 2, but the network has 2 classes"):
        confusion(TRUE, np.zeros(10, dtype=np.int64), ("a", "b"), 2)
    with pytest.raises(DataError, match="class number -1"):
        confusion(np.array([-1]), np.array([0]), ("a",), 1)


def test_the_most_confident_mistake_comes_first():
    logits = np.log(np.array([[0.7, 0.3], [0.9, 0.1], [0.2, 0.8], [0.55, 0.45]], dtype=np.float32))
    predictions = Predictions(logits, np.array([1, 1, 1, 0]), None)
    first, second = most_confident_mistakes(predictions, ("no", "yes"))
    assert (first.index, first.true, first.predicted) == (1, "yes", "no")
    assert first.confidence == pytest.approx(0.9) and first.probability_true == pytest.approx(0.1)
    assert second.index == 0
    assert [sample.index for sample in least_confident(predictions, (), 2)] == [3, 0]


def test_real_digits_equal_torch(digits, network):
    before = [layer.training for layer in network.modules()]
    told = []
    result = evaluate(
        network,
        digits.validation,
        classes=digits.classes,
        loss=torch.nn.functional.cross_entropy,
        batch_size=16,
        progress=lambda done, total: told.append((done, total)),
    )
    assert [layer.training for layer in network.modules()] == before
    assert told == [(16, 60), (32, 60), (48, 60), (60, 60)]
    x, y = digits.validation.batch(slice(0, None), "cpu")
    network.eval()
    with torch.no_grad():
        logits = network(x)
    network.train()
    assert 0.5 < result.accuracy < 1.0
    assert result.accuracy == (logits.argmax(1) == y).sum().item() / 60
    assert result.loss == pytest.approx(torch.nn.functional.cross_entropy(logits, y).item(), rel=1e-5)
    assert sum(one.support for one in result.classes) == 60 == int(result.confusion.matrix.sum())
    worst = result.mistakes[0]
    probabilities = logits.softmax(1)
    wrong = logits.argmax(1) != y
    assert worst.confidence == pytest.approx(probabilities.max(1).values[wrong].max().item(), rel=1e-5)
    assert digits.classes[int(y[worst.index])] == worst.true != worst.predicted
    assert len(result.mistakes) == min(25, int(wrong.sum())) and len(result.unsure) == 25
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["samples"] == 60


def test_regression():
    x = torch.arange(8.0).reshape(8, 1)
    module = torch.nn.Linear(1, 1)
    with torch.no_grad():
        module.weight.fill_(1.0)
        module.bias.fill_(1.0)
    samples = Tensors(x, x.squeeze(1))
    result = evaluate(module, samples, loss=torch.nn.functional.mse_loss, batch_size=3)
    assert result.regression.mean_absolute_error == 1.0 and result.regression.root_mean_squared_error == 1.0
    assert result.regression.r2 == pytest.approx(1 - 8 / 42)
    assert result.loss == pytest.approx(1.0) and result.accuracy is None
    json.dumps(result.to_dict(), allow_nan=False)
    whole = evaluate(module, Tensors(x, x.squeeze(1).long()), regression=True)
    assert whole.regression == result.regression
    with pytest.raises(DataError, match="as wide as the target"):
        evaluate(module, Tensors(x, torch.zeros(8, 3)))


def test_several_outputs():
    class Two(torch.nn.Module):
        def forward(self, x):
            return x, -x

    samples = Tensors(torch.eye(3), torch.arange(3))
    assert evaluate(Two(), samples).accuracy == 1.0
    assert evaluate(Two(), samples, output=1).accuracy == 0.0


def test_cancel_acts_before_the_next_batch(digits, network):
    told = []
    with pytest.raises(Cancelled):
        predict(
            network,
            digits.validation,
            batch_size=10,
            progress=lambda done, total: told.append(done),
            cancelled=lambda: len(told) == 2,
        )
    assert told == [10, 20] and network.training


def test_failures_are_sentences(digits, network):
    def fail(error):
        def forward(x):
            raise error

        module = torch.nn.Identity()
        module.forward = forward
        return module

    with pytest.raises(BlockFailed, match="“conv1” failed on these data: shapes differ") as caught:
        predict(fail(RuntimeError("shapes differ\nmore")), digits.validation, blame=lambda _: "conv1")
    assert caught.value.block == "conv1"
    with pytest.raises(OutOfMemory, match="batch size below 256"):
        predict(fail(torch.OutOfMemoryError("CUDA out of memory")), digits.validation)
    with pytest.raises(DataError, match="NaN"):
        predict(network, Tensors(torch.full((4, 64), float("nan")), torch.zeros(4, dtype=torch.int64)))
    with pytest.raises(DataError, match="no samples"):
        predict(network, Tensors(torch.zeros(0, 64), torch.zeros(0)))
    with pytest.raises(DataError, match="one row of logits"):
        summarise(Predictions(np.zeros((4, 2, 2), np.float32), np.zeros((4, 2), np.int64), None))
