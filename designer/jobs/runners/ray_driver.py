"""Follows a run on a Ray cluster for one run folder: ``python -m designer.jobs.runners.ray_driver FOLDER --devices 2``.

It submits the run, or with ``--attach`` comes back to one that it submitted before, and brings events and files into
the folder, and what people say there to the cluster. It may end at any time: on a cluster with an address the run goes
on without it. Without an address it starts a cluster of this machine, on loopback, which ends with it.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from argparse import Namespace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from designer.jobs.events import ENDS, EventLog
from designer.jobs.folder import RunFolder
from designer.jobs.runners.torchrun import options_of
from designer.project.atomic import write_atomic
from designer.project.strict_json import dump_json, read_json

__all__ = ["main"]

_LOOK_EVERY = 0.1  # seconds
_STORE = 256 << 20  # bytes of shared memory for a cluster of this machine: checkpoints on their way


def main(words: list[str] | None = None) -> int:
    """Follow the run until it ends; the exit code."""
    options = options_of(sys.argv[1:] if words is None else words)
    folder = RunFolder(options.folder)
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_TRAIN_V2_ENABLED", "1")
    if options.address is None and not options.attach:
        _stay_here()
    # Short, as the paths of sockets may not be long.
    with TemporaryDirectory(prefix="ll-", ignore_cleanup_errors=True) as place, folder.open_log() as log:
        try:
            conductor, seen = _attach(folder) if options.attach else _submit(folder, options, Path(place))
            _follow(folder, conductor, seen, log)
        except Exception as error:  # the log tells a person, the traceback goes to log.txt
            why = (str(error).strip() or type(error).__name__).splitlines()[0][:300].rstrip(".")
            message = f"The cluster cannot be reached or does not take the run: {why}. The details are in {folder.log}."
            log.append({"type": "failed", "message": message, "block": None, "batch": None, "kind": "error"})
            raise
        finally:
            _leave()
    return 0


def _submit(folder: RunFolder, options: Namespace, place: Path) -> tuple[Any, int]:
    """Hand the run to the cluster."""
    import ray

    from designer.jobs.runners.ray_worker import NAMESPACE, Conductor, files_of

    size = options.devices * options.nodes
    if options.address is None:
        _start_here(size, place)
    else:
        ray.init(address=options.address, namespace=NAMESPACE, log_to_driver=False)
    name = f"layerloom-{folder.path.name}-{secrets.token_hex(4)}"
    files = {file: (folder.path / file).read_bytes() for file in files_of(folder.path)}
    actor = ray.remote(num_cpus=0, max_concurrency=16, max_restarts=0)(Conductor)
    env = {"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}
    conductor = actor.options(
        name=name, namespace=NAMESPACE, lifetime="detached", runtime_env={"env_vars": env}
    ).remote(name, files)
    gpu = ray.cluster_resources().get("GPU", 0) >= size
    conductor.train.remote(size, gpu, options.restarts)
    write_atomic(folder.path / "cluster.json", dump_json({"address": options.address, "conductor": name}))
    return conductor, 0


def _stay_here() -> None:
    """Before Ray is loaded: a cluster of its own is for this run and this machine only."""
    os.environ["RAY_AUTH_MODE"], os.environ["RAY_AUTH_TOKEN"] = "token", secrets.token_hex(32)
    # Ray's switch, also for other systems, against everything that listens on the address of the network.
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"


def _start_here(size: int, place: Path) -> None:
    """A cluster of this machine: on loopback, and for whoever has its token only."""
    import ray

    ray.init(
        num_cpus=size, include_dashboard=False, object_store_memory=_STORE, log_to_driver=False,
        namespace="layerloom", _node_ip_address="127.0.0.1", _temp_dir=str(place),
    )  # fmt: skip


def _attach(folder: RunFolder) -> tuple[Any, int]:
    """Come back to the run: its conductor, and how many of its events the folder has."""
    import ray

    about = read_json(folder.path / "cluster.json", 1 << 16)
    ray.init(address=str(about["address"]), namespace="layerloom", log_to_driver=False)
    seen, tail = 0, folder.tail()
    while events := tail.read():
        seen = max([seen, *(event["cluster"] for event in events if type(event.get("cluster")) is int)])
    return ray.get_actor(str(about["conductor"]), namespace="layerloom"), seen


def _follow(folder: RunFolder, conductor: Any, seen: int, log: EventLog) -> None:
    """Until the last event was brought."""
    import ray

    said, version = b"", 0
    while True:
        control = folder.control.read_bytes()
        if control != said:
            said = control
            ray.get(conductor.say.remote(control))
        # Files that an event names are kept before it is told, so they are asked for after it.
        events = ray.get(conductor.events.remote(seen))
        if any(event["type"] not in ("step", "machine") for event in events):
            version = _bring(folder, conductor, version)
        for event in events:
            seen += 1
            log.append({**event, "cluster": seen})
        if events and events[-1]["type"] in ENDS:
            ray.kill(conductor)
            return
        time.sleep(_LOOK_EVERY)


def _bring(folder: RunFolder, conductor: Any, since: int) -> int:
    """Fetch the files that are new; the number of the last change."""
    import ray

    version, names = ray.get(conductor.changed.remote(since))
    for name in names:
        if name in ("spec.json", "network.json", "model.py", "initial.safetensors"):
            continue
        path = folder.inside(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, ray.get(conductor.get.remote(name)))
    return int(version)


def _leave() -> None:
    import ray

    ray.shutdown()


if __name__ == "__main__":
    sys.exit(main())
