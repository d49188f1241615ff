"""A step that went wrong, done again from what its run kept: by the job and by the command."""

import json

import pytest

from designer.cli import main
from designer.data.spec import DataSpec
from designer.graph.document import Document
from designer.graph.edits import Connect
from designer.graph.model import Wire
from designer.jobs.client import run_here
from designer.jobs.specs import ReplayStepJob, TrainJob
from designer.train.health.step import read_step
from designer.train.spec import TrainSpec


def drawn(*blocks):
    """A chain of blocks: (type, parameters)."""
    document = Document()
    names = []
    for number, (kind, params) in enumerate(blocks):
        edit = document.new_block(kind, 0, 100.0 * number, params)
        document.do(edit)
        names.append(edit.name)
        if number:
            document.do(Connect(Wire(names[-2], 0, names[-1], 0)))
    return document.network


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """A run that took the logarithm of zero."""
    network = drawn(
        ("input", {"size": (1, 8, 8)}),
        ("flatten", {}),
        ("linear", {"out_features": 16}),
        ("relu", {}),
        ("dropout", {}),
        ("log", {}),
        ("linear", {"out_features": 10}),
        ("classification_output", {}),
    )
    folder = tmp_path_factory.mktemp("broken") / "run"
    job = TrainJob(
        train=TrainSpec(epochs=1, device="cpu", label_smoothing=0.1), data=DataSpec(source="digits", limit=200)
    )
    handle = run_here(job, network, folder)
    (*_, last) = handle.follow(60)
    return folder, last


def test_the_run_names_the_block_and_keeps_the_step(broken):
    folder, last = broken
    assert last["type"] == "failed" and last["kind"] == "non_finite"
    report = read_step((folder / last["details"]).read_bytes())
    assert last["block"] == report.block and report.cause == "forward" and report.replayable
    assert {row.block for row in report.rows} >= {"linear1", "relu1", report.block}


def test_the_step_gives_the_same_again(broken, tmp_path):
    folder, last = broken
    handle = run_here(ReplayStepJob(run_dir=str(folder)), None, tmp_path / "replay")
    assert [*handle.follow(60)][-1]["type"] == "finished"
    result = handle.result
    assert result["same"] and result["again"]["block"] == last["block"]
    first = read_step((folder / last["details"]).read_bytes()).model_dump(mode="json")
    assert result["again"]["rows"] == first["rows"] and result["again"]["loss"] == first["loss"]


def test_the_command_prints_every_block(broken, capsys):
    folder, last = broken
    assert main(["replay", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "The step gave the same again, on cpu" in said and last["block"] in said and "linear1" in said
    assert main(["replay", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["same"] is True


def test_a_run_that_met_no_such_thing_says_so(tmp_path, digits, training, capsys):
    handle = run_here(training(1), digits, tmp_path / "good")
    assert [*handle.follow(60)][-1]["type"] == "finished"
    assert main(["replay", str(tmp_path / "good")]) != 0
    assert "met no NaN or infinity" in capsys.readouterr().err
