"""From an order to what the run says of it, by a real worker in the middle of a training.

Run alone: pytest tests/bench/test_obeying.py -n0 -s
"""

import json
import statistics
import time
from itertools import pairwise

from designer.data.spec import DataSpec
from designer.graph.reading import network_from_json
from designer.jobs.client import WorkerProcess
from designer.jobs.specs import TrainJob
from designer.resources import resource
from designer.train.control import parse_order
from designer.train.spec import TrainSpec

TIMES = 30
LIMIT = 0.3  # seconds, for iterations that take less


def taken(handle, ask, kind):
    """Seconds from an order to the event that tells that it was obeyed, as the log has it."""
    began = time.monotonic()  # the log's own clock
    ask()
    return handle.wait(kind)[-1]["time"] - began


def test_orders_are_obeyed_within_one_iteration(tmp_path):
    network = network_from_json(json.loads(resource("templates", "digits.json").read_bytes())["network"])
    job = TrainJob(train=TrainSpec(epochs=10_000, device="cpu", validate_every=20), data=DataSpec(source="digits"))
    worker = WorkerProcess(tmp_path / "workers")
    try:
        handle = worker.submit(job, network, tmp_path / "run")
        seen = handle.wait(lambda event: event["type"] == "step" and event["iteration"] >= 100)
        times = [event["time"] for event in seen if event["type"] == "step"]
        iteration = statistics.median(b - a for a, b in pairwise(times))
        delays = {"pause": [], "resume": [], "rate": [], "checkpoint": []}
        for number in range(TIMES):
            delays["pause"].append(taken(handle, handle.pause, "paused"))
            delays["resume"].append(taken(handle, handle.resume, "resumed"))
            rate = parse_order(f"rate={0.001 + number * 1e-5}")
            delays["rate"].append(taken(handle, lambda order=rate: handle.order(order), "noted"))
            saving = parse_order("checkpoint")
            delays["checkpoint"].append(taken(handle, lambda order=saving: handle.order(order), "noted"))
        delays["stop"] = [taken(handle, handle.stop, "finished")]
    finally:
        worker.close()
    print(f"\nan iteration takes {iteration * 1000:.1f} ms")
    for name, seconds in delays.items():
        p95 = sorted(seconds)[int(0.95 * (len(seconds) - 1))]
        print(f"{name:<11} median {statistics.median(seconds) * 1000:6.1f} ms, p95 {p95 * 1000:6.1f} ms")
        assert p95 < 10 * max(LIMIT, iteration), name  # generous: other programs may be at work
