"""Networks and data for runs of several processes, in double precision."""

import torch

from designer.codegen.program import OutputInfo


class Tensors:
    """A split over two tensors."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def batch(self, indices, device):
        return self.x[indices].to(device), self.y[indices].to(device)


class Data:
    """163 samples to train on, 40 to validate."""

    def __init__(self):
        generator = torch.Generator().manual_seed(11)
        x = torch.randn(203, 1, 8, 8, dtype=torch.float64, generator=generator)
        y = torch.randint(0, 10, (203,), generator=generator)
        self.train, self.validation, self.classes = Tensors(x[:163], y[:163]), Tensors(x[163:], y[163:]), ()


class Two(torch.nn.Module):
    """Two outputs, and a layer that nothing depends on."""

    def __init__(self):
        super().__init__()
        self.body = torch.nn.Conv2d(1, 4, 3)
        self.one, self.other, self.idle = (torch.nn.Linear(4 * 36, 10) for _ in range(3))

    def forward(self, x):
        x = torch.tanh(self.body(x)).flatten(1)
        return self.one(x), self.other(x)


def network_of(case):
    torch.manual_seed(5)
    if case == "two outputs":
        return Two().double()
    norm = [torch.nn.BatchNorm2d(6)] if case == "norm" else []
    layers = [torch.nn.Conv2d(1, 6, 3, padding=1), *norm, torch.nn.Tanh(), torch.nn.Flatten()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(6 * 64, 10)).double()


def data_of(case):
    return Data()


def outputs_of(case):
    names = ("one", "other") if case == "two outputs" else ("classes",)
    return [OutputInfo(name, "classification", "cross_entropy", 10) for name in names]
