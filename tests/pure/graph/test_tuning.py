"""Which blocks learn, how fast and from when on: patterns, factors, and a timeline that suits the drawing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.errors import EditRefused
from designer.graph.document import Document
from designer.graph.edits import Batch, SetMarks, Share
from designer.graph.forecast import forecast
from designer.graph.groups import group
from designer.graph.instances import link_copy
from designer.graph.marks import rate_of
from designer.graph.reading import network_from_json
from designer.graph.sharing import together
from designer.graph.templates import load_template
from designer.graph.tuning import (
    EVERYTHING,
    begins,
    idle_at_first,
    learners,
    matching,
    never_due,
    parts_of,
    rates,
    stages,
    suggestion,
    weights_in,
    why_no_part,
)
from tests.pure.graph.sketch import sketched

NET = """
data input size=(3,32,32)
stem conv2d out_channels=8
layer1.0.conv1 conv2d out_channels=8
layer1.0.bn1 batch_norm2d
layer1.0.relu relu
layer1.1.conv1 conv2d out_channels=8
layer2.conv1 conv2d out_channels=64
pool global_avg_pool
flat flatten
fc linear out_features=10
out classification_output
"""


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("fc", ["fc"]),
        ("layer1.0", ["layer1.0.conv1", "layer1.0.bn1", "layer1.0.relu"]),
        ("layer1.*", ["layer1.0.conv1", "layer1.0.bn1", "layer1.0.relu", "layer1.1.conv1"]),
        ("*.bn1", ["layer1.0.bn1"]),
        ("layer[2-4]", ["layer2.conv1"]),
        ("layer", []),
        ("Layer2", []),
        ("", []),
    ],
)
def test_patterns_name_blocks_and_groups(pattern: str, wanted: list[str]) -> None:
    network = sketched(NET).network
    assert matching(network, pattern) == wanted
    assert len(matching(network, EVERYTHING)) == len(network)


@given(st.text("lay*er12.[]?!", max_size=12))
def test_any_text_is_a_pattern(pattern: str) -> None:
    network = sketched(NET).network
    assert set(matching(network, pattern)) <= set(network.nodes)


def test_learners_have_weights_or_are_frozen() -> None:
    document = sketched(NET)
    names = document.network.nodes
    wanted = ["stem", "layer1.0.conv1", "layer1.0.bn1", "layer1.1.conv1", "layer2.conv1", "fc"]
    assert learners(document.network, document.shapes, names) == wanted
    assert learners(document.network, document.shapes, ["fc", "pool"]) == ["fc"]
    assert weights_in(document.network, document.shapes, names) == document.totals().params


# --- the factor --------------------------------------------------------------------------------------------------


def test_a_factor_is_a_mark_like_others() -> None:
    document = sketched(NET)
    document.do(SetMarks(("stem", "fc"), {"rate": 0.1}))
    assert rates(document.network) == {"stem": 0.1, "fc": 0.1}
    assert network_from_json(document.network.to_json()) == document.network
    document.do(SetMarks(("fc",), {"rate": 1}))
    assert "rate" not in document.network["fc"].marks and rates(document.network) == {"stem": 0.1}
    document.undo(), document.undo()
    assert not rates(document.network)


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf"), 1e4, True, "fast", None])
def test_a_factor_is_a_number_from_zero_on(value: object) -> None:
    document = sketched(NET)
    with pytest.raises(EditRefused, match="Rate factor"):
        document.do(SetMarks(("fc",), {"rate": value}))  # type: ignore[dict-item]


def test_a_forecast_tells_of_the_factor() -> None:
    document = sketched(NET)
    edit = SetMarks(("fc",), {"rate": 0.1})
    found = forecast(document, edit)
    assert found is not None and found.changed == {"fc": ("Rate factor: 1 → 0.1",)}


def test_blocks_that_call_one_layer_have_one_factor_and_one_beginning() -> None:
    document = sketched(NET)
    names = ("layer1.0.conv1", "layer1.1.conv1")
    document.do(SetMarks(names[1:], {"rate": 0.5}))
    with pytest.raises(EditRefused, match="Rate factor"):
        document.do(Share({names[1]: names[0]}))
    document.do(together(document.network, names))
    assert rate_of(document.network[names[1]]) == 1
    document.do(SetMarks(names[1:], {"rate": 0.2}))
    assert rates(document.network) == dict.fromkeys(names, 0.2)
    assert begins(document.network, [("layer1.1", 3)]) == {names[0]: 3}


def test_linked_groups_have_the_same_factor() -> None:
    document = sketched(NET)
    document.do(group(document, ["stem", "layer1.0.conv1"], "body"))
    document.do(link_copy(document, "body"))
    document.do(SetMarks(("body.stem",), {"rate": 0.1}))
    assert len(rates(document.network)) == 2


# --- the timeline ------------------------------------------------------------------------------------------------


def test_the_earliest_row_counts_in_whatever_order() -> None:
    network = sketched(NET).network
    rows = [("layer*", 4), ("layer2", 2), ("*", 9)]
    found = begins(network, rows)
    assert found == begins(network, rows[::-1])
    assert (found["layer2.conv1"], found["layer1.0.bn1"], found["stem"]) == (2, 4, 9)
    assert begins(network, [("nothing", 2)]) == {}


def test_what_is_no_part_is_one_sentence() -> None:
    document = sketched(NET)
    assert why_no_part(document.network, document.shapes, "layer*") is None
    assert why_no_part(document.network, document.shapes, "pool") == "Nothing called pool has weights."
    assert why_no_part(document.network, document.shapes, "layer9.bn1") == (
        "There is no block or group called layer9.bn1. Did you mean layer1.0.bn1?"
    )
    assert why_no_part(document.network, document.shapes, "*") is None
    assert parts_of(document.network)[:4] == ["layer1", "layer2", "layer1.0", "layer1.1"]


def test_what_is_never_due_in_a_run() -> None:
    network = sketched(NET).network
    rows = [("layer2", 9), ("layer*", 5), ("stem", 20), ("nothing", 20)]
    assert never_due(network, rows, 4) == ["layer2", "layer*", "stem", "nothing"]
    assert never_due(network, rows, 5) == ["stem", "nothing"], "layer* wakes layer2, too"
    assert never_due(network, rows, 20) == []


def test_something_has_to_learn_in_the_first_epoch() -> None:
    document = sketched(NET)
    network, shapes = document.network, document.shapes
    assert not idle_at_first(network, shapes, []) and not idle_at_first(network, shapes, [("layer*", 2)])
    assert idle_at_first(network, shapes, [("*", 2)])
    assert not idle_at_first(network, shapes, [("*", 2), ("fc", 1)])
    document.do(SetMarks(tuple(network.nodes), {"frozen": True}))
    assert idle_at_first(network, shapes, []) and not idle_at_first(network, shapes, [("fc", 1)])
    assert not idle_at_first(Document().network, Document().shapes, [])


def test_parts_go_from_the_outputs_back_and_heavy_ones_are_looked_into() -> None:
    document = sketched(NET)
    found = [part.path for part in stages(document.network, document.shapes)]
    assert found == ["fc", "layer2", "layer1", "stem"]
    document.do(group(document, list(document.network.nodes)[1:-2], "body"))
    assert [p.path for p in stages(document.network, document.shapes)] == [
        "fc",
        "body.layer2",
        "body.layer1",
        "body.stem",
    ]


def test_a_suggestion_begins_at_the_head_and_reaches_everything() -> None:
    document = sketched(NET)
    assert suggestion(document.network, document.shapes, 10) == [("fc", 1), ("layer2", 3), ("layer1", 5), ("stem", 7)]
    assert suggestion(document.network, document.shapes, 2) == [("fc", 1), ("*", 2)]
    assert suggestion(document.network, document.shapes, 1) == []
    assert suggestion(Document().network, Document().shapes, 10) == []


@pytest.mark.parametrize("name", ["digits", "lenet5", "small-resnet", "small-vgg"])
@pytest.mark.parametrize("epochs", [2, 3, 10, 100])
def test_suggestions_let_all_weights_learn_within_the_run(name: str, epochs: int) -> None:
    document = Document(load_template(name))
    rows = suggestion(document.network, document.shapes, epochs)
    assert len(rows) <= 6 and rows[0][1] == 1
    assert [epoch for _, epoch in rows] == sorted(epoch for _, epoch in rows) and rows[-1][1] <= epochs
    late = begins(document.network, rows)
    assert all(late.get(n) for n in learners(document.network, document.shapes, document.network.nodes))


def test_marks_are_set_for_many_as_one_edit() -> None:
    document = sketched(NET)
    names = tuple(learners(document.network, document.shapes, matching(document.network, "layer*")))
    document.do(Batch("Fine-tune", (SetMarks(names, {"rate": 0.1}), SetMarks(("stem",), {"frozen": True}))))
    assert len(rates(document.network)) == 4 and document.depth == 1
    document.undo()
    assert not rates(document.network)
