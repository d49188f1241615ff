"""Does it fit the memory, and do the data come as fast as the network learns?"""

from __future__ import annotations

import statistics
import time

import torch

from designer.graph.words import in_bytes
from designer.train.batches import EpochOrder
from designer.train.feeding import Feeding
from designer.train.preflight.case import Case
from designer.train.preflight.declare import check
from designer.train.preflight.finding import Finding, Repair
from designer.train.told import memory_told, shortage_told

__all__: list[str] = []

_TIGHT = 0.7  # of the free memory
_SECONDS, _BATCHES = 0.6, 60  # of reading
_FIRST = 3  # batches that may have been read ahead
_SHARE = 0.5  # of an iteration that may pass with waiting for data


@check("memory", "Memory", 35, seconds=5.0, needs=("labels", "norms"))
def memory(case: Case) -> Finding:
    """The batch fits into the memory of the device."""
    forecast = case.forecast
    figures = {"peak": forecast.peak, "room": forecast.room, "fitting": forecast.fitting}
    if not forecast.fits:
        repair = None
        if forecast.fitting is not None:
            title = f"Set the batch size to {forecast.fitting:,}"
            repair = Repair("train", "batch_size", title, forecast.fitting)
        return Finding("bad", shortage_told(forecast), repair, figures=figures)
    told = f"About {memory_told(forecast)} on {forecast.device_title}"
    if forecast.room and forecast.peak > _TIGHT * forecast.room:
        return Finding("warning", f"{told}: other programs may take what is left. Close some of them.", figures=figures)
    if forecast.room is None:
        told = f"About {in_bytes(forecast.peak)} on {forecast.device_title}"
    return Finding("good", f"{told}.", figures=figures)


@check("loader", "Speed of the data", 70, seconds=1.5, needs=("labels", "norms", "memory"))
def loader(case: Case) -> Finding:
    """Samples come at least as fast as the network takes them."""
    seconds = case.forecast.iteration
    if seconds is None:
        return Finding("none", "How fast the network is could not be measured.")
    size = case.forecast.batch
    each, workers = _reading(case, size)
    data, network = 1 / max(each, 1e-9), size / seconds
    figures = {"data": data, "network": network, "workers": workers}
    told = f"{data:,.0f} samples a second can be read, and the network learns from {network:,.0f}"
    waits = max(0.0, each * size - seconds) if workers else each * size  # workers read meanwhile
    if waits <= _SHARE * seconds:
        return Finding("good", f"{told}.", figures=figures)
    text = f"{told}: waiting for data would take {waits / (waits + seconds):.0%} of the time."
    return Finding("warning", f"{text} Smaller pictures or a faster disk would help.",
                   figures=figures)  # fmt: skip


def _reading(case: Case, size: int) -> tuple[float, int]:
    """Seconds of a sample as the training will get them, with their augmentation; and how many workers read ahead."""
    order = EpochOrder(len(case.data.train), size, case.spec.seed)
    feeding = Feeding(case.data, order, 1, case.device)
    times: list[float] = []
    try:
        for _ in feeding.begin(0):
            case.heard()
        loader = getattr(case.data.train, "loader", None)
        workers = int(loader.workers) if loader is not None else 0
        began = start = time.perf_counter()
        for number, indices in enumerate(feeding.batches(0)):
            if case.over() or number > _BATCHES or (number > _FIRST and time.perf_counter() - began > _SECONDS):
                break
            for _ in feeding(indices, number + 1):
                case.heard()
            if case.device.type == "cuda":
                torch.cuda.synchronize(case.device)
            times.append((time.perf_counter() - start) / len(indices))
            start = time.perf_counter()
    finally:
        feeding.close()
    return statistics.median(times[_FIRST:] or times), workers
