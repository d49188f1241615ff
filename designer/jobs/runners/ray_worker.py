"""A run on a Ray cluster, as its processes see it. Only they load this; each node has Layerloom installed.

The `Conductor` is an actor of its own that outlives whoever submitted the run. It keeps what a run folder keeps: what
was asked, what people say, the events and the files. So no disk has to be shared: processes fetch the checkpoint to go
on from there, and whoever follows the run fetches events and files.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")

import ray

from designer.jobs.events import ENDS, EventLog
from designer.jobs.folder import ControlFile, RunFolder
from designer.jobs.specs import TrainJob
from designer.project.atomic import write_atomic
from designer.project.strict_json import dump_json, read_json

__all__ = ["NAMESPACE", "Conductor", "files_of"]

NAMESPACE = "layerloom"
_TALK_EVERY = 0.1  # seconds between two looks at what people say, and between two deliveries of steps
_OWN = frozenset({"events.jsonl", "control", "worker.json", "log.txt", "cluster.json"})  # of one place, never carried


class Conductor:
    """Keeps a run on the cluster, and has Ray Train start its processes and start them again when one is lost."""

    def __init__(self, name: str, files: Mapping[str, bytes]) -> None:
        self._name = name
        self._place = TemporaryDirectory(prefix="layerloom-conductor-", ignore_cleanup_errors=True)
        self._versions: dict[str, int] = {}
        self._events: list[dict[str, Any]] = []
        self._control = b"run\n"
        self._version = 0
        self.attempts = 0
        for file, data in files.items():
            self.put(file, data)

    def train(self, size: int, gpu: bool, restarts: int) -> None:
        """Run it to its end; returns with the last event told."""
        from ray.train import FailureConfig, RunConfig, ScalingConfig
        from ray.train.torch import TorchTrainer

        trainer = TorchTrainer(
            _process,
            train_loop_config={"conductor": self._name},
            torch_config=_unjoined(),
            scaling_config=ScalingConfig(num_workers=size, use_gpu=gpu),
            run_config=RunConfig(
                name=self._name,
                storage_path=str(Path(self._place.name) / "ray"),
                failure_config=FailureConfig(max_failures=restarts),
            ),
        )
        why = "its processes left without a word"
        try:
            trainer.fit()
        except Exception as error:  # noqa: BLE001  (whatever it is, whoever follows the run must hear of it)
            why = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
        if not self.over():
            message = f"The run on the cluster was given up: {why.rstrip('.')}. It can go on from its last checkpoint."
            self.tell([{"type": "failed", "message": message, "block": None, "batch": None, "kind": "error"}])

    def attempt(self) -> int:
        """How often the processes were started before; counts. Called by the first of them."""
        self.attempts += 1
        return self.attempts - 1

    def tell(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Take in events, in their order."""
        self._events.extend(map(dict, events))

    def events(self, since: int, limit: int = 5000) -> list[dict[str, Any]]:
        """Those after the first ``since``."""
        return self._events[since : since + limit]

    def over(self) -> bool:
        """Whether the run has ended."""
        return bool(self._events) and self._events[-1].get("type") in ENDS

    def say(self, control: bytes) -> None:
        """What people want: the whole control file."""
        self._control = control

    def said(self) -> bytes:
        """What people want."""
        return self._control

    def put(self, name: str, data: bytes) -> None:
        """Keep a file of the run, named relative to its folder."""
        path = Path(self._place.name) / "run" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, data)
        self._version += 1
        self._versions[name] = self._version

    def changed(self, since: int) -> tuple[int, list[str]]:
        """The number of the last change, and the files that changed after the one with the number ``since``."""
        return self._version, [name for name, version in self._versions.items() if version > since]

    def get(self, name: str) -> bytes:
        """A file of the run."""
        return (Path(self._place.name) / "run" / name).read_bytes()


def files_of(folder: Path) -> dict[str, tuple[int, int]]:
    """What a run folder holds that travels, with the time and size by which a change is seen."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in _OWN and not path.name.startswith("."):
            stat = path.stat()
            found[name] = (stat.st_mtime_ns, stat.st_size)
    return found


def _unjoined() -> Any:
    """Ray Train's settings for torch, but for its meeting of processes: that one listens on all networks."""
    from ray.train.backend import Backend
    from ray.train.torch import TorchConfig

    class Unjoined(TorchConfig):  # type: ignore[misc]
        @property
        def backend_cls(self) -> Any:
            return Backend

    return Unjoined()


