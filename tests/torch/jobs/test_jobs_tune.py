"""Choosing settings by measuring, and the largest batch, as jobs and in the terminal."""

import json
from pathlib import Path

import pytest

from designer.cli import main
from designer.data.spec import DataSpec
from designer.graph.templates import load_template
from designer.jobs.client import run_here
from designer.jobs.specs import ProbeJob, TuneJob
from designer.train import tune as tuning
from designer.train.spec import TrainSpec


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(tuning, "_ROUNDS", 2)
    monkeypatch.setattr(tuning, "_STRETCH", 0.02)


DIGITS = DataSpec(source="digits", limit=200)
TRAIN = TrainSpec(epochs=1, batch_size=32, device="cpu", threads=1)


def test_settings_that_win_are_what_a_spec_takes(tmp_path):
    handle = run_here(TuneJob(train=TRAIN, data=DIGITS), load_template("digits"), tmp_path / "tune")
    events = handle.wait(timeout=120)
    result = handle.result
    assert result is not None, events[-1]
    assert [event["title"] for event in events if event["type"] == "tried"] == [row["title"] for row in result["rows"]]
    won = {}
    for row in result["rows"]:
        won |= row["change"] if row["chosen"] else {}
    assert result["train"] == won and result["sentence"]
    assert TrainSpec.read({**TRAIN.model_dump(), **won})


def test_the_largest_batch_is_as_large_as_the_data_here(tmp_path):
    job = ProbeJob(train=TRAIN, data=DIGITS, largest=True)
    handle = run_here(job, load_template("digits"), tmp_path / "probe")
    events = handle.wait(timeout=120)
    assert handle.result is not None, events[-1]
    assert handle.result["batch"] == 160 and handle.result["fits"]


@pytest.mark.slow
def test_both_in_the_terminal(tmp_path, capsys):
    file = tmp_path / "a.loom"
    assert main(["new", "digits", "-o", str(file)]) == 0
    options = ["--data", "digits", "--limit", "200", "--epochs", "1", "--device", "cpu", "--threads", "1"]
    assert main(["train", str(file), *options, "--tune", "--batch-size", "max"]) == 0
    said = capsys.readouterr()
    text = said.out + said.err
    assert "The largest batch that fits has 160 samples" in text
    assert "Setting" in text and "bf16" in text and ("times as fast" in text or "Nothing was faster" in text)
    run = next(Path(tmp_path).glob("a-runs/*/spec.json"))
    assert json.loads(run.read_text())["train"]["batch_size"] == 160
