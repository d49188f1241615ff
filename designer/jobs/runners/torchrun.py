"""PyTorch's own launcher for one run folder: ``python -m designer.jobs.runners.torchrun FOLDER --devices 2``.

It starts the processes, watches them, and starts all again when one is lost. On one machine nothing of it listens
beyond loopback: the processes find each other through a folder.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import TemporaryDirectory

from designer.jobs.rank import threads_each

__all__ = ["arguments_of", "main", "options_of"]

_LOOPBACK = "lo0" if sys.platform == "darwin" else "lo"


def main(words: list[str] | None = None) -> int:
    """Start the processes and wait for their end; the exit code."""
    options = options_of(sys.argv[1:] if words is None else words)
    os.environ["OMP_NUM_THREADS"] = str(threads_each(options.devices))
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # not every process its word about unused weights
    from torch.distributed.run import main as torchrun

    if options.nodes > 1:
        torchrun(arguments_of(options, None))
        return 0
    os.environ["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = "1"  # it would listen on all networks
    if sys.platform != "win32":
        os.environ["GLOO_SOCKET_IFNAME"] = os.environ["NCCL_SOCKET_IFNAME"] = _LOOPBACK
    with TemporaryDirectory(prefix="layerloom-meeting-", ignore_cleanup_errors=True) as place:
        torchrun(arguments_of(options, Path(place)))
    return 0


def arguments_of(options: Namespace, meeting: Path | None) -> list[str]:
    """What torchrun is told; ``meeting`` is the folder where processes of one machine find each other."""
    words = [
        f"--nproc-per-node={options.devices}",
        f"--nnodes={options.nodes}",
        f"--max-restarts={options.restarts}",
        "--rdzv-backend=c10d",
        f"--rdzv-id={options.folder.name}",
    ]
    if meeting is not None:
        words += [f"--rdzv-endpoint={meeting / 'agents'}", "--rdzv-conf=store_type=file", "--local-addr=127.0.0.1"]
    else:
        words += [f"--rdzv-endpoint={options.master}", f"--rdzv-conf=is_host={int(options.node_rank == 0)}"]
    words += ["-m", "designer.jobs.rank", str(options.folder)]
    return words + ([str(meeting)] if meeting is not None else [])


def options_of(words: list[str]) -> Namespace:
    """The words with which `launch` starts a launcher."""
    parser = ArgumentParser(prog="designer.jobs.runners")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--devices", type=int, default=1)
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--node-rank", type=int, default=0)
    parser.add_argument("--restarts", type=int, default=3)
    parser.add_argument("--master")
    parser.add_argument("--address")
    parser.add_argument("--attach", action="store_true")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
