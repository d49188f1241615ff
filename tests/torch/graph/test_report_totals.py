"""The report's totals against torch: parameters and multiply-adds of all templates and of networks of torchvision."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torchvision
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.graph.document import Document
from designer.graph.report.rows import make_report
from designer.graph.templates import load_template, templates
from tests.torch.graph.test_no_false_alarms import drawing

NETWORKS = ("alexnet", "vgg11_bn", "resnet18", "resnet50", "wide_resnet50_2", "densenet121", "googlenet", "mobilenet_v2",
            "mobilenet_v3_small", "mnasnet1_0", "efficientnet_b0", "squeezenet1_0")  # fmt: skip


def counted(module: nn.Module, *size: int) -> tuple[int, int]:
    """Parameters and multiply-adds for one sample, as torch counts them on the meta device."""
    with torch.device("meta"):
        x = torch.empty(1, *size)
    with FlopCounterMode(display=False) as counter:
        module.to("meta").eval()(x)
    return sum(p.numel() for p in module.parameters()), counter.get_total_flops() // 2


@pytest.mark.parametrize("name", [t.name for t in templates() if len(t.network)])
def test_templates(name: str) -> None:
    document = Document(load_template(name))
    program = compile_network(document.network, shapes=document.shapes)
    (entry,) = program.inputs
    totals = make_report(document).totals
    assert (totals.params, totals.macs) == counted(build(program), *(d for d in entry.dims if d is not None))
    assert totals.unknown == totals.unsized == 0


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_of_torchvision(name: str) -> None:
    document = drawing(name)
    extra: dict[str, Any] = {"init_weights": False, "aux_logits": False} if name == "googlenet" else {}
    with torch.device("meta"):
        model = getattr(torchvision.models, name)(weights=None, **extra)
    totals = make_report(document).totals
    assert (totals.params, totals.macs) == counted(model, 3, 224, 224)
    assert totals.unknown == totals.unsized == 0
