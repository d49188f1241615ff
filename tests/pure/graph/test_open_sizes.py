"""Inputs with open sizes: what can be written, tried and repaired."""

from __future__ import annotations

import pytest

from designer.blocks.catalog import catalog
from designer.errors import EditRefused
from designer.graph.document import Document
from designer.graph.fixes import fixes_for
from designer.graph.open_sizes import at_size, filled_in, fit_sizes, open_inputs, open_names
from designer.graph.phrase.chain import chain
from designer.graph.phrase.grammar import parse, spell
from designer.graph.reading import network_from_json
from designer.graph.report.rows import make_report


def typed(text: str) -> Document:
    document = Document()
    document.do(chain(document, parse(text)))
    return document


NET = "input 3xHxW | conv 16 k3 s2 p1 | relu | max pool | residual 32 s2 | global average pool | linear 10"


def test_written_typed_and_read_back() -> None:
    document = typed(f"{NET} | classification output")
    assert document.network["input1"].params["size"] == (3, "H", "W")
    assert network_from_json(document.network.to_json()) == document.network
    assert parse(spell(parse("input 3xHxW"))) == parse("input 3xHxW") == parse("input size=(3, H, W)")
    assert typed("input Lx8").network["input1"].params["size"] == ("L", 8)
    assert open_names(document.network) == ("H", "W") and list(open_inputs(document.network)) == ["input1"]


@pytest.mark.parametrize("bad", ["B", "h", "3H", "H W", "", "H" * 12, "é"])
def test_a_name_is_a_capital_and_not_the_batch(bad: str) -> None:
    with pytest.raises(EditRefused, match="such as H or W"):
        catalog()["input"].check({"size": [3, bad, 8]})


def test_wires_say_expressions_and_a_size_can_be_tried_beside_them() -> None:
    document = typed(f"{NET} | classification output")
    assert not document.has_errors
    out = document.shapes["conv1"].outputs[0]
    assert str(out) == "B×16×⌈H/2⌉×⌈W/2⌉"
    before = document.network.copy()
    tried = at_size(document, {"H": 65, "W": 32})
    assert str(tried.shapes["conv1"].outputs[0]) == "B×16×33×16"
    assert out is not None and str(out.at({"H": 65, "W": 32})) == "B×16×33×16"
    assert document.network == before and tried.network["input1"].params["size"] == (3, 65, 32)
    for name, shapes in document.shapes.items():
        for mine, other in zip(shapes.outputs, tried.shapes[name].outputs, strict=True):
            assert mine is not None and mine.at({"H": 65, "W": 32}) == other


def test_the_report_counts_at_the_tried_size() -> None:
    document = typed(f"{NET} | classification output")
    general, tried = make_report(document), make_report(at_size(document, {"H": 64, "W": 64}), 32, {"H": 64, "W": 64})
    assert general.totals.unsized > 0 == tried.totals.unsized
    assert general.totals.params == tried.totals.params
    assert general.totals.macs < tried.totals.macs
    closed = typed(f"{NET.replace('HxW', '64x64')} | classification output")
    assert tried.totals == make_report(closed).totals


def test_trouble_at_a_small_size_only() -> None:
    document = typed("input 3xHxW | conv 8 k7 p0 | global average pool | linear 10 | classification output")
    assert not document.has_errors
    small = at_size(document, {"H": 5, "W": 64})
    assert [p.block for p in small.problems if p.severity == "error"] == ["conv1"]


def test_sizes_that_do_not_fit() -> None:
    assert fit_sizes((3, "H", "W"), (3, 8, 9)) == {"H": 8, "W": 9}
    assert fit_sizes(("L", "L"), (4, 4)) == {"L": 4}
    for declared, wanted in (((3, "H", "W"), (1, 8, 8)), (("L", "L"), (4, 5)), (("L", 8), (4,)), (("L",), (0,))):
        with pytest.raises(EditRefused):
            fit_sizes(declared, wanted)
    assert filled_in(typed("input Lx8").network, {"L": 5})["input1"].params["size"] == (5, 8)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("input 3xHxW | conv 8 | flatten | linear 10", "Insert global average pooling before flatten1"),
        ("input 3xHxW | conv 8 | linear 10", "Insert global average pooling"),
        ("input HxW | linear 10", "Set the size of input1 to 224×224"),
    ],
)
def test_what_needs_a_number_says_so_and_is_repaired(text: str, first: str) -> None:
    document = typed(f"{text} | {'classification' if 'conv' in text else 'regression'} output")
    problem = next(p for p in document.problems if p.code == "needs_fixed")
    assert "fixed number of features" in problem.message
    fix = fixes_for(document, problem)[0]
    assert fix.title == first
    document.do(fix.edit)
    assert not any(p.code == "needs_fixed" for p in document.problems)
    document.undo()
    assert any(p.code == "needs_fixed" for p in document.problems)
