"""What can be measured while other programs are at work."""

import os
import time

import psutil

__all__ = ["processor_time", "quiet"]


def quiet() -> bool:
    """Whether a processor is free for each thread that is to be measured: else time on the wall says little."""
    before = psutil.Process().cpu_times()
    busy = psutil.cpu_percent(interval=0.5) / 100 * (os.cpu_count() or 1)
    after = psutil.Process().cpu_times()
    return busy - (after.user + after.system - before.user - before.system) / 0.5 < 0.2


def processor_time() -> float:
    """Seconds of processor time of this process and of those that it has started."""
    total = time.process_time()
    for child in psutil.Process().children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total
