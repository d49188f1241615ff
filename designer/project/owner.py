"""Which process holds something: its number and birth time, on which machine, for whom.

A process number alone is used again by the system; with the birth time it names one process for good.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import platform
import time
from dataclasses import asdict, dataclass
from typing import Any

import psutil

__all__ = ["Owner", "process_alive"]

_CLOCK_SLACK = 2.0  # seconds; a birth time is computed from the boot time, which a clock correction moves


@dataclass(frozen=True)
class Owner:
    """One process of one person on one machine. ``created`` and ``since`` are seconds since 1970."""

    pid: int
    created: float
    host: str
    user: str
    since: float

    @staticmethod
    def of(pid: int | None = None) -> Owner:
        """This process, or the living process ``pid``. Raises psutil.Error when there is none."""
        process = psutil.Process(pid)
        return Owner(process.pid, process.create_time(), platform.node(), _user(), time.time())

    @staticmethod
    def from_json(data: Any) -> Owner | None:
        """None when ``data`` is not what `to_json` writes."""
        if not isinstance(data, dict):
            return None
        pid, created, since = data.get("pid"), data.get("created"), data.get("since")
        host, user = data.get("host"), data.get("user")
        if type(pid) is not int or not 0 < pid < 1 << 31:
            return None
        if not isinstance(created, int | float) or not isinstance(since, int | float):
            return None
        if not isinstance(host, str) or not isinstance(user, str):
            return None
        return Owner(pid, float(created), host[:100], user[:100], float(since))

    def to_json(self) -> dict[str, Any]:
        """Plain data for a lock, journal or worker file."""
        return asdict(self)

    def here(self) -> bool:
        """Whether this is a process of this machine, so that its life can be checked."""
        return self.host == platform.node()

    def alive(self) -> bool:
        """Whether the process still runs. One of another machine counts as alive: nobody here can tell."""
        return not self.here() or process_alive(self.pid, self.created)

    def is_me(self) -> bool:
        """Whether this is the calling process."""
        return self.pid == os.getpid() and self.alive() and self.here()


def process_alive(pid: int, created: float) -> bool:
    """Whether the process of that number and birth time runs. A dead one that nobody has collected does not."""
    with contextlib.suppress(psutil.Error, OverflowError, ValueError):
        process = psutil.Process(pid)
        born = process.create_time()
        return abs(born - created) < _CLOCK_SLACK and process.status() != psutil.STATUS_ZOMBIE
    return False


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's number without a name
        return "someone"
