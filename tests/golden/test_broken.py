"""Fifteen networks that people broke: each says what is wrong, and its first suggestion repairs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from designer.graph.document import Document
from designer.graph.fixes import fixes_for
from designer.graph.infer import Shapes
from designer.project.file import load_project

FOLDER = Path(__file__).parent / "broken"
EXPECTED = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))


def test_there_are_fifteen() -> None:
    assert len(EXPECTED) >= 15
    assert sorted(EXPECTED) == sorted(path.name for path in FOLDER.glob("*.loom"))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_it_says_what_is_wrong_and_repairs_itself(name: str) -> None:
    document, expected = Document(load_project(FOLDER / name).network), EXPECTED[name]
    problem = document.problems[0]
    assert (problem.block, problem.message) == (expected["block"], expected["sentence"])
    before = document.network.to_json()
    first = fixes_for(document, problem)[0]
    assert first.title == expected["repair"]
    document.do(first.edit)
    assert document.problems == ()
    assert all(shapes.complete for shapes in Shapes(document.network).values())
    document.undo()
    assert document.network.to_json() == before
