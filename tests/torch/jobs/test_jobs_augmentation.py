"""Previews of the augmentation, as jobs and in the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from designer.cli import main
from designer.data.spec import DataSpec
from designer.jobs.client import run_here
from designer.jobs.specs import ShowAugmentationJob
from designer.jobs.tasks import augmentation
from designer.jobs.tasks.augmentation import CELLS

DIGITS = DataSpec.model_validate({"source": "digits", "augment": "rotate:30,noise"})  # noise is not for pictures


def test_a_preview_is_cells_and_what_is_in_them(tmp_path: Path) -> None:
    job = ShowAugmentationJob(data=DIGITS, size=[1, 16, 16], index=5, seed=2, times=7, mixup=0.5)
    handle = run_here(job, None, tmp_path / "look")
    events = handle.wait(timeout=60)
    result = handle.result
    assert result is not None, events[-1]
    cells = np.load(tmp_path / "look" / CELLS, allow_pickle=False)
    assert cells.shape == (8, 16, 16, 1) and cells.dtype == np.uint8 and result["look"] == "pictures"
    assert result["sort"] == "pictures" and result["index"] == 5 and result["targets"] == "classes"
    assert result["classes"] == [str(n) for n in range(10)] and len(result["shares"]) == 8


def test_what_is_wrong_with_the_data_is_a_sentence(tmp_path: Path) -> None:
    job = ShowAugmentationJob(data=DataSpec(source=str(tmp_path / "nowhere")))
    handle = run_here(job, None, tmp_path / "look")
    handle.wait(timeout=60)
    assert handle.outcome is not None and "no data set or folder" in handle.outcome["message"]


def test_labels_and_values_are_shown_without_mixing(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.random.default_rng(0).normal(size=(30, 1, 50)), y=np.linspace(0, 1, 30))
    job = ShowAugmentationJob(data=DataSpec(source=str(tmp_path / "a.npz")), mixup=0.5)
    handle = run_here(job, None, tmp_path / "look")
    handle.wait(timeout=60)
    result = handle.result
    assert result is not None and result["targets"] == "values" and result["shares"] == []
    assert result["look"] == "curves" and result["sort"] == "signals"


def test_the_data_stay_open_between_two_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augmentation, "_LAST", {})
    for number, text in enumerate(("flip", "flip,crop:1", "")):
        data = DataSpec.model_validate({"source": "digits", "augment": text})
        handle = run_here(ShowAugmentationJob(data=data, times=15), None, tmp_path / str(number))
        events = handle.wait(timeout=60)
        assert handle.result is not None
        assert ("Opening the data" in [event.get("text") for event in events]) == (number == 0)


def test_the_terminal_writes_the_same_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, other = (tmp_path / f"{name}.png" for name in "abc")
    options = ["data", "digits", "--augment", "crop:1,rotate:30", "--preview"]
    assert main([*options, str(first)]) == 0
    assert f"Wrote {first}" in capsys.readouterr().out
    assert main([*options, str(second), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["preview"]
    assert told["path"] == str(second) and told["sample"] == 0 and told["augment"] == "crop 1, rotate 30°"
    assert main([*options, str(other), "--sample", "3", "--draw", "4", "--mixup", "0.4"]) == 0
    assert first.read_bytes() == second.read_bytes() != other.read_bytes()
    with Image.open(first) as file:
        assert file.width > 500 and file.height > 500


def test_what_does_not_suit_the_data_is_said_in_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "digits", "--augment", "flip", "--preview", str(tmp_path / "a.png")]) == 0
    assert "few of them can be read in a mirror" in capsys.readouterr().out
    assert main(["data", "digits", "--augment", "gain", "--preview", str(tmp_path / "a.png")]) != 0
    assert "changes signals and spectrograms; the samples are pictures" in capsys.readouterr().err
    assert main(["data", "digits", "--preview", str(tmp_path / "a.txt")]) != 0
    assert "end its name in" in capsys.readouterr().err
