"""`layerloom summary`: one report, five ways to write it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from designer.cli import main


@pytest.fixture
def project(tmp_path: Path) -> Path:
    file = tmp_path / "net.loom"
    assert main(["new", "small-resnet", "-o", str(file)]) == 0
    return file


@pytest.mark.parametrize(
    ("form", "words"),
    [("html", "<!DOCTYPE html>"), ("md", "| layer1.conv1 |"), ("csv", "layer1.conv1,block,Conv 2-D"), ("table", "layer1.conv1")],
)  # fmt: skip
def test_formats(project: Path, form: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["summary", str(project), "--format", form]) == 0
    assert words in capsys.readouterr().out


def test_json_by_either_name(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["summary", str(project), "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert main(["summary", str(project), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == data
    assert data["params"] == sum(row["params"] for row in data["rows"]) == data["trainable"] == 78042
    assert [group["name"] for group in data["groups"]] == ["layer1", "layer2", "layer3"]


def test_batch_scales_the_memory(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for batch in ("1", "16"):
        capsys.readouterr()
        assert main(["summary", str(project), "--json", "--batch", batch]) == 0
        found.append(json.loads(capsys.readouterr().out)["forward_bytes"])
    assert found[1] == 16 * found[0]
    assert main(["summary", str(project), "--batch", "0"]) == 2
    assert "--batch" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["html", "md", "csv", "json", "table"])
def test_to_a_file(project: Path, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / f"report.{form}"
    assert main(["summary", str(project), "--format", form, "-o", str(out)]) == 0
    assert "layer3.conv2" in out.read_text(encoding="utf-8")


def test_ready_made_groups_are_listed_beside_the_blocks(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["blocks", "resnet", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [entry["type"] for entry in data["composites"]] == ["residual", "bottleneck"]
    assert main(["blocks"]) == 0
    assert "7 ready-made groups" in capsys.readouterr().out
