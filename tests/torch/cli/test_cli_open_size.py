"""A network with open sizes is trained on data that give the size, measured and reported from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from designer.cli import main
from designer.data.fitting import target_for
from designer.errors import DataError
from designer.graph.document import Document
from designer.graph.phrase.chain import chain
from designer.graph.phrase.grammar import parse
from designer.project.file import Project, save_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    document = Document()
    text = "input 1xHxW | conv 16 k3 | relu | conv 16 k3 s2 p1 | relu | global average pool | linear 10"
    document.do(chain(document, parse(f"{text} | classification output")))
    file = tmp_path / "open.loom"
    save_project(Project(network=document.network), file)
    return file


def test_open_sizes_take_the_data_s_own() -> None:
    assert target_for((1, None, None), (1, 8, 8)).sample_dims == (1, 8, 8)
    assert target_for((3, None, None), (1, 30, 20)).sample_dims == (3, 30, 20)
    assert target_for((3, 16, None), (1, 30, 20)).sample_dims == (3, 16, 20)
    assert target_for((None, 20), (1, 30, 20)).sample_dims == (30, 20)
    for dims in ((None, 8, 8), (None,)):
        with pytest.raises(DataError, match="only height and width"):
            target_for(dims, (1, 8, 8))


def test_trained_evaluated_and_reported(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = ["--data", "digits", "--epochs", "2", "--lr", "0.01", "--device", "cpu"]
    assert main(["train", str(project), *run, "--run-dir", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(project), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["accuracy"] > 0.3
    figures = []
    for size in ([], ["--size", "1x8x8"], ["--size", "1×16×16"]):
        assert main(["summary", str(project), "--json", *size]) == 0
        figures.append(json.loads(capsys.readouterr().out))
    assert figures[0]["unsized"] > 0 == figures[1]["unsized"]
    assert figures[1]["tried"] == {"H": 8, "W": 8}
    conv = [next(row["macs"] for row in f["rows"] if row["name"] == "conv1") for f in figures[1:]]
    assert conv[1] == 4 * conv[0]
    assert main(["summary", str(project), "--size", "3x8x8"]) != 0
    assert "does not fit" in capsys.readouterr().err
