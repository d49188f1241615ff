"""What trains, from the command line: parts are frozen, slowed down and woken by pattern, and the project keeps it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from designer.cli import main
from designer.project.file import load_project
from designer.train.checkpoint import load_tensors

QUICK = ("--data", "digits", "--limit", "200", "--device", "cpu", "--lr", "0.01", "--weight-decay", "0.1")


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    file = tmp_path / "net.loom"
    assert main(["new", "digits", "-o", str(file)]) == 0
    capsys.readouterr()
    return file


def train(file: Path, *arguments: str) -> int:
    return main(["train", str(file), *QUICK, *arguments])


def marks(file: Path) -> dict[str, dict[str, object]]:
    return {name: dict(node.marks) for name, node in load_project(file).network.nodes.items() if node.marks}


def events(folder: Path, kind: str) -> list[dict[str, object]]:
    lines = (folder / "events.jsonl").read_text().splitlines()
    return [event for line in lines if (event := json.loads(line))["type"] == kind]


def test_the_drawing_keeps_what_was_frozen_and_slowed_down(project: Path) -> None:
    assert train(project, "--epochs", "1", "--freeze", "*", "--thaw", "fc*", "--rate", "fc1=0.5") == 0
    found = marks(project)
    frozen = {name for name, values in found.items() if values == {"frozen": True}}
    assert {"conv1", "conv2"} <= frozen and found.keys() - frozen == {"fc1"} and found["fc1"] == {"rate": 0.5}
    first = load_project(project)
    assert first.weights is not None
    before = load_tensors(first.weights)[0]
    assert (
        train(project, "--epochs", "1", "--weights", str(first.weights), "--run-dir", str(project.parent / "two")) == 0
    )
    after = load_tensors(project.parent / "two/weights.safetensors")[0]
    moved = {name.rsplit(".", 1)[0] for name in before if not before[name].equal(after[name])}
    assert moved and all(name.startswith("fc") for name in moved)
    assert marks(project) == found


def test_a_timeline_is_told_kept_and_taken_away(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project.parent / "run"
    rows = ("--unfreeze", "conv1=2", "--unfreeze", "conv*=3")
    assert train(project, "--epochs", "3", *rows, "--run-dir", str(folder)) == 0
    told = events(folder, "unfrozen")
    assert [(event["epoch"], event["parts"]) for event in told] == [(2, ["conv1"]), (3, ["conv*"])]
    said = capsys.readouterr().out
    assert f"epoch   2  from here on conv1 too: {told[0]['weights']:,} numbers learn" in said
    kept = load_project(project).train
    assert kept is not None and [(row.part, row.epoch) for row in kept.unfreeze] == [("conv1", 2), ("conv*", 3)]
    assert train(project, "--epochs", "1") == 0
    assert "conv1 stays frozen: the run ends with epoch 1." in capsys.readouterr().out
    assert train(project, "--epochs", "1", "--unfreeze", "none") == 0
    kept = load_project(project).train
    assert kept is not None and kept.unfreeze == ()


def test_a_run_goes_on_across_the_switch(project: Path) -> None:
    one, two = project.parent / "one", project.parent / "two"
    rows = ("--unfreeze", "conv1=2", "--schedule", "constant")
    assert train(project, "--epochs", "1", *rows, "--run-dir", str(one)) == 0
    assert not events(one, "unfrozen")
    assert train(project, "--epochs", "2", *rows, "--resume", str(one), "--run-dir", str(two)) == 0
    assert [event["epoch"] for event in events(two, "unfrozen")] == [2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--freeze", "convv1"), "--freeze: There is no block or group called convv1. Did you mean conv1?"),
        (("--rate", "zzz=0.1"), "--rate: There is no block or group called zzz."),
        (("--rate", "conv1=-1"), "Rate factor must be at least 0"),
        (("--unfreeze", "convv1=2"), "--unfreeze: There is no block or group called convv1."),
        (("--unfreeze", "input=2"), "--unfreeze: Nothing called input has weights."),
        (("--freeze", "*"), "Every block with weights is frozen"),
        (("--unfreeze", "*=2"), "Let at least one learn from epoch 1 on"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert train(project, "--epochs", "2", *arguments) in (1, 2)
    error = capsys.readouterr().err
    assert words in error and "Traceback" not in error
    assert not marks(project), "a run that did not begin changes nothing"


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        (("--rate", "conv1"), "expected PATTERN=FACTOR"),
        (("--rate", "conv1=fast"), "expected a number behind =, got 'fast'"),
        (("--unfreeze", "conv1=0"), "expected an epoch"),
        (("--unfreeze", "=2"), "expected PATTERN=EPOCH"),
    ],
)
def test_what_cannot_be_read_says_how_to_write_it(
    project: Path, capsys: pytest.CaptureFixture[str], argument: tuple[str, ...], words: str
) -> None:
    assert train(project, *argument) == 2
    assert words in capsys.readouterr().err


def test_help_tells_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    text = capsys.readouterr().out
    assert all(words in text for words in ("--freeze PATTERN", "--thaw", "--rate PATTERN=FACTOR", "--move-statistics"))
    assert text.count("--unfreeze PATTERN=EPOCH") >= 1 and "--unfreeze UNFREEZE" not in text
