"""Every kind of data trains a fitting network from the command line, and the network learns."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from designer.cli import main
from designer.graph.document import Document
from designer.graph.phrase.chain import chain
from designer.graph.phrase.grammar import parse
from designer.jobs.folder import RunFolder
from designer.project.file import Project, save_project

Capture = pytest.CaptureFixture[str]


def drawn(tmp_path: Path, words: str) -> Path:
    document = Document()
    document.do(chain(document, parse(words)))
    file = tmp_path / "net.loom"
    save_project(Project(network=document.network), file)
    return file


def trained(tmp_path: Path, capsys: Capture, words: str, *options: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the run says, and its validations."""
    project = drawn(tmp_path, words)
    capsys.readouterr()
    run = ["--run-dir", str(tmp_path / "run"), "--device", "cpu", "--json"]
    code = main(["train", str(project), *options, *run])
    told = capsys.readouterr()
    assert code == 0, told.err
    seen = [event for event in RunFolder(tmp_path / "run").tail().read() if event["type"] == "validated"]
    assert main(["evaluate", str(project), "--json"]) == 0
    return json.loads(capsys.readouterr().out), seen


def shapes(tmp_path: Path, count: int) -> tuple[list[str], np.ndarray]:
    """Grey pictures with a bright square somewhere, and perhaps a bar at the left: their names, and what is on them."""
    rng = np.random.default_rng(5)
    names, facts = [], []
    (tmp_path / "images").mkdir()
    for k in range(count):
        pixels = rng.integers(0, 60, (16, 16))
        top, left, bar = int(rng.integers(0, 11)), int(rng.integers(3, 11)), bool(rng.random() < 0.5)
        square = bool(rng.random() < 0.5) or not bar
        if square:
            pixels[top : top + 5, left : left + 5] = 230
        if bar:
            pixels[:, 0:2] = 200
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "images" / f"{k}.png")
        names.append(f"images/{k}.png")
        facts.append((top, left, square, bar))
    return names, np.array(facts)


def test_several_labels_a_picture(tmp_path: Path, capsys: Capture) -> None:
    names, facts = shapes(tmp_path, 240)
    words = ["|".join(w for w, yes in (("square", f[2]), ("bar", f[3])) if yes) for f in facts]
    (tmp_path / "tags.csv").write_text("\n".join(["file,tags", *map(",".join, zip(names, words, strict=True))]))
    found, seen = trained(
        tmp_path, capsys, "input 1x16x16 | conv 8 k3 | relu | max pool | flatten | linear 2 | multi-label output 2",
        "--data", str(tmp_path / "tags.csv"), "--epochs", "8", "--batch-size", "16", "--lr", "0.01",
    )  # fmt: skip
    assert seen[-1]["loss"] < 0.15  # one who knows only how common each label is gets 0.63
    assert found["loss"] == pytest.approx(seen[-1]["loss"], rel=0.05)


def test_a_number_a_picture(tmp_path: Path, capsys: Capture) -> None:
    names, facts = shapes(tmp_path, 240)
    bright = [f"{n},{f[2] * 1.0 + f[3] * 2.5:.2f}" for n, f in zip(names, facts, strict=True)]
    (tmp_path / "values.csv").write_text("\n".join(["file,brightness", *bright]))
    found, seen = trained(
        tmp_path, capsys, "input 1x16x16 | conv 8 k3 | relu | max pool | flatten | linear 1 | regression output",
        "--data", str(tmp_path / "values.csv"), "--targets", "values", "--epochs", "10", "--batch-size", "16",
        "--lr", "0.005",
    )  # fmt: skip
    assert seen[-1]["loss"] < 0.2  # the variance of the targets is about 1.1
    assert found["regression"]["r2"] > 0.8


def test_a_table(tmp_path: Path, capsys: Capture) -> None:
    rng = np.random.default_rng(1)
    kinds = rng.integers(0, 3, 300)
    centres = np.array([[0, 900.0, 5], [4, 1500, 5], [4, 900, -5]])
    rows = centres[kinds] + rng.normal(size=(300, 3)) * [1, 150, 3]
    lines = [f"{a:.3f},{b:.2f},{c:.3f},{['red', 'green', 'blue'][k]}" for (a, b, c), k in zip(rows, kinds, strict=True)]
    (tmp_path / "t.csv").write_text("\n".join(["width,weight,shift,colour", *lines]))
    found, seen = trained(
        tmp_path, capsys, "input 3 | linear 16 | relu | linear 3 | classification output 3",
        "--data", str(tmp_path / "t.csv"), "--epochs", "12", "--batch-size", "16", "--lr", "0.02",
    )  # fmt: skip
    assert seen[-1]["accuracy"] > 0.85 and found["classes"] == ["blue", "green", "red"]
    out = tmp_path / "out"
    assert main(["export", str(tmp_path / "net.loom"), "--to", "python", "-o", str(out)]) == 0
    readme = (out / "README.md").read_text()
    assert (
        "subtract the mean" in readme
        and "Pixels" not in readme
        and "Pillow" not in (out / "requirements.txt").read_text()
    )