def _process(config: Mapping[str, Any]) -> None:
    """One of the processes that train together."""
    import torch
    from ray.train import get_context

    from designer.jobs.rank import failure_file, threads_each, work
    from designer.train.state import has_state
    from designer.train.together import Together
    from designer.train.world import PeerLost, enter

    conductor = ray.get_actor(config["conductor"], namespace=NAMESPACE)
    if ray.get(conductor.over.remote()):
        return
    context = get_context()
    rank, size = context.get_world_rank(), context.get_world_size()
    beside = context.get_local_world_size()
    torch.set_num_threads(threads_each(beside))
    with TemporaryDirectory(prefix="layerloom-rank-", ignore_cleanup_errors=True) as place:
        folder = RunFolder(Path(place))
        _fetch(conductor, folder.path)
        spec = folder.spec()
        if isinstance(spec, TrainJob):
            resume = str(folder.path) if has_state(folder.path) else None
            write_atomic(
                folder.path / "spec.json", dump_json(spec.model_copy(update={"resume": resume}).model_dump(mode="json"))
            )
        try:
            world = Together(rank, size, _meet(rank, size), context.get_local_rank(), beside)
            enter(world)
            if world.leads:
                _lead(folder, conductor)
            else:
                work(folder, folder, leads=False)
                if failure_file(folder).exists():
                    ray.get(conductor.tell.remote([dict(read_json(failure_file(folder), 1 << 20))]))
            world.close()
        except PeerLost as lost:
            time.sleep(1.0)  # another one may be about to tell why it left
            if not ray.get(conductor.over.remote()):
                raise RuntimeError(f"another process is gone: {lost}") from lost


def _lead(folder: RunFolder, conductor: Any) -> None:
    from designer.jobs.rank import RESTARTED
    from designer.jobs.work import run_job
    from designer.train.events import Noted, to_dict

    log = _Sent(folder, conductor)
    if ray.get(conductor.attempt.remote()):
        log.append(to_dict(Noted(0, "restart", RESTARTED)))
    try:
        for event in run_job(folder, log, _Steered(folder, conductor)):
            log.append(event)
    finally:
        log.close()


class _Sent(EventLog):
    """A log that is delivered to the conductor; files go before the events that name them."""

    def __init__(self, folder: RunFolder, conductor: Any) -> None:
        self._folder, self._conductor = folder, conductor
        self._waiting: list[dict[str, Any]] = []
        self._delivered = time.monotonic()
        self._files = files_of(folder.path)

    def append(self, event: Mapping[str, Any]) -> None:
        """Steps are delivered a few at a time, all else at once."""
        self._waiting.append(dict(event))
        if event["type"] not in ("step", "machine") or time.monotonic() - self._delivered >= _TALK_EVERY:
            self.flush()

    def flush(self) -> None:
        """Deliver what waits."""
        self._delivered = time.monotonic()
        if any(event["type"] not in ("step", "machine") for event in self._waiting):
            files = files_of(self._folder.path)
            for name in (name for name, seen in files.items() if self._files.get(name) != seen):
                ray.get(self._conductor.put.remote(name, (self._folder.path / name).read_bytes()))
            self._files = files
        events, self._waiting = self._waiting, []
        if events:
            ray.get(self._conductor.tell.remote(events))

    def close(self) -> None:
        """Deliver the rest."""
        self.flush()


class _Steered(ControlFile):
    """The control file, brought from the conductor."""

    def __init__(self, folder: RunFolder, conductor: Any) -> None:
        super().__init__(folder)
        self._conductor, self._target = conductor, folder.control
        self._looked, self._last = float("-inf"), b""

    def __call__(self) -> str:
        now = time.monotonic()
        if now - self._looked >= _TALK_EVERY:
            self._looked = now
            said = ray.get(self._conductor.said.remote())
            if said != self._last:
                write_atomic(self._target, said)
                self._last = said
        return super().__call__()


def _fetch(conductor: Any, folder: Path) -> None:
    """Bring the files of the run."""
    _, names = ray.get(conductor.changed.remote(0))
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(ray.get(conductor.get.remote(name)))


def _meet(rank: int, size: int) -> Any:
    """A store that the first process opens on its own address, which on a cluster of one machine is loopback."""
    from ray.train.collective import broadcast_from_rank_zero
    from torch.distributed import TCPStore  # type: ignore[attr-defined]

    host = ray.util.get_node_ip_address()
    os.environ["GLOO_SOCKET_IFNAME"] = os.environ["NCCL_SOCKET_IFNAME"] = _interface(host)
    if rank == 0:
        listening = socket.create_server((host, 0))
        port = listening.getsockname()[1]
        store = TCPStore(host, port, size, True, wait_for_workers=False, master_listen_fd=listening.detach())
        broadcast_from_rank_zero((host, port))
        return store
    host, port = broadcast_from_rank_zero(None)
    return TCPStore(host, port, size, False)


def _interface(host: str) -> str:
    """The name of the network interface with that address."""
    import psutil

    for name, addresses in psutil.net_if_addrs().items():
        if any(address.address == host for address in addresses):
            return name
    return ""
