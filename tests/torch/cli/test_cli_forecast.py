"""``layerloom train --forecast``: what a run would take, without one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from designer.cli import main


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    file = tmp_path / "net.loom"
    assert main(["new", "digits", "-o", str(file)]) == 0
    capsys.readouterr()
    return file


CALL = ("--data", "digits", "--limit", "400", "--device", "cpu", "--epochs", "3", "--forecast")


def test_it_is_printed_and_nothing_is_trained(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = project.read_bytes(), sorted(project.parent.iterdir())
    assert main(["train", str(project), *CALL]) == 0
    text = capsys.readouterr().out
    assert "64 samples at once" in text and "per epoch" in text and "for 3 epochs" in text
    assert "of memory, with" in text and "optimiser" in text and "activations" in text
    assert (project.read_bytes(), sorted(project.parent.iterdir())) == before


def test_as_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(project), *CALL, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] and found["fits"] and found["batch"] == 64 and found["iterations"] == 5
    assert sum(v for k, v in found["memory"].items() if k != "total") == found["memory"]["total"] == found["peak"]
    assert found["epoch"] > found["iteration"] > 0


def test_a_wrong_call_is_a_sentence(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(project), "--data", "digits", "--device", "cuda:88", "--forecast"]) == 1
    assert "no device" in capsys.readouterr().err
