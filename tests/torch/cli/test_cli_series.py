"""``layerloom train --folds`` and ``--repeats``: several runs in one folder, with mean and spread."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import pytest

from designer.cli import main
from designer.jobs.folder import RunFolder
from designer.jobs.specs import TrainJob

SHORT = ["--limit", "300", "--epochs", "1", "--device", "cpu", "--threads", "1"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "net.loom"
    assert main(["new", "digits", "-o", str(path)]) == 0
    return path


def trained(file: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    code = main(
        [
            "train",
            str(file),
            *([] if "again" in str(words) else ["--data", "digits"]),
            *SHORT,
            "--run-dir",
            str(file.parent / "runs"),
            *words,
            "--json",
        ]
    )
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return {"code": code, **said}


def specs(file: Path) -> list[TrainJob]:
    folders = sorted(path.parent for path in (file.parent / "runs").glob("*/spec.json"))
    found = [RunFolder(folder).spec() for folder in folders]
    assert all(isinstance(spec, TrainJob) for spec in found)
    return found  # type: ignore[return-value]


def test_every_fold_is_kept_aside_once(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = file.read_bytes()
    said = trained(file, capsys, "--folds", "3", "--metrics", "f1,top3")
    assert said["code"] == 0 and [row["run"] for row in said["runs"]] == ["fold-1", "fold-2", "fold-3"]
    assert [spec.data.fold for spec in specs(file)] == [0, 1, 2] and {spec.train.seed for spec in specs(file)} == {0}
    accuracies = [row["final_accuracy"] for row in said["runs"]]
    assert said["figures"]["final_accuracy"] == {
        "mean": pytest.approx(statistics.fmean(accuracies)),
        "spread": pytest.approx(statistics.stdev(accuracies)),
    }
    assert said["figures"]["final_top3"]["mean"] >= said["figures"]["final_accuracy"]["mean"] > 0
    assert said["figures"]["final_f1"]["spread"] == pytest.approx(
        statistics.stdev(row["final_f1"] for row in said["runs"])
    )
    summary = json.loads((file.parent / "runs/summary.json").read_text())
    assert summary["runs"] == said["runs"] and summary["planned"] == 3
    assert file.read_bytes() == before
    again = trained(file, capsys, "--folds", "3")
    assert again["code"] == 2 and "already holds a series" in again["error"]


def test_seeds_follow_each_other(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = trained(file, capsys, "--repeats", "2", "--seed", "7")
    assert [row["run"] for row in said["runs"]] == ["seed-7", "seed-8"]
    losses = [row["final_loss"] for row in said["runs"]]
    assert losses[0] != losses[1] and [spec.train.seed for spec in specs(file)] == [7, 8]


def test_one_fold_alone_is_an_ordinary_run(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = trained(file, capsys, "--folds", "3", "--fold", "1")
    assert said["code"] == 0 and "runs" not in said
    assert not (file.parent / "runs/summary.json").exists()
    # The project remembers that fold; without options it is trained again, and no series.
    again = trained(file, capsys, "--run-dir", str(file.parent / "again"))
    spec = RunFolder(file.parent / "again").spec()
    assert "runs" not in again and isinstance(spec, TrainJob) and (spec.data.folds, spec.data.fold) == (3, 1)


@pytest.mark.parametrize("words", [("--repeats", "0"), ("--repeats", "two"), ("--repeats", "2", "--resume", "x")])
def test_nonsense_is_refused(file: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    assert trained(file, capsys, *words)["code"] == 2
