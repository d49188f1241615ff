"""Run folders as a training leaves them, written in a moment: the library reads files and asks for no training."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from designer.data.spec import DataSpec
from designer.graph.model import Network
from designer.graph.templates import load_template
from designer.jobs.events import EventLog
from designer.jobs.folder import RunFolder
from designer.jobs.logs.writing import Logs
from designer.jobs.specs import TrainJob
from designer.train.spec import TrainSpec

STARTED = {
    "type": "started", "device": "cpu", "device_name": "A processor", "threads": 1, "epochs": 3, "batch_size": 64,
    "iterations_per_epoch": 4, "total_iterations": 12, "train_samples": 256, "validation_samples": 64,
    "start_iteration": 0,
}  # fmt: skip
_NETWORK = load_template("digits")


def epoch(number: int, accuracy: float, loss: float) -> list[dict[str, Any]]:
    """The events of one epoch."""
    at = number * 4
    steps = [
        {"type": "step", "iteration": i, "epoch": number, "loss": loss, "accuracy": accuracy, "learning_rate": 0.001,
         "samples_per_second": 1000.0, "elapsed": i / 10, "left": 1.0}
        for i in range(at - 3, at + 1)
    ]  # fmt: skip
    told = {"iteration": at, "epoch": number, "loss": loss, "accuracy": accuracy, "figures": {"f1": accuracy - 0.1}}
    ended = {"epoch": number, "loss": loss, "accuracy": accuracy, "validation_loss": loss, "seconds": 0.4}
    return [*steps, {"type": "validated", **told}, {"type": "epoch", **ended, "validation_accuracy": accuracy}]


def finished(reason: str = "completed") -> dict[str, Any]:
    return {"type": "finished", "reason": reason, "iteration": 12, "epoch": 3, "best_accuracy": 0.9, "elapsed": 1.2,
            "final_accuracy": 0.8, "final_loss": 0.3, "weights": "weights.safetensors"}  # fmt: skip


def events(*accuracies: float) -> list[dict[str, Any]]:
    """A run from its first event to the end of as many epochs, without an end."""
    told: list[dict[str, Any]] = [
        {"type": "submitted", "title": "Training", "process": 1, "at": 1_700_000_000.0},
        STARTED,
    ]
    for i, accuracy in enumerate(accuracies, start=1):
        told += epoch(i, accuracy, 1 - accuracy)
    return told


def made_run(
    path: Path,
    told: list[dict[str, Any]],
    network: Network | None = None,
    facts: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Path:
    """A run folder that holds these events, with its table as the job writes it."""
    spec = TrainSpec.read({"epochs": 3, **settings})
    folder = RunFolder.create(path, TrainJob(train=spec, data=DataSpec(source="digits")), network or _NETWORK)
    (path / "environment.json").write_text(json.dumps(facts or {"network": {"blocks": 7, "parameters": 12345}}))
    add_events(folder.path, told, spec)
    return path


def add_events(run: Path, told: list[dict[str, Any]], spec: TrainSpec | None = None) -> None:
    """Let a run say more."""
    with EventLog(run / "events.jsonl") as log, Logs(run, spec or TrainSpec(), lambda _text: None) as logs:
        for event in told:
            log.append(event)
            logs.take(event)
