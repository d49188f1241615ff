"""The command line in a rough place: wrong words, odd names, Ctrl-C, readers that leave, terminals without letters."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from designer.cli import main
from designer.project.file import load_project
from designer.project.lock import FileLock

LONG = "a" * 300

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes as on POSIX")


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    file = tmp_path / "net.loom"
    assert main(["new", "digits", "-o", str(file)]) == 0
    capsys.readouterr()
    return file


def start(*arguments: str | Path, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "designer", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), **more},
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check"], 2),
        (["check", "PROJECT", "--bogus"], 2),
        (["train", "PROJECT", "--data", "digits", "--resume", "a" * 5000], 2),
        (["evaluate", "PROJECT", "--data", "digits", "--weights", "PROJECT", "--device", "x" * 50], 2),
        (["export", "PROJECT", "--to", "onnx", "-o", "x.onnx", "--samples", "many"], 2),
        (["no-such-thing"], 2),
        ([], 2),
        (["check", "."], 2),
        (["check", f"{LONG}.loom"], 1),
        (["new", "lenet5", "-o", f"{LONG}.loom"], 1),
        (["train", "PROJECT", "--data", "digits", "--run-dir", LONG], 1),
        (["demo", "-o", "PROJECT"], 2),
        (["blocks", "nothing-is-called-so"], 1),
    ],
)
def test_every_failure_is_one_sentence_and_one_object(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    words = [str(project) if word == "PROJECT" else word for word in arguments]
    assert main([*words, "--json"]) == code
    captured = capsys.readouterr()
    data = json.loads(captured.out)
    assert data["ok"] is False and data["error"] and data["kind"]
    assert captured.err.count("\n") == 1 and "Traceback" not in captured.err
    if words:
        assert main(words) == code


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_training_and_keeps_what_it_learned(project: Path, tmp_path: Path, number: int) -> None:
    process = start("train", project, "--data", "digits", "--epochs", "5000", "--run-dir", tmp_path / "run")
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Training on")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0 and err == "" and "Stopped after" in out
    assert load_project(project).weights == project.with_suffix(".safetensors")


@posix
def test_ctrl_c_before_there_is_anything_to_keep(project: Path, tmp_path: Path) -> None:
    process = start("export", project, "--to", "onnx", "-o", tmp_path / "x.onnx", "--weights", project, "--json")
    process.send_signal(signal.SIGINT)  # while Python starts, or while the rest is loaded
    _, err = process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGINT)
    assert "designer" not in err or "Traceback" not in err
    assert not (tmp_path / "x.onnx").exists()


@posix
def test_a_reader_that_leaves_stops_a_training(project: Path, tmp_path: Path) -> None:
    process = start("train", project, "--data", "digits", "--epochs", "5000", "--run-dir", tmp_path / "run")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=60) == 0 and process.stderr.read() == ""
    process.stderr.close()
    assert load_project(project).weights is not None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_to_a_full_disk_is_said(project: Path) -> None:
    for command in (["code", str(project)], ["blocks"]):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "designer", *command],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                cwd=Path(__file__).parents[3],
                check=False,
            )
        assert done.returncode == 1 and "No space left" in done.stderr and "Traceback" not in done.stderr


def test_a_terminal_that_knows_no_letters_but_ascii() -> None:
    process = start("blocks", PYTHONIOENCODING="ascii")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0 and err == ""
    process = start("blocks", "--json", PYTHONIOENCODING="ascii")
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and json.loads(out)["ok"]


def test_training_is_not_lost_with_its_project_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever became of the file meanwhile: the weights lie in the run folder, and people are told."""
    few = ["--data", "digits", "--epochs", "1", "--limit", "100", "--device", "cpu"]
    with FileLock(project):
        assert main(["train", str(project), *few, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert Path(data["weights"]).is_relative_to(data["run"]) and "left as it was" in data["note"]
    process = start("train", project, *few)
    assert process.stdout is not None
    process.stdout.readline()
    project.write_text("garbage")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0 and err == ""
    assert "damaged" in out and "The weights stay in the run folder." in out and project.read_text() == "garbage"


def test_a_project_that_is_open_elsewhere_is_not_written_over(project: Path) -> None:
    before = project.read_bytes()
    with FileLock(project):
        assert main(["new", "lenet5", "-o", str(project), "--force"]) == 1
    assert project.read_bytes() == before
    assert main(["new", "lenet5", "-o", str(project), "--force"]) == 0
    assert [entry.name for entry in project.parent.iterdir()] == ["net.loom"]


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory as on Linux")
def test_too_little_memory_is_said(project: Path) -> None:
    words = [sys.executable, "-m", "designer", "train", str(project), "--data", "digits"]
    done = subprocess.run(
        ["bash", "-c", 'ulimit -v 600000; exec "$@"', "-", *words],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert done.returncode == 1 and "memory" in done.stderr and "Traceback" not in done.stderr
