"""What a forecast says beside what a training then takes, in the same process and turn about.

Run alone: pytest tests/bench/test_forecast.py -s
"""

from __future__ import annotations

from pathlib import Path

import pytest

from designer.data.spec import DataSpec
from designer.graph.edits import SetParams, apply
from designer.graph.templates import load_template
from designer.jobs.client import run_here
from designer.jobs.specs import ProbeJob, TrainJob
from designer.train.spec import TrainSpec

FACTOR = 2.0  # how far a forecast may be off on a computer that does other things besides


@pytest.mark.parametrize(("name", "batch"), [("digits", 64), ("digits", 512), ("small-resnet", 64)])
def test_seconds_of_an_epoch(name: str, batch: int, tmp_path: Path) -> None:
    network = load_template(name)
    size = network["input"].params["size"]
    assert isinstance(size, tuple)
    apply(network, SetParams("input", {"size": (1, *size[1:])}))
    data = DataSpec(source="digits", limit=None if name == "digits" else 500)
    train = TrainSpec(epochs=2, batch_size=batch, device="cpu", threads=1)
    told, took, probed = [], [], []
    for turn in range(3):
        handle = run_here(ProbeJob(train=train, data=data), network, tmp_path / f"probe{turn}")
        events = handle.wait(timeout=120)
        assert handle.result is not None, events[-1]
        told.append(handle.result["epoch"])
        probed.append(events[-1]["time"] - events[0]["time"])
        events = run_here(TrainJob(train=train, data=data), network, tmp_path / f"run{turn}").wait(timeout=120)
        took += [event["seconds"] for event in events if event["type"] == "epoch"]
    best, real = min(told), min(took)  # other programs only ever add to the time
    print(
        f"\n{name}, batch {batch}: forecast {best:.3f} s an epoch, training took {real:.3f} s: {best / real:.2f} of it; "
        f"the probe took {min(probed):.2f} s"
    )
    assert real / FACTOR < best < real * FACTOR
