"""Learnable and fixed tensors in the generated text: wherever they lie, they run, train, freeze and keep their names."""

from __future__ import annotations

import pytest
import torch

from designer.blocks.catalog import catalog
from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Connect
from designer.graph.model import Wire
from designer.train.learning import Learning, frozen_weights
from designer.train.spec import TrainSpec


def added(*names: str) -> Document:
    """Inputs plus one tensor after the other, each under its name; the odd ones are fixed."""
    document, last = Document(), "input"
    document.do(AddBlock("input", "input", catalog()["input"].check({"size": (4,)})))
    for number, name in enumerate(names):
        kind = "constant" if number % 2 else "parameter"
        values = {"shape": (1, 4)} | ({"value": 0.5} if number % 2 else {"start": "ones"})
        document.do(AddBlock(name, kind, catalog()[kind].check(values)))
        plus = f"plus{number}"
        document.do(AddBlock(plus, "add", catalog()["add"].check({})))
        document.do(Connect(Wire(last, 0, plus, 0)))
        document.do(Connect(Wire(name, 0, plus, 1)))
        last = plus
    document.do(AddBlock("end", "linear", catalog()["linear"].check({"out_features": 2})))
    document.do(Connect(Wire(last, 0, "end", 0)))
    return document


@pytest.mark.parametrize(
    "names",
    [
        ("token", "shift"),
        ("part.token", "part.shift", "part.0"),  # beside numbered layers
        ("part.0", "part.1"),
        ("a.b.0", "a.b.c", "a.d"),
        ("a.0.token", "a.1.token"),
    ],
)
def test_tensors_run_wherever_they_lie(names: tuple[str, ...]) -> None:
    program = compile_network(added(*names).network, draft=True)
    module = build(program)
    state = module.state_dict()
    assert set(names) | {"end.weight", "end.bias"} == set(state)
    x = torch.randn(3, 4)
    shift = sum(0.5 if number % 2 else 1.0 for number in range(len(names)))
    torch.testing.assert_close(module(x), module.get_submodule("end")(x + shift))
    module(x).sum().backward()
    learned = {name for name, _ in module.named_parameters()} - {"end.weight", "end.bias"}
    assert learned == set(names[::2])
    assert all(module.get_parameter(name).grad is not None for name in learned)
    again = build(program, seed=None)
    again.load_state_dict(state)
    assert torch.equal(again(x), module(x))


def test_tensors_freeze_by_name() -> None:
    module = build(compile_network(added("part.token", "shift").network, draft=True))
    Learning(module, TrainSpec(), frozen=["part.token", "nothing"]).enter(1)
    assert frozen_weights(module) == ("part.token",)


def test_torchvision_is_imported_only_where_it_is_used() -> None:
    assert "torchvision" not in compile_network(added("token").network, draft=True).source
    document = Document()
    document.do(AddBlock("input", "input", catalog()["input"].check({"size": (4, 8, 8)})))
    document.do(AddBlock("gate", "squeeze_excitation", catalog()["squeeze_excitation"].check({})))
    document.do(Connect(Wire("input", 0, "gate", 0)))
    source = compile_network(document.network, draft=True).source
    assert "\nimport torchvision.ops\n" in source and "torchvision.ops.SqueezeExcitation(4, 8)" in source


def test_an_attention_takes_a_second_sequence_where_one_is_wired() -> None:
    document = Document()
    for name, size in (("query", (5, 8)), ("memory", (3, 6))):
        document.do(AddBlock(name, "input", catalog()["input"].check({"size": size})))
    document.do(AddBlock("look", "multihead_attention", catalog()["multihead_attention"].check({"num_heads": 2})))
    document.do(Connect(Wire("query", 0, "look", 0)))
    assert document.shapes["look"].complete
    alone = document.shapes["look"].params
    document.do(Connect(Wire("memory", 0, "look", 1)))
    assert document.shapes["look"].complete and document.shapes["look"].params < alone
    module = build(compile_network(document.network, draft=True))
    inputs = {"query": torch.randn(2, 5, 8), "memory": torch.randn(2, 3, 6)}
    order = [info.name for info in compile_network(document.network, draft=True).inputs]
    assert module(*(inputs[name] for name in order)).shape == (2, 5, 8)


def test_several_outputs_of_every_kind_compile() -> None:
    document = Document()
    document.do(AddBlock("input", "input", catalog()["input"].check({"size": (3, 8, 8)})))
    for name, kind, values in (
        ("picture", "conv2d", {"out_channels": 2}),
        ("flat", "flatten", {}),
        ("wide", "linear", {"out_features": 2}),
    ):
        document.do(AddBlock(name, kind, catalog()[kind].check(values)))
    for wire in (("input", "picture"), ("picture", "flat"), ("flat", "wide")):
        document.do(Connect(Wire(wire[0], 0, wire[1], 0)))
    ends = {
        "classification_output": ("wide", {"classes": 2}),
        "multilabel_output": ("wide", {"classes": 2}),
        "regression_output": ("wide", {"values": 2}),
        "segmentation_output": ("picture", {"classes": 2}),
    }
    for kind, (source, values) in ends.items():
        document.do(AddBlock(kind, kind, catalog()[kind].check(values)))
        document.do(Connect(Wire(source, 0, kind, 0)))
    program = compile_network(document.network)
    assert {o.kind: o.loss for o in program.outputs} == {
        "classification": "cross_entropy",
        "multilabel": "bce",
        "regression": "mse",
        "segmentation": "cross_entropy",
    }
    shapes = [tuple(result.shape) for result in build(program)(torch.randn(4, 3, 8, 8))]
    assert sorted(shapes) == [(4, 2), (4, 2), (4, 2), (4, 2, 8, 8)]
