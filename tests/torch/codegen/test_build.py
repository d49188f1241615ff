"""The text that is shown is what runs: same weights from the same seed, names that torch keeps, blocks in tracebacks."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.blocks.dims import concrete
from designer.codegen.cost import table
from designer.codegen.module import block_of, build
from designer.codegen.python import compile_network
from designer.errors import EditRefused, NetworkInvalid
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Batch, Connect
from designer.graph.model import Wire
from designer.graph.templates import load_template, templates
from tests.pure.graph.drawing import an_edit, chain

NAMES = [t.name for t in templates() if len(t.network)]


def example(name: str, batch: int = 3) -> torch.Tensor:
    size = load_template(name)["input"].params["size"]
    assert isinstance(size, tuple)
    return torch.randn(batch, *(int(s) for s in size), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_weights_same_output(name: str) -> None:
    program = compile_network(load_template(name))
    assert compile_network(load_template(name)) == program
    state = torch.random.get_rng_state()
    one, two, other = build(program, 7), build(program, 7), build(program, 8)
    assert torch.equal(state, torch.random.get_rng_state())
    for key, value in one.state_dict().items():
        assert torch.equal(value, two.state_dict()[key])
    x = example(name)
    assert torch.equal(one.eval()(x), two.eval()(x))
    assert not torch.equal(one(x), other.eval()(x))


@pytest.mark.parametrize("name", NAMES)
def test_parameters_and_shapes_are_those_that_the_window_shows(name: str) -> None:
    document = Document(load_template(name))
    module = build(compile_network(document.network))
    assert document.totals().params == sum(p.numel() for p in module.parameters())
    counts = {row.name: row.params for row in table(document.network)}
    by_block: dict[str, int] = {}
    for key, value in module.named_parameters():
        block = key.rsplit(".", 1)[0]
        by_block[block] = by_block.get(block, 0) + value.numel()
    assert {k: v for k, v in counts.items() if v} == by_block  # module paths are the blocks' names


def test_a_residual_network_equals_one_written_by_hand() -> None:
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(16, 16, 3, padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(16)
            self.conv2 = nn.Conv2d(16, 16, 3, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(16)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
            return torch.relu(y + x)

    network = load_template("small-resnet")
    module = build(compile_network(network)).eval()
    by_hand = Block().eval()
    by_hand.load_state_dict(module.get_submodule("layer1").state_dict())
    x = torch.randn(2, 16, 8, 8)
    assert torch.equal(module.get_submodule("layer1")(x), by_hand(x))


def test_groups_that_cannot_run_as_one_module_still_keep_their_paths() -> None:
    """a.one feeds b.one, which feeds a.two: neither group can be called as a whole before the other."""
    document = Document()
    names = ["x", "a.one", "b.one", "a.two", "b.two"]
    document.do(
        Batch(
            "",
            (AddBlock("x", "input", {"size": (4,)}), *(AddBlock(n, "linear", {"out_features": 4}) for n in names[1:])),
        )
    )
    document.do(Batch("", tuple(Connect(Wire(s, 0, d, 0)) for s, d in itertools.pairwise(names))))
    document.do(Batch("", (AddBlock("out", "regression_output", {"values": 4}), Connect(Wire("b.two", 0, "out", 0)))))
    assert not document.has_errors
    module = build(compile_network(document.network))
    assert {k.rsplit(".", 1)[0] for k in module.state_dict()} == set(names[1:])
    x = torch.randn(2, 4)
    y = x
    for name in names[1:]:
        y = module.get_submodule(name)(y)
    assert torch.equal(module(x), y)


def test_numbered_paths_load_a_plain_sequential_checkpoint() -> None:
    document = Document()
    parts = [("x", "input", {"size": (3, 8, 8)}), ("features.0", "conv2d", {"out_channels": 4}), ("features.1", "relu", {}),
             ("features.4", "conv2d", {"out_channels": 2, "padding": 1}), ("out", "flatten", {})]  # fmt: skip
    document.do(Batch("", tuple(AddBlock(n, t, p) for n, t, p in parts)))
    document.do(Batch("", tuple(Connect(Wire(a[0], 0, b[0], 0)) for a, b in itertools.pairwise(parts))))
    module = build(compile_network(document.network, draft=True))
    assert set(module.state_dict()) == {f"features.{i}.{p}" for i in (0, 4) for p in ("weight", "bias")}


def test_a_traceback_names_the_block() -> None:
    program = compile_network(load_template("small-resnet"))
    module = build(program)
    with pytest.raises(RuntimeError) as caught:
        module.get_submodule("layer2")(torch.randn(1, 99, 8, 8))
    assert block_of(program, caught.value) == "layer2.conv1"
    with pytest.raises(RuntimeError) as caught:
        module(torch.randn(1, 5, 32, 32))
    assert block_of(program, caught.value) == "conv1"
    assert block_of(program, ValueError("elsewhere")) is None


def test_several_inputs_and_outputs() -> None:
    document = chain("input", "flatten", "linear", "classification_output", linear={"out_features": 10})
    document.do(Batch("", (AddBlock("aside", "input", {"size": (5,)}), AddBlock("both", "concatenate"),
                           AddBlock("last", "linear", {"out_features": 2}), AddBlock("score", "regression_output", {"values": 2}))))  # fmt: skip
    for src, dst, slot in (("linear", "both", 0), ("aside", "both", 1), ("both", "last", 0), ("last", "score", 0)):
        document.do(Connect(Wire(src, 0, dst, slot)))
    program = compile_network(document.network)
    assert [i.name for i in program.inputs] == ["aside", "input"]
    assert [(o.name, o.kind) for o in program.outputs] == [
        ("classification_output", "classification"),
        ("score", "regression"),
    ]
    size = document.network["input"].params["size"]
    assert isinstance(size, tuple)
    logits, score = build(program)(torch.randn(3, 5), torch.randn(3, *(int(s) for s in size)))
    assert logits.shape == (3, 10) and score.shape == (3, 2)


def test_a_drawing_with_problems_does_not_compile_and_says_why() -> None:
    with pytest.raises(NetworkInvalid, match="no Input"):
        compile_network(chain("flatten", "linear").network)
    with pytest.raises(NetworkInvalid, match="empty"):
        compile_network(Document().network)
    broken = chain("input", "conv2d", "classification_output")
    with pytest.raises(NetworkInvalid, match="classification_output") as caught:
        compile_network(broken.network)
    assert caught.value.problems
    assert "nn.Conv2d" in compile_network(broken.network, draft=True).source


@settings(deadline=None)
@given(st.data())
def test_whatever_is_drawn_builds_and_gives_the_shapes_that_were_shown(data: st.DataObject) -> None:
    document = Document()
    for _ in range(data.draw(st.integers(3, 18))):
        try:
            document.do(data.draw(an_edit(document)))
        except EditRefused:
            continue
    program = compile_network(document.network, draft=True)
    module = build(program).eval()
    inputs = [torch.randn(2, *(d or 1 for d in info.dims[1:])) for info in program.inputs]
    with torch.no_grad():
        result = module(*inputs)
    results = [] if result is None else [result] if isinstance(result, torch.Tensor) else list(result)
    network, sound = document.network, {n for n, s in document.shapes.items() if s.complete}
    if program.outputs:
        ends = [document.shapes[o.name].inputs[0] for o in program.outputs]
    else:
        ends = [document.shapes[n].outputs[0] for n in sound if not any(w.dst in sound for w in network.outputs_of(n))
                and network[n].block.role != "output"]  # fmt: skip
    shown = [tuple(concrete(d, {"B": 2}) for d in end.dims) for end in ends if end is not None]
    assert sorted(tuple(r.shape) for r in results) == sorted(shown)


@pytest.mark.parametrize("text", ["'; import os", "a\nb", '"""', "__import__('os')"])
def test_a_hostile_drawing_cannot_smuggle_code(text: str) -> None:
    document = chain("input", "flatten", "linear", "classification_output", linear={"out_features": 10})
    with pytest.raises(EditRefused):
        document.do(AddBlock(text, "relu"))
    from designer.graph.edits import SetParams

    document.do(SetParams("classification_output", {"labels": tuple(text + str(i) for i in range(10))}))
    assert text not in compile_network(document.network).source.replace('"""A network drawn in Layerloom."""', "")


def test_a_module_for_weights_to_be_loaded_draws_no_random_number() -> None:
    program = compile_network(load_template("small-resnet"))
    trained = build(program, 5).eval()
    state = torch.random.get_rng_state()
    blank = build(program, None)
    assert torch.equal(state, torch.random.get_rng_state())
    blank.load_state_dict(trained.state_dict())
    x = example("small-resnet")
    assert torch.equal(blank.eval()(x), trained(x))


def test_a_value_that_leaves_from_inside_a_group() -> None:
    """The output block lies in the group that makes its value, and a draft ends inside a group."""
    document = Document()
    parts = [
        ("x", "input", {"size": (4,)}),
        ("head.fc", "linear", {"out_features": 2}),
        ("head.out", "regression_output", {"values": 2}),
    ]
    document.do(Batch("", tuple(AddBlock(n, t, p) for n, t, p in parts)))
    document.do(Connect(Wire("x", 0, "head.fc", 0)))
    draft = build(compile_network(document.network, draft=True))
    document.do(Connect(Wire("head.fc", 0, "head.out", 0)))
    module = build(compile_network(document.network))
    x = torch.randn(3, 4)
    assert torch.equal(module(x), module.get_submodule("head.fc")(x))
    assert torch.equal(draft(x), module(x))
