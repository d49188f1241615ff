"""The checks and the range test as jobs: on the bundled digits, with frozen blocks, weights, and data that do not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.data.spec import DataSpec
from designer.graph.edits import SetMarks, SetParams, apply
from designer.graph.model import Network
from designer.jobs.client import run_here
from designer.jobs.specs import JobSpec, PreflightJob, RangeTestJob
from designer.train import probe
from designer.train.preflight.finding import Line
from designer.train.spec import TrainSpec

DATA = DataSpec(source="digits", limit=300)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_STRETCH", 0.002)
    monkeypatch.setattr(probe, "_STRETCHES", 2)


def done(job: JobSpec, network: Network, place: Path, weights: Path | None = None) -> tuple[list[Any], dict[str, Any]]:
    handle = run_here(job, network, place, weights)
    events = handle.wait(timeout=60)
    assert events[-1]["type"] == "finished", events[-1]
    assert handle.result is not None
    return events, handle.result


def train(**settings: Any) -> TrainSpec:
    return TrainSpec.read({"device": "cpu", "threads": 1, **settings})


def test_lines_come_one_by_one(digits: Network, tmp_path: Path) -> None:
    events, result = done(PreflightJob(train=train(), data=DATA), digits, tmp_path / "run")
    announced = next(e for e in events if e["type"] == "checks")["checks"]
    lines = [Line.from_dict(e) for e in events if e["type"] == "check"]
    assert [one["name"] for one in announced] == [line.name for line in lines]
    assert result["passed"] and [one["name"] for one in result["lines"]] == [line.name for line in lines]
    assert {line.finding.verdict for line in lines} == {"good"}, result["summary"]
    rates = [e["rate"] for e in events if e["type"] == "rate"]
    assert len(rates) > 40 and rates == sorted(rates)
    memory = next(line for line in lines if line.name == "memory").finding.figures
    assert memory["peak"] > 1_000_000  # what is kept for backward is counted from the drawing


def test_data_that_do_not_fit_are_a_line(digits: Network, tmp_path: Path) -> None:
    network = digits.copy()
    apply(network, SetParams("fc2", {"out_features": 7}))
    (out,) = [n for n in network.nodes.values() if n.type == "classification_output"]
    apply(network, SetParams(out.name, {"classes": 7}))
    _, result = done(PreflightJob(train=train(), data=DATA), network, tmp_path / "a")
    first = Line.from_dict(result["lines"][0])
    assert not result["passed"] and first.finding.repair is not None and first.finding.repair.name == "data_classes"
    missing = DataSpec(source=str(tmp_path / "nothing"))
    _, result = done(PreflightJob(train=train(), data=missing), digits, tmp_path / "b")
    (line,) = result["lines"]
    assert line["name"] == "data" and line["verdict"] == "bad" and "There is no data set" in line["text"]


def test_frozen_blocks_and_weights(digits: Network, tmp_path: Path) -> None:
    network = digits.copy()
    apply(network, SetMarks(("conv1", "bn1"), {"frozen": True}))
    module = build(compile_network(network), 3)
    save_file(module.state_dict(), tmp_path / "w.safetensors")
    job = PreflightJob(train=train(), data=DATA, checks=["gradients", "start", "one_batch"])
    _, result = done(job, network, tmp_path / "run", tmp_path / "w.safetensors")
    assert result["passed"], result
    text = {line["name"]: line["text"] for line in result["lines"]}
    assert "It starts from trained weights" in text["start"]
    apply(network, SetMarks(tuple(network.nodes), {"frozen": True}))
    _, result = done(job, network, tmp_path / "again", tmp_path / "w.safetensors")
    assert not result["passed"] and "nothing to learn" in result["lines"][0]["text"]


def test_the_range_test(digits: Network, tmp_path: Path) -> None:
    before = torch.get_rng_state()
    job = RangeTestJob(train=train(), data=DATA, lowest=1e-6, highest=1.0, points=40)
    events, result = done(job, digits, tmp_path / "run")
    assert 1e-4 < result["rate"] < 0.05 and result["points"][0][0] == pytest.approx(1e-6)
    assert len(result["points"]) == sum(e["type"] == "rate" for e in events) <= 40
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("kind", [PreflightJob, RangeTestJob])
def test_it_can_be_called_off(kind: Any, digits: Network, tmp_path: Path) -> None:
    handle = run_here(kind(train=train(batch_size=2), data=DATA), digits, tmp_path / "run")
    handle.wait("rate" if kind is RangeTestJob else "check")
    handle.stop()
    end = handle.wait(timeout=60)[-1]
    assert (end["type"], end["reason"]) == ("finished", "stopped") and handle.result is None
