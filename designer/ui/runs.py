"""Runs as the window sees them: one worker process, one timer that polls, one signal for every change.

Nothing here draws, and nothing waits: what the worker does is read from the run folders ten times a second, and only
while there is something to read.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from designer.data.spec import DataSpec, Normalisation
from designer.errors import JobError, LayerloomError
from designer.exchange.options import ExportOptions
from designer.graph.model import Network
from designer.jobs.client import JobHandle, WorkerProcess, attach
from designer.jobs.folder import RunFolder, new_run_path, resume_spec
from designer.jobs.specs import EvaluateJob, ExportJob, JobSpec, ReplayStepJob, TrainJob
from designer.train.control import Order
from designer.train.spec import TrainSpec
from designer.ui.run_folders import final_weights, runs_root
from designer.ui.run_state import RunState

__all__ = ["Run", "RunController"]

_TICK, _SPARING = 100, 400  # ms between two looks; and where drawing what was seen would take a training's time
_SHARE = 0.03  # of a processor that watching runs may take
_HURRY = 12  # ms between two looks while a long log is read: the window is drawn in between
_SLICE = 2000  # events told at once: about 20 ms of drawing and counting
_EVALUATION = "evaluation"  # folder inside the training that was evaluated


class Run:
    """One job that is followed: a training, an evaluation or an export."""

    def __init__(self, handle: JobHandle, spec: JobSpec) -> None:
        self.handle = handle
        self.spec = spec
        self.id = str(handle.run_dir)
        self.state = RunState()
        self.seen = 0  # number of the last event that was told
        self.unread: deque[dict[str, Any]] = deque()  # read from the log, to be told
        self.more = False  # whether the log was long enough that there may be more in it
        self.evaluate = True  # when it ends, measure what it learned
        self.over = False  # it had ended before it was followed: its events only tell what was

    @property
    def kind(self) -> str:
        """train, evaluate, export, ..."""
        return self.spec.kind

    @property
    def behind(self) -> bool:
        """Whether more of its log is to be told at once."""
        return bool(self.unread) or self.more

    @property
    def folder(self) -> Path:
        """Where everything about it lies."""
        return self.handle.run_dir

    @property
    def parent(self) -> str | None:
        """The run whose weights it works on."""
        weights = getattr(self.spec, "weights", None)
        return str(Path(weights).parent) if isinstance(weights, str) else None


class RunController(QObject):
    """Owns the worker process and follows its runs. A run is named by its id, the path of its folder.

    ``started(id)`` comes before anything else about a run; ``events(id, list)`` carries what was read at once,
    ``happened(id, dict)`` each of them but steps. ``result(id, dict)`` is what a job made. ``trouble(str)`` is a
    sentence for the person.
    """

    started = Signal(str)
    events = Signal(str, list)
    happened = Signal(str, dict)
    stateChanged = Signal(str, str)  # noqa: N815
    result = Signal(str, dict)
    workerReady = Signal(dict)  # noqa: N815
    trouble = Signal(str)

    def __init__(self, parent: QObject | None = None, worker: WorkerProcess | None = None) -> None:
        super().__init__(parent)
        self.worker = worker if worker is not None else WorkerProcess()
        self.before_resume: Callable[[str], bool] | None = None
        self.runs_folder = ""  # a person's choice; empty: beside the project
        self._runs: dict[str, Run] = {}
        self._waiting = False  # for the worker to say that it is ready
        self._used = time.process_time()  # by this process, until the last look
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK)
        self._timer.timeout.connect(self._tick)

    # ------------------------------------------------------------ the worker

    def start_worker(self) -> None:
        """Start the worker process and return at once; call it after the first paint. `workerReady` follows."""
        try:
            self.worker.start()
        except JobError as error:
            self.trouble.emit(error.message)
            return
        self._waiting = True
        self._wake()

    @property
    def devices(self) -> list[dict[str, Any]]:
        """What training can run on: name, title, memory. Empty until the worker is ready."""
        status = self.worker.status or {}
        devices = status.get("devices")
        return [d for d in devices if isinstance(d, dict)] if isinstance(devices, list) else []

    def shutdown(self, leave_running: bool = False) -> None:
        """The window closes. Trainings are stopped and keep their weights, or go on in the worker.

        Waits a few seconds for what is stopped.
        """
        self.let_go()
        if not leave_running:
            for run in self._runs.values():
                if run.state.active and run.handle.alive:
                    with contextlib.suppress(LayerloomError):
                        run.handle.stop()
        self.worker.close(leave_running)

    def let_go(self) -> None:
        """Follow nothing any more. Runs and worker go on."""
        self._timer.stop()
        self._waiting = False

    # ------------------------------------------------------------ jobs

    def train(
        self,
        network: Network,
        train: TrainSpec,
        data: DataSpec,
        project: Path | None = None,
        weights: Path | None = None,
        normalisation: Normalisation | None = None,
    ) -> str:
        """Train a snapshot of ``network``, from ``weights`` (learned on pictures so normalised) if given; the run's id.

        Raises NetworkInvalid, ProjectError or JobError; nothing runs then.
        """
        root = runs_root(project, self.runs_folder)
        label = project.stem if project is not None else "untitled"
        job = TrainJob(train=train, data=data, normalisation=normalisation if weights is not None else None)
        return self._submit(job, network, new_run_path(root, label), weights)

    def train_again(self, run_id: str, changes: Mapping[str, Any]) -> str:
        """A new run beside one that failed, from the same weights, with other settings; its id. Raises as `train`."""
        old = RunFolder(Path(run_id))
        spec = old.spec()
        if not isinstance(spec, TrainJob):
            raise JobError(f"{run_id} holds no training that could be started again.")
        train = TrainSpec.read({**spec.train.model_dump(), **changes})
        weights = old.initial if old.initial.exists() else None
        place = new_run_path(old.path.parent, old.path.name.split("-", 2)[-1])
        return self._submit(spec.model_copy(update={"train": train, "resume": None}), old.network(), place, weights)

    def evaluate(self, run_id: str) -> str | None:
        """Measure what a training learned; the id of the evaluation. None when the training left no weights.

        Raises ProjectError or JobError.
        """
        folder = RunFolder(Path(run_id))
        weights, spec = final_weights(folder.path), folder.spec()
        if weights is None or not isinstance(spec, TrainJob):
            return None
        job = EvaluateJob(weights=str(weights), data=spec.data, device=spec.train.device)
        return self._submit(job, folder.network(), _free(folder.path, _EVALUATION))

    def replay(self, run_id: str) -> str:
        """Do the step again by which a training ended; the id of that job. Raises ProjectError or JobError."""
        return self._submit(ReplayStepJob(run_dir=run_id), None, _free(Path(run_id), "replay"))

    def export(
        self,
        network: Network,
        weights: Path,
        fmt: str,
        out: Path,
        data: DataSpec | None = None,
        samples: int = 256,
        normalisation: Normalisation | None = None,
        options: ExportOptions | None = None,
    ) -> str:
        """Write trained weights as a file of another format and compare; the id. Raises as `train` does.

        ``normalisation`` of the pictures it was trained on matters where the weights no longer lie in their run.
        """
        job = ExportJob(
            weights=str(weights),
            data=data,
            format=fmt,
            out=str(out),
            samples=samples,
            normalisation=normalisation,
            options=options or ExportOptions(),
        )
        home = weights.absolute().parent
        if not (home / "events.jsonl").is_file():  # weights beside a project: what is written down goes to its runs
            return self._submit(job, network, new_run_path(runs_root(weights, self.runs_folder), f"export-{fmt}"))
        return self._submit(job, network, _free(home, f"export-{fmt}"))

    def attach(self, run_dir: Path) -> str:
        """Follow a run that is going on elsewhere, or show one that ended, with its evaluation. Raises JobError."""
        handle = attach(run_dir)
        run = Run(handle, handle.spec)
        if run.id in self._runs and self._runs[run.id].state.active:
            return run.id
        run.evaluate = handle.folder.alive()  # what ended before was evaluated then
        run.over = not run.evaluate
        self._follow(run)
        evaluations = sorted(run_dir.glob(f"{_EVALUATION}*"))
        if evaluations and not run.evaluate:
            with contextlib.suppress(LayerloomError):
                measured = attach(evaluations[-1])
                self._follow(Run(measured, measured.spec))
        return run.id

    def _submit(self, spec: JobSpec, network: Network | None, path: Path, weights: Path | None = None) -> str:
        handle = self.worker.submit(spec, network, path, weights)
        self._follow(Run(handle, spec))
        return str(handle.run_dir)

    def _follow(self, run: Run) -> None:
        self._runs[run.id] = run
        self.started.emit(run.id)
        self.stateChanged.emit(run.id, run.state.state)
        self._wake()

    # ------------------------------------------------------------ steering

    def pause(self, run_id: str) -> None:
        """Wait after the current iteration."""
        self._steer(run_id, "pause")

    def resume(self, run_id: str, sure: bool = False) -> None:
        """Go on after a pause; unless ``sure``, `before_resume` may hold it back to ask something first."""
        if sure or self.before_resume is None or self.before_resume(run_id):
            self._steer(run_id, "resume")

    def order(self, run_id: str, order: Order) -> None:
        """Ask a training for something once; what it did comes as the event ``noted``."""
        self._steer(run_id, "order", order)

    def stop(self, run_id: str, best: bool = False) -> None:
        """End after the current iteration and keep the latest weights, or the best."""
        run = self._runs.get(run_id)
        if run is not None and run.state.active and self._steer(run_id, "stop", best):
            run.state.ask_stop()
            self.stateChanged.emit(run_id, run.state.state)

    def resume_lost(self, run_id: str) -> None:
        """Let a training whose worker died go on from its last checkpoint, in the same folder. Raises as `train`."""
        old = self._runs.get(run_id)
        spec = resume_spec(Path(run_id))
        handle = self.worker.submit(spec, None, Path(run_id))
        run = Run(handle, spec)
        if old is not None:  # everything up to the loss was told before
            run.state, run.seen = old.state, old.seen
            run.state.take([{"type": "submitted"}])
        self._runs[run_id] = run
        self.stateChanged.emit(run_id, run.state.state)
        self._wake()

    def _steer(self, run_id: str, command: str, *how: Any) -> bool:
        run = self._runs.get(run_id)
        if run is None:
            return False
        try:
            getattr(run.handle, command)(*how)
        except LayerloomError as error:
            self.trouble.emit(error.message)
            return False
        self._wake()
        return True

    # ------------------------------------------------------------ looking

    def run(self, run_id: str) -> Run | None:
        """A run that is followed."""
        return self._runs.get(run_id)

    def active(self, kind: str = "train") -> list[Run]:
        """The runs of a kind that have not ended: what to ask about before the window closes."""
        return [run for run in self._runs.values() if run.kind == kind and run.state.active and not run.over]

    @property
    def polling(self) -> bool:
        """Whether the timer runs."""
        return self._timer.isActive()

    def _wake(self) -> None:
        if not self._timer.isActive():
            self._timer.start(_TICK)

    def _tick(self) -> None:
        hurry = False
        for run in list(self._runs.values()):
            if self._runs.get(run.id) is run and (run.state.active or run.behind or not run.handle.finished):
                hurry = self._poll(run) or hurry
        if self._waiting:
            self._look_at_worker()
        if not self._waiting and not any(run.state.active or run.behind for run in self._runs.values()):
            self._timer.stop()
        elif self._timer.interval() != (pause := self._pause(hurry)):
            self._timer.setInterval(pause)

    def _pause(self, hurry: bool) -> int:
        """Milliseconds until the next look: longer where telling and drawing the last one took long."""
        used, self._used = time.process_time() - self._used, time.process_time()
        return _HURRY if hurry else max(_TICK, min(_SPARING, round(1000 * used / _SHARE) // 10 * 10))

    def _look_at_worker(self) -> None:
        if self.worker.ready:
            self._waiting = False
            self.workerReady.emit(self.worker.status or {})
        elif self.worker.dead():
            self._waiting = False
            self.trouble.emit(f"{self.worker.why_dead()}. It is started again with the next training.")

    def _poll(self, run: Run) -> bool:
        """Tell what a run has written; whether there may be more at once."""
        if not run.unread:
            run.unread.extend(event for event in run.handle.poll() if event["seq"] > run.seen)
            run.more = len(run.unread) > _SLICE
            if run.more:
                return True  # reading a long log took its time: tell it at the next tick
        fresh = [run.unread.popleft() for _ in range(min(_SLICE, len(run.unread)))]
        if not fresh:
            return False
        run.seen = max((e["seq"] for e in fresh if e["type"] != "lost"), default=run.seen)
        before = run.state.state
        run.state.take(fresh)
        self.events.emit(run.id, fresh)
        for event in fresh:
            if event["type"] != "step":
                self.happened.emit(run.id, event)
                if event["type"] == "result":
                    self._tell_result(run)
        if run.state.state != before:
            self.stateChanged.emit(run.id, run.state.state)
            ended = run.state.state in ("completed", "stopped") and not run.behind
            if ended and run.kind == "train" and run.evaluate:
                self._evaluate(run.id)
        return run.behind

    def _tell_result(self, run: Run) -> None:
        try:
            data = run.handle.result
        except LayerloomError as error:
            self.trouble.emit(error.message)
            return
        if data is not None:
            self.result.emit(run.id, data)

    def _evaluate(self, run_id: str) -> None:
        try:
            self.evaluate(run_id)
        except LayerloomError as error:
            self.trouble.emit(error.message)


def _free(parent: Path, name: str) -> Path:
    """A folder in ``parent`` that does not exist, named after ``name``."""
    taken: Sequence[str] = [path.name for path in parent.glob(f"{name}*")]
    return parent / next(n for n in (name, *(f"{name}-{i:03}" for i in range(2, len(taken) + 3))) if n not in taken)
