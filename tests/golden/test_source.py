"""The text of the example networks, kept as files: `pytest tests/golden --overwrite` writes them anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from designer.codegen.python import compile_network
from designer.graph.templates import load_template, templates

FOLDER = Path(__file__).parent / "code"


@pytest.mark.parametrize("name", [t.name for t in templates() if len(t.network)])
def test_source(name: str, request: pytest.FixtureRequest) -> None:
    source = compile_network(load_template(name)).source
    file = FOLDER / f"{name}.txt"
    if request.config.getoption("--overwrite"):
        file.write_text(source, encoding="utf-8")
    assert source == file.read_text(encoding="utf-8")
