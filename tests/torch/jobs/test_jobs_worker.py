"""Real trainings in a real worker process."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from designer.errors import JobError, NetworkInvalid
from designer.graph.model import Network
from designer.jobs.client import WorkerProcess, attach, find_running, run_here
from designer.jobs.folder import RunFolder, resume_spec
from designer.jobs.specs import EvaluateJob, ExportJob, TrainJob

Make = Callable[..., TrainJob]
LONG = 2000  # epochs that no test waits for


def kinds(events: list[dict[str, object]]) -> list[object]:
    return [event["type"] for event in events]


def without_time(events: list[dict[str, object]]) -> list[dict[str, object]]:
    """What must be equal in two runs: all but clocks, process numbers and what the machine was at."""
    clocks = {"seq", "time", "elapsed", "left", "samples_per_second", "seconds", "process", "at"}
    chosen = [event for event in events if event["type"] not in ("progress", "queued", "machine")]
    return [{key: value for key, value in event.items() if key not in clocks} for event in chosen]


def test_two_epochs(worker: WorkerProcess, digits: Network, training: Make, tmp_path: Path) -> None:
    handle = worker.submit(training(), digits, tmp_path / "run")
    events = handle.wait(timeout=60)
    names = kinds(events)
    assert names[0] == "submitted"
    assert [name for name in names if name in ("data", "started", "epoch", "finished")] == [
        "data", "started", "epoch", "epoch", "finished",
    ]  # fmt: skip
    assert names.count("step") == events[names.index("started")]["total_iterations"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert all(a["time"] <= b["time"] for a, b in itertools.pairwise(events))
    assert handle.finished and not handle.alive
    assert handle.poll() == []
    assert (handle.run_dir / events[-1]["weights"]).is_file()
    assert "class " in (handle.run_dir / "model.py").read_text()
    assert worker.ready
    status = worker.status
    assert status is not None and "cpu" in [device["name"] for device in status["devices"]]

    again = run_here(training(), digits, tmp_path / "thread")
    assert without_time(again.wait(timeout=60)) == without_time(events)


def test_waiting_threads_of_the_worker_do_not_spin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenMP reads it once, when torch is loaded; without it training on a busy desktop is ten times slower."""
    monkeypatch.delenv("OMP_WAIT_POLICY")
    worker = WorkerProcess(tmp_path)
    worker.start()
    assert worker.pid is not None
    told = psutil.Process(worker.pid).environ()
    worker.close()
    assert told["OMP_WAIT_POLICY"] == "PASSIVE"


def test_pause_resume_stop(worker: WorkerProcess, digits: Network, training: Make, tmp_path: Path) -> None:
    handle = worker.submit(training(LONG), digits, tmp_path / "run")
    handle.wait("step")
    handle.pause()
    before = handle.wait("paused")
    other = attach(handle.run_dir)  # as another window or a terminal would
    other.wait("paused")
    assert other.alive
    assert [found.run_dir for found in find_running(tmp_path)] == [handle.run_dir]
    other.resume()
    after = handle.wait(lambda event: event["type"] == "step")
    assert "resumed" in kinds(after)
    assert after[-1]["iteration"] > before[-1]["iteration"]
    other.stop()
    end = handle.wait("finished")[-1]
    assert end["reason"] == "stopped"
    assert (handle.run_dir / end["weights"]).is_file()
    assert find_running(tmp_path) == []
    assert other.wait()[-1]["type"] == "finished"


def test_a_second_training_waits_in_line(
    worker: WorkerProcess, digits: Network, training: Make, tmp_path: Path
) -> None:
    first = worker.submit(training(LONG), digits, tmp_path / "first")
    first.wait("started")
    second = worker.submit(training(1), digits, tmp_path / "second")
    third = worker.submit(training(1), digits, tmp_path / "third")
    assert second.wait("queued")[-1]["ahead"] == 1
    third.wait("queued")
    third.stop()  # given up before its turn
    assert third.wait()[-1]["reason"] == "stopped"
    first.wait("checkpoint")  # other kinds of jobs do not wait: the network is measured while it learns
    checkpoint = str(first.folder.checkpoints / "last.safetensors")
    measured = worker.submit(EvaluateJob(weights=checkpoint, data=training().data), digits, tmp_path / "measured")
    assert measured.wait()[-1]["type"] == "finished"
    assert measured.result is not None and measured.result["samples"] == 80
    first.poll()
    assert first.alive
    first.stop()
    assert first.wait()[-1]["reason"] == "stopped"
    assert second.wait()[-1]["reason"] == "completed"


