"""A layer called several times: one set of weights, one key in the state dict, gradients that add up."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.errors import EditRefused, NetworkInvalid
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Batch, Connect, SetParams
from designer.graph.groups import group
from designer.graph.model import Wire
from designer.graph.sharing import together
from tests.pure.graph.drawing import an_edit


def drawn(*blocks: tuple[str, str, dict[str, object]], wires: str) -> Document:
    """Blocks by name, type and parameters; wires as "a > b > c, a > c.1"."""
    document = Document()
    edits = [AddBlock(name, kind, values) for name, kind, values in blocks]
    for path in wires.split(", "):
        ends = path.split(" > ")
        for src, dst in itertools.pairwise(ends):
            (a, _, out), (b, _, slot) = src.partition(":"), dst.partition("@")
            slot = slot.partition(":")[0]
            edits.append(Connect(Wire(a.partition("@")[0], int(out or 0), b.partition(":")[0], int(slot or 0))))
    document.do(Batch("", tuple(edits)))
    return document


CONV = {"out_channels": 3, "padding": "same"}


def twice() -> Document:
    """x → conv → bn → relu → again → bn_again → relu_again → out: one conv, one norm, one ReLU, called twice each."""
    document = drawn(
        ("x", "input", {"size": (3, 6, 6)}),
        ("conv", "conv2d", CONV),
        ("bn", "batch_norm2d", {}),
        ("relu", "relu", {}),
        ("again", "conv2d", CONV),
        ("bn_again", "batch_norm2d", {}),
        ("relu_again", "relu", {}),
        ("pool", "global_avg_pool", {}),
        ("fc", "linear", {"out_features": 10}),
        ("y", "classification_output", {"classes": 10}),
        wires="x > conv > bn > relu > again > bn_again > relu_again > pool > fc > y",
    )
    for one, other in (("conv", "again"), ("bn", "bn_again"), ("relu", "relu_again")):
        document.do(together(document.network, [one, other]))
    return document


class ByHand(nn.Module):
    """The same, as a person writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding="same")
        self.bn = nn.BatchNorm2d(3)
        self.relu = nn.ReLU()
        self.fc = nn.Linear(3, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for _ in range(2):
            x = self.relu(self.bn(self.conv(x)))
        return self.fc(x.mean(dim=(2, 3)))


def test_one_layer_called_twice_equals_a_module_written_by_hand() -> None:
    document = twice()
    assert not document.has_errors
    module, hand = build(compile_network(document.network)).train(), ByHand().train()
    hand.load_state_dict(module.state_dict())  # the same keys: each layer once
    x = torch.randn(4, 3, 6, 6, generator=torch.Generator().manual_seed(0))
    results = [part(x) for part in (module, hand)]
    assert torch.equal(*results)
    for result in results:
        (result**2).sum().backward()
    ours, theirs = dict(module.named_parameters()), dict(hand.named_parameters())
    assert ours.keys() == theirs.keys() and len(ours) == 6
    for name, weights in ours.items():
        torch.testing.assert_close(weights.grad, theirs[name].grad)
    assert torch.equal(module.get_buffer("bn.running_mean"), hand.bn.running_mean)  # updated by both calls
    assert document.totals().params == sum(p.numel() for p in module.parameters())


def test_the_text_calls_the_layer_twice_and_makes_it_once() -> None:
    source = compile_network(twice().network).source
    assert source.count("nn.Conv2d(") == 1 and source.count("self.conv(x)") == 2
    assert source.count("nn.BatchNorm2d(") == 1 and source.count("self.relu(x)") == 2


@pytest.mark.parametrize(
    ("grouped", "calls"),
    [
        ((["conv", "bn", "relu"],), "self.block1.conv(x)"),
        ((["again", "bn_again", "relu_again"],), "self.conv(x)"),
        ((["conv", "bn", "relu"], ["again", "bn_again", "relu_again"]), "self.block1.conv(x)"),
        ((["conv", "bn", "relu", "again", "bn_again", "relu_again"],), "self.conv(x)"),
    ],
)
def test_calls_reach_over_the_borders_of_groups(grouped: tuple[list[str], ...], calls: str) -> None:
    document = twice()
    module = build(compile_network(document.network), 3).eval()
    for names in grouped:
        document.do(group(document, names))
    program = compile_network(document.network)
    assert calls in program.source
    moved = build(program, None).eval()
    owners = {name: new for new in document.network.nodes for name in (new.rpartition(".")[2],)}
    moved.load_state_dict(
        {f"{owners[k.split('.')[0]]}.{k.split('.', 1)[1]}": v for k, v in module.state_dict().items()}
    )
    x = torch.randn(2, 3, 6, 6, generator=torch.Generator().manual_seed(0))
    assert torch.equal(module(x), moved(x))
    assert len(list(moved.parameters())) == 6


def test_numbered_paths_and_a_layer_deep_inside_of_another_group() -> None:
    document = drawn(
        ("x", "input", {"size": (4,)}),
        ("stage.0.fc", "linear", {"out_features": 4}),
        ("stage.0.act", "relu", {}),
        ("stage.1.fc", "linear", {"out_features": 4}),
        ("head.0.deep.fc", "linear", {"out_features": 4}),
        ("y", "regression_output", {"values": 4}),
        wires="x > stage.0.fc > stage.0.act > stage.1.fc > head.0.deep.fc > y",
    )
    document.do(together(document.network, ["stage.0.fc", "head.0.deep.fc"]))
    program = compile_network(document.network)
    module = build(program)
    assert set(module.state_dict()) == {f"stage.{i}.fc.{k}" for i in (0, 1) for k in ("weight", "bias")}
    x = torch.randn(2, 4)
    first, second = module.get_submodule("stage.0.fc"), module.get_submodule("stage.1.fc")
    assert torch.equal(module(x), first(second(torch.relu(first(x)))))


def test_a_shared_tensor_is_one_parameter() -> None:
    document = drawn(
        ("x", "input", {"size": (4,)}),
        ("tensor", "parameter", {"shape": (1, 4)}),
        ("once_more", "parameter", {"shape": (1, 4)}),
        ("add", "add", {}),
        ("mul", "multiply", {}),
        ("y", "regression_output", {"values": 4}),
        wires="x > add, tensor > add@1, add > mul, once_more > mul@1, mul > y",
    )
    document.do(together(document.network, ["tensor", "once_more"]))
    module = build(compile_network(document.network))
    (name,) = dict(module.named_parameters())
    x = torch.randn(2, 4)
    weights = module.get_parameter(name)
    assert torch.equal(module(x), (x + weights) * weights) and document.totals().params == weights.numel()


def test_parts_of_a_tensor_run() -> None:
    document = drawn(
        ("x", "input", {"size": (7,)}),
        ("parts", "split", {"split_size": (3, 4)}),
        ("halves", "chunk", {}),
        ("fc", "linear", {"out_features": 2}),
        ("both", "concatenate", {}),
        ("y", "regression_output", {"values": 4}),
        wires="x > parts, parts:0 > fc > both, parts:1 > halves, halves:1 > both@1, both > y",
    )
    program = compile_network(document.network)
    assert "parts_0, parts_1 = x.split([3, 4], dim=1)" in program.source
    assert "_, halves_1 = parts_1.chunk(2, dim=1)" in program.source
    module, x = build(program), torch.randn(3, 7)
    assert torch.equal(module(x)[:, 2:], x[:, 5:])
    document.do(SetParams("x", {"size": (8,)}))
    with pytest.raises(NetworkInvalid, match=r"add up to 8, the numbers in dimension 1 of B×8"):
        compile_network(document.network)


@given(st.data())
def test_any_sharing_builds_and_has_as_many_weights_as_are_counted(data: st.DataObject) -> None:
    document = twice()
    for _ in range(data.draw(st.integers(1, 8))):
        try:
            document.do(data.draw(an_edit(document)))
        except EditRefused:
            continue
    network = document.network
    try:
        program = compile_network(network)
    except NetworkInvalid:
        build(compile_network(network, draft=True))
        return
    module = build(program)
    used = network.upstream(n for n, node in network.nodes.items() if node.block.role == "output")
    homes = {next(n for n in network.family(name) if n in used) for name in used}
    assert {key.rsplit(".", 1)[0] for key, _ in module.named_parameters()} <= homes
    if used == network.nodes.keys():
        assert document.totals().params == sum(p.numel() for p in module.parameters())
