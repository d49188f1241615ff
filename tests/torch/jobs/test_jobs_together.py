"""A run of several processes as people start it: told in one folder, steered, killed in the middle, and equal."""

import os
import signal
import socket
import time
from pathlib import Path

import psutil
import pytest
from safetensors.torch import load_file

from designer.data.spec import DataSpec
from designer.errors import UsageError
from designer.jobs.runners.launch import Launch, check, launch
from designer.jobs.specs import TrainJob
from designer.train.control import Order
from designer.train.spec import TrainSpec

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes are killed by signals")


def ranks(handle):
    """The processes that compute, by their number."""
    found = {}
    for process in psutil.Process(handle.folder.owner().pid).children(recursive=True):
        if "designer.jobs.rank" in " ".join(process.cmdline()):
            found[int(process.environ()["RANK"])] = process
    return found


@pytest.fixture
def started():
    """Starts runs; at the end nothing of them is left."""
    handles = []

    def start(spec, network, folder, how=None):
        handles.append(launch(spec, network, folder, None, how or Launch(devices=2)))
        return handles[-1]

    yield start
    for handle in handles:
        owner = handle.folder.owner()
        if owner.alive():
            for process in [*psutil.Process(owner.pid).children(recursive=True), psutil.Process(owner.pid)]:
                process.kill()
        deadline = time.monotonic() + 20
        while handle._process_alive() and time.monotonic() < deadline:
            time.sleep(0.05)


def job(**settings):
    values = {"epochs": 12, "batch_size": 40, "device": "cpu", "checkpoint_every": 5, "seed": 3, **settings}
    return TrainJob(train=TrainSpec.read(values), data=DataSpec(source="digits", limit=400))


@pytest.mark.slow
def test_a_killed_process_costs_nothing_but_time(digits, tmp_path, started):
    whole = started(job(), digits, tmp_path / "whole")
    assert whole.wait(timeout=170)[-1]["type"] == "finished", whole.folder.log.read_text(encoding="utf-8")[-3000:]
    broken = started(job(), digits, tmp_path / "broken")
    broken.wait(lambda event: event["type"] == "step" and event["iteration"] >= 33, timeout=100)
    ranks(broken)[1].kill()
    events = broken.wait(timeout=170)
    assert events[-1]["type"] == "finished", broken.folder.log.read_text(encoding="utf-8")[-3000:]
    assert [event["what"] for event in events if event["type"] == "noted"].count("restart") == 1
    (again,) = [event for event in events if event["type"] == "started"]
    assert again["start_iteration"] >= 30
    left, right = (load_file(tmp_path / name / "weights.safetensors") for name in ("whole", "broken"))
    assert all(left[name].equal(right[name]) for name in left)
    assert left.keys() == right.keys()


@pytest.mark.slow
def test_one_is_steered_and_listens_to_this_machine_only(digits, tmp_path, started):
    handle = started(job(epochs=500), digits, tmp_path / "run")
    handle.wait("step", timeout=100)
    family = [psutil.Process(handle.folder.owner().pid), *ranks(handle).values()]
    heard = [one.laddr.ip for process in family for one in process.net_connections("inet") if one.status == "LISTEN"]
    assert set(heard) <= {"127.0.0.1", "::1"}
    handle.pause()
    handle.wait("paused", timeout=30)
    handle.order(Order("rate", 0.0005))
    handle.order(Order("validate"))
    assert handle.wait(lambda event: event.get("what") == "validation", timeout=30)
    handle.resume()
    handle.wait("resumed", timeout=30)
    step = handle.wait("step", timeout=30)[-1]
    assert step["learning_rate"] == pytest.approx(0.0005, rel=0.05)
    handle.stop()
    assert handle.wait(timeout=60)[-1]["reason"] == "stopped"
    deadline = time.monotonic() + 20
    while handle._process_alive() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not handle._process_alive()


@pytest.mark.slow
def test_two_launchers_make_one_run(digits, tmp_path, started):
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        master = f"127.0.0.1:{place.getsockname()[1]}"
    first, _ = (
        started(job(epochs=3, threads=1), digits, tmp_path / "run", Launch(nodes=2, node_rank=rank, master=master))
        for rank in range(2)
    )
    assert first.wait(timeout=150)[-1]["type"] == "finished", first.folder.log.read_text(encoding="utf-8")[-3000:]
    here = started(job(epochs=3, threads=1), digits, tmp_path / "here")
    assert here.wait(timeout=150)[-1]["type"] == "finished"
    left, right = (load_file(tmp_path / name / "weights.safetensors") for name in ("run", "here"))
    assert all(left[name].equal(right[name]) for name in left)


@pytest.mark.slow
def test_a_launcher_that_is_killed_is_a_lost_run_that_goes_on_alone(digits, tmp_path, started):
    handle = started(job(), digits, tmp_path / "run")
    handle.wait("checkpoint", timeout=100)
    others = ranks(handle)
    os.kill(handle.folder.owner().pid, signal.SIGKILL)
    for process in others.values():
        process.kill()
    lost = handle.wait(timeout=30)[-1]
    assert (lost["type"], lost["resumable"]) == ("lost", True)


@pytest.mark.slow
def test_what_fails_is_told_once_and_not_tried_again(digits, tmp_path, started):
    handle = started(job(learning_rate=100.0, optimizer="sgd", momentum=0.99, epochs=40), digits, tmp_path / "run")
    events = handle.wait(timeout=100)
    assert events[-1]["type"] == "failed", events[-1]
    assert events[-1]["kind"] == "non_finite"
    assert not [event for event in events if event.get("what") == "restart"]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (Launch(devices=2, nodes=2), "--master HOST:PORT"),
        (Launch(devices=65), "cannot be divided among 65"),
        (Launch(devices=2, launcher="slurm"), "torchrun, ray"),
        (Launch(devices=2, nodes=2, node_rank=2, master="a:1"), "less than --nodes"),
    ],
)
def test_what_cannot_be_started_is_said(how, words):
    with pytest.raises(UsageError, match=words):
        check(how, TrainSpec(batch_size=64))


def test_a_run_folder_of_a_rank_is_a_copy(digits, tmp_path):
    from designer.jobs.folder import RunFolder
    from designer.jobs.rank import own_folder

    folder = RunFolder.create(tmp_path / "run", job(), digits)
    with own_folder(folder, leads=False, attempt=0) as own:
        assert own.path != folder.path
        assert own.network() == folder.network()
        place = own.path
    assert not place.exists()
    with own_folder(folder, leads=True, attempt=1) as own:
        assert own is folder
    assert Path(folder.path / "events.jsonl").is_file()
