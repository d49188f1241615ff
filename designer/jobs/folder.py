"""A run folder: everything that one job was asked, is doing and has made, as plain files. No torch.

    spec.json       what was asked          network.json   the network as it was then
    model.py        its source, for people  initial.safetensors   the weights it started from, if any
    events.jsonl    what happened           control        what people want, a line each: pause, run, stop, ...
    worker.json     the process at work     log.txt        tracebacks of trouble
    result.json     what came out           data.json      the data of a training: classes, normalisation
    checkpoints/    a training on its way   weights.safetensors   a training's latest weights
    metrics.csv     its figures, for sheets tensorboard/   the same for TensorBoard, where asked for
    run.json        its name, tags, notes   environment.json   versions, machine, seed: what it was made with

Nothing in it is executed, and nothing is believed before it is checked: a folder may come from a stranger.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from designer.codegen.python import compile_network
from designer.data.spec import Normalisation
from designer.errors import FileDamaged, JobError, ProjectError, UsageError
from designer.graph.model import Network
from designer.graph.reading import network_from_json
from designer.jobs.events import ENDS, EventLog, Tail, last_event
from designer.jobs.specs import JobSpec, TrainJob, parse_spec
from designer.project.atomic import copy_atomic, write_atomic
from designer.project.owner import Owner
from designer.project.strict_json import dump_json, read_json
from designer.train.control import Order, parse_order

__all__ = ["Command", "ControlFile", "RunFolder", "new_run_path", "resume_spec", "run_of"]

Command = Literal["run", "pause", "stop", "stop-best"]
_COMMANDS: tuple[Command, ...] = ("run", "pause", "stop", "stop-best")
_LONGEST_CONTROL = 1 << 20  # bytes of a control file that are read
_IN_EVENT = 256 << 10  # bytes of a result that still travel in its event


class RunFolder:
    """The files of one run. Creating the object touches nothing on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.events = self.path / "events.jsonl"
        self.control = self.path / "control"
        self.log = self.path / "log.txt"
        self.initial = self.path / "initial.safetensors"
        self.weights = self.path / "weights.safetensors"
        self.checkpoints = self.path / "checkpoints"
        self._worker = self.path / "worker.json"
        self._result = self.path / "result.json"
        self._data = self.path / "data.json"
        self._environment = self.path / "environment.json"

    @classmethod
    def create(
        cls, path: Path, spec: JobSpec, network: Network | None = None, weights: Path | None = None
    ) -> RunFolder:
        """Write down a job, so that later edits cannot disturb it. ``weights`` is what a training starts from.

        A training that resumes another takes that one's network where ``network`` is None. It may lie in the very
        folder that it resumes, the only case in which a folder may hold a run already.

        Raises NetworkInvalid for a drawing with problems, ProjectError when the disk refuses, JobError when the
        folder is taken; nothing of a run is then there.
        """
        folder = cls(path)
        resumed = False
        if isinstance(spec, TrainJob) and spec.resume is not None:
            origin = cls(run_of(Path(spec.resume)))
            origin._check_resumable()
            resumed = _same(origin.path, folder.path)
            network = network if network is not None else origin.network()
        if resumed:
            pass  # it holds its network already, and that one fits its checkpoints
        elif folder.events.exists():
            raise JobError(f"{path} already holds a run. Choose another folder, or resume that run.")
        source = None if network is None or resumed else compile_network(network).source
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ProjectError(f"The run folder {path} cannot be made: {error.strerror}.") from error
        if source is not None and network is not None:
            write_atomic(folder.path / "network.json", dump_json(network.to_json()))
            write_atomic(folder.path / "model.py", source.encode())
        if weights is not None:
            copy_atomic(weights, folder.initial)
        write_atomic(folder.path / "spec.json", dump_json(spec.model_dump(mode="json")))
        write_atomic(folder.control, b"run\n")  # what an earlier session of the run was asked is done with
        return folder

    def _check_resumable(self) -> None:
        if self.alive():
            raise JobError(f"The run in {self.path} is still going on. Stop it first, or watch it.")
        if not (self.path / "network.json").is_file():
            raise JobError(
                f"{self.path} holds no run that could go on. Choose the folder of a run, or start a new one."
            )

    def begin(self, owner: Owner, title: str) -> None:
        """Hand the job to a process, and say so in the log. Raises ProjectError when the disk refuses."""
        write_atomic(self._worker, dump_json(owner.to_json()))
        with self.open_log() as log:
            log.append({"type": "submitted", "title": title, "process": owner.pid, "at": round(time.time(), 3)})

    # --- reading, all of it checked --------------------------------------------------------------------------

    def spec(self) -> JobSpec:
        """What was asked. Raises FileDamaged."""
        return parse_spec(read_json(self.path / "spec.json", 16 << 20))  # a mapping of weights names each of them

    def network(self) -> Network | None:
        """The network as it was drawn then; None for a job without one. Raises FileDamaged."""
        file = self.path / "network.json"
        return network_from_json(read_json(file)) if file.exists() else None

    def result(self) -> dict[str, Any] | None:
        """What came out; None as long as nothing did. Raises FileDamaged."""
        data = read_json(self._result) if self._result.exists() else None
        if data is not None and not isinstance(data, dict):
            raise FileDamaged(f"{self._result} should hold named results.")
        return data

    def data_facts(self) -> dict[str, Any] | None:
        """What a training knew of its data: classes, sample_dims, normalisation, ...; None as long as it read none.

        Raises FileDamaged.
        """
        facts = read_json(self._data) if self._data.exists() else None
        if facts is not None and not isinstance(facts, dict):
            raise FileDamaged(f"{self._data} should hold the facts about a data set.")
        return facts

    def environment(self) -> dict[str, Any] | None:
        """What a training was made with: versions, machine, seed; ``before`` has the same of its earlier parts.

        None as long as nothing was written down. Raises FileDamaged.
        """
        facts = read_json(self._environment) if self._environment.exists() else None
        if facts is not None and not isinstance(facts, dict):
            raise FileDamaged(f"{self._environment} should hold the facts about a machine.")
        return facts

    def normalisation(self) -> Normalisation | None:
        """With what the pictures of a training were normalised. Raises FileDamaged."""
        facts = self.data_facts()
        try:
            return None if facts is None else Normalisation.model_validate(facts["normalisation"])
        except (KeyError, ValidationError) as error:
            raise FileDamaged(f"{self._data} does not say how pictures were normalised; it is damaged.") from error

    def owner(self) -> Owner | None:
        """The process that works, or worked, on this run."""
        with contextlib.suppress(ProjectError):
            return Owner.from_json(read_json(self._worker, 1 << 16))
        return None

    def alive(self) -> bool:
        """Whether the process is there and the run has not ended. About 0.2 ms."""
        owner = self.owner()
        if owner is None or not owner.alive():
            return False
        last = last_event(self.events)
        return last is None or last["type"] not in ENDS

    def tail(self) -> Tail:
        """A reader of the events, from the first on."""
        return Tail(self.events)

    def inside(self, relative: str) -> Path:
        """The path of a file that an event of this run names. Raises FileDamaged when it would lie elsewhere."""
        path = None if "\0" in relative else (self.path / relative).resolve()
        if path is None or not path.is_relative_to(self.path.resolve()):
            raise FileDamaged(f"The run in {self.path} names a file outside of its folder; it is damaged.")
        return path

    # --- writing -----------------------------------------------------------------------------------------------

    def open_log(self) -> EventLog:
        """The writing end of the events: one writer at a time. Raises ProjectError when the disk refuses."""
        try:
            return EventLog(self.events)
        except OSError as error:
            raise ProjectError(f"The run's log {self.events} cannot be written: {error.strerror}.") from error

    def command(self, command: Command) -> None:
        """Steer the run; it listens once an iteration. Raises ProjectError when the disk refuses."""
        self._say(command)

    def order(self, order: Order) -> None:
        """Ask the run for something once. Raises ProjectError when the disk refuses."""
        self._say(order.text())

    def _say(self, line: str) -> None:
        # Added in one write, so that whoever else steers the run at the same time is heard as well.
        try:
            with self.control.open("ab", buffering=0) as file:
                file.write(f"{line}\n".encode("ascii"))
        except OSError as error:
            raise ProjectError(f"The run in {self.path} cannot be steered: {error.strerror}.") from error

    def keep_result(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Write result.json; the event that tells about it. Raises ProjectError when the disk refuses."""
        text = json.dumps(data, indent=2)
        write_atomic(self._result, text.encode())
        return {"type": "result", "data": dict(data) if len(text) < _IN_EVENT else None, "file": self._result.name}

    def keep_data_facts(self, facts: Mapping[str, Any]) -> None:
        """Write data.json. Raises ProjectError when the disk refuses."""
        write_atomic(self._data, dump_json(dict(facts)))

    def keep_environment(self, facts: Mapping[str, Any]) -> None:
        """Write environment.json; what it said of earlier parts of the run stays. Raises ProjectError."""
        before: list[Any] = []
        with contextlib.suppress(FileDamaged):
            old = self.environment()
            if old is not None:
                earlier = old.pop("before", [])
                before = [*(earlier if isinstance(earlier, list) else []), old][-100:]
        write_atomic(self._environment, dump_json({**facts, "before": before} if before else dict(facts)))

    def note(self, text: str) -> None:
        """Add to log.txt: tracebacks and what a job's libraries said. Never raises."""
        with contextlib.suppress(OSError), self.log.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')}\n{text.rstrip()}\n")


class ControlFile:
    """The reading end of a control file; calling it gives the command that holds now. About 2 µs when unchanged."""

    def __init__(self, folder: RunFolder) -> None:
        self._file = folder.control
        self._seen: tuple[int, int] | None = None
        self._read = b""
        self._command: Command = "run"
        self._orders: list[Order] = []

    def __call__(self) -> str:
        """The last of ``run``, ``pause``, ``stop`` and ``stop-best`` that was said. A stop is never taken back."""
        with contextlib.suppress(OSError):
            stat = self._file.stat()
            seen = (stat.st_mtime_ns, stat.st_size)  # it only grows, so its size tells where the clock is too coarse
            if seen != self._seen:
                self._seen = seen
                with self._file.open("rb") as file:
                    self._hear(file.read(_LONGEST_CONTROL))
        return self._command

    def orders(self) -> list[Order]:
        """What was asked for once, since the last time."""
        if not self._orders:
            return []
        orders, self._orders = self._orders, []
        return orders

    def _hear(self, text: bytes) -> None:
        """Take in the lines that are new; one without an end is still being written."""
        whole = text[: text.rfind(b"\n") + 1]
        new = whole.removeprefix(self._read) if whole.startswith(self._read) else whole  # or: written anew by hand
        self._read = whole
        for line in new.decode("ascii", "replace").splitlines():
            word = line.strip()
            for command in _COMMANDS:
                if word == command and not self._command.startswith("stop"):
                    self._command = command
            if word and word not in _COMMANDS:
                with contextlib.suppress(UsageError):  # whoever wrote it by hand sees that nothing happens
                    self._orders.append(parse_order(word))


def new_run_path(root: Path, label: str) -> Path:
    """A folder name under ``root`` that is not taken: time, then the label's letters and digits."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", label).strip("-")[:40] or "run"
    stamp = time.strftime("%Y%m%d-%H%M%S")
    path = root / f"{stamp}-{plain}"
    return path if not path.exists() else root / f"{stamp}-{plain}-{secrets.token_hex(2)}"


def run_of(place: Path) -> Path:
    """The run folder of a run, of its checkpoints, or of one of these."""
    if place.is_file():
        place = place.absolute().parent
    return place.parent if place.name == "checkpoints" else place


def resume_spec(run: Path) -> TrainJob:
    """The job that lets the training in ``run`` go on. Raises JobError or FileDamaged where there is none."""
    folder = RunFolder(run)
    spec = folder.spec()
    if not isinstance(spec, TrainJob):
        raise JobError(f"{run} holds no training that could go on, but an {spec.title.lower()}.")
    folder._check_resumable()
    return spec.model_copy(update={"resume": str(folder.path)})


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)
