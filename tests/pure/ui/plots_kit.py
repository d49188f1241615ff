"""Logs of runs, as a training writes them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

PER_EPOCH = 10


def log(epochs: int = 3, shift: float = 0.0, pace: float = 0.5, figures: bool = False) -> list[dict[str, Any]]:
    """Every iteration takes ``pace`` seconds; the loss of iteration i is ``shift`` + 1 / i."""
    total = epochs * PER_EPOCH
    found: list[dict[str, Any]] = [
        {"type": "submitted"},
        {"type": "started", "iterations_per_epoch": PER_EPOCH, "total_iterations": total, "epochs": epochs},
    ]
    for i in range(1, total + 1):
        step = {"type": "step", "iteration": i, "loss": shift + 1 / i, "accuracy": 1 - math.exp(-i / 9)}
        step |= {"learning_rate": 0.1, "samples_per_second": 100.0, "elapsed": pace * i}
        if figures:
            step["figures"] = {"f1": 0.5}
        found.append(step)
        if i % PER_EPOCH == 0:
            epoch = i // PER_EPOCH
            found.append({"type": "validated", "iteration": i, "epoch": epoch, "loss": shift + 2 / i, "accuracy": 0.9})
            found.append({"type": "epoch", "epoch": epoch, "loss": shift + 1.5 / i, "accuracy": 0.8})
    found.append({"type": "machine", "iteration": total, "elapsed": pace * total, "memory": 10**9, "use": 0.5})
    return [{**event, "seq": n + 1, "time": 0.0} for n, event in enumerate(found)]


def write(folder: Path, events: list[dict[str, Any]], ended: bool = True) -> Path:
    """The folder of a run with that log."""
    folder.mkdir(parents=True, exist_ok=True)
    events = list(events)
    if ended:
        events.append({"type": "finished", "reason": "completed", "seq": len(events) + 1, "time": 1.0})
    with (folder / "events.jsonl").open("a") as file:
        file.writelines(json.dumps(event) + "\n" for event in events)
    return folder
