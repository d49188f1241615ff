"""A training as a project of plain Python: it trains there as here, to the last bit, without Layerloom."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from designer.data.spec import DataSpec
from designer.exchange.python_project.text import TRAIN
from designer.graph.model import Network
from designer.jobs.client import run_here
from designer.jobs.specs import ExportProjectJob

DATA = DataSpec(source="digits", limit=300)


@pytest.fixture
def run(digits: Network, tmp_path: Path) -> Callable[..., Any]:
    def go(train: dict[str, Any], data: DataSpec = DATA, steps: int = 8, name: str = "run") -> Any:
        spec = ExportProjectJob.model_validate(
            {"train": train, "data": data, "out": str(tmp_path / "project"), "steps": steps}
        )
        handle = run_here(spec, digits, tmp_path / name)
        return handle, handle.wait(timeout=120)[-1]

    return go


@pytest.mark.parametrize(
    "train",
    [
        {
            "epochs": 3,
            "batch_size": 64,
            "seed": 3,
            "label_smoothing": 0.1,
            "warmup_length": 3,
            "warmup_unit": "iterations",
        },
        pytest.param(
            {"epochs": 3, "optimizer": "sgd", "schedule": "one_cycle", "accumulate": 3, "clip_norm": 0.5},
            marks=pytest.mark.slow,
        ),
        pytest.param(
            {"epochs": 2, "optimizer": "rmsprop", "schedule": "step", "step_size": 1, "nesterov": True},
            marks=pytest.mark.slow,
        ),
        pytest.param({"epochs": 2, "optimizer": "adafactor", "schedule": "polynomial"}, marks=pytest.mark.slow),
    ],
)
def test_losses_are_the_same_to_the_last_bit(run: Any, tmp_path: Path, train: dict[str, Any]) -> None:
    handle, end = run(train)  # more steps than an epoch has
    assert end["type"] == "finished", end
    out = tmp_path / "project"
    assert handle.result["steps"] == len(handle.result["losses"]) == 8
    assert handle.result["losses"][-1] != handle.result["losses"][0]
    assert "to the last bit" in handle.result["sentence"] and "to the last bit" in (out / "README.md").read_text()
    names = {path.name for path in out.iterdir()}
    assert names == {
        *("README.md", "data", "data.json", "initial.safetensors", "model.py"),
        *("requirements.txt", "settings.json", "train.py"),
    }
    pins = (out / "requirements.txt").read_text().split()
    assert all("==" in pin for pin in pins) and {pin.split("==")[0] for pin in pins} == {
        "numpy",
        "safetensors",
        "torch",
    }
    assert json.loads((tmp_path / "project.report.json").read_text())["steps"] == 8


@pytest.mark.slow
def test_the_whole_training_runs_there(run: Any, tmp_path: Path) -> None:
    _, end = run({"epochs": 2, "batch_size": 50}, steps=2)
    assert end["type"] == "finished", end
    command = [sys.executable, "-B", str(tmp_path / "project" / "train.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "Epoch 2: loss" in done.stdout and "accuracy" in done.stdout
    assert (tmp_path / "project" / "weights.safetensors").is_file()


def test_what_cannot_go_along_is_named(run: Any, tmp_path: Path) -> None:
    _, end = run({"mixup": 0.2, "ema": 0.99, "schedule": "plateau"})
    assert end["type"] == "failed"
    assert all(word in end["message"] for word in ("Mixup", "plateau schedule")), end["message"]
    assert not (tmp_path / "project").exists()


@pytest.mark.slow
def test_a_project_that_trains_otherwise_is_refused(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = TRAIN.template.replace("optimiser.step()", "optimiser.zero_grad()\n                optimiser.step()")
    assert wrong != TRAIN.template
    monkeypatch.setattr(TRAIN, "template", wrong)
    _, end = run({"epochs": 1})
    assert end["type"] == "failed" and "the loss of step 2 is" in end["message"], end
    assert not (tmp_path / "project").exists()
