"""A trained network made ready for other data: which head is found, what is frozen, what is said."""

from __future__ import annotations

import pytest

from designer.errors import EditRefused
from designer.graph.adapt import adapt, heads
from designer.graph.context import Context
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Connect, apply
from designer.graph.marks import mark_of
from designer.graph.model import Network, Wire
from designer.graph.templates import load_template
from designer.train.suggest import for_fine_tuning

CATS = Context("the folder pets", 3, ("cat", "dog", "newt"), (1, 20, 30))


def chain(*blocks: tuple[str, str, dict[str, object]]) -> Network:
    network, last = Network(), ""
    for name, kind, params in blocks:
        apply(network, AddBlock(name, kind, params))  # type: ignore[arg-type]
        if last:
            apply(network, Connect(Wire(last, 0, name, 0)))
        last = name
    return network


SQUEEZE = chain(
    ("input", "input", {"size": (3, 32, 32)}),
    ("body", "conv2d", {"out_channels": 8}),
    ("drop", "dropout", {}),
    ("final", "conv2d", {"out_channels": 10, "kernel_size": 1}),
    ("act", "relu", {}),
    ("pool", "adaptive_avg_pool2d", {}),
    ("flat", "flatten", {}),
    ("classes", "classification_output", {"classes": 10, "labels": tuple("abcdefghij")}),
)


@pytest.mark.parametrize("template", ["lenet5", "small-resnet", "small-vgg"])
@pytest.mark.parametrize("body", ["frozen", "slow", "whole"])
def test_templates_are_adapted_and_come_back_in_one_step(template, body):
    document = Document(load_template(template), CATS)
    before = document.network.to_json()
    found = adapt(document, body)
    document.do(found.edit)
    assert not [p for p in document.problems if p.severity == "error"]
    (head,) = found.heads
    (end,) = heads(document.network)
    assert document.network[head].params["out_features"] == 3
    assert document.network[end].params["labels"] == CATS.labels
    learning = [n for n in document.network.nodes.values() if document.shapes[n.name].cost.params and n.name != head]
    assert {mark_of(n.marks, "frozen") for n in learning} == {body == "frozen"}
    assert {mark_of(n.marks, "rate") for n in learning} == {0.1 if body == "slow" else 1.0}  # of what learns
    assert not mark_of(document.network[head].marks, "frozen")
    assert all(s.sentence.endswith(".") for s in found.steps if s.sentence)
    document.undo()
    assert document.network.to_json() == before


def test_a_convolution_may_be_the_head():
    document = Document(SQUEEZE.copy(), CATS)
    found = adapt(document)
    assert found.heads == ("final",)
    document.do(found.edit)
    assert document.network["final"].params["out_channels"] == 3 and not document.has_errors
    assert any("1×20×30" in step.sentence and "3×32×32" in step.sentence for step in found.steps)


def test_what_was_frozen_before_learns_again_where_all_shall():
    document = Document(SQUEEZE.copy(), CATS)
    document.do(adapt(document, "frozen").edit)
    assert mark_of(document.network["body"].marks, "frozen")
    document.do(adapt(document, "whole").edit)
    assert not mark_of(document.network["body"].marks, "frozen")


def test_without_classes_or_a_head_it_is_refused_in_a_sentence():
    with pytest.raises(EditRefused, match="classes"):
        adapt(Document(SQUEEZE.copy(), Context("nothing")))
    odd = chain(
        ("input", "input", {"size": (10,)}),
        ("norm", "softmax", {}),
        ("classes", "classification_output", {"classes": 10}),
    )
    with pytest.raises(EditRefused, match="Linear"):
        adapt(Document(odd, CATS))


def test_nothing_is_said_to_be_kept_where_nothing_was_learned():
    said = " ".join(step.sentence for step in adapt(Document(SQUEEZE.copy(), CATS), "frozen", learned=False).steps)
    assert "random" in said and "is kept" not in said
    tuned, anew = for_fine_tuning("whole"), for_fine_tuning("whole", learned=False)
    assert anew["epochs"] > tuned["epochs"] and anew["learning_rate"] > tuned["learning_rate"]
    assert (tuned["start"], anew["start"]) == ("weights", "fresh")
