"""Training throughput beside a hand-written plain torch loop, in the same process and turn about.

Run alone: pytest tests/bench/test_train_throughput.py -s
"""

import time

import pytest
import torch

from designer.codegen.program import OutputInfo
from designer.train.batches import EpochOrder
from designer.train.events import Step
from designer.train.loop import train
from designer.train.spec import TrainSpec

BATCH, SAMPLES = 64, 960
OUTPUTS = [OutputInfo("classes", "classification", "cross_entropy", 10)]


@pytest.fixture
def one_thread():
    """Two threads of two processes on two cores wait for each other, and it is the waiting that would be measured."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Tensors:
    def __init__(self, x, y):
        self.x, self.labels = x, y

    def __len__(self):
        return len(self.x)

    def batch(self, indices, device):
        return self.x[indices].to(device), self.labels[indices].to(device)


class Data:
    def __init__(self):
        x, y = torch.randn(SAMPLES, 1, 28, 28), torch.randint(0, 10, (SAMPLES,))
        self.train, self.validation, self.classes = Tensors(x, y), Tensors(x[:0], y[:0]), ()


def cnn():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 16, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(16, 32, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(32 * 7 * 7, 10),
    )


def plain(module, data, epochs):
    """The hand-written loop: the same samples, the same mathematics, and the loss read for a plot."""
    device = torch.device("cpu")
    optimizer = torch.optim.AdamW(module.parameters(), lr=1e-3, weight_decay=1e-4)
    module.train()
    for epoch in range(epochs):
        for indices in EpochOrder(SAMPLES, BATCH, 0).batches(epoch):
            x, y = data.train.batch(indices, device)
            loss = torch.nn.functional.cross_entropy(module(x), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            yield loss.item()


def ours(module, data, epochs, folder):
    spec = TrainSpec(
        epochs=epochs, batch_size=BATCH, schedule="constant", device="cpu", spare_norms=False, health=False
    )
    for event in train(module, data, spec, OUTPUTS, folder=folder):
        if isinstance(event, Step):
            yield event.loss


def side_by_side(loops):
    """Seconds of every iteration of loops that take turns at each one, and a last entry for what comes after it."""
    seconds, losses = {name: [] for name in loops}, {name: [] for name in loops}
    while True:
        ended = 0
        for name, loop in loops.items():
            began = time.perf_counter()
            loss = next(loop, None)
            seconds[name].append(time.perf_counter() - began)
            ended += loss is None
            losses[name].append(loss)
        if ended:
            assert losses["plain"] == losses["ours"]
            return seconds


@pytest.mark.parametrize(("saving", "epochs", "rounds"), [(False, 4, 7), (True, 20, 3)], ids=["memory", "checkpoints"])
def test_training_is_as_fast_as_a_plain_loop(tmp_path, one_thread, saving, epochs, rounds):
    data = Data()
    best = {}
    for number in range(rounds):
        folder = tmp_path / str(number) if saving else None
        seconds = side_by_side({"plain": plain(cnn(), data, epochs), "ours": ours(cnn(), data, epochs, folder)})
        for name, times in seconds.items():
            # The quickest of an iteration's rounds is the one that nothing else on the machine disturbed.
            best[name] = [min(pair) for pair in zip(best.get(name, times), times, strict=True)]
    speed = {name: SAMPLES * epochs / sum(times) for name, times in best.items()}
    ratio = speed["ours"] / speed["plain"]
    print(f"\nplain {speed['plain']:,.0f} samples/s, ours {speed['ours']:,.0f} samples/s, ratio {ratio:.3f}")
    assert ratio >= (0.95 if saving else 0.97)  # the plain loop writes nothing to disk
