"""The cost of one live update at a million points, beside pyqtgraph's plain ``setData`` in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from pytestqt.qtbot import QtBot

from designer.ui.plots.curve import CurvePlot
from designer.ui.plots.declared import plots

MILLION = 1_000_000


def seconds(update: Callable[[int], None], times: int) -> np.ndarray:
    taken = []
    for i in range(times):
        start = time.perf_counter()
        update(i)
        taken.append(time.perf_counter() - start)
    return np.array(taken)


def test_update_at_a_million_points(qtbot: QtBot, record_property: Callable[[str, object], None]) -> None:
    rng = np.random.default_rng(0)
    y = np.exp(-np.arange(MILLION) / 200_000) + rng.normal(0, 0.1, MILLION)
    ours = CurvePlot(next(plot for plot in plots() if plot.name == "loss"))
    plain = pg.PlotWidget()
    for widget in (ours, plain):
        qtbot.addWidget(widget)
        widget.resize(800, 300)
        widget.show()
        qtbot.waitExposed(widget)
    ours.set_run(1000, 2 * MILLION)
    ours.add({"Training": (np.arange(1, MILLION + 1), y)})
    line = plain.plot(np.arange(MILLION), y)
    x_all = np.arange(MILLION + 100, dtype=np.float64)
    y_all = np.concatenate([y, rng.normal(0, 0.1, 100)])

    def update_ours(i: int) -> None:
        first = MILLION + 1 + 50 * i
        ours.add({"Training": ([float(v) for v in range(first, first + 50)], y_all[-50:].tolist())})
        ours.refresh()
        ours.grab()  # what a frame costs: everything is painted

    def update_plain(i: int) -> None:
        line.setData(x_all[: MILLION + i], y_all[: MILLION + i])
        plain.grab()

    seconds(update_ours, 3)
    mine, theirs = seconds(lambda i: update_ours(i + 3), 40), seconds(update_plain, 5)
    p95, usual = float(np.quantile(mine, 0.95)), float(np.median(theirs))
    record_property("p95_ms", 1000 * p95)
    record_property("plain_ms", 1000 * usual)
    print(f"\nupdate and paint at {MILLION:,} points: p95 {1000 * p95:.1f} ms; plain setData {1000 * usual:.0f} ms")
    assert p95 < usual / 5
