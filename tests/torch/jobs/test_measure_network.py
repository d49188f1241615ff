"""One job answers all questions of a drawing, those too that only the answers raise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from designer.graph.edits import AddBlock, Connect, apply
from designer.graph.infer import Shapes
from designer.graph.measured import forget, keep
from designer.graph.measured_data import answers_from_json, query_to_json
from designer.graph.model import Network, Wire
from designer.jobs.client import run_here
from designer.jobs.specs import MeasureJob


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    forget(lambda query: True)
    yield
    forget(lambda query: True)


def row(length: int) -> Network:
    """An input, and operations one after the other, each of which can only be asked about after the one before."""
    network = Network()
    apply(network, AddBlock("input", "input", {"size": (3, 8, 8)}))
    before = "input"
    for i in range(length):
        apply(network, AddBlock(f"op{i}", "operation", {"expression": f"x0 * {i + 2} + 1"}))
        apply(network, Connect(Wire(before, 0, f"op{i}", 0)))
        before = f"op{i}"
    return network


def test_a_row_of_questions_is_answered_in_one_turn(tmp_path: Path) -> None:
    network = row(12)
    shapes = Shapes(network)
    assert list(shapes.wanted) == ["op0"]
    queries = [query_to_json(query) for query in shapes.wanted.values()]
    spec = MeasureJob(queries=queries, network=network.to_json())
    handle = run_here(spec, None, tmp_path / "run")
    handle.wait(timeout=120)
    result = json.loads(json.dumps(handle.result))
    forget(lambda query: True)
    assert list(Shapes(network).wanted) == ["op0"]
    keep(answers_from_json(result["all"]))
    shapes = Shapes(network)
    assert not shapes.wanted and len(result["answers"]) == 1 and len(result["all"]) == 12
    assert all(str(shapes[f"op{i}"].outputs[0]) == str(shapes["input"].outputs[0]) for i in range(12))


def test_without_the_drawing_only_what_was_asked_is_answered(tmp_path: Path) -> None:
    queries = [query_to_json(query) for query in Shapes(row(3)).wanted.values()]
    handle = run_here(MeasureJob(queries=queries), None, tmp_path / "run")
    handle.wait(timeout=120)
    assert handle.result is not None and set(handle.result) == {"answers"} and len(handle.result["answers"]) == 1
