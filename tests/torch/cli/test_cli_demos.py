"""Every kind of work has a demonstration that learns, is measured by the right figures, exported and proved equal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from designer.cli import main
from designer.commands.demonstrating import Demo, Goal, demos
from designer.graph.templates import template_named, templates
from designer.jobs.client import JobHandle, run_here
from designer.jobs.folder import RunFolder
from designer.jobs.specs import EvaluateJob, TrainJob
from designer.project.beginning import begun
from designer.project.file import load_project

Capture = pytest.CaptureFixture[str]
KINDS = [demo.kind for demo in demos()]


def ended(handle: JobHandle) -> JobHandle:
    list(handle.follow())
    assert handle.outcome is not None and handle.outcome["type"] == "finished", handle.outcome
    return handle


def test_every_template_with_samples_is_shown() -> None:
    assert {demo.template for demo in demos()} == {template.name for template in templates() if template.data}
    assert len(set(KINDS)) == len(KINDS) == 8
    assert all(template.kind for template in templates())


@pytest.mark.parametrize("demo", demos(), ids=KINDS)
def test_a_moment_of_it_learns_and_has_the_figures_of_its_kind(demo: Demo, tmp_path: Path) -> None:
    project = begun(template_named(demo.template))
    assert project.train is not None and project.data is not None
    few = project.data.model_copy(update={"limit": 96})
    short = project.train.model_copy(update={"epochs": 2, "batch_size": 16})
    run = tmp_path / "train"
    ended(run_here(TrainJob(train=short, data=few), project.network, run))
    epochs = [event for event in RunFolder(run).tail().read() if event["type"] == "epoch"]
    assert epochs[-1]["loss"] < epochs[0]["loss"]
    (weights,) = run.glob("weights*.safetensors")
    found = ended(run_here(EvaluateJob(weights=str(weights), data=few), project.network, tmp_path / "test")).result
    assert found is not None
    assert all(goal.of(found) is not None for goal in demo.goals)


def test_what_is_promised_is_checked(tmp_path: Path, capsys: Capture) -> None:
    """After one epoch there is nothing to be proud of; what was made is there all the same."""
    out = tmp_path / "out"
    assert main(["demo", "table", "--epochs", "1", "-o", str(out)]) == 1
    told = capsys.readouterr()
    assert "learned less than the demonstration promises. Expected accuracy at least 92 %, found " in told.err
    assert "ONNX: equal on 114 samples" in told.out.replace("\n", " ")
    project = load_project(out / "table.loom")
    assert project.weights == out / "table.safetensors" and project.data is not None
    assert (out / "table.onnx").stat().st_size > 1000


def test_wrong_calls_are_answered(tmp_path: Path, capsys: Capture) -> None:
    assert main(["demo", "tables"]) == 2
    assert "Choose one of image-classification, multi-label" in capsys.readouterr().err
    assert main(["demo", "table", "--theme", "dark"]) == 2
    assert main(["demo", "--epochs", "3"]) == 2
    (tmp_path / "mine.txt").touch()
    assert main(["demo", "table", "-o", str(tmp_path)]) == 2
    assert "holds other files" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_help_names_every_kind_and_its_figure(capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["demo", "--help"])
    told = " ".join(capsys.readouterr().out.split()).replace("- ", "-")
    for demo in demos():
        assert f"{demo.kind}: {demo.title} ({demo.promise})" in told


def test_goals() -> None:
    most, least = Goal("mean_absolute_error", most=5.0), Goal("auroc", least=0.9)
    found = {"regression": {"mean_absolute_error": 4.0, "r2": None}, "two": None, "accuracy": None}
    assert most.of(found) == 4.0 and most.reached(4.0) and not most.reached(5.1)
    assert least.of(found) is None and not least.reached(None) and least.reached(0.9)
    assert (most.sentence, least.sentence) == ("mean absolute error at most 5", "AUROC at least 0.9")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_it_keeps_its_promise(kind: str, tmp_path: Path, capsys: Capture) -> None:
    assert main(["demo", kind, "-o", str(tmp_path / "out"), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["kind"] == kind and result["export"]["agree"] in (None, 1.0)
    assert (tmp_path / "out" / f"{kind}.onnx").is_file()
