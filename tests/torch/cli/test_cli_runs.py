"""``layerloom runs`` and ``layerloom resume`` on real runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from designer.cli import main
from designer.data.spec import DataSpec
from designer.graph.templates import load_template
from designer.jobs.client import run_here
from designer.jobs.events import last_event
from designer.jobs.specs import TrainJob
from designer.project.file import Project, save_project
from designer.train.spec import TrainSpec

DATA = DataSpec(source="digits", limit=300)


def told(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    capsys.readouterr()
    code = main([*map(str, words), "--json"])
    return {"code": code, **json.loads(capsys.readouterr().out)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project beside whose file two runs lie, one complete and one stopped."""
    home = tmp_path_factory.mktemp("project")
    network = load_template("digits")
    save_project(Project(network=network), home / "net.loom")
    short = TrainSpec(epochs=2, batch_size=64, device="cpu", threads=1, learning_rate=0.002)
    run_here(TrainJob(train=short, data=DATA), network, home / "net-runs" / "complete").wait()
    longer = TrainSpec(epochs=5000, batch_size=64, device="cpu", threads=1)
    handle = run_here(TrainJob(train=longer, data=DATA), network, home / "net-runs" / "stopped")
    handle.wait("validated")
    handle.stop()
    handle.wait()
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "p")
    return tmp_path / "p"


def test_the_runs_of_a_project(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = told(capsys, "runs", home / "net.loom", "--sort", "best")
    states = {run["id"]: run["state"] for run in listed["runs"]}
    assert states == {"complete": "finished", "stopped": "stopped"}
    best = [run["figures"]["accuracy"]["best"] for run in listed["runs"]]
    assert best == sorted(best, reverse=True) and listed["runs"][0]["parameters"] > 1000
    assert [run["id"] for run in told(capsys, "runs", home, "--state", "stopped")["runs"]] == ["stopped"]
    assert main(["runs", str(home), "--columns", "name,best,f1"]) == 0
    text = capsys.readouterr().out
    assert "complete" in text and "Best" in text and "–" in text
    assert main(["runs", str(home / "nothing")]) == 2
    assert main(["runs", str(home), "--sort", "best", "--find", "no such word"]) == 0
    assert "No run in" in capsys.readouterr().out


def test_what_is_written_to_a_run_is_found(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = home / "net-runs" / "complete"
    assert told(capsys, "runs", "tag", run, "good", "wide")["tags"] == ["good", "wide"]
    assert told(capsys, "runs", "untag", run, "wide")["tags"] == ["good"]
    assert told(capsys, "runs", "name", run, "The", "first")["name"] == "The first"
    assert told(capsys, "runs", "name", run, "[/red] odd [bold]")["name"] == "[/red] odd [bold]"
    assert main(["runs", str(home)]) == 0
    assert "[/red] odd [bold]" in capsys.readouterr().out
    assert told(capsys, "runs", "name", run, "The", "first")["name"] == "The first"
    assert told(capsys, "runs", "star", run)["starred"] is True
    assert told(capsys, "runs", "note", run, "learns fast")["notes"] == "learns fast"
    (found,) = told(capsys, "runs", home, "--tag", "good", "--starred", "--find", "fast")["runs"]
    assert found["name"] == "The first" and found["starred"]
    assert told(capsys, "runs", "tag", run)["code"] == 2
    assert "no training" in told(capsys, "runs", "star", home)["error"]
    (thrown,) = told(capsys, "runs", "delete", run)["thrown"]
    assert [entry["id"] for entry in told(capsys, "runs", home)["runs"]] == ["stopped"]
    assert told(capsys, "runs", "restore", thrown)["runs"] == [str(run)]


def test_two_runs_side_by_side(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [home / "net-runs" / name for name in ("complete", "stopped")]
    found = told(capsys, "runs", "compare", *runs)
    lines = {(line["group"], line["title"]): line for line in found["lines"]}
    assert lines["Training", "Learning rate"]["values"] == ["0.002", "0.001"]
    assert lines["Training", "Epochs"]["differs"] and not lines["Training", "Batch size"]["differs"]
    assert found["networks"] == [{"run": str(runs[1]), "differences": []}]
    assert main(["runs", "compare", *map(str, runs)]) == 0
    text = capsys.readouterr().out
    assert "Learning rate" in text and "Batch size" not in text and "is the one of" in text
    assert told(capsys, "runs", "compare", runs[0])["code"] == 2


def test_a_stopped_run_goes_on_with_its_own_settings(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = home / "net-runs" / "stopped"
    at = last_event(run / "events.jsonl")
    assert at is not None
    done = told(capsys, "resume", run, "--epochs", -(-at["iteration"] // 4) + 2)
    assert done["code"] == 0 and done["reason"] == "completed" and done["iteration"] > at["iteration"]
    assert Path(done["weights"]).is_file()
    over = told(capsys, "resume", home / "net-runs" / "complete")
    assert over["code"] == 2 and "is complete: 2 epochs. --epochs N" in over["error"]
    more = told(capsys, "resume", home / "net-runs" / "complete" / "checkpoints", "--epochs", 3)
    assert more["code"] == 0 and more["epoch"] == 3
    assert told(capsys, "resume", home)["code"] == 2