def test_numbers_of_a_table(tmp_path: Path, capsys: Capture) -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 2))
    y = 2 * x[:, 0] - 3 * x[:, 1] + 1 + rng.normal(size=300) * 0.1
    lines = [f"{a:.4f},{b:.4f},{c:.4f}" for (a, b), c in zip(x, y, strict=True)]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,target", *lines]))
    found, _ = trained(
        tmp_path, capsys, "input 2 | linear 1 | regression output", "--data", str(tmp_path / "t.csv"),
        "--epochs", "20", "--batch-size", "16", "--lr", "0.1",
    )  # fmt: skip
    assert found["regression"]["r2"] > 0.98


def test_a_signal(tmp_path: Path, capsys: Capture) -> None:
    t = np.arange(12_000)
    fast = t // 600 % 2 == 1
    rng = np.random.default_rng(3)
    x = np.where(fast, np.sin(t * 0.8), np.sin(t * 0.3)) + rng.normal(size=len(t)) * 0.3
    lines = [f"{k},{v:.4f},{'fast' if f else 'slow'}" for k, v, f in zip(t, x, fast, strict=True)]
    (tmp_path / "s.csv").write_text("\n".join(["time,x,activity", *lines]))
    found, seen = trained(
        tmp_path, capsys, "input 1x64 | conv1d 8 k7 | relu | max pool 1d 4 | flatten | linear 2 | classification output 2",
        "--data", str(tmp_path / "s.csv"), "--window", "64", "--stride", "32", "--epochs", "10", "--batch-size", "16",
        "--lr", "0.02",
    )  # fmt: skip
    assert seen[-1]["accuracy"] > 0.9
    assert found["classes"] == ["fast", "slow"]
    assert list((tmp_path).rglob("pictures/*.png")) or not found["unsure"]


def test_sounds_as_spectrograms(tmp_path: Path, capsys: Capture) -> None:
    rng = np.random.default_rng(4)
    for name, pitch in (("low", 300), ("high", 1800)):
        (tmp_path / "set" / name).mkdir(parents=True)
        for k in range(40):
            tone = np.sin(2 * np.pi * (pitch + rng.normal() * 60) * np.arange(4000) / 8000) * 0.3
            content = ((tone + rng.normal(size=4000) * 0.05) * 32767).clip(-32768, 32767).astype("<i2").tobytes()
            with wave.open(str(tmp_path / "set" / name / f"{k}.wav"), "wb") as file:
                file.setparams((1, 2, 8000, 0, "NONE", ""))
                file.writeframes(content)
    found, seen = trained(
        tmp_path, capsys, "input 1x32x48 | conv 8 k3 s2 | relu | flatten | linear 2 | classification output 2",
        "--data", str(tmp_path / "set"), "--sound", "spectrogram", "--bands", "32", "--sample-rate", "8000",
        "--seconds", "0.5", "--epochs", "4", "--batch-size", "8", "--lr", "0.005",
    )  # fmt: skip
    assert seen[-1]["accuracy"] == 1.0 and found["classes"] == ["high", "low"]


def test_data_of_another_kind_than_the_output_are_refused(tmp_path: Path, capsys: Capture) -> None:
    lines = "\n".join(f"{k},{k * 0.3},{'a|b' if k % 2 else 'a'}" for k in range(40))
    (tmp_path / "t.csv").write_text(f"u,v,tags\n{lines}\n")
    project = drawn(tmp_path, "input 2 | linear 2 | classification output 2")
    run = ["--device", "cpu", "--epochs", "1"]
    assert main(["train", str(project), "--data", str(tmp_path / "t.csv"), *run, "--run-dir", str(tmp_path / "a")]) == 1
    assert "End the network with a Multi-label output" in capsys.readouterr().err
    values = ["--target", "v", "--ignore", "tags", "--targets", "values"]
    one = drawn(tmp_path, "input 1 | linear 2 | classification output 2")
    asked = ["train", str(one), "--data", str(tmp_path / "t.csv"), *values, *run, "--run-dir", str(tmp_path / "b")]
    assert main(asked) == 1
    assert "numbers. End the network with a Regression output" in capsys.readouterr().err
    wide = drawn(tmp_path, "input 7 | linear 2 | multi-label output 2")
    assert main(["train", str(wide), "--data", str(tmp_path / "t.csv"), *run, "--run-dir", str(tmp_path / "c")]) == 1
    assert "The Input asks for 7; a sample of the data is 2. Set the Input to 2." in capsys.readouterr().err


def test_the_command_says_what_there_is(tmp_path: Path, capsys: Capture) -> None:
    lines = "\n".join(f"{k},{k % 7},{'ab'[k % 2]}" for k in range(40))
    (tmp_path / "t.csv").write_text(f"u,v,kind\n{lines}\n")
    assert main(["data", str(tmp_path / "t.csv"), "--json", "--twins", "--folds", "4", "--fold", "1"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["source"], told["samples"], told["counts"], told["size"]) == ("table", 40, [20, 20], [2])
    assert told["split"]["validation"] == 10 and told["twins"]["same"] == 0
    assert main(["data", str(tmp_path / "t.csv")]) == 0
    out = capsys.readouterr().out
    assert "Table of numbers: 40 rows of 2; 2 classes (a, b)." in out and "Split: 32 for training" in out
    assert main(["data", str(tmp_path / "none")]) == 1
    assert "There is no data set or folder called" in capsys.readouterr().err
    assert main(["data", "digits", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["samples"] == 1797
