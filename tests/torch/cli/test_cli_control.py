"""``layerloom control`` on a training in another thread's job, through its folder alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from designer.cli import main
from designer.data.spec import DataSpec
from designer.graph.templates import load_template
from designer.jobs.client import JobHandle, run_here
from designer.jobs.specs import EvaluateJob, TrainJob
from designer.train.spec import TrainSpec


@pytest.fixture
def running(tmp_path: Path) -> JobHandle:
    spec = TrainSpec(epochs=5000, batch_size=64, device="cpu", threads=1, schedule="constant")
    handle = run_here(TrainJob(train=spec, data=DataSpec(source="digits", limit=300)), load_template("digits"),
                      tmp_path / "run")  # fmt: skip
    handle.wait("validated")
    yield handle
    if not handle.finished:
        handle.stop()
        handle.wait()


def told(capsys: pytest.CaptureFixture[str], run: Path, *words: str) -> dict[str, object]:
    capsys.readouterr()
    code = main(["control", str(run), *words, "--json"])
    said: dict[str, object] = json.loads(capsys.readouterr().out)
    return {"code": code, **said}


def test_a_run_is_steered_from_outside(running: JobHandle, capsys: pytest.CaptureFixture[str]) -> None:
    run = running.run_dir
    assert "The run waits after iteration" in str(told(capsys, run, "pause")["done"])
    assert told(capsys, run, "pause")["done"] == "The run waits already."
    rate = told(capsys, run, "rate=0.0005")
    assert "The learning rate is 0.0005 from iteration" in str(rate["done"])
    saved = told(capsys, run, "checkpoint")
    assert saved["done"] == f"A checkpoint of iteration {saved['iteration']:,} is on the disk."
    assert (run / "checkpoints/state.safetensors").is_file()
    assert "The run goes on" in str(told(capsys, run, "resume")["done"])
    assert told(capsys, run / "checkpoints", "validate")["done"].startswith("Validated after iteration")
    assert "0.00025" in str(told(capsys, run, "rate*0.5")["done"])
    end = told(capsys, run, "stop-best")
    assert "its best weights" in str(end["done"]) and (run / "weights.safetensors").is_file()
    late = told(capsys, run, "pause")
    assert late["code"] == 1 and "has ended" in str(late["error"])


def test_what_is_refused_is_an_error(running: JobHandle, capsys: pytest.CaptureFixture[str]) -> None:
    refused = told(capsys, running.run_dir, "rate*1000000")
    assert refused["code"] == 1 and "stays as it is" in str(refused["error"])
    wrong = told(capsys, running.run_dir, "faster")
    assert wrong["code"] == 2 and "pause, resume, stop, stop-best, validate" in str(wrong["error"])
    assert told(capsys, running.run_dir, "validate", "--wait", "0")["done"] is None


def test_only_trainings_are_steered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "holds no run" in str(told(capsys, tmp_path, "pause")["error"])
    job = EvaluateJob(weights="none.safetensors", data=DataSpec(source="digits"))
    run_here(job, load_template("digits"), tmp_path / "run").wait()
    assert "holds no training" in str(told(capsys, tmp_path / "run", "pause")["error"])
