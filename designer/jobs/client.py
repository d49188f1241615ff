"""Starting jobs: in a worker process that is kept warm, or on a thread of this process. No torch until a thread asks.

Nothing here waits for the worker: it reports through a small status file, its runs through their folders.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, cast

import psutil

import designer
from designer.errors import JobError, LayerloomError
from designer.graph.model import Network
from designer.jobs.folder import RunFolder
from designer.jobs.handle import JobHandle, attach, find_running
from designer.jobs.specs import JobSpec
from designer.project.owner import Owner
from designer.project.paths import worker_folder
from designer.project.strict_json import read_json

__all__ = [
    "JobHandle",
    "WorkerProcess",
    "attach",
    "environment_of_children",
    "find_running",
    "kept_apart",
    "run_here",
]

# OpenMP's waiting threads burn the processor that others need; read once, when torch is loaded.
_PATIENT = ("OMP_WAIT_POLICY", "PASSIVE")
_TRACING = ("export", "export-project", "import-model")
_KEPT_LOGS = 5  # of dead workers, for whoever looks into a crash


class WorkerProcess:
    """A process with torch loaded that takes jobs. It outlives this process as long as it has jobs to end."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` is where its status and log lie; None: a new one in the state folder."""
        self._root = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._status: dict[str, Any] | None = None
        self._handles: list[JobHandle] = []
        self._helpers: list[WorkerProcess] = []  # for exports beside a training

    def start(self) -> None:
        """Start the process; returns at once, see `ready`. Harmless while it runs; starts a new one after its death.

        Raises JobError when the system cannot start it.
        """
        if self._process is not None and self._process.poll() is None:
            return
        _close_pipe(self._process)
        self._status = None
        self._handles.clear()
        self._folder = _fresh_folder(self._root)
        with (self._folder / "log.txt").open("wb") as log:
            try:
                self._process = subprocess.Popen(
                    [*_command(), str(self._folder)],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    env=environment_of_children(),
                    **kept_apart(),
                )
            except OSError as error:
                raise JobError(f"The worker process could not be started: {error.strerror}. Try again.") from error

    @property
    def pid(self) -> int | None:
        """The number of the process, while there is one."""
        return self._process.pid if self._process is not None else None

    @property
    def status(self) -> dict[str, Any] | None:
        """What the worker said when it was ready: ``torch`` version, ``devices`` (name, title, memory), ``threads``."""
        if self._status is None and self._folder is not None:
            with contextlib.suppress(LayerloomError):
                status = read_json(self._folder / "status.json", 1 << 20)
                self._status = status if isinstance(status, dict) else None
        return self._status

    @property
    def ready(self) -> bool:
        """Whether torch is loaded and jobs start at once. Jobs given earlier wait."""
        return not self.dead() and self.status is not None and self.status.get("ready") is True

    @property
    def log(self) -> Path | None:
        """What the process itself said: start-up trouble, crashes."""
        return None if self._folder is None else self._folder / "log.txt"

    def dead(self) -> bool:
        """Whether the process is gone, or was never started."""
        return self._process is None or self._process.poll() is not None

    def why_dead(self) -> str:
        """Half a sentence about how it ended, for people."""
        code = None if self._process is None else self._process.poll()
        return _ending(code, self.log)

    def submit(self, spec: JobSpec, network: Network | None, run_dir: Path, weights: Path | None = None) -> JobHandle:
        """Write the run folder and hand it to the worker, which is started where it is not running.

        What traces gets a process of its own beside a training, which ends with it: torch's tracer cannot share one.
        Raises NetworkInvalid, ProjectError or JobError; nothing runs then.
        """
        if spec.kind in _TRACING and any(handle.alive and handle.trains for handle in self._handles):
            return self._submit_beside(spec, network, run_dir, weights)
        folder = RunFolder.create(run_dir, spec, network, weights)
        self.start()
        process = cast("subprocess.Popen[bytes]", self._process)
        try:
            folder.begin(Owner.of(process.pid), spec.title)
            assert process.stdin is not None
            process.stdin.write(json.dumps({"run": str(folder.path)}).encode() + b"\n")
            process.stdin.flush()
        except (OSError, psutil.Error) as error:
            raise JobError(f"The worker does not take the job. {_ending(process.poll(), self.log)}.") from error
        log = self.log
        handle = JobHandle(folder, lambda: process.poll() is None, lambda: _ending(process.poll(), log))
        self._handles = [*(old for old in self._handles if old.alive), handle]
        return handle

    def _submit_beside(self, spec: JobSpec, network: Network | None, run_dir: Path, weights: Path | None) -> JobHandle:
        self._helpers = [helper for helper in self._helpers if not helper.dead()]
        helper = WorkerProcess(self._root)
        handle = helper.submit(spec, network, run_dir, weights)
        self._helpers.append(helper)
        _close_pipe(helper._process)  # it ends with this job
        return handle

    def close(self, leave_running: bool = False, timeout: float = 10.0) -> None:
        """Let the worker go. With ``leave_running`` it ends its jobs first and then itself; else they are stopped.

        Waits at most ``timeout`` seconds for stopped jobs to keep their weights, then ends the process by force.
        """
        for helper in self._helpers:
            helper.close(leave_running, timeout)
        self._helpers.clear()
        process, self._process = self._process, None
        if process is None:
            return
        if not leave_running:
            for handle in self._handles:
                if handle.alive:
                    with contextlib.suppress(LayerloomError):
                        handle.stop()
        _close_pipe(process)  # its end tells the worker that no more jobs come
        if leave_running:
            if process.poll() is None:
                process.returncode = 0  # it is on its own now: Popen shall not miss it when it is collected
            return
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def run_here(
    spec: JobSpec, network: Network | None, run_dir: Path, weights: Path | None = None, placement: str = "thread"
) -> JobHandle:
    """Run a job on a thread of this process: for tests, debugging and machines without room for two processes.

    Loads torch into this process. Raises NetworkInvalid, ProjectError or JobError; nothing runs then.
    """
    if placement != "thread":
        raise JobError(f"A job runs here on a thread or in a worker process, not on {placement!r}.")
    folder = RunFolder.create(run_dir, spec, network, weights)
    if "torch" not in sys.modules:
        os.environ.setdefault(*_PATIENT)
    # By name, so that nobody who imports this module imports torch with it.
    work = importlib.import_module("designer.jobs.work")
    folder.begin(Owner.of(), spec.title)
    thread = work.start(folder)
    return JobHandle(folder, lambda: bool(thread.alive), lambda: "The job's thread ended unexpectedly")


