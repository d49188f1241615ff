"""Several processes for one run, on this machine or on several. No torch.

Whoever starts them is a process of its own that outlives the terminal; the run folder tells everything, as for any run.
"""

from __future__ import annotations

import contextlib
import importlib.util
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from designer.errors import JobError, LayerloomError, UsageError
from designer.graph.model import Network
from designer.jobs.client import environment_of_children, kept_apart
from designer.jobs.folder import RunFolder
from designer.jobs.handle import JobHandle, attach
from designer.jobs.specs import JobSpec
from designer.project.owner import Owner
from designer.project.strict_json import read_json
from designer.train.spec import TrainSpec

__all__ = ["Launch", "check", "launch", "on_cluster", "reattach"]

_LAUNCHERS = ("torchrun", "ray")


@dataclass(frozen=True)
class Launch:
    """How many processes, where, and who starts them.

    ``devices`` are those of one machine, ``nodes`` the machines. ``master`` is HOST:PORT of the first one, and
    ``address`` that of a Ray cluster: "auto", or None for one that is started on this machine for the run.
    """

    devices: int = 1
    nodes: int = 1
    launcher: str = "torchrun"
    node_rank: int = 0
    master: str | None = None
    address: str | None = None
    restarts: int = 3

    @property
    def size(self) -> int:
        """How many processes there are in all."""
        return self.devices * self.nodes

    @property
    def alone(self) -> bool:
        """Whether the run needs nobody to start processes for it."""
        return self.size == 1 and self.launcher == "torchrun"


def check(how: Launch, spec: TrainSpec) -> None:
    """Raise UsageError for what cannot be started."""
    if how.launcher not in _LAUNCHERS:
        raise UsageError(f"--launcher is one of {', '.join(_LAUNCHERS)}, got {how.launcher!r}.")
    if how.launcher == "ray" and importlib.util.find_spec("ray") is None:
        raise UsageError("Ray is not installed. Install it with: pip install 'layerloom[ray]'")
    if how.launcher == "torchrun" and how.nodes > 1 and how.master is None:
        raise UsageError(
            "Several machines need --master HOST:PORT, the address of the first one, and --node-rank on each; "
            "--run-dir is a folder that all of them see."
        )
    if not 0 <= how.node_rank < how.nodes:
        raise UsageError(
            f"--node-rank counts from 0 and is less than --nodes, which is {how.nodes}; got {how.node_rank}."
        )
    if spec.batch_size < how.size:
        raise UsageError(
            f"A batch of {spec.batch_size} cannot be divided among {how.size} processes. Raise --batch-size, which is "
            "of all processes together."
        )


def launch(spec: JobSpec, network: Network | None, run_dir: Path, weights: Path | None, how: Launch) -> JobHandle:
    """Start a run of several processes; it goes on when this process ends.

    Raises NetworkInvalid, ProjectError or JobError; nothing runs then.
    """
    folder = RunFolder.create(run_dir, spec, network, weights) if how.node_rank == 0 else _wait_for(run_dir)
    module = "designer.jobs.runners.torchrun" if how.launcher == "torchrun" else "designer.jobs.runners.ray_driver"
    return _start(folder, module, [str(folder.path), *_words(how)], spec.title if how.node_rank == 0 else None)


def _start(folder: RunFolder, module: str, words: list[str], title: str | None) -> JobHandle:
    """Start who starts the processes. With a ``title`` the run becomes that one's."""
    try:
        with folder.log.open("ab") as log:
            process = _Left(
                [sys.executable, "-P", "-m", module, *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment_of_children(),
                **kept_apart(),
            )
        if title is not None:
            folder.begin(Owner.of(process.pid), title)
    except (OSError, psutil.Error) as error:
        raise JobError(f"The processes of the run could not be started: {error}. Try again.") from error
    return JobHandle(folder, lambda: process.poll() is None, lambda: _ending(process.poll(), folder))


class _Left(subprocess.Popen[bytes]):
    """A process that may go on when this one lets go of it."""

    def __del__(self) -> None:
        """No warning that it still runs: that is what it is for."""
        if self.returncode is None and self.poll() is None:
            self.returncode = 0


def _words(how: Launch) -> list[str]:
    found = ["--devices", str(how.devices), "--nodes", str(how.nodes), "--node-rank", str(how.node_rank)]
    found += ["--restarts", str(how.restarts)]
    for name in ("master", "address"):
        value = getattr(how, name)
        found += [f"--{name}", value] if value is not None else []
    return found


def _wait_for(run_dir: Path, seconds: float = 600.0) -> RunFolder:
    """The folder that the first machine makes."""
    folder = RunFolder(run_dir)
    deadline = time.monotonic() + seconds
    while not folder.events.is_file():
        if time.monotonic() > deadline:
            raise JobError(
                f"The first machine has made no run in {run_dir} within {seconds:g} s. Give --run-dir a folder that "
                "all machines see."
            )
        time.sleep(0.2)
    return folder


def _ending(code: int | None, folder: RunFolder) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"The processes of the run ended, as their launcher was ended by {signal.Signals(-code).name}"
    return f"The processes of the run ended too often and were given up. What they said is in {folder.log}"


def on_cluster(run_dir: Path) -> bool:
    """Whether a run was handed to a cluster that has an address, so that one can come back to it."""
    about = run_dir / "cluster.json"
    with contextlib.suppress(LayerloomError):
        return about.is_file() and dict(read_json(about, 1 << 16)).get("address") is not None
    return False


def reattach(run_dir: Path) -> JobHandle:
    """Come back to a run on a cluster that nobody follows any more. Raises JobError."""
    folder = RunFolder(run_dir)
    if not on_cluster(folder.path):
        raise JobError(f"The run in {run_dir} is not on a cluster. If it has ended, resume it.")
    if folder.alive():
        return attach(run_dir)
    return _start(folder, "designer.jobs.runners.ray_driver", [str(folder.path), "--attach"], "Training")
