from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from designer.data.spec import DataSpec
from designer.errors import FileDamaged, JobError, NetworkInvalid, ProjectError
from designer.graph.model import Network
from designer.graph.templates import load_template
from designer.jobs.folder import ControlFile, RunFolder, new_run_path, resume_spec
from designer.jobs.handle import JobHandle, attach, find_running
from designer.jobs.specs import EvaluateJob, ExportJob, JobSpec, TrainJob, job_kinds, parse_spec
from designer.project.owner import Owner
from designer.train.control import Order

DATA = DataSpec(source="digits")
EVALUATE = EvaluateJob(weights="w.safetensors", data=DATA)


def begun(path: Path, spec: JobSpec = EVALUATE) -> RunFolder:
    folder = RunFolder.create(path, spec)
    folder.begin(Owner.of(), spec.title)
    return folder


def test_every_kind_is_found_and_round_trips() -> None:
    kinds = set(job_kinds())
    assert kinds >= {"train", "evaluate", "export", "import-model", "import-weights", "list-models", "measure", "probe"}
    for spec in (TrainJob(data=DATA), EVALUATE, ExportJob(weights="w", format="onnx", out="o", data=None)):
        assert parse_spec(json.loads(json.dumps(spec.model_dump(mode="json")))) == spec
    for model in job_kinds().values():
        assert model.title and ":" in model.run


@pytest.mark.parametrize("data", [None, [], {}, {"kind": "rm -rf"}, {"kind": ["train"]}, {"kind": "train"}])
def test_hostile_specs(data: object) -> None:
    with pytest.raises(FileDamaged):
        parse_spec(data)


def test_a_drawing_with_problems_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(NetworkInvalid):
        RunFolder.create(tmp_path / "run", TrainJob(data=DATA), Network())
    assert not (tmp_path / "run").exists()


def test_a_taken_folder_is_refused(tmp_path: Path) -> None:
    begun(tmp_path / "run")
    with pytest.raises(JobError, match="already holds a run"):
        RunFolder.create(tmp_path / "run", EVALUATE)
    with pytest.raises(JobError, match="no training that could go on"):
        resume_spec(tmp_path / "run")
    (tmp_path / "file").touch()
    with pytest.raises(ProjectError, match="cannot be made"):
        RunFolder.create(tmp_path / "file" / "run", EVALUATE)


