"""How long it takes from a person's wish to its being done, through the run folder of a training in another process.

Run alone: pytest tests/bench/test_commands.py -s
"""

import statistics
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest

from designer.data.spec import DataSpec
from designer.graph.templates import load_template
from designer.jobs.client import JobHandle, WorkerProcess
from designer.jobs.specs import TrainJob
from designer.train.control import Order
from designer.train.spec import TrainSpec

TIMES = 20
_DEADLINE = 60.0


@pytest.fixture
def running(tmp_path: Path) -> Iterator[JobHandle]:
    worker = WorkerProcess()
    worker.start()
    spec = TrainSpec(epochs=100_000, batch_size=64, device="cpu", threads=1, schedule="constant", validate_every=10**9)
    job = TrainJob(train=spec, data=DataSpec(source="digits"))
    handle = worker.submit(job, load_template("digits"), tmp_path / "run")
    handle.wait("step")
    yield handle
    worker.close(leave_running=False)


def taken(handle: JobHandle, ask: Callable[[], None], done: str) -> float:
    """Milliseconds until the run's log says that it is done."""
    handle.poll(1 << 30)
    began = time.monotonic()
    ask()
    while time.monotonic() - began < _DEADLINE:
        if any(event["type"] == done for event in handle.poll(1 << 30)):
            return 1000 * (time.monotonic() - began)
        time.sleep(0.002)
    raise AssertionError(f"{done} never came")


def test_commands_act_within_an_iteration(running: JobHandle) -> None:
    rates = cycle([Order("scale", 0.5), Order("scale", 2.0)])
    table: dict[str, list[float]] = {
        "rate": [taken(running, lambda o=o: running.order(o), "noted") for o in islice(rates, TIMES)],
        "checkpoint": [taken(running, lambda: running.order(Order("checkpoint")), "noted") for _ in range(TIMES)],
        "validate": [taken(running, lambda: running.order(Order("validate")), "noted") for _ in range(TIMES)],
        "pause": [],
        "resume": [],
    }
    for _ in range(TIMES):
        table["pause"].append(taken(running, running.pause, "paused"))
        table["resume"].append(taken(running, running.resume, "resumed"))
    table["stop-best"] = [taken(running, lambda: running.stop(best=True), "finished")]
    print("\nfrom the wish to the deed, ms      median     p95")
    for name, values in table.items():
        print(f"  {name:<30} {statistics.median(values):8.1f} {p95(values):8.1f}")
    for name, values in table.items():
        assert p95(values) < 1500, name  # the issue asks for 300 on a machine that has nothing else to do


def p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]
