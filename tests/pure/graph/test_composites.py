"""Ready-made groups of blocks: what they become, how they fit what arrives, and where one finds them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.blocks.catalog import catalog
from designer.blocks.dims import BATCH, Dim, Expr, Tensor
from designer.errors import ShapeError
from designer.graph.composites import GROUP, Composite, composites, offered, put_down
from designer.graph.document import Document
from designer.graph.edits import Batch, Connect
from designer.graph.groups import open_group, ungroup
from designer.graph.model import Wire
from designer.graph.phrase.chain import chain
from designer.graph.phrase.grammar import parse
from designer.graph.ports import ports_of
from designer.graph.search import groups, search
from designer.resources import resource
from tests.pure.graph.drawing import chain as drawn

KINDS = sorted(composites())


def arriving(composite: Composite, channels: int) -> tuple[int, ...]:
    """A size of a sample that such a composite is made for."""
    return (12, channels) if composite.data["axis"] == -1 else (channels, 16, 16)


def tensor(sizes: tuple[Dim, ...]) -> Tensor:
    return Tensor((BATCH, *sizes))


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_declares_all_that_it_uses(kind: str) -> None:
    composite = composites()[kind]
    names = {b["name"] for b in composite.data["blocks"]}
    for src, _, dst, _ in composite.data["wires"]:
        assert src in names | {"in"} and dst in names | {"out"}
    assert all(b["type"] in catalog() for b in composite.data["blocks"])
    assert kind not in catalog() and composite.block.group == GROUP
    assert composite.block.help.endswith(".") and composite.block.synonyms
    text = resource("composites", f"{kind}.json").read_text(encoding="utf-8")
    assert json.loads(text)["title"] == composite.block.title


@settings(max_examples=15)
@given(data=st.data())
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_put_down_gives_what_was_declared(kind: str, data: st.DataObject) -> None:
    """The blocks, inferred in a document, give the shape, the parameters and the cost that the declaration told."""
    composite = composites()[kind]
    block = composite.block
    channels = data.draw(st.sampled_from((4, 16, 20, 48)))
    values = {}
    for param in block.params:
        if param.kind == "int" and data.draw(st.booleans()):
            values[param.name] = data.draw(st.sampled_from((1, 2, 4, 16)))
    size = arriving(composite, channels)
    params = block.bind(block.check(values))
    document = drawn("input", input={"size": size})
    source = document.shapes["input"].outputs[0]
    grown = composite.grow("made", params, source)
    wires = [Connect(Wire("input", 0, name, slot)) for name, slot in grown.inputs]
    document.do(Batch("", (*grown.edits(0, 0), *wires)))
    try:
        told, cost = composite.trial(params, tensor(size))
    except ShapeError:
        assert any(document.shapes[name].error for name in document.network.inside("made"))
        return
    name, out = grown.output
    assert document.shapes[name].outputs[out] == told
    assert (document.totals().params, document.totals().macs) == (cost.params, cost.macs)


def test_a_residual_block_fits_what_arrives() -> None:
    residual = composites()["residual"]
    params = residual.block.bind(residual.block.check({}))
    plain = residual.grow("r", params, tensor((32, 8, 8)))
    assert "r.downsample" not in {b.name for b in plain.blocks}
    assert ("r.add", 1) in plain.inputs  # the way around is the input itself
    wider = residual.grow("r", residual.block.bind(residual.block.check({"channels": 64})), tensor((32, 8, 8)))
    assert "r.downsample" in {b.name for b in wider.blocks}
    assert residual.trial(params, tensor((32, 8, 8)))[0] == tensor((32, 8, 8))


def test_an_inverted_residual_block_has_a_way_around_only_where_the_size_stays() -> None:
    found = composites()["inverted_residual"]
    names = [
        {b.name for b in found.grow("m", found.block.bind(found.block.check(v)), tensor((24, 8, 8))).blocks}
        for v in ({}, {"stride": 2}, {"channels": 32}, {"expansion": 1})
    ]
    assert ["m.add" in n for n in names] == [True, False, False, True]
    assert ["m.expand" in n for n in names] == [True, True, True, False]


def test_open_sizes_pass_through() -> None:
    height, width = Expr.symbol("H"), Expr.symbol("W")
    for kind in KINDS:
        composite = composites()[kind]
        size = (height, 48) if composite.data["axis"] == -1 else (48, height, width)
        result, _ = composite.trial(composite.block.bind(composite.block.check({})), tensor(size))
        assert result.dims[0] == BATCH and height in result.dims


def test_trouble_inside_is_told_as_the_composites() -> None:
    composite = composites()["transformer_block"]
    with pytest.raises(ShapeError, match="inside Transformer encoder block"):
        composite.trial(composite.block.bind(composite.block.check({"heads": 7})), tensor((12, 48)))


def test_put_down_as_one_closed_group_that_opens_and_dissolves() -> None:
    document = drawn("input", "relu", "flatten", input={"size": (8, 6, 6)})
    before = document.network.copy()
    wire = Wire("relu", 0, "flatten", 0)
    document.do(put_down(document, "squeeze_excite", (40.0, 80.0), into=wire))
    assert document.network.groups["squeeze_excite1"].closed and not document.network.has_wire(wire)
    assert all(document.shapes[name].complete for name in document.network.inside("squeeze_excite1"))
    assert document.network["squeeze_excite1.excite"].params["out_channels"] == 8
    document.do(open_group(document, "squeeze_excite1"))
    document.do(ungroup(document, "squeeze_excite1"))
    assert "excite" in document.network and not document.network.groups
    for _ in range(3):
        document.undo()
    assert document.network == before


def test_a_loose_one_has_a_single_input() -> None:
    for kind in KINDS:
        document = Document()
        document.do(put_down(document, kind, (0.0, 0.0)))
        ports = ports_of(document.network, f"{kind}1")
        assert len(ports.inputs) == len(ports.outputs) == 1


def test_typed_chains_know_them() -> None:
    document = Document()
    text = "input 3x32x32 | conv 32 | residual 64 s2 x2 | bottleneck | global average pool | linear 10"
    document.do(chain(document, parse(f"{text} | classification output")))
    assert not document.has_errors
    assert set(document.network.groups) == {"residual1", "residual2", "bottleneck1"}
    assert "residual1.downsample" in document.network
    sizes = {str(t) for t in document.shapes["bottleneck1.relu3"].outputs}
    assert sizes == {"B×64×8×8"}
    document.undo()
    assert not len(document.network)


def test_into_a_wire_and_after_a_group() -> None:
    document = Document()
    document.do(chain(document, parse("input 3x16x16 | conv 8 | relu")))
    document.do(chain(document, parse("residual"), "conv1"))
    assert {w.dst for w in document.network.outputs_of("conv1")} == {"residual1.conv1", "residual1.add"}
    assert [w.src for w in document.network.inputs_of("relu1")] == ["residual1.relu2"]
    assert str(document.shapes["relu1"].outputs[0]) == "B×8×16×16"


def test_found_by_name_and_purpose_after_the_blocks() -> None:
    assert groups()[GROUP] == [offered()[kind] for kind in composites()]
    assert list(groups())[-1] == GROUP
    assert search("residual")[0].type == "residual" and search("inception")[0].type == "inception"
    assert search("dense")[0].type == "linear" and "dense_block" in [b.type for b in search("dense")]
    assert search("resnet block")[0].type == "residual"
