"""What a training leaves beside its events: metrics.csv, TensorBoard's files, environment.json. Real runs."""

from __future__ import annotations

import csv
import os
import struct
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tensorboardX.proto.event_pb2 import Event as Record
from tensorboardX.proto.event_pb2 import SessionLog

import designer
from designer.graph.model import Network
from designer.jobs.client import run_here
from designer.jobs.folder import RunFolder
from designer.jobs.handle import JobHandle
from designer.jobs.logs.declared import LogFormat, RunLog, formats
from designer.jobs.logs.metrics_csv import read_metrics
from designer.jobs.logs.writing import Logs
from designer.jobs.specs import TrainJob
from designer.train.spec import TrainSpec

Training = Callable[..., TrainJob]


def ended(handle: JobHandle) -> list[dict[str, Any]]:
    handle.wait()
    assert handle.outcome is not None and handle.outcome["type"] == "finished", handle.outcome
    return handle.folder.tail().read(1 << 30)


def records(run: Path) -> list[Record]:
    """What TensorBoard reads: each file's records, their checksums left aside."""
    found = []
    for file in sorted((run / "tensorboard").iterdir(), key=lambda file: file.stat().st_mtime_ns):
        data = file.read_bytes()
        while data:
            (length,) = struct.unpack("<Q", data[:8])
            found.append(Record.FromString(data[12 : 12 + length]))
            data = data[16 + length :]
    return found


def curves(run: Path) -> dict[str, dict[int, float]]:
    """The points of each scalar by step; what a later part of the run trained again is purged, as TensorBoard does."""
    found: dict[str, dict[int, float]] = defaultdict(dict)
    for record in records(run):
        if record.session_log.status == SessionLog.START:
            for points in found.values():
                for step in [step for step in points if step >= record.step]:
                    del points[step]
        for value in record.summary.value:
            if value.WhichOneof("value") == "simple_value":
                found[value.tag][record.step] = value.simple_value
    return found