def test_a_failing_job_is_a_sentence_and_the_worker_lives_on(
    worker: WorkerProcess, digits: Network, training: Make, tmp_path: Path
) -> None:
    job = training()
    missing = job.model_copy(update={"data": job.data.model_copy(update={"source": str(tmp_path / "nowhere")})})
    end = worker.submit(missing, digits, tmp_path / "missing").wait()[-1]
    assert end["type"] == "failed" and end["kind"] == "data" and "nowhere" in end["message"]

    nan = worker.submit(training(learning_rate=100, optimizer="sgd"), digits, tmp_path / "nan")
    end = nan.wait()[-1]
    assert (end["type"], end["kind"]) == ("failed", "non_finite")

    nothing = worker.submit(EvaluateJob(weights="no.safetensors", data=job.data), None, tmp_path / "none")
    assert nothing.wait()[-1]["type"] == "failed"

    damaged = RunFolder.create(tmp_path / "damaged", job, digits)
    (damaged.path / "spec.json").write_text('{"kind": "train", "data": 3}')
    handle = attach_submitted(worker, damaged)
    assert "damaged" in handle.wait()[-1]["message"]
    assert worker.submit(training(1), digits, tmp_path / "good").wait()[-1]["type"] == "finished"


def attach_submitted(worker: WorkerProcess, folder: RunFolder):  # type: ignore[no-untyped-def]
    """Hand over a folder that was tampered with after it was written."""
    process = worker._process
    assert process is not None and process.stdin is not None
    from designer.project.owner import Owner

    folder.begin(Owner.of(process.pid), "Tampered")
    process.stdin.write(json.dumps({"run": str(folder.path)}).encode() + b"\n")
    process.stdin.write(b'not a job\n{"run": 3}\n{"run": "/nonexistent/run"}\n')
    process.stdin.flush()
    return attach(folder.path)


def test_source_in_the_folder_is_never_executed(
    worker: WorkerProcess, digits: Network, training: Make, tmp_path: Path
) -> None:
    folder = RunFolder.create(tmp_path / "run", training(1), digits)
    for name in ("model.py", "torch.py", "sitecustomize.py"):
        (folder.path / name).write_text(f"open({str(tmp_path / 'executed')!r}, 'w')")
    assert attach_submitted(worker, folder).wait()[-1]["type"] == "finished"
    assert not (tmp_path / "executed").exists()


def test_an_unexpected_exception_leaves_its_traceback(
    digits: Network, training: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TrainJob, "run", "designer.errors:LayerloomError")  # an exception instead of events
    end = run_here(training(), digits, tmp_path / "run").wait()[-1]
    assert end["type"] == "failed"
    assert "TypeError" in end["message"] and "log.txt" in end["message"]
    assert "Traceback" in (tmp_path / "run" / "log.txt").read_text()


def test_refusals_leave_nothing_behind(worker: WorkerProcess, digits: Network, training: Make, tmp_path: Path) -> None:
    with pytest.raises(NetworkInvalid):
        worker.submit(training(), Network(), tmp_path / "empty")
    assert not (tmp_path / "empty").exists()
    with pytest.raises(JobError, match="no run that could go on"):
        worker.submit(training(resume=tmp_path / "none"), None, tmp_path / "new")
    with pytest.raises(JobError, match="no run"):
        attach(tmp_path / "none")
    run_here(training(1), digits, tmp_path / "taken").wait()
    with pytest.raises(JobError, match="already holds a run"):
        worker.submit(training(), digits, tmp_path / "taken")


def test_left_running_and_attached_again(
    worker: WorkerProcess, digits: Network, training: Make, tmp_path: Path
) -> None:
    """The window goes while the run goes on; another process finds it, steers it and sees its end."""
    handle = worker.submit(training(LONG), digits, tmp_path / "run")
    handle.wait("step")
    pid = worker.pid
    assert pid is not None
    worker.close(leave_running=True)
    (found,) = find_running(tmp_path)
    found.wait("step")
    found.stop()
    assert found.wait()[-1]["reason"] == "stopped"
    if hasattr(os, "waitpid"):
        assert os.waitpid(pid, 0)[1] == 0  # with nothing left to do it ended by itself


