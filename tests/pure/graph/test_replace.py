"""Find and replace over blocks: what is meant, what it becomes, and that one Undo takes it back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.blocks.catalog import catalog
from designer.errors import EditRefused
from designer.graph import instances
from designer.graph.document import Document
from designer.graph.edits import Connect, SetParams
from designer.graph.model import Wire
from designer.graph.sharing import together
from designer.graph.surgery.replace import Query, find, replacement, type_named, value_in
from designer.graph.templates import load_template


@pytest.fixture
def document() -> Document:
    return Document(load_template("small-resnet"))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (Query("relu", "layer2"), ["layer2.relu1", "layer2.relu2"]),
        (Query(name="*.bn3"), ["layer2.bn3", "layer3.bn3"]),
        (Query(name="relu?"), ["layer1.relu1", "layer1.relu2", "layer2.relu1", "layer2.relu2", "layer3.relu1", "layer3.relu2"]),
        (Query("conv2d", values={"kernel_size": "1x1"}), ["layer2.downsample", "layer3.downsample"]),
        (Query("conv2d", values={"out_channels": "64", "stride": "2"}), ["layer3.conv1", "layer3.downsample"]),
        (Query("relu", within=["layer1", "relu"]), ["relu", "layer1.relu1", "layer1.relu2"]),
        (Query("conv2d", values={"bias": "yes"}), []),
        (Query("relu", values={"alpha": "1"}), []),
    ],
)  # fmt: skip
def test_what_is_meant(document: Document, query: Query, names: list[str]) -> None:
    assert find(document.network, query) == names


def test_all_relu_become_gelu_and_back(document: Document) -> None:
    before = document.network.copy()
    made = replacement(document, find(document.network, Query("relu")), "gelu")
    assert made.sentence == "7 ReLU become GELU." and not made.broken
    document.do(made.edit)
    assert not find(document.network, Query("relu")) and len(find(document.network, Query("gelu"))) == 7
    assert document.depth == 1 and document.undo_label == "Replace 7 ReLU by GELU"
    document.undo()
    assert document.network == before


def test_parameters_of_the_same_name_stay(document: Document) -> None:
    document.do(SetParams("bn1", {"eps": 0.01}))
    document.do(replacement(document, ["bn1"], "group_norm", {"num_groups": 4}).edit)
    assert document.network["bn1"].params == {"num_groups": 4, "eps": 0.01, "affine": True}
    document.do(replacement(document, ["layer2.conv1"], "max_pool2d").edit)
    assert (
        document.network["layer2.conv1"].params["kernel_size"] == 3
        and document.network["layer2.conv1"].params["stride"] == 2
    )


def test_what_no_longer_fits_is_said(document: Document) -> None:
    made = replacement(document, ["layer2.downsample"], "max_pool2d")
    assert made.broken == ("layer2.add",)
    assert made.sentence == "1 Conv 2-D becomes Max pool 2-D. layer2.add no longer fits; Undo takes it back."


def test_wires_to_lost_inputs_go() -> None:
    document = Document()
    for kind in ("input", "input", "bilinear", "relu"):
        document.do(document.new_block(kind, 0, 0, {"size": (4,)} if kind == "input" else {}))
    for src, dst, slot in (("input1", "bilinear1", 0), ("input2", "bilinear1", 1), ("bilinear1", "relu1", 0)):
        document.do(Connect(Wire(src, 0, dst, slot)))
    document.do(replacement(document, ["bilinear1"], "linear").edit)
    assert [w.src for w in document.network.inputs_of("bilinear1")] == ["input1"]
    assert document.network["bilinear1"].params["out_features"] == 64 and not document.shapes["relu1"].error


def test_shared_layers_and_linked_groups_go_together(document: Document) -> None:
    document.do(together(document.network, ["layer1.conv1", "layer1.conv2"]))
    made = replacement(document, ["layer1.conv2"], "conv_transpose2d")
    assert sorted(made.names) == ["layer1.conv1", "layer1.conv2"]
    document.do(made.edit)
    assert document.network["layer1.conv1"].type == "conv_transpose2d"
    document.undo()
    document.undo()
    document.do(instances.link_copy(document, "layer1"))
    document.do(replacement(document, ["layer1.relu1"], "gelu").edit)
    assert len(find(document.network, Query("gelu"))) == 2


def test_words_for_types_and_values() -> None:
    assert type_named("nn.BatchNorm2d").type == "batch_norm2d" and type_named("Conv 2-D").type == "conv2d"
    with pytest.raises(EditRefused, match="Did you mean"):
        type_named("convv2d")
    conv = catalog()["conv2d"]
    assert value_in(conv.param("kernel_size"), "3x5") == (3, 5)
    assert value_in(conv.param("padding"), "same") == "same"
    assert value_in(conv.param("bias"), "no") is False
    with pytest.raises(EditRefused, match="yes or no"):
        value_in(conv.param("bias"), "perhaps")
    assert value_in(catalog()["reshape"].param("shape"), "3x-1") == (3, -1)


@given(st.sampled_from(sorted(k for k, b in catalog().items() if b.role == "layer")), st.data())
def test_any_type_by_any_other_can_be_undone(kind: str, data: st.DataObject) -> None:
    document = Document(load_template("digits"))
    before = document.network.copy()
    names = [n for n in document.network.names() if document.network[n].block.role == "layer"]
    some = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
    try:
        made = replacement(document, some, kind)
    except EditRefused:
        return
    document.do(made.edit)
    assert all(document.network[name].type == kind for name in made.names)
    document.undo()
    assert document.network == before
