"""Networks, data and small helpers for the training tests; also imported by the processes that they start."""

import torch

from designer.codegen.program import OutputInfo
from designer.data.open import open_data
from designer.data.spec import DataSpec
from designer.train.events import Failed, Finished
from designer.train.loop import train
from designer.train.spec import TrainSpec

CLASSES = [OutputInfo("classes", "classification", "cross_entropy", 10)]


def digits(limit=300):
    return open_data(DataSpec(source="digits", limit=limit))


def network(seed=0, classes=10):
    """Convolution, batch normalisation and dropout: what has running statistics and what draws random numbers."""
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3, padding=1),
        torch.nn.BatchNorm2d(8),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Dropout(0.2),
        torch.nn.Linear(8 * 4 * 4, classes),
    )


class Tensors:
    """A split over two tensors."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def batch(self, indices, device):
        return self.x[indices].to(device), self.y[indices].to(device)


class Pair:
    """Training and validation data from tensors."""

    def __init__(self, train, validation, classes=()):
        self.train, self.validation, self.classes = Tensors(*train), Tensors(*validation), classes


def run(module, data, spec=None, outputs=CLASSES, **options):
    return list(train(module, data, spec or TrainSpec(device="cpu"), outputs, **options))


def finished(events):
    assert isinstance(events[-1], Finished), events[-1]
    return events[-1]


def failed(events):
    assert isinstance(events[-1], Failed), events[-1]
    return events[-1]


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


def same(left, right):
    """Bit for bit."""
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def weights(module):
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}
