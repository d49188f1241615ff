"""A run on a Ray cluster of this machine: told in its folder, a killed process restarted, driver gone and come back."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from safetensors.torch import load_file

from designer.errors import UsageError
from designer.jobs.runners import launch as launching
from designer.jobs.runners.launch import Launch, check, launch
from designer.train.control import Order
from designer.train.spec import TrainSpec
from tests.torch.jobs.test_jobs_together import job

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Ray's clusters are for Linux and macOS")


def test_ray_that_is_missing_is_said_with_how_to_install_it(monkeypatch):
    monkeypatch.setattr(launching.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'layerloom\[ray\]'"):
        check(Launch(devices=2, launcher="ray"), TrainSpec())


def family(pid):
    return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]


@pytest.fixture
def started():
    """Starts runs; at the end nothing of them is left."""
    handles = []

    def start(spec, network, folder, how=None):
        handles.append(launch(spec, network, folder, None, how or Launch(devices=2, launcher="ray")))
        return handles[-1]

    yield start
    for handle in handles:
        owner = handle.folder.owner()
        if owner.alive():
            for process in family(owner.pid):
                process.kill()
        while handle._process_alive():
            time.sleep(0.05)


def said(handle):
    return handle.folder.log.read_text(encoding="utf-8")[-4000:]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_same_run_on_a_cluster(digits, tmp_path, started):
    here = started(job(epochs=6), digits, tmp_path / "here", Launch(devices=2))
    assert here.wait(timeout=170)[-1]["type"] == "finished"
    handle = started(job(epochs=6), digits, tmp_path / "run")
    handle.wait("step", timeout=120)
    processes = family(handle.folder.owner().pid)
    heard = {one.laddr.ip for process in processes for one in process.net_connections("inet") if one.status == "LISTEN"}
    assert heard <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
    events = handle.wait(timeout=170)
    assert events[-1]["type"] == "finished", said(handle)
    left, right = (load_file(tmp_path / name / "weights.safetensors") for name in ("here", "run"))
    assert all(left[name].equal(right[name]) for name in left)
    assert (tmp_path / "run/checkpoints/state.safetensors").is_file()
    assert (tmp_path / "run/data.json").is_file()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_killed_process_is_started_again_and_orders_are_heard(digits, tmp_path, started):
    handle = started(job(epochs=40), digits, tmp_path / "run")
    handle.wait(lambda event: event["type"] == "checkpoint" and event["iteration"] >= 20, timeout=170)
    workers = [one for one in family(handle.folder.owner().pid) if "RayTrainWorker" in " ".join(one.cmdline())]
    assert len(workers) == 2
    workers[1].kill()
    events = handle.wait("started", timeout=170)
    assert [event for event in events if event.get("what") == "restart"]
    assert events[-1]["start_iteration"] >= 20
    handle.order(Order("validate"))
    handle.wait(lambda event: event.get("what") == "validation", timeout=60)
    handle.stop()
    assert handle.wait(timeout=60)[-1]["reason"] == "stopped", said(handle)


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """A cluster that goes on when those who use it leave; its address."""
    monkeypatch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0123456789abcdef" * 4)
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    code = (
        "import ray, sys; c = ray.init(num_cpus=2, include_dashboard=False, object_store_memory=200 << 20,"
        " _node_ip_address='127.0.0.1', _temp_dir=sys.argv[1], log_to_driver=False);"
        " print(c.address_info['gcs_address'], flush=True); sys.stdin.read()"
    )
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="ll-", ignore_cleanup_errors=True) as place:
        process = subprocess.Popen(
            [sys.executable, "-c", code, place], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        yield process.stdout.readline().strip()
        process.stdin.close()
        process.wait()
        process.stdout.close()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_who_submitted_may_go_and_come_back(digits, tmp_path, started, cluster):
    handle = started(job(epochs=30), digits, tmp_path / "run", Launch(devices=2, launcher="ray", address=cluster))
    handle.wait(lambda event: event["type"] == "step" and event["iteration"] >= 10, timeout=170)
    psutil.Process(handle.folder.owner().pid).kill()
    assert handle.wait(timeout=30)[-1]["type"] == "lost"
    again = launching.reattach(handle.run_dir)
    events = again.wait(timeout=170)
    assert events[-1]["type"] == "finished", said(handle)
    steps = [event["iteration"] for event in events if event["type"] == "step"]
    assert steps == list(range(1, 241))  # none is missing, none is told twice


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_cluster_lets_nobody_in_without_its_token(digits, tmp_path, started, cluster, monkeypatch):
    monkeypatch.setenv("RAY_AUTH_TOKEN", "f" * 64)
    handle = started(job(), digits, tmp_path / "run", Launch(devices=2, launcher="ray", address=cluster))
    last = handle.wait(timeout=150)[-1]
    assert (last["type"], "cannot be reached" in last["message"]) == ("failed", True)