def test_commands_are_heard_at_once(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    said = ControlFile(folder)
    for _ in range(10):
        for command in ("pause", "run"):
            folder.command(command)  # type: ignore[arg-type]
            assert said() == command
    folder.control.write_text("")  # caught in the middle of a write
    assert said() == "run"
    folder.control.write_text("sudo\n")
    assert said() == "run" and not said.orders()
    folder.control.write_text("pause\n")  # by hand, in place of all that was said before
    assert said() == "pause"
    folder.control.write_bytes(b"pause\nru")
    assert said() == "pause"
    folder.command("run")  # the line before it is garbage now, but this one is whole
    assert said() == "pause"
    folder.command("run")
    assert said() == "run"
    folder.control.unlink()
    assert said() == "run"


@pytest.mark.parametrize("stop", ["stop", "stop-best"])
def test_a_stop_is_final(tmp_path: Path, stop: Any) -> None:
    folder = begun(tmp_path)
    said = ControlFile(folder)
    folder.command(stop)
    folder.command("run")
    assert said() == stop
    folder.command("pause")
    assert said() == stop


def test_what_is_asked_for_once_is_heard_once_and_in_order(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    said = ControlFile(folder)
    asked = [Order("rate", 0.001), Order("checkpoint"), Order("scale", 0.5), Order("validate")]
    for order in asked:
        folder.order(order)
    assert said.orders() == []  # nothing was read yet
    assert said() == "run" and said.orders() == asked and said.orders() == []
    folder.order(Order("validate"))
    folder.command("pause")
    assert said() == "pause" and said.orders() == [Order("validate")]
    assert ControlFile(folder)() == "pause"  # whoever reads it later hears all of it


def test_a_run_that_goes_on_does_not_hear_what_it_was_asked_before(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, TrainJob(data=DATA), load_template("digits"))
    folder.order(Order("rate", 0.5))
    folder.command("stop")
    again = RunFolder.create(tmp_path, TrainJob(data=DATA, resume=str(tmp_path)))
    said = ControlFile(again)
    assert said() == "run" and said.orders() == []


def test_paths_that_leave_the_folder_are_refused(tmp_path: Path) -> None:
    folder = begun(tmp_path / "run")
    assert folder.inside("checkpoints/last.safetensors").parent == folder.checkpoints
    for bad in ("../x", "/etc/passwd", "a/../../x", "\0"):
        with pytest.raises(FileDamaged):
            folder.inside(bad)


def test_results_large_and_small(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    handle = attach(tmp_path)
    with folder.open_log() as log:
        log.append(folder.keep_result({"accuracy": 0.5}))
    handle.poll()
    assert handle.result == {"accuracy": 0.5}
    with folder.open_log() as log:
        log.append(folder.keep_result({"rows": ["x" * 100] * 5000}))
    (event,) = handle.poll()
    assert event["data"] is None
    result = handle.result
    assert result is not None and len(result["rows"]) == 5000


def test_alive_until_the_last_word(tmp_path: Path) -> None:
    folder = begun(tmp_path / "run")
    (handle,) = find_running(tmp_path)
    assert handle.alive and handle.run_dir == folder.path
    with folder.open_log() as log:
        log.append({"type": "finished", "reason": "completed"})
    assert handle.wait(timeout=5)[-1]["reason"] == "completed"
    assert not handle.alive
    assert find_running(tmp_path) == []
    assert find_running(tmp_path / "none") == []


def test_a_dead_process_is_noticed_once(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, TrainJob(data=DATA).model_copy())
    process = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    folder.begin(Owner.of(process.pid), "Training")
    folder.checkpoints.mkdir()
    (folder.checkpoints / "last.safetensors").touch()
    with folder.open_log() as log:
        log.append({"type": "checkpoint", "path": "checkpoints/last.safetensors"})
    handle = attach(tmp_path)
    assert [event["type"] for event in handle.poll()] == ["submitted", "checkpoint"]
    assert handle.poll() == []
    psutil.Process(process.pid).kill()
    (lost,) = handle.wait("lost", timeout=1)
    assert lost["resumable"] and lost["checkpoint"] == "checkpoints/last.safetensors" and lost["seq"] == 3
    assert handle.poll() == []
    process.communicate()


def test_a_hostile_run_cannot_point_elsewhere(tmp_path: Path) -> None:
    folder = begun(tmp_path / "run", TrainJob(data=DATA))
    (tmp_path / "secret").touch()
    with folder.open_log() as log:
        log.append({"type": "checkpoint", "path": "../secret"})
    (folder.path / "worker.json").write_text('{"pid": 1e400}')
    handle = attach(folder.path)
    lost = handle.wait("lost", timeout=5)[-1]
    assert lost["checkpoint"] is None and "no checkpoint yet" in lost["message"]


def test_what_follow_did_not_hand_out_is_still_there(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    with folder.open_log() as log:
        for name in ("a", "b", "c", "finished"):
            log.append({"type": name})
    handle = JobHandle(folder, lambda: True)
    assert [event["type"] for event in handle.wait("a")] == ["submitted", "a"]
    assert next(handle.follow())["type"] == "b"
    assert [event["type"] for event in handle.poll()] == ["c", "finished"]
    with pytest.raises(JobError, match="ended without"):
        handle.wait("d")


def test_waiting_has_an_end(tmp_path: Path) -> None:
    begun(tmp_path)
    with pytest.raises(JobError, match=r"did not end within 0\.05 s"):
        attach(tmp_path).wait(timeout=0.05)


def test_new_folders_do_not_collide(tmp_path: Path) -> None:
    first = new_run_path(tmp_path, "My net: v2/../x")
    assert first.parent == tmp_path and first.name.endswith("-My-net-v2-x")
    first.mkdir()
    assert new_run_path(tmp_path, "My net: v2/../x") != first
    assert os.sep not in new_run_path(tmp_path, "").name


def test_the_front_half_loads_no_torch() -> None:
    code = "import sys, designer.jobs.client; assert not {'torch', 'PySide6', 'torchvision'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
