"""Networks as the compiler writes them, for the export tests."""

from __future__ import annotations

from textwrap import dedent, indent

import torch

from designer.codegen.program import InputInfo, OutputInfo, Program


def program(
    init: str, forward: str, dims: tuple[int, ...], dtype: str = "float32", kind: str = "classification"
) -> Program:
    source = (
        "import torch\nfrom torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self) -> None:\n"
        "        super().__init__()\n"
        + indent(dedent(init).strip(), " " * 8)
        + "\n\n    def forward(self, x):\n"
        + indent(dedent(forward).strip(), " " * 8)
        + "\n"
    )
    output = OutputInfo("output", kind, "cross_entropy" if kind == "classification" else "mse")
    return Program(source, "Net", (InputInfo("pixels", (None, *dims), dtype),), (output,))


CONVOLUTIONS = program(
    """
    self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
    self.norm1 = nn.BatchNorm2d(8)
    self.conv2 = nn.Conv2d(8, 8, 3, padding=1, bias=False)
    self.norm2 = nn.BatchNorm2d(8)
    self.pool = nn.MaxPool2d(2)
    self.drop = nn.Dropout(0.5)
    self.fc = nn.Linear(8 * 4 * 4, 10)
    """,
    """
    a = torch.relu(self.norm1(self.conv1(x)))
    b = self.norm2(self.conv2(a))
    y = self.pool(torch.relu(a + b))
    return self.fc(self.drop(torch.flatten(y, 1)))
    """,
    (1, 8, 8),
)
LSTM = program(
    "self.lstm = nn.LSTM(8, 16, batch_first=True)\nself.fc = nn.Linear(16, 10)",
    "y, _ = self.lstm(x)\nreturn self.fc(y[:, -1])",
    (8, 8),
)
EMBEDDING = program(
    "self.embed = nn.Embedding(30, 12)\nself.gru = nn.GRU(12, 9, batch_first=True)\nself.fc = nn.Linear(9, 4)",
    "y, _ = self.gru(self.embed(x))\nreturn self.fc(y[:, -1])",
    (6,),
    "int64",
)
TWO_OUTPUTS = program(
    "self.a = nn.Linear(5, 3)\nself.b = nn.Linear(5, 2)", "return self.a(x), self.b(x)", (5,), kind="regression"
)


def used(module: torch.nn.Module, *batch: torch.Tensor) -> torch.nn.Module:
    """The module after a few training steps' worth of statistics, so that BatchNorm has something to say."""
    module.train()
    with torch.no_grad():
        for _ in range(3):
            module(*batch)
    return module
