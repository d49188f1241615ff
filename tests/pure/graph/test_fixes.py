"""Each one-click repair solves the problem it is offered for."""

from __future__ import annotations

from itertools import combinations

from designer.graph.arrange import arrange
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Connect, SetParams
from designer.graph.fixes import fixes_for
from designer.graph.model import Wire
from tests.pure.graph.drawing import chain


def repaired(document: Document, code: str) -> list[str]:
    """Take each fix of the problem in turn, see it solved, undo; the titles."""
    (problem,) = [p for p in document.problems if p.code == code]
    fixes = fixes_for(document, problem)
    for fix in fixes:
        before = document.network.to_json()
        document.do(fix.edit)
        assert not [p for p in document.problems if p.code == code], fix.title
        document.undo()
        assert document.network.to_json() == before
    return [fix.title for fix in fixes]


def test_feature_maps_into_an_output() -> None:
    document = chain("input", "conv2d", "classification_output", classification_output={"classes": 10})
    titles = repaired(document, "needs_flatten")
    assert "Insert Flatten and a fully connected block with 10 outputs" in titles
    assert "Insert Flatten" not in titles  # by itself it would only put another error in the place of this one


def test_linear_on_feature_maps_offers_flatten_and_global_pooling() -> None:
    document = chain("input", "conv2d", "linear")
    assert repaired(document, "linear_on_images") == ["Insert Flatten", "Insert global average pooling"]


def test_wrong_number_of_classes() -> None:
    document = chain("input", "flatten", "linear", "relu", "classification_output", linear={"out_features": 7})
    assert repaired(document, "classes") == ["Set the outputs of linear to 10", "Set the number of classes to 7"]


def test_addition_of_unlike_branches_gets_a_projection() -> None:
    document = chain("input", "conv2d", "relu", "add", input={"size": (3, 17, 17)})
    document.do(SetParams("conv2d", {"out_channels": 8, "stride": 2, "padding": 1}))
    document.do(Connect(Wire("input", 0, "add", 1)))
    titles = repaired(document, "merge")
    assert titles[0] == "Project 1×1 after input"


def test_kernel_larger_than_its_input() -> None:
    document = chain("input", "conv2d", "relu", input={"size": (1, 4, 4)}, conv2d={"kernel_size": 7, "padding": 0})
    titles = repaired(document, "window")
    assert titles == ["Set the kernel size of conv2d to 4", "Set the padding of conv2d to 3"]


def test_pooling_once_too_often() -> None:
    document = chain("input", "max_pool2d", "flatten", input={"size": (1, 1, 1)})
    assert "Remove max_pool2d" in repaired(document, "window")


def test_same_padding_with_a_stride() -> None:
    document = chain("input", "conv2d", conv2d={"stride": 2, "kernel_size": 5})
    titles = repaired(document, "same_stride")
    assert titles == ["Set the padding of conv2d to 2", "Set the stride of conv2d to 1"]


def test_softmax_before_the_loss() -> None:
    document = chain("input", "flatten", "linear", "softmax", "classification_output", linear={"out_features": 10})
    assert repaired(document, "softmax_before_loss") == ["Remove softmax"]


def test_missing_ends() -> None:
    assert repaired(chain("input", "flatten", "linear"), "no_output") == [
        "Add a Classification output",
        "Add a Regression output",
    ]
    assert repaired(chain("conv2d", "relu"), "no_input") == ["Add an Input"]


def test_numbers_of_the_wrong_kind() -> None:
    document = chain("input", "embedding", input={"size": (12,)})
    assert repaired(document, "dtype") == ["Set the data type of input to int64"]


def test_unused_block() -> None:
    document = chain("input", "flatten", "linear", "classification_output", linear={"out_features": 10})
    document.do(AddBlock("extra", "relu"))
    document.do(Connect(Wire("flatten", 0, "extra", 0)))
    assert repaired(document, "unused") == ["Delete extra"]


def test_what_is_inserted_covers_nothing() -> None:
    document = chain("input", "conv2d", "classification_output")
    document.do(arrange(document.network, dict.fromkeys(document.network.nodes, (216.0, 68.0))))
    (problem,) = [p for p in document.problems if p.code == "needs_flatten"]
    for fix in fixes_for(document, problem):
        document.do(fix.edit)
        nodes = list(document.network.nodes.values())
        assert all(abs(a.x - b.x) >= 216 or abs(a.y - b.y) >= 68 for a, b in combinations(nodes, 2)), fix.title
        document.undo()


def test_a_projection_lies_beside_its_branch() -> None:
    document = chain("input", "conv2d", "batch_norm2d", "relu", "add", input={"size": (3, 17, 17)})
    document.do(SetParams("conv2d", {"out_channels": 8, "stride": 2, "padding": 1}))
    document.do(Connect(Wire("input", 0, "add", 1)))
    document.do(arrange(document.network, dict.fromkeys(document.network.nodes, (216.0, 68.0))))
    (problem,) = [p for p in document.problems if p.code == "merge"]
    document.do(fixes_for(document, problem)[0].edit)
    nodes = list(document.network.nodes.values())
    assert all(abs(a.x - b.x) >= 216 or abs(a.y - b.y) >= 68 for a, b in combinations(nodes, 2))
