"""The forecast of a training as a job: on the bundled digits, with open sizes, and called off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from designer.data.spec import DataSpec
from designer.graph.document import Document
from designer.graph.edits import SetMarks, SetParams, apply
from designer.graph.memory import measure_memory
from designer.graph.model import Network
from designer.graph.templates import load_template
from designer.jobs.client import run_here
from designer.jobs.specs import ProbeJob
from designer.train.forecast import Forecast
from designer.train.spec import TrainSpec

DATA = DataSpec(source="digits", limit=400)


def forecast(network: Network, place: Path, data: DataSpec = DATA, **settings: Any) -> Forecast:
    spec = TrainSpec(device="cpu", threads=1, **settings)
    handle = run_here(ProbeJob(train=spec, data=data), network, place)
    end = handle.wait(timeout=60)[-1]
    assert end["type"] == "finished", end
    assert handle.result is not None
    return Forecast.from_dict(handle.result)


def test_of_the_digits(digits: Network, tmp_path: Path) -> None:
    found = forecast(digits, tmp_path / "run", batch_size=50)
    assert found.fits and (found.batch, found.iterations) == (50, 7)
    document = Document(digits)
    kept = measure_memory(digits, document.shapes, {"B": 50})
    assert found.memory.activations == sum(m.kept for m in kept.values())
    assert found.memory.gradients == 4 * document.totals().params
    assert found.memory.weights >= found.memory.gradients  # running statistics are no parameters
    assert found.epoch is not None and found.iteration is not None and found.epoch > 6 * found.iteration


def test_frozen_blocks_need_less(digits: Network, tmp_path: Path) -> None:
    whole = forecast(digits, tmp_path / "whole")
    names = tuple(n for n, s in Document(digits).shapes.items() if s.params)
    still = digits.copy()
    apply(still, SetMarks(names[:-1], {"frozen": True}))
    part = forecast(still, tmp_path / "part")
    assert part.memory.weights == whole.memory.weights
    assert part.memory.gradients < whole.memory.gradients
    assert part.memory.optimizer < whole.memory.optimizer
    assert part.memory.activations < whole.memory.activations


def test_open_sizes_are_those_of_the_data(tmp_path: Path) -> None:
    closed = load_template("small-resnet")
    apply(closed, SetParams("input", {"size": (1, 8, 8)}))
    network = closed.copy()
    apply(network, SetParams("input", {"size": (1, "H", "W")}))
    opened = forecast(network, tmp_path / "open", batch_size=8)
    assert opened.memory == forecast(closed, tmp_path / "closed", batch_size=8).memory


def test_what_cannot_be_trained_says_why(digits: Network, tmp_path: Path) -> None:
    missing = ProbeJob(train=TrainSpec(device="cpu"), data=DataSpec(source=str(tmp_path / "nothing")))
    end = run_here(missing, digits, tmp_path / "a").wait(timeout=60)[-1]
    assert end["type"] == "failed" and "There is no data set" in end["message"]
    nowhere = ProbeJob(train=TrainSpec(device="cuda:77"), data=DATA)
    end = run_here(nowhere, digits, tmp_path / "b").wait(timeout=60)[-1]
    assert end["type"] == "failed" and "no device" in end["message"]


def test_it_can_be_called_off(digits: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from designer.train import probe

    monkeypatch.setattr(probe, "_PATIENCE", 60.0)
    monkeypatch.setattr(probe, "_STRETCHES", 10**6)
    handle = run_here(ProbeJob(train=TrainSpec(device="cpu"), data=DATA), digits, tmp_path / "run")
    handle.wait("progress")
    handle.stop()
    end = handle.wait(timeout=60)[-1]
    assert (end["type"], end["reason"]) == ("finished", "stopped") and handle.result is None
