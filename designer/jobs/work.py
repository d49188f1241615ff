"""One job from its folder to its last event. The back half: everything from here on may load torch.

What a kind of job does is a generator in tasks/, ``task(job: Job) -> Iterator[dict]``: it yields events, puts what it
makes into its folder, listens to ``job.control``, and raises a LayerloomError with a sentence when it cannot go on.
"""

from __future__ import annotations

import importlib
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

from designer.codegen.program import Program
from designer.data.consent import let_run
from designer.errors import JobError, LayerloomError, NetworkInvalid
from designer.jobs.events import ENDS, EventLog
from designer.jobs.folder import ControlFile, RunFolder
from designer.jobs.specs import JobSpec
from designer.jobs.user_code import program_of
from designer.project.trusted import text_of
from designer.train.control import Control
from designer.train.events import Failed, to_dict
from designer.train.failures import failed, memory_error, out_of_memory
from designer.train.run import BackgroundRun, unexpected

__all__ = ["Job", "JobStopped", "run_job", "start"]

Event = Mapping[str, Any]

let_run(text_of)  # this process reads data; the window, which imports nothing of this, runs no one's code

_PROGRESS_EVERY = 0.1  # seconds between two progress events


class JobStopped(BaseException):
    """A person stopped the job; raised out of `Job.progress`, through whatever library is at work.

    No Exception, so that nobody on the way takes it for a failure.
    """


@dataclass
class Job:
    """What a task is given."""

    folder: RunFolder
    spec: JobSpec
    control: Control
    tell: Callable[[Event], None]  # an event from within a call that cannot yield
    _told: float = field(default=0.0, init=False)

    def program(self) -> Program:
        """The network's source, made anew from network.json: what lies in the folder is never executed.

        Raises FileDamaged, NetworkInvalid, or JobError for a job without a network.
        """
        network = self.folder.network()
        if network is None:
            raise JobError(
                f"This {self.spec.title.lower()} needs a network, and its folder holds none. Start it again."
            )
        return program_of(network)

    def progress(self, fraction: float | None, text: str, left: float | None = None) -> None:
        """Tell how far it is: 0 to 1, or None when unknown; seconds left. Raises JobStopped when it shall end."""
        if self.control.wanted() == "stop":
            raise JobStopped
        now = time.monotonic()
        if now - self._told >= _PROGRESS_EVERY or fraction == 1.0:
            self._told = now
            self.tell({"type": "progress", "fraction": fraction, "text": text, "left": left})


def start(folder: RunFolder) -> BackgroundRun[Event]:
    """Run the job in ``folder`` on a thread of its own. Raises ProjectError when its log cannot be written."""
    log = folder.open_log()
    run: BackgroundRun[Event] = BackgroundRun(
        run_job(folder, log), log.append, lambda error: to_dict(unexpected(error)), name=f"job {folder.path.name}"
    )
    run.start()
    return run


def run_job(folder: RunFolder, log: EventLog, said: ControlFile | None = None) -> Iterator[Event]:
    """The events of the job in ``folder``, of which the last is `finished` or `failed`, whatever happens.

    Closes ``log`` at the end; whoever iterates writes the events to it. ``said`` is what people say, where that is not
    read from the folder.
    """
    said = said if said is not None else ControlFile(folder)
    control = Control(said, interval=0.05, orders=said.orders)
    ended = False
    try:
        for event in _attempt(folder, control, log):
            ended = event["type"] in ENDS
            yield event
        if not ended:
            yield {"type": "finished", "reason": "completed"}
    except JobStopped:
        yield {"type": "finished", "reason": "stopped"}
    except Exception as error:  # noqa: BLE001  (the job is over, the worker lives on; the person gets a sentence)
        yield to_dict(_explained(error, folder))
    finally:
        log.close()


def _attempt(folder: RunFolder, control: Control, log: EventLog) -> Iterator[Event]:
    spec = folder.spec()
    job = Job(folder, spec, control, log.append)
    if spec.alone:
        yield from _LINE.enter(job)  # before anything is loaded: whoever came first is first
    try:
        module, _, name = spec.run.partition(":")
        task: Callable[[Job], Iterator[Event]] = getattr(importlib.import_module(module), name)
        yield from task(job)
    finally:
        if spec.alone:
            _LINE.leave(job)


def _explained(error: Exception, folder: RunFolder) -> Failed:
    """The sentence for a person; the traceback of what nobody expected goes to log.txt."""
    if out_of_memory(error):
        error = memory_error("this computer", 1)
    if isinstance(error, LayerloomError):
        event = failed(error, "", None)
        if isinstance(error, NetworkInvalid) and error.problems:
            block = getattr(error.problems[0], "block", None)
            return Failed(event.message, block if isinstance(block, str) else None, None, event.kind)
        return event
    folder.note("".join(traceback.format_exception(error)))
    what = f"Something went wrong inside Layerloom: {type(error).__name__}: {_first_line(error)}."
    return Failed(f"{what} The details are in {folder.log}.", None, None, "error")


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:300].rstrip(".") if text else "no message"


class _Line:
    """Jobs that want the machine for themselves, in the order in which they came. The first one works."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._bells: dict[int, SimpleQueue[None]] = {}

    def enter(self, job: Job) -> Iterator[Event]:
        """Wait for the turn; yields `queued` if there is a wait. Raises JobStopped when a person gives up."""
        bell = self._bells[id(job)] = SimpleQueue()
        self._jobs.append(job)
        if self._jobs[0] is not job:
            yield {"type": "queued", "ahead": list(self._jobs).index(job)}
        while self._jobs[0] is not job:
            if job.control.wanted() == "stop":
                self.leave(job)
                raise JobStopped
            try:
                bell.get(timeout=0.1)
            except Empty:
                continue  # a look at the control file

    def leave(self, job: Job) -> None:
        """Let the next one in. Harmless for a job that left before."""
        if self._bells.pop(id(job), None) is not None:
            self._jobs.remove(job)
            # Whoever is first now works already or is waiting for exactly this bell.
            for following in list(self._jobs)[:1]:
                bell = self._bells.get(id(following))
                if bell is not None:
                    bell.put(None)


_LINE = _Line()  # one a process: it is the process's processor, memory and random generators that are shared
