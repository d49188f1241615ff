"""``--metrics`` in a terminal: told at the end of each epoch, at the end of the run, and of an evaluation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from designer.cli import main

DATA = ["--data", "digits", "--limit", "300"]


def test_chosen_figures_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(tmp_path / "net.loom")
    assert main(["new", "digits", "-o", file]) == 0
    short = ["--epochs", "2", "--device", "cpu", "--threads", "1", "--run-dir", str(tmp_path / "run")]
    assert main(["train", file, *DATA, *short, "--metrics", "f1,top3", "--early-stop", "kappa"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for words in ("F1", "top-3 accuracy", "Cohen’s kappa"):
        assert said.count(f", {words} ") >= 5  # of training and validation in two epochs, and at the end
    events = [json.loads(line) for line in (tmp_path / "run/events.jsonl").read_text().splitlines()]
    last = next(event for event in reversed(events) if event["type"] == "validated")
    assert events[-1]["figures"] == last["figures"] and set(last["figures"]) == {"f1", "top3", "kappa"}
    assert f"Cohen’s kappa {last['figures']['kappa']:.4g}" in said

    measured = ["evaluate", file, *DATA, "--device", "cpu", "--run-dir"]
    assert main([*measured, str(tmp_path / "measured"), "--metrics", "kappa,f1", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["figures"] == pytest.approx({name: last["figures"][name] for name in ("kappa", "f1")})
    assert main([*measured, str(tmp_path / "again"), "--metrics", "mse"]) != 0
    assert "the output chooses one of several classes" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("names", ["f2", "f1,", "torchmetrics:a b"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], names: str) -> None:
    file = str(tmp_path / "net.loom")
    assert main(["new", "digits", "-o", file]) == 0
    code = main(["train", file, *DATA, "--epochs", "1", "--metrics", names, "--run-dir", str(tmp_path / "run")])
    assert (code == 0) == (names == "f1,")
    if code:
        assert "Choose one of accuracy, top3" in " ".join(capsys.readouterr().err.split())
