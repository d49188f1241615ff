"""``layerloom preflight`` and ``layerloom rates``."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from designer.cli import main
from designer.train import probe


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(probe, "_STRETCH", 0.002)
    monkeypatch.setattr(probe, "_STRETCHES", 2)
    file = tmp_path / "net.loom"
    assert main(["new", "digits", "-o", str(file)]) == 0
    capsys.readouterr()
    return file


CALL = ("--data", "digits", "--limit", "300", "--device", "cpu", "--threads", "1")


def test_a_table_and_what_to_change(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = project.read_bytes(), sorted(project.parent.iterdir())
    assert main(["preflight", str(project), *CALL, "--check", "labels", "--check", "norms", "--batch-size", "1"]) == 1
    text = " ".join(capsys.readouterr().out.split())
    assert "ok Labels" in text and "SOLVE Batch normalisation" in text and "--batch-size 32" in text
    assert "To solve before training: Batch normalisation." in text
    assert main(["preflight", str(project), *CALL, "--check", "labels"]) == 0
    assert (project.read_bytes(), sorted(project.parent.iterdir())) == before


def test_as_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preflight", str(project), *CALL, "--check", "norms", "--batch-size", "1", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    (line,) = found["lines"]
    assert not found["passed"] and line["repair"]["name"] == "batch_size" and line["repair"]["value"] == 32


def test_wrong_calls(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preflight", str(project), *CALL, "--check", "colours"]) != 0
    assert "There is no check called 'colours'" in capsys.readouterr().err
    assert main(["rates", str(project), *CALL, "--lowest", "2"]) == 2
    assert "--lowest" in capsys.readouterr().err


def test_rates(project: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table = tmp_path / "rates.csv"
    assert main(["rates", str(project), *CALL, "--points", "50", "--csv", str(table)]) == 0
    text = capsys.readouterr().out
    assert "Suggested: --learning-rate " in text and "*" in text and "|" in text and "chosen is 0.004" in text
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["rate", "loss", "smoothed"] and float(rows[0]["rate"]) == pytest.approx(1e-7)
