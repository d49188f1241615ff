"""Which devices exist and which one a run takes."""

from __future__ import annotations

import platform
import warnings
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

from designer.errors import TrainError

__all__ = ["Device", "available", "choose", "free_memory", "release"]

_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Device:
    """A device that exists. ``memory`` is its own memory in bytes, None where it shares the computer's."""

    name: str
    title: str
    memory: int | None = None


def available() -> list[Device]:
    """The devices of this computer, the one that "auto" takes first."""
    found: list[Device] = []
    if _cuda():
        for index in range(torch.cuda.device_count()):
            properties = torch.cuda.get_device_properties(index)
            found.append(Device(f"cuda:{index}", properties.name, properties.total_memory))
    if torch.backends.mps.is_available():
        found.append(Device("mps", "Apple GPU"))
    found.append(Device("cpu", _processor()))
    return found


def choose(name: str = "auto") -> Device:
    """The device called ``name``; "auto" is the first of CUDA, MPS, CPU. Raises TrainError if it does not exist."""
    found = available()
    if name == "auto":
        return found[0]
    wanted = "cuda:0" if name == "cuda" else name
    for device in found:
        if device.name == wanted:
            return device
    names = ", ".join(device.name for device in found)
    raise TrainError(f"This computer has no device “{name}”. Choose one of {names}, or auto.")


def free_memory() -> int:
    """The bytes of the computer's memory that a program may still take; in a container, of what that was given."""
    free = int(psutil.virtual_memory().available)
    try:
        most, used = (int((_CGROUP / name).read_text(encoding="ascii")) for name in ("memory.max", "memory.current"))
        facts = dict(line.split() for line in (_CGROUP / "memory.stat").read_text(encoding="ascii").splitlines())
        cached = int(facts.get("inactive_file", 0))  # files that are kept in memory as long as nobody needs it
    except (OSError, ValueError):  # no container, or "max": no limit
        return free
    return min(free, max(0, most - used + cached))


def release(device: torch.device) -> None:
    """Give back what torch holds of a device's memory without using it."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def _cuda() -> bool:
    # An outdated driver is a warning in torch; for us it only means that there is no CUDA device.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.cuda.is_available()


def _processor() -> str:
    """What people call this processor."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name" and value.strip():
                return value.strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine() or "CPU"
