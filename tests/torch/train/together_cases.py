"""Networks and data for runs of several processes."""

import torch

from designer.codegen.program import OutputInfo
from tests.torch.train.train_cases import Pair


def network_of(case):
    torch.manual_seed(5)
    norm = [torch.nn.BatchNorm2d(6)] if "norm" in case else []
    layers = [torch.nn.Conv2d(1, 6, 3, padding=1), *norm, torch.nn.Tanh(), torch.nn.Flatten()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(6 * 64, 10)).double()


def data_of(case):
    generator = torch.Generator().manual_seed(11)
    x = torch.randn(203, 1, 8, 8, dtype=torch.float64, generator=generator)
    y = torch.randint(0, 10, (203,), generator=generator)
    return Pair((x[:163], y[:163]), (x[163:], y[163:]))


def outputs_of(case):
    return [OutputInfo("classes", "classification", "cross_entropy", 10)]
