"""Well-known networks, drawn block by block from torchvision's code, raise no design warning."""

from __future__ import annotations

import operator
from typing import Any

import pytest
import torch
import torchvision
from torch import fx, nn

from designer.blocks.catalog import catalog
from designer.blocks.spec import Value
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Connect
from designer.graph.model import Wire

KNOWN: dict[str, set[str]] = {
    "alexnet": set(),
    "vgg16": {"large_linear"},  # its first fully connected layer has 103 of its 138 million parameters
    "vgg11_bn": {"large_linear", "bias_before_norm"},  # and its biases really do nothing
    "resnet18": set(),
    "resnet50": set(),
    "wide_resnet50_2": set(),
    "densenet121": set(),
    "googlenet": set(),
    "inception_v3": set(),
    "mobilenet_v2": set(),
    "mobilenet_v3_small": set(),
    "mnasnet1_0": set(),
    "efficientnet_b0": set(),
    "regnet_y_400mf": set(),
    "squeezenet1_0": set(),
}
PLAIN = {
    nn.ReLU: "relu",
    nn.ReLU6: "relu6",
    nn.SiLU: "silu",
    nn.Hardswish: "hardswish",
    nn.Hardsigmoid: "hardsigmoid",
    nn.Sigmoid: "sigmoid",
    nn.BatchNorm2d: "batch_norm2d",
    nn.Flatten: "flatten",
    nn.Identity: "identity",
}
FUNCTIONS: dict[Any, str] = {
    operator.add: "add", operator.iadd: "add", operator.mul: "multiply", torch.add: "add", torch.cat: "concatenate",
    torch.flatten: "flatten", torchvision.ops.stochastic_depth: "identity", torch.relu: "relu", nn.functional.relu: "relu", nn.functional.adaptive_avg_pool2d: "gap",
    nn.functional.max_pool2d: "max_pool2d", nn.functional.avg_pool2d: "avg_pool2d", nn.functional.dropout: "dropout",
}  # fmt: skip


def pair(value: Any) -> Value:
    return tuple(value) if isinstance(value, tuple | list) else value


def block_of(module: nn.Module) -> tuple[str, dict[str, Value]]:
    """The block that a module of torch is."""
    if isinstance(module, nn.Conv2d):
        keys = ("out_channels", "kernel_size", "stride", "padding", "dilation", "groups")
        return "conv2d", {**{k: pair(getattr(module, k)) for k in keys}, "bias": module.bias is not None}
    if isinstance(module, nn.Linear):
        return "linear", {"out_features": module.out_features, "bias": module.bias is not None}
    if isinstance(module, nn.MaxPool2d):
        keys = ("kernel_size", "stride", "padding", "ceil_mode")
        return "max_pool2d", {k: pair(getattr(module, k)) for k in keys}
    if isinstance(module, nn.AvgPool2d):
        return "avg_pool2d", {k: pair(getattr(module, k)) for k in ("kernel_size", "stride", "padding")}
    if isinstance(module, nn.AdaptiveAvgPool2d):
        return "adaptive_avg_pool2d", {"output_size": pair(module.output_size)}
    if isinstance(module, nn.Dropout):
        return "dropout", {"p": module.p}
    if isinstance(module, torchvision.ops.StochasticDepth):
        return "identity", {}
    return PLAIN[type(module)], {}


def operation(node: fx.Node) -> tuple[str, dict[str, Value]]:
    """The block that a call of torch is."""
    if node.op == "call_method":
        return {"mean": "global_avg_pool", "flatten": "flatten"}[str(node.target)], {}
    kind = FUNCTIONS[node.target] if len(node.all_input_nodes) > 1 or node.target is not torch.cat else "identity"
    if kind == "gap":
        return "adaptive_avg_pool2d", {"output_size": 1}
    if kind.endswith("pool2d"):
        sizes = [*node.args[1:], *(node.kwargs[k] for k in ("kernel_size", "stride", "padding") if k in node.kwargs)]
        return kind, dict(zip(("kernel_size", "stride", "padding"), map(pair, sizes), strict=False))
    return kind, {"dim": 1} if kind == "concatenate" else {}


def drawing(name: str) -> Document:
    """A model of torchvision as a person would draw it."""
    extra = {"init_weights": False, "aux_logits": False} if name in ("googlenet", "inception_v3") else {}
    with torch.device("cpu" if name.startswith("regnet") else "meta"):  # regnet reads the numbers of its blocks
        model = getattr(torchvision.models, name)(weights=None, **extra).eval()
    document, names, row = Document(), {}, 0.0
    side = 299 if name == "inception_v3" else 224
    for number, node in enumerate(fx.symbolic_trace(model).graph.nodes):
        if node.op == "placeholder":
            kind, params = "input", {"size": (3, side, side)}
        elif node.op == "output":
            kind, params = "classification_output", {"classes": 1000}
        elif node.op == "call_module":
            kind, params = block_of(model.get_submodule(node.target))
        else:
            kind, params = operation(node)
        names[node] = block = f"b{number}"
        document.do(AddBlock(block, kind, catalog()[kind].check(params), 0.0, row))
        for slot, source in enumerate(node.all_input_nodes):
            document.do(Connect(Wire(names[source], 0, block, slot)))
        row += 124.0
    return document


@pytest.mark.parametrize("name", KNOWN)
def test_a_well_known_network_raises_no_alarm(name: str) -> None:
    document = drawing(name)
    assert len(document.network) > 15
    assert not document.has_errors, document.problems[:2]
    assert {problem.code for problem in document.problems} == KNOWN[name]