@pytest.fixture(scope="module")
def made(digits: Network, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """One run with everything switched on: its folder and events."""
    from designer.data.spec import DataSpec

    spec = TrainSpec(epochs=3, batch_size=64, device="cpu", tensorboard=True, validate_every=4, seed=7)
    run = tmp_path_factory.mktemp("logs") / "run"
    return run, ended(run_here(TrainJob(train=spec, data=DataSpec(source="digits", limit=400)), digits, run))


def test_a_row_for_each_validation_and_each_epoch(made: tuple[Path, list[dict[str, Any]]]) -> None:
    run, events = made
    with (run / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    validated = {e["iteration"]: e for e in events if e["type"] == "validated"}
    epochs = {e["epoch"]: e for e in events if e["type"] == "epoch"}
    assert len(epochs) == 3 and len(validated) > 3
    per_epoch = next(e["iterations_per_epoch"] for e in events if e["type"] == "started")
    ends = {epoch * per_epoch for epoch in epochs}
    assert [int(row["iteration"]) for row in rows] == sorted({*validated, *ends})
    for row in rows:
        assert int(row["iteration"]) in validated or not row["validation_loss"]
        if int(row["iteration"]) not in validated:
            continue
        told = validated[int(row["iteration"])]
        assert float(row["validation_loss"]) == told["loss"] and float(row["validation_accuracy"]) == told["accuracy"]
        assert int(row["epoch"]) == told["epoch"] and float(row["learning_rate"]) > 0 and float(row["seconds"]) > 0
    whole = [row for row in rows if row["training_loss"]]
    assert [float(row["training_loss"]) for row in whole] == [epochs[i]["loss"] for i in (1, 2, 3)]
    assert read_metrics(run / "metrics.csv")[-1]["validation_accuracy"] == rows[-1]["validation_accuracy"]


def test_what_tensorboard_reads_is_what_the_events_say(made: tuple[Path, list[dict[str, Any]]]) -> None:
    run, events = made
    found = curves(run)
    steps = {e["iteration"]: e for e in events if e["type"] == "step"}
    assert found["training/loss"] and set(found["training/loss"]) <= set(steps)
    for at, value in found["training/loss"].items():
        assert value == pytest.approx(steps[at]["loss"], rel=1e-6)
        assert found["run/learning rate"][at] == pytest.approx(steps[at]["learning_rate"], rel=1e-6)
        assert found["training/accuracy"][at] == pytest.approx(steps[at]["accuracy"], rel=1e-6)
    for tag, kind, name in (
        ("validation/loss", "validated", "loss"),
        ("validation/accuracy", "validated", "accuracy"),
        ("epoch/loss", "epoch", "loss"),
        ("run/epoch", "epoch", "epoch"),
    ):
        told = [e[name] for e in events if e["type"] == kind]
        assert list(found[tag].values()) == pytest.approx(told, rel=1e-6), tag
    tags = {value.tag: value for record in records(run) for value in record.summary.value}
    source = tags["network/source/text_summary"].tensor.string_val[0].decode()
    assert "class " in source and "nn.Module" in source
    assert b"learning_rate" in tags["_hparams_/session_start_info"].metadata.plugin_data.content


def test_what_the_run_was_made_with(made: tuple[Path, list[dict[str, Any]]], digits: Network) -> None:
    run, events = made
    facts = RunFolder(run).environment()
    assert facts is not None and facts["seed"] == 7 and facts["iteration"] == 0
    assert facts["python"].endswith(".".join(map(str, sys.version_info[:3])))
    assert facts["layerloom"]["version"] == designer.__version__
    started = next(e for e in events if e["type"] == "started")
    assert facts["threads"] == started["threads"] and facts["device"]["name"] == "cpu" and facts["gpu"] is None
    assert facts["packages"]["torch"] and facts["memory"] > 1 << 28
    assert facts["network"] == {"blocks": len(digits.nodes), "parameters": facts["network"]["parameters"]}
    assert facts["network"]["parameters"] > 1000


def test_a_run_that_goes_on_drops_what_is_trained_again(digits: Network, tmp_path: Path, training: Training) -> None:
    run = tmp_path / "run"
    job = training(epochs=2, checkpoint_every=3, validate_every=2, tensorboard=True)
    first = run_here(job, digits, run)
    first.wait(lambda event: event["type"] == "step" and event["iteration"] >= 9)
    first.stop()
    ended(first)
    longer = job.model_copy(update={"resume": str(run), "train": job.train.model_copy(update={"epochs": 4})})
    events = ended(run_here(longer, None, run))
    again = [i for i, event in enumerate(events) if event["type"] == "started"][1]
    start = events[again]["start_iteration"]
    before = [e["iteration"] for e in events[:again] if e["type"] == "validated" and e["iteration"] <= start]
    after = [e["iteration"] for e in events[again:] if e["type"] == "validated"]
    assert start > 0 and before and after
    rows = read_metrics(run / "metrics.csv")
    assert [int(row["iteration"]) for row in rows if "validation_loss" in row] == sorted(set(before + after))
    assert [int(row["epoch"]) for row in rows if "training_loss" in row] == [1, 2, 3, 4]
    assert list(curves(run)["validation/loss"]) == sorted(set(before + after))
    facts = RunFolder(run).environment()
    assert facts is not None and facts["iteration"] == start and [part["iteration"] for part in facts["before"]] == [0]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_costs_the_tables_and_not_the_run(digits: Network, tmp_path: Path, training: Training) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "metrics.csv").mkdir()  # nothing can take its place
    (run / "tensorboard").symlink_to("/dev/full")
    events = ended(run_here(training(epochs=2, tensorboard=True), digits, run))
    told = [event["text"] for event in events if event["type"] == "noted" and event["what"] == "log"]
    assert len(told) == 2 and all("The run goes on" in text for text in told)
    assert any("metrics.csv" in text for text in told) and any("TensorBoard" in text for text in told)
    assert "Traceback" in (run / "log.txt").read_text()
    assert (run / "weights.safetensors").is_file()


class Stubborn:
    """A log on a disk that fills up and is emptied again."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.full = True

    def take(self, event: Any) -> None:
        if self.full:
            raise OSError(28, os.strerror(28))
        self.taken.append(event["type"])

    def close(self) -> None:
        raise ValueError("no end")


def test_trouble_is_told_once_and_a_disk_with_room_again_is_used(tmp_path: Path) -> None:
    log = Stubborn()
    notes: list[str] = []
    form = LogFormat("stubborn", "stubborn log", lambda _spec: True, lambda _run, _spec: log)

    def never(_run: Path, _spec: TrainSpec) -> RunLog:
        raise ImportError("no such library")

    broken = LogFormat("broken", "broken log", lambda _spec: True, never)
    with Logs(tmp_path, TrainSpec(), notes.append, [form, broken]) as logs:
        told = logs.take({"type": "started"}) + logs.take({"type": "step", "iteration": 4})
        log.full = False
        assert logs.take({"type": "epoch"}) == []
    assert [event["what"] for event in told] == ["log", "log"] and len(notes) == 2
    assert log.taken == ["epoch"]
    assert any("No space left" in event["text"] for event in told) and any("no such library" in e["text"] for e in told)


def test_formats_are_found_by_themselves_and_csv_is_always_written() -> None:
    names = {form.name: form for form in formats()}
    assert {"csv", "tensorboard"} <= set(names)
    assert names["csv"].wanted(TrainSpec()) and not names["tensorboard"].wanted(TrainSpec())
    assert names["tensorboard"].wanted(TrainSpec(tensorboard=True))
