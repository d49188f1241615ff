"""The command line as people and scripts call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from designer.cli import main
from designer.commands.command import commands
from designer.graph.edits import SetParams, apply
from designer.project.file import load_project, save_project


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    file = tmp_path / "net.loom"
    assert main(["new", "digits", "-o", str(file)]) == 0
    capsys.readouterr()
    return file


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    code = main([*map(str, arguments), "--json"])
    data = json.loads(capsys.readouterr().out)
    assert isinstance(data, dict)
    return code, data


def broken(project: Path) -> None:
    loaded = load_project(project)
    apply(loaded.network, SetParams("conv1", {"kernel_size": 30, "padding": 0}))
    save_project(loaded, project)


def test_help_is_complete(capsys: pytest.CaptureFixture[str]) -> None:
    names = {c.name for c in commands()}
    assert {"check", "summary", "code", "train", "evaluate", "export", "draw", "new", "blocks"} <= names
    for arguments in (["--help"], *([name, "--help"] for name in sorted(names))):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 0
        text = capsys.readouterr().out
        assert all(name in text for name in names) if arguments == ["--help"] else "--json" in text


def test_help_names_every_training_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    text = capsys.readouterr().out
    for flag in ("--data", "--epochs", "--batch-size", "--lr", "--optimizer", "--seed", "--device", "--run-dir"):
        assert flag in text


def test_check_of_a_sound_network(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, data = as_json(capsys, "check", project)
    assert code == 0 and data["ok"] and data["problems"] == [] and data["blocks"] == 14


def test_check_of_a_broken_network_says_what_to_do(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken(project)
    code, data = as_json(capsys, "check", project)
    assert code == 1 and not data["ok"]
    (problem,) = data["problems"]
    assert (
        problem["block"] == "conv1"
        and problem["expected"]
        and problem["found"]
        and problem["advice"]
        and problem["fixes"]
    )
    assert main(["check", str(project)]) == 1
    assert "repair:" in capsys.readouterr().out
    assert main(["train", str(project), "--data", "digits"]) == 1
    assert "conv1" in capsys.readouterr().err


def test_summary_code_and_blocks(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, data = as_json(capsys, "summary", project)
    assert code == 0 and data["params"] == sum(row["params"] for row in data["rows"]) > 100_000
    code, data = as_json(capsys, "code", project)
    assert code == 0
    assert main(["code", str(project)]) == 0
    assert capsys.readouterr().out == data["source"]
    code, data = as_json(capsys, "blocks")
    assert code == 0 and len(data["blocks"]) >= 35
    assert as_json(capsys, "blocks", "dense")[1]["blocks"]
    assert main(["summary", str(project)]) == 0 and main(["blocks"]) == 0


def test_train_evaluate_export(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (
        "--data",
        "digits",
        "--epochs",
        3,
        "--batch-size",
        64,
        "--lr",
        0.003,
        "--optimizer",
        "adam",
        "--seed",
        3,
    )
    code, data = as_json(
        capsys, "train", project, *map(str, arguments), "--device", "cpu", "--run-dir", tmp_path / "run"
    )
    assert code == 0 and data["reason"] == "completed" and data["final_accuracy"] > 0.9
    assert (tmp_path / "run" / "events.jsonl").is_file() and Path(data["weights"]) == project.with_suffix(
        ".safetensors"
    )
    saved = load_project(project)
    assert (
        saved.train is not None and saved.train.epochs == 3 and saved.data is not None and saved.data.source == "digits"
    )

    code, measured = as_json(capsys, "evaluate", project, "--data", "digits")
    assert code == 0 and measured["accuracy"] == pytest.approx(data["final_accuracy"])

    code, report = as_json(capsys, "export", project, "--to", "safetensors", "-o", tmp_path / "out.safetensors")
    assert code == 0 and report["max_abs_diff"] == 0.0 and report["samples"] >= 256
    assert (tmp_path / "out.safetensors").stat().st_size == report["size_bytes"]


def test_the_same_seed_gives_the_same_weights(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--data", "digits", "--epochs", "1", "--limit", "200", "--device", "cpu")
    for run in ("a", "b"):
        assert as_json(capsys, "train", project, *arguments, "--run-dir", tmp_path / run)[0] == 0
    assert (tmp_path / "a" / "weights.safetensors").read_bytes() == (
        tmp_path / "b" / "weights.safetensors"
    ).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["train", "BARE"], 2, "--data"),
        (["train", "PROJECT", "--data", "digits", "--epochs", "0"], 2, "--epochs"),
        (["train", "PROJECT", "--data", "digits", "--optimizer", "lion"], 2, "sgd"),
        (["train", "PROJECT", "--data", "nowhere-to-be-found"], 1, "nowhere-to-be-found"),
        (["evaluate", "PROJECT", "--data", "digits"], 2, "Train it first"),
        (["export", "PROJECT", "--to", "pdf", "-o", "x"], 2, "onnx"),
        (["draw", "PROJECT", "-o", "x.bmp"], 2, ".svg"),
        (["check", "MISSING.loom"], 2, "MISSING.loom"),
        (["new", "alexnet9", "-o", "x.loom"], 2, "lenet5"),
        (["new", "lenet5", "-o", "PROJECT"], 2, "--force"),
        (["no-such-thing"], 2, "neither"),
    ],
)
def test_what_goes_wrong_is_said_in_one_sentence(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    bare = project.with_name("bare.loom")
    save_project(replace(load_project(project), data=None), bare)
    assert main([{"PROJECT": str(project), "BARE": str(bare)}.get(a, a) for a in arguments]) == code
    captured = capsys.readouterr()
    assert said in captured.err and "Traceback" not in captured.err
    assert captured.err.count("\n") <= 2


def test_damaged_files_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.loom"
    for text in (
        "",
        "{",
        "[]",
        "null",
        '{"layerloom": 99}',
        '{"layerloom": 1, "network": {"blocks": [], "wires": [[1]]}}',
    ):
        file.write_text(text)
        code, data = as_json(capsys, "check", file)
        assert code == 1 and data["error"] and data["kind"] in ("FileDamaged", "FileNewer")


def run(*arguments: str, block: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
    """Run in a process of its own, with some packages missing."""
    text = f"import sys\nfor name in {block!r}: sys.modules[name] = None\nfrom designer.cli import main\nsys.exit(main({list(arguments)!r}))"
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    return subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=170, env={**kept, **environment}
    )


def test_rooms_without_qt_work_where_qt_is_not_installed(project: Path, tmp_path: Path) -> None:
    """The lane of a GPU server: everything but the window, without PySide6."""
    no_qt = ("PySide6", "shiboken6", "pyqtgraph", "qtawesome", "qtpy")
    done = run("train", str(project), "--data", "digits", "--epochs", "1", "--limit", "300", "--json", block=no_qt)
    assert done.returncode == 0, done.stderr
    done = run("export", str(project), "--to", "python", "-o", str(tmp_path / "out"), "--json", block=no_qt)
    assert done.returncode == 0 and json.loads(done.stdout)["max_abs_diff"] == 0.0, done.stderr
    for arguments in ([str(project)], ["draw", str(project), "-o", str(tmp_path / "x.png")]):
        done = run(*arguments, block=no_qt, QT_QPA_PLATFORM="offscreen")
        assert done.returncode == 2 and "'PySide6-Essentials<6.12'" in done.stderr and done.stderr.count("\n") == 1


def test_no_display_is_said_in_one_sentence() -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux runs without a display")
    done = run()
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "layerloom demo" in done.stderr and "train" in done.stderr and "export" in done.stderr


def test_light_commands_load_neither_torch_nor_qt(project: Path) -> None:
    for arguments in (["check", str(project)], ["summary", str(project)], ["code", str(project)], ["blocks"]):
        done = run(*arguments, "--json", block=("torch", "torchvision", "PySide6", "shiboken6"))
        assert done.returncode == 0, done.stderr


def test_the_demonstration_without_a_display(tmp_path: Path) -> None:
    """Everything at once, as the README's first line does it; the figures that it promises."""
    done = run("demo", "-o", str(tmp_path / "out"), "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["accuracy"] >= 0.97
    assert {e["format"] for e in result["exports"]} == {"onnx", "pt2"} and all(
        e["agree"] == 1.0 for e in result["exports"]
    )
    for name in ("digits.loom", "digits.safetensors", "digits.onnx", "digits.pt2", "window.png"):
        assert (tmp_path / "out" / name).stat().st_size > 1000
    assert list((tmp_path / "out" / "digits-runs").glob("*/events.jsonl"))
