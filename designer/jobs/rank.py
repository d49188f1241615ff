"""One of several processes that train together: ``python -m designer.jobs.rank RUNFOLDER``, started by torchrun.

All do the same job; the first one writes the run folder. A process that loses another one ends with LOST, and torchrun
starts all of them again: they go on from the last checkpoint. A failure that a person is told about is no reason to
start again: whoever meets it leaves its sentence in the folder, and the first process tells it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# Read by OpenMP once, when torch is loaded. Waiting threads that spin make training ten times slower on a busy desktop.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from designer.errors import ProjectError
from designer.jobs.events import ENDS, EventLog, last_event
from designer.jobs.folder import RunFolder
from designer.jobs.specs import TrainJob
from designer.project.atomic import write_atomic
from designer.project.strict_json import dump_json, read_json
from designer.train.events import Noted, to_dict

__all__ = ["LOST", "RESTARTED", "failure_file", "main", "own_folder", "threads_each", "work"]

LOST = 75  # the exit code of a process that lost another one
RESTARTED = "A process of the run was lost. All were started again and go on from the last checkpoint."
_PATIENCE = 3.0  # seconds to wait for the sentence of a process that has failed


def main(arguments: list[str] | None = None) -> int:
    """Train in the folder that the arguments name; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the terminal's own program
    folder = RunFolder(Path(arguments[0]))
    if _over(folder):
        return 0
    import torch

    from designer.train.together import join
    from designer.train.world import PeerLost, enter

    torch.set_num_threads(threads_each(int(os.environ.get("LOCAL_WORLD_SIZE", "1"))))
    try:
        world = join(Path(arguments[1]) if len(arguments) > 1 else None)
        enter(world)
        with own_folder(folder, world.leads, int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))) as own:
            work(own, folder, world.leads)
        world.close()
    except PeerLost as lost:
        print(f"Rank {os.environ.get('RANK')}: another process is gone: {lost}", file=sys.stderr)  # noqa: T201  (the log)
        return 0 if _tell_failure(folder) else LOST
    return 0


@contextlib.contextmanager
def own_folder(folder: RunFolder, leads: bool, attempt: int) -> Iterator[RunFolder]:
    """The folder in which this process does the job of ``folder``: that one, or a copy to read where it only helps."""
    from designer.train.state import has_state

    spec = folder.spec()
    if attempt and isinstance(spec, TrainJob) and has_state(folder.path):
        spec = spec.model_copy(update={"resume": str(folder.path)})
    if leads:
        write_atomic(folder.path / "spec.json", dump_json(spec.model_dump(mode="json")))
        if attempt:
            with folder.open_log() as log:
                log.append(to_dict(Noted(0, "restart", RESTARTED)))
        yield folder
        return
    with TemporaryDirectory(prefix="layerloom-rank-", ignore_cleanup_errors=True) as place:
        own = RunFolder(Path(place))
        for name in ("network.json", "initial.safetensors"):
            if (folder.path / name).exists():
                shutil.copyfile(folder.path / name, own.path / name)
        write_atomic(own.path / "spec.json", dump_json(spec.model_dump(mode="json")))
        yield own


def work(own: RunFolder, folder: RunFolder, leads: bool) -> None:
    """Do the job of ``folder`` as one of several. Raises PeerLost."""
    from designer.jobs.work import run_job

    log = own.open_log() if leads else _Deaf()
    last: Mapping[str, Any] = {}
    try:
        for event in run_job(own, log):
            log.append(event)
            last = event
    finally:
        log.close()
    if not leads and last.get("type") == "failed":
        with contextlib.suppress(ProjectError):
            write_atomic(failure_file(folder), dump_json(dict(last)))


def failure_file(folder: RunFolder) -> Path:
    """Where a process that may not write the log leaves the event that it ended with."""
    return folder.path / "failed.json"


def threads_each(beside: int) -> int:
    """How many threads each of several processes of a machine computes with."""
    import psutil

    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed) // beside)


def _over(folder: RunFolder) -> bool:
    """Whether nothing is left to do, as the run has ended in an attempt before this one."""
    if int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) == 0:
        return False
    last = last_event(folder.events)
    return (last is not None and last["type"] in ENDS) or failure_file(folder).exists()


def _tell_failure(folder: RunFolder) -> bool:
    """Whether the other process left because the run is over; the first one tells why."""
    deadline = time.monotonic() + _PATIENCE
    while not failure_file(folder).exists():
        last = last_event(folder.events)
        if last is not None and last["type"] in ENDS:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    if os.environ.get("RANK") == "0":
        event = read_json(failure_file(folder), 1 << 20)
        with folder.open_log() as log:
            log.append({key: value for key, value in dict(event).items() if key not in ("seq", "time")})
    return True


class _Deaf(EventLog):
    """The log of a process that does not speak."""

    def __init__(self) -> None:
        """Opens nothing."""

    def append(self, event: Mapping[str, Any]) -> None:
        """Nothing."""

    def flush(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


if __name__ == "__main__":
    sys.exit(main())
