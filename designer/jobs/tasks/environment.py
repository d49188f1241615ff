"""What a run was made with, for environment.json: versions, machine, threads, seed, the network's size."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil
import torch

import designer
from designer.graph.model import Network
from designer.train.spec import TrainSpec

__all__ = ["environment"]

_PACKAGES = ("torch", "torchvision", "torchmetrics", "numpy", "pillow", "safetensors", "pydantic")
_VARIABLES = (
    "OMP_WAIT_POLICY",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
    "CUBLAS_WORKSPACE_CONFIG",
)


def environment(
    spec: TrainSpec, module: torch.nn.Module, network: Network | None, started: Mapping[str, Any]
) -> dict[str, Any]:
    """Plain data. ``started`` is the event that a run begins with, which says where it computes."""
    memory = psutil.virtual_memory().total
    return {
        "at": round(time.time(), 3),
        "iteration": started["start_iteration"],
        "seed": spec.seed,
        "layerloom": {"version": designer.__version__, "commit": _commit()},
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": {name: version for name in _PACKAGES if (version := _version(name)) is not None},
        "system": platform.platform(),
        "processor": {"name": _processor(), "cores": psutil.cpu_count(logical=False), "logical": os.cpu_count()},
        "memory": memory,
        "device": {"name": started["device"], "title": started["device_name"]},
        "threads": started["threads"],
        "gpu": _gpu(str(started["device"])),
        "variables": {name: os.environ[name] for name in _VARIABLES if name in os.environ},
        "network": {
            "blocks": None if network is None else len(network.nodes),
            "parameters": sum(parameter.numel() for parameter in module.parameters()),
        },
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _gpu(device: str) -> dict[str, Any] | None:
    """The graphics card, CUDA and driver; None for a run that has none."""
    if not device.startswith("cuda"):
        return None
    about = torch.cuda.get_device_properties(torch.device(device))
    return {
        "name": about.name,
        "memory": about.total_memory,
        "capability": f"{about.major}.{about.minor}",
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]
        "driver": _driver(),
    }


def _driver() -> str | None:
    """As the Linux driver tells it; elsewhere nobody tells it without a tool of its own."""
    text = _first_line(Path("/proc/driver/nvidia/version"))
    words = text.split() if text else []
    return next((word for word in words if word.count(".") >= 1 and word.replace(".", "").isdigit()), None)


def _processor() -> str:
    """The name on the box, where the system tells it."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass  # another system
    return platform.processor() or platform.machine()


def _commit() -> str | None:
    """The commit of a checkout that Layerloom runs from; None where it was installed."""
    git = Path(designer.__file__).parent.parent / ".git"
    head = _first_line(git / "HEAD")
    if head is None or not head.startswith("ref: "):
        return head
    name = head.removeprefix("ref: ")
    found = _first_line(git / name)
    if found is not None:
        return found
    try:
        packed = (git / "packed-refs").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return next((line.split()[0] for line in packed if line.endswith(f" {name}")), None)


def _first_line(file: Path) -> str | None:
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            return opened.readline().strip() or None
    except OSError:
        return None
