"""A typed chain becomes blocks by the shape that arrives, wired and with room, in one edit."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.blocks.dims import BATCH, Tensor
from designer.errors import EditRefused
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Connect, Move
from designer.graph.groups import group
from designer.graph.model import Wire
from designer.graph.phrase.chain import GAP, build, chain
from designer.graph.phrase.complete import apply_completion, complete
from designer.graph.phrase.grammar import parse, parse_front
from designer.graph.phrase.plan import Ends, ends_after, plan, shape_after
from tests.pure.graph.drawing import chain as drawn

IMAGE = Tensor((BATCH, 3, 32, 32))
SEQUENCE = Tensor((BATCH, 3, 32))
WIDE, HIGH = 216.0, 68.0


def types_after(document, text, *names):
    return [link.node.type for link in plan(document, parse(text), ends_after(document, names)).links]


@pytest.mark.parametrize(
    ("size", "text", "types"),
    [
        ((3, 32, 32), "conv | bn | pool", ["conv2d", "batch_norm2d", "max_pool2d"]),
        ((3, 32), "conv | bn | pool", ["conv1d", "batch_norm1d", "max_pool1d"]),
        ((3, 8, 8, 8), "conv | relu", ["conv3d", "relu"]),
        ((3, 8, 8), "flatten | fc 8 | bn | drop", ["flatten", "linear", "batch_norm1d", "dropout"]),
    ],
)
def test_the_arriving_shape_chooses_the_dimensions(size, text, types):
    document = drawn("input", input={"size": size})
    assert types_after(document, text, "input") == types


def test_without_a_shape_it_goes_on_as_it_began():
    assert types_after(Document(), "conv1d | bn | pool") == ["conv1d", "batch_norm1d", "max_pool1d"]
    assert types_after(Document(), "conv | bn") == ["conv2d", "batch_norm2d"]
    assert types_after(Document(), "input 3x9 | conv | bn") == ["input", "conv1d", "batch_norm1d"]


def test_the_plan_shows_shapes_and_problems_and_touches_nothing():
    document = drawn("input", input={"size": (3, 32, 32)})
    before = document.network.to_json()
    found = plan(document, parse("conv 64 s2 p1 | linear 10 | classify 4"), ends_after(document, ["input"]))
    shapes = [str(link.result) for link in found.links[:2]]
    assert shapes == ["B×64×16×16", "B×64×16×10"]
    linear, output = found.links[1:]
    assert (linear.severity, linear.fix) == ("warning", "flatten")
    assert "works on the last side" in linear.problem
    assert (output.severity, output.fix) == ("error", "flatten | linear 4")
    assert document.network.to_json() == before
    assert document.depth == 1


def test_names_are_whole_words_and_lie_in_the_group_of_what_they_follow():
    assert [e.name for e in chain(Document(), parse("add | embedding | relu6 | conv")).edits if isinstance(e, AddBlock)] == [
        "add1", "embedding1", "relu1", "conv1"
    ]  # fmt: skip
    document = drawn("input", "relu", "tanh")
    document.do(group(document, ["relu", "tanh"], "stage"))
    (inner,) = [n for n in document.network.nodes if n.endswith("relu")]
    found = plan(document, parse("bn | gelu"), ends_after(document, [inner]))
    assert [link.node.name for link in found.links] == ["stage.batch_norm1", "stage.gelu1"]
    ahead = plan(document, parse("bn"), ends_after(document, ["input"]))
    assert [link.node.name for link in ahead.links] == ["batch_norm1"]


def test_what_follows_is_asked_too():
    document = drawn("input", "conv2d")
    found = plan(document, parse("flatten"), ends_after(document, ["input"]))
    assert found.ends.cut == Wire("input", 0, "conv2d", 0)
    assert found.follows.startswith("conv2d: Expected")
    assert plan(document, parse("relu"), ends_after(document, ["input"])).follows == ""


def test_a_chain_goes_below_the_selected_block_as_one_edit():
    document = drawn("input", input={"size": (3, 32, 32)})
    before = document.network.to_json()
    batch = chain(document, parse("conv 64 s2 p1 | bn | relu | pool"), "input")
    document.do(batch)
    names = ["conv1", "batch_norm1", "relu1", "max_pool1"]
    assert document.network.wires() == sorted(Wire(a, 0, b, 0) for a, b in pairwise(["input", *names]))
    tops = [document.network[n].y for n in ["input", *names]]
    assert all(b - a >= HIGH + GAP[1] - 8 for a, b in pairwise(tops))
    assert document.undo_label == "Add 4 blocks"
    document.undo()
    assert document.network.to_json() == before


def test_a_chain_goes_into_the_only_wire_and_what_follows_makes_room():
    document = drawn("input", "relu", "flatten")
    document.do(chain(document, parse("conv 4 | bn"), "input"))
    wires = set(document.network.wires())
    assert Wire("input", 0, "relu", 0) not in wires
    assert {Wire("input", 0, "conv1", 0), Wire("conv1", 0, "batch_norm1", 0), Wire("batch_norm1", 0, "relu", 0)} < wires
    assert document.undo_label == "Insert 2 blocks"


def test_a_second_branch_is_not_laid_over_the_first():
    document = drawn("input", "relu")
    document.do(Move({"relu": (0.0, 124.0)}))
    document.do(document.connection("input", 0, document_add(document, "tanh", 300.0, 124.0), 0))
    document.do(chain(document, parse("conv"), "input"))
    assert len(document.network.outputs_of("input")) == 3
    assert not overlaps(document)


def document_add(document, kind, x, y):
    new = document.new_block(kind, x, y)
    document.do(new)
    return new.name


def overlaps(document):
    nodes = list(document.network.nodes.values())
    return [
        (a.name, b.name)
        for i, a in enumerate(nodes)
        for b in nodes[:i]
        if abs(a.x - b.x) < WIDE and abs(a.y - b.y) < HIGH
    ]


def test_several_selected_blocks_meet_in_a_merge():
    document = drawn("input", "relu")
    other = document_add(document, "tanh", 300.0, 0.0)
    document.do(Connect(Wire("input", 0, other, 0)))
    found = plan(document, parse("concat | conv 8"), ends_after(document, ["relu", other]))
    assert [link.severity for link in found.links] == ["", ""]
    document.do(build(document, found))
    joined = found.links[0].node.name
    assert [w.src for w in document.network.inputs_of(joined)] == ["relu", other]
    alone = plan(document, parse("conv 8"), ends_after(document, ["relu", other]))
    assert alone.ends == Ends()


@pytest.mark.parametrize("text", ["conv | input", "classify | relu"])
def test_what_cannot_be_a_chain_is_refused(text):
    document = drawn("input")
    found = plan(document, parse(text), ends_after(document, ["input"]))
    assert found.refused
    with pytest.raises(EditRefused, match="nothing can come"):
        build(document, found)


def test_an_input_or_an_output_in_the_chain_is_wired_where_it_can_be():
    document = drawn("input", "relu")
    fresh = plan(document, parse("input 4 | fc 8"), ends_after(document, ["input"]))
    assert fresh.ends == Ends()
    ended = plan(document, parse("flatten | fc 10 | classify"), ends_after(document, ["input"]))
    assert ended.ends == Ends((("input", 0),))
    document.do(build(document, ended))
    assert Wire("input", 0, "relu", 0) in document.network.wires()


def test_a_wire_dropped_in_the_void_is_answered_from_either_end():
    document = drawn("input", "relu", "flatten")
    down = plan(document, parse("conv | relu"), Ends((("relu", 0),)))
    document.do(build(document, down, (1000.0, 500.0)))
    first = document.network["conv1"]
    assert (first.x + WIDE / 2, first.y) == pytest.approx((1000.0, 500.0), abs=8)
    up = plan(document, parse("tanh | gelu"), Ends(into=("flatten", 0)))
    document.do(build(document, up, (2000.0, 500.0)))
    last = document.network["gelu1"]
    assert (last.x + WIDE / 2, last.y + HIGH) == pytest.approx((2000.0, 500.0), abs=8)
    assert document.network.wire_at("flatten", 0) == Wire("gelu1", 0, "flatten", 0)


_TEXT = st.lists(st.sampled_from(["conv 4", "relu", "bn", "add", "pool", "flatten", "fc 5", "input", "classify"]), min_size=1, max_size=5)  # fmt: skip


@given(st.lists(_TEXT, min_size=1, max_size=4), st.data())
def test_chains_lie_on_no_block_and_undo_exactly(texts, data):
    document = drawn("input", "relu", "flatten", input={"size": (3, 8, 8)})
    document.do(Move({name: (0.0, 124.0 * i) for i, name in enumerate(("input", "relu", "flatten"))}))
    for i in range(3):
        document.do(AddBlock(f"beside{i}", "relu", {}, 260.0 * i + 40.0, 500.0 * i - 200.0))
    for text in texts:
        chosen = data.draw(st.lists(st.sampled_from(document.network.names()), max_size=2, unique=True))
        found = plan(document, parse(" | ".join(text)), ends_after(document, chosen))
        if found.refused:
            continue
        before = document.network.to_json()
        at = None if found.ends.after else (data.draw(st.floats(-500, 500)), data.draw(st.floats(-500, 500)))
        document.do(build(document, found, at))
        assert overlaps(document) == []
        document.undo()
        assert document.network.to_json() == before
        document.redo()


# --- completion ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("c", "conv"),
        ("conv 64 | b", "bn"),
        ("conv 64 | re", "relu"),
        ("max p", "max_pool"),
        ("conv tr", "conv_transpose"),
        ("conv ", "32"),
        ("conv 64 kern", "k"),
        ("conv 64 paddi", "p"),
        ("conv 64 padding=s", "padding=same"),
        ("conv 64 circ", "circular"),
        ("lstm 64 bi", "bidirectional"),
        ("lstm 64 la", "n"),
        ("(conv 8 | rel", "relu"),
    ],
)
def test_what_could_be_typed_is_offered(text, first):
    assert complete(text, len(text), IMAGE)[0].insert == first


def test_completion_knows_the_arriving_shape_and_what_is_set():
    assert complete("c", 1, SEQUENCE)[0].type == "conv1d"
    assert complete("flatten | b", 11, IMAGE)[0].type == "batch_norm1d"
    offered = [c.insert for c in complete("conv 64 k3 s2 ", 14, IMAGE)]
    assert "k" not in offered
    assert "s" not in offered
    assert "p" in offered


def test_a_completion_goes_where_the_cursor_is():
    text = "conv 64 | re | pool"
    chosen = complete(text, 12, IMAGE)[0]
    assert apply_completion(text, chosen) == ("conv 64 | relu | pool", 15)
    key = next(c for c in complete("conv ", 5, IMAGE) if c.insert == "k")
    assert apply_completion("conv ", key) == ("conv k", 6)


@given(st.text(alphabet='conv64 k3=|()x"bnrelupadding', max_size=25), st.integers(0, 30))
def test_completion_never_fails_and_stays_within_the_text(text, cursor):
    for found in complete(text, cursor, IMAGE):
        assert 0 <= found.start <= found.end <= len(text)
        done, at = apply_completion(text, found)
        assert found.insert in done
        assert 0 <= at <= len(done)


@given(st.sampled_from(["c", "b", "r", "d", "f", "l", "p", "m", "g", "s", "a", "e", "t"]))
def test_every_offered_block_can_be_read(letter):
    for shape in (None, IMAGE, SEQUENCE):
        for found in complete(letter, 1, shape):
            steps, error = parse_front(found.insert)
            assert error is None
            assert found.type in [o.type for o in steps[0].options]


def test_the_shape_after_a_front_is_followed():
    assert shape_after(parse("conv 8 s2 p1 | flatten"), IMAGE) == Tensor((BATCH, 8 * 16 * 16))
    assert shape_after((), IMAGE) == IMAGE
    assert shape_after(parse("lstm 4"), IMAGE) is None
