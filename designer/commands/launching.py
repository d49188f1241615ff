"""``layerloom train`` with several processes: on this machine, on several, or on a cluster."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from designer.commands.command import Console
from designer.commands.running import follow, run_job
from designer.graph.model import Network
from designer.jobs.runners.launch import Launch, check, launch
from designer.jobs.specs import TrainJob

__all__ = ["add_launch", "launched"]


def add_launch(parser: ArgumentParser) -> None:
    """How many processes, where, and who starts them."""
    group = parser.add_argument_group("several processes", "The batch size is that of all processes together.")
    group.add_argument("--devices", type=_number, default=1, metavar="N", help="processes on each machine, one a GPU")
    group.add_argument("--nodes", type=_number, default=1, metavar="N", help="machines; call it on each, with the same "
                       "--run-dir in a folder that all see")  # fmt: skip
    group.add_argument("--node-rank", type=int, default=0, metavar="N", help="which of the machines this is, from 0")
    group.add_argument("--master", metavar="HOST:PORT", help="the first machine, where the others find it")
    group.add_argument("--launcher", default="torchrun", metavar="torchrun|ray", help="who starts the processes")
    group.add_argument(
        "--address", metavar="HOST:PORT", help="a Ray cluster, or auto; left out: one is started here for the run"
    )
    group.add_argument(
        "--restarts", type=int, default=3, metavar="N", help="how often lost processes are started again; default: 3"
    )


def launched(
    options: Namespace, job: TrainJob, network: Network | None, folder: Path, console: Console, weights: Path | None
) -> Mapping[str, Any]:
    """Train here or in several processes, and show it; the last event. Raises LayerloomError."""
    how = Launch(
        options.devices, options.nodes, options.launcher, options.node_rank, options.master, options.address,
        options.restarts,
    )  # fmt: skip
    if how.alone:
        return run_job(job, network, folder, console, weights)[0]
    check(how, job.train)
    handle = launch(job, network, folder, weights, how)
    console.say(f"{how.size} processes are started. If this terminal closes, the run goes on in {folder}.")
    return follow(handle, console)


def _number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise ArgumentTypeError(f"expected a whole number from 1 to 10,000, got {text!r}")
    return int(text)
