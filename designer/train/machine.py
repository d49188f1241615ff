"""What a run takes of the machine: memory, and how busy processor and device are. About once a second."""

from __future__ import annotations

import os
import time

import psutil
import torch

from designer.train.events import Machine

__all__ = ["Meter"]


class Meter:
    """Looks at the machine when it is asked to and a look is due; a look takes well under a millisecond."""

    def __init__(self, device: torch.device, period: float = 1.0) -> None:
        self._device, self._period = device, period
        self._next = 0.0
        self._process = psutil.Process()
        self._process.cpu_percent()  # from here on; the first look tells what was used since
        self._counts = True  # whether the driver says how busy the device is

    def read(self, iteration: int, elapsed: float) -> list[Machine]:
        """What the run takes now; nothing before it is time to look again."""
        now = time.monotonic()
        if now < self._next:
            return []
        self._next = now + self._period
        busy = self._process.cpu_percent() / 100 / (os.cpu_count() or 1)
        held = self._process.memory_info().rss
        if self._device.type != "cuda":
            return [Machine(iteration, elapsed, held, min(busy, 1.0))]
        # What torch has reserved is what others cannot have. None of these waits for the device.
        return [
            Machine(
                iteration,
                elapsed,
                held,
                min(busy, 1.0),
                torch.cuda.memory_allocated(self._device),
                torch.cuda.memory_reserved(self._device),
                torch.cuda.get_device_properties(self._device).total_memory,
                self._device_use(),
            )
        ]

    def _device_use(self) -> float | None:
        """The share of the last moments in which the device worked; None where the driver's library is not there."""
        if not self._counts:
            return None
        try:
            return torch.cuda.utilization(self._device) / 100
        except (ImportError, RuntimeError):  # no nvidia-ml-py, or a driver that does not answer
            self._counts = False
            return None
