"""The worker process: ``python -m designer.jobs.worker FOLDER``. Takes run folders on stdin, works until told off.

Each line of stdin is ``{"run": "/path/of/a/run/folder"}``; each job runs on a thread of its own and reports in its
folder. When stdin ends (the window was closed, or died) the jobs are brought to their end, and so is the process.
FOLDER gets status.json once torch is loaded. What the process prints is its log.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

# Read by OpenMP once, when torch is loaded. Waiting threads that spin make training ten times slower on a busy desktop.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from designer.errors import LayerloomError, ProjectError
from designer.jobs.folder import RunFolder
from designer.project.atomic import write_atomic
from designer.project.owner import Owner
from designer.project.strict_json import dump_json

__all__ = ["main"]


class _Told(Exception):
    """SIGTERM: stop the jobs, keep their weights, end."""


def main(arguments: list[str] | None = None) -> int:
    """Work until stdin ends and the last job is done; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    faulthandler.enable()
    _hear_signals()
    folder = Path(arguments[0])
    write_atomic(folder / "worker.json", dump_json(Owner.of().to_json()))
    status = _load_torch()
    write_atomic(folder / "status.json", dump_json(status))
    _warm_up()
    _Worker().listen()
    return 0


class _Worker:
    """The jobs under way."""

    def __init__(self) -> None:
        # Late, because it loads torch.
        from designer.jobs.work import start

        self._start = start
        self._jobs: list[tuple[RunFolder, Any]] = []

    def listen(self) -> None:
        """Take jobs until stdin ends, then wait for them."""
        try:
            for line in sys.stdin.buffer:
                self._take(line)
            self._wait()
        except _Told:
            for folder, job in self._jobs:
                if job.alive:
                    with contextlib.suppress(ProjectError):
                        folder.command("stop")
            self._wait()

    def _take(self, line: bytes) -> None:
        self._jobs = [(folder, job) for folder, job in self._jobs if job.alive]
        try:
            folder = RunFolder(Path(json.loads(line)["run"]))
            self._jobs.append((folder, self._start(folder)))
        except (LayerloomError, ValueError, KeyError, TypeError) as error:
            print(f"A job could not be started: {error}", file=sys.stderr)  # noqa: T201  (stderr is the log)

    def _wait(self) -> None:
        for _, job in self._jobs:
            while not job.join(0.5):  # in portions, so that signals are heard
                pass


def _load_torch() -> dict[str, Any]:
    """Import what jobs need, so that the first one starts at once."""
    import torch

    from designer.train.device import available

    importlib.import_module("designer.jobs.tasks.train")

    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(_cores())
    return {
        "ready": True,
        "pid": os.getpid(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "devices": [{"name": d.name, "title": d.title, "memory": d.memory} for d in available()],
    }


def _warm_up() -> None:
    """Make the first optimiser now: torch imports another 900 modules for it, which takes over three seconds."""
    import torch

    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)


def _cores() -> int:
    """The physical cores that this process may use: a second thread on a core slows arithmetic down."""
    import psutil

    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed))


def _hear_signals() -> None:
    def told(number: int, frame: object) -> NoReturn:
        signal.signal(number, signal.SIG_IGN)  # once is enough
        raise _Told

    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the terminal's own program
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the terminal was closed: the jobs go on


if __name__ == "__main__":
    sys.exit(main())
