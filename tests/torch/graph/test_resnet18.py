"""A ResNet-18 drawn block by block costs what torchvision's does, and its last results see what the papers say."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import resnet18

from designer.blocks.catalog import catalog
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Batch, Connect, Edit
from designer.graph.field import Side, measure_fields
from designer.graph.memory import measure_memory
from designer.graph.model import Wire
from tests.torch.graph.test_memory import saved_by

SIDE = 64


class Drawing:
    """Adds blocks one after the other."""

    def __init__(self) -> None:
        self.edits: list[Edit] = []

    def add(self, name: str, kind: str, *sources: str, **values: Any) -> str:
        self.edits.append(AddBlock(name, kind, catalog()[kind].check(values)))
        self.edits += [Connect(Wire(src, 0, name, slot)) for slot, src in enumerate(sources)]
        return name

    def conv(self, name: str, src: str, out: int, kernel: int, stride: int) -> str:
        sizes = {"kernel_size": kernel, "stride": stride, "padding": kernel // 2}
        return self.add(name, "conv2d", src, out_channels=out, bias=False, **sizes)

    def basic_block(self, path: str, x: str, out: int, stride: int) -> str:
        y = self.add(f"{path}.bn1", "batch_norm2d", self.conv(f"{path}.conv1", x, out, 3, stride))
        y = self.conv(f"{path}.conv2", self.add(f"{path}.relu1", "relu", y), out, 3, 1)
        y = self.add(f"{path}.bn2", "batch_norm2d", y)
        if stride > 1:
            x = self.add(f"{path}.downsample.1", "batch_norm2d", self.conv(f"{path}.downsample.0", x, out, 1, stride))
        return self.add(f"{path}.relu2", "relu", self.add(f"{path}.add", "add", y, x))


@pytest.fixture(scope="module")
def drawn() -> Document:
    d = Drawing()
    x = d.conv("conv1", d.add("input", "input", size=(3, SIDE, SIDE)), 64, 7, 2)
    x = d.add("relu", "relu", d.add("bn1", "batch_norm2d", x))
    x = d.add("maxpool", "max_pool2d", x, kernel_size=3, stride=2, padding=1)
    for stage, out in enumerate((64, 128, 256, 512), start=1):
        for i in (0, 1):
            x = d.basic_block(f"layer{stage}.{i}", x, out, 2 if stage > 1 and i == 0 else 1)
    d.add("fc", "linear", d.add("avgpool", "global_avg_pool", x), out_features=1000)
    document = Document()
    document.do(Batch("ResNet-18", tuple(d.edits)))
    return document


def test_costs_equal_torchvisions(drawn: Document) -> None:
    model = resnet18(weights=None)
    assert drawn.totals().params == sum(p.numel() for p in model.parameters())
    x = torch.randn(2, 3, SIDE, SIDE)
    with FlopCounterMode(display=False) as counter:
        model(x)
    assert counter.get_total_flops() == 2 * 2 * drawn.totals().macs
    by_block: dict[str, int] = {}
    for name, weights in model.named_parameters():
        block = name.rpartition(".")[0]
        by_block[block] = by_block.get(block, 0) + weights.numel()
    assert {n: s.cost.params for n, s in drawn.shapes.items() if s.cost.params} == by_block


def test_training_keeps_as_much_as_torchvisions(drawn: Document) -> None:
    _, kept = saved_by(resnet18(weights=None), [torch.randn(2, 3, SIDE, SIDE)])
    memory = measure_memory(drawn.network, drawn.shapes, {"B": 2})
    assert sum(m.kept for m in memory.values()) == kept


def test_receptive_fields_are_those_of_the_papers(drawn: Document) -> None:
    fields = measure_fields(drawn.network, drawn.shapes)
    wanted = {"conv1": (7, 2), "maxpool": (11, 4), "layer1.1.relu2": (43, 4), "layer2.1.relu2": (99, 8),
              "layer3.1.relu2": (211, 16), "layer4.1.relu2": (435, 32)}  # fmt: skip
    assert {name: fields[name].sides for name in wanted} == {
        name: (Side(SIDE, *values),) * 2 for name, values in wanted.items()
    }
    assert fields["fc"].whole