def test_killed_in_mid_run_and_gone_on_with(
    worker: WorkerProcess, digits: Network, training: Make, tmp_path: Path
) -> None:
    whole = run_here(training(6, checkpoint_every=4), digits, tmp_path / "whole").wait()

    handle = worker.submit(training(6, checkpoint_every=4), digits, tmp_path / "run")
    handle.wait(lambda event: event["type"] == "checkpoint" and event["iteration"] >= 8)
    watcher = attach(handle.run_dir)
    assert worker.pid is not None
    psutil.Process(worker.pid).kill()
    lost = handle.wait("lost", timeout=1)[-1]
    assert lost["resumable"] and (handle.run_dir / lost["checkpoint"]).is_file()
    assert "killed" in lost["message"] and "go on from its last checkpoint" in lost["message"]
    assert handle.poll() == [] and handle.finished and not handle.alive
    assert watcher.wait("lost", timeout=5)[-1]["resumable"]
    assert worker.dead() and not worker.ready

    # In the same folder, by a new worker that starts by itself.
    again = worker.submit(resume_spec(handle.run_dir), None, handle.run_dir)
    new = again.wait(timeout=60)
    assert new[-1]["type"] == "finished"
    started = [event for event in new if event["type"] == "started"]
    assert started[0]["start_iteration"] == 0 and started[1]["start_iteration"] >= 8
    steps = {event["iteration"]: event["loss"] for event in new if event["type"] == "step"}
    assert steps == {event["iteration"]: event["loss"] for event in whole if event["type"] == "step"}
    assert (tmp_path / "run" / "weights.safetensors").read_bytes() == (
        tmp_path / "whole" / "weights.safetensors"
    ).read_bytes()

    # In a folder of its own.
    other = worker.submit(training(7, resume=handle.run_dir), None, tmp_path / "other")
    assert other.wait()[-1]["iteration"] > started[0]["total_iterations"]


def test_closing_stops_what_runs(worker: WorkerProcess, digits: Network, training: Make, tmp_path: Path) -> None:
    handle = worker.submit(training(LONG), digits, tmp_path / "run")
    handle.wait("step")
    worker.close()
    assert handle.wait()[-1]["reason"] == "stopped"
    worker.close()
    assert worker.dead()


def test_a_polite_end_keeps_the_weights(worker: WorkerProcess, digits: Network, training: Make, tmp_path: Path) -> None:
    """SIGTERM, as a system that shuts down sends it."""
    handle = worker.submit(training(LONG), digits, tmp_path / "run")
    handle.wait("step")
    assert worker.pid is not None
    psutil.Process(worker.pid).terminate()
    end = handle.wait()[-1]
    assert end["reason"] == "stopped"
    assert (handle.run_dir / end["weights"]).is_file()


def test_an_export_beside_a_training_leaves_it_alone(
    request: pytest.FixtureRequest, digits: Network, training: Make, tmp_path: Path
) -> None:
    """torch's tracer changes state of its whole process: such an export runs in one of its own, which then ends."""
    worker = WorkerProcess(tmp_path / "workers")
    request.addfinalizer(worker.close)
    trained = worker.submit(training(1), digits, tmp_path / "trained")
    assert trained.wait(timeout=60)[-1]["type"] == "finished", trained.outcome
    long = worker.submit(training(LONG), digits, tmp_path / "long")
    long.wait("step")
    job = ExportJob(weights=str(trained.folder.weights), format="pt2", out=str(tmp_path / "net.pt2"))
    export = worker.submit(job, digits, tmp_path / "export")
    export.wait(timeout=90)
    assert export.outcome is not None and export.outcome["type"] == "finished" and export.result is not None
    owner = export.folder.owner()
    assert owner is not None and owner.pid != worker.pid
    psutil.wait_procs([psutil.Process(owner.pid)] if owner.alive() else [], timeout=30)
    assert not owner.alive()
    long.stop()
    long.wait(timeout=60)
    assert long.outcome is not None and long.outcome["type"] == "finished" and long.outcome["reason"] == "stopped"

    again = worker.submit(job.model_copy(update={"out": str(tmp_path / "b.pt2")}), digits, tmp_path / "export-b")
    owner = again.folder.owner()
    assert owner is not None and owner.pid == worker.pid  # nothing trains: the warm process does it
    next_training = worker.submit(training(1), digits, tmp_path / "next")
    begun = next(event for event in next_training.wait(timeout=90) if event["type"] == "started")
    end = again.wait(timeout=90)[-1]
    assert end["type"] == "finished" and end["time"] <= begun["time"]  # one waits for the other