def _close_pipe(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None and process.stdin is not None:
        with contextlib.suppress(OSError):  # the reader is dead
            process.stdin.close()


def _command() -> list[str]:
    # -P: a file called torch.py in the folder that people happen to work in must not be imported.
    return [sys.executable, "-P", "-m", "designer.jobs.worker"]


def environment_of_children() -> dict[str, str]:
    """What a process needs to find this program, and to wait without taking the processor from others."""
    environment = dict(os.environ)
    environment.setdefault(*_PATIENT)
    environment["PYTHONUNBUFFERED"] = "1"
    root = str(Path(designer.__file__).resolve().parent.parent)
    if "site-packages" not in root:  # a checkout is found wherever the worker starts
        known = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = root + (os.pathsep + known if known else "")
    return environment


def kept_apart() -> dict[str, Any]:
    """Keep a terminal's Ctrl-C and the end of its session away from the worker."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _fresh_folder(root: Path | None) -> Path:
    """A folder for a new worker; those of long dead ones are removed, but for the last few logs."""
    root = root if root is not None else worker_folder()
    try:
        root.mkdir(parents=True, exist_ok=True)
        for old in sorted(root.glob("w-*"))[:-_KEPT_LOGS]:
            owner = None
            with contextlib.suppress(LayerloomError):
                owner = Owner.from_json(read_json(old / "worker.json", 1 << 16))
            if owner is None or not owner.alive():
                shutil.rmtree(old, ignore_errors=True)
        folder = root / f"w-{int(time.time() * 1000):014d}-{secrets.token_hex(3)}"
        folder.mkdir()
    except OSError as error:
        raise JobError(f"The worker has no place for its files in {root}: {error.strerror}.") from error
    return folder


def _ending(code: int | None, log: Path | None) -> str:
    if code is None:
        text = "The worker process is not answering"
    elif code == -signal.SIGTERM or code == 0:
        text = "The worker process was ended from outside"
    elif code < 0 and code == -getattr(signal, "SIGKILL", 9):
        text = "The worker process ended unexpectedly: it was killed, which the system also does when memory runs out"
    elif code < 0:
        text = f"The worker process ended unexpectedly: it crashed with signal {-code}"
    else:
        text = f"The worker process ended unexpectedly with code {code}"
    return text if log is None or code in (None, 0) else f"{text} (its log is {log})"
