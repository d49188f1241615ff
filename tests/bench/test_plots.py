"""The cost of one live update at a million points, beside pyqtgraph's plain ``setData`` in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from pytestqt.qtbot import QtBot

from designer.ui.plots.curve import CurvePlot
from designer.ui.plots.declared import plots
from designer.ui.plots.timeline import Timeline

MILLION = 1_000_000


def seconds(update: Callable[[int], None], times: int) -> np.ndarray:
    """What each update takes of this thread, whatever else the machine is busy with."""
    taken = []
    for i in range(times):
        start = time.thread_time()
        update(i)
        taken.append(time.thread_time() - start)
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


def test_update_at_a_million_points_with_five_other_runs_on_a_time_axis(
    qtbot: QtBot, record_property: Callable[[str, object], None]
) -> None:
    """Two single runs and a series of three, 200,000 points each, drawn as a mean with a band."""
    rng = np.random.default_rng(1)
    y = np.exp(-np.arange(MILLION) / 200_000) + rng.normal(0, 0.1, MILLION)
    plot = CurvePlot(next(plot for plot in plots() if plot.name == "loss"))
    qtbot.addWidget(plot)
    plot.resize(800, 300)
    plot.show()
    qtbot.waitExposed(plot)
    plain = pg.PlotWidget()
    qtbot.addWidget(plain)
    plain.resize(800, 300)
    plain.show()
    line_of_all = plain.plot(np.arange(MILLION), y)

    def update_plain(i: int) -> None:
        line_of_all.setData(np.arange(MILLION - i), y[: MILLION - i])
        plain.grab()

    def fill(line: Timeline, n: int) -> None:
        line.set_run(1000, 2 * MILLION)
        line.append(np.arange(1, n + 1), np.cumsum(rng.uniform(0.001, 0.003, n)))

    plot.add({"Training": (np.arange(1, MILLION + 1), y)})
    fill(plot.timeline, MILLION)
    lines = [Timeline() for _ in range(5)]
    short = np.arange(1, 200_001)
    for line in lines:
        fill(line, len(short))
    for key, members in (("a", lines[:1]), ("b", lines[1:2]), ("series", lines[2:])):
        plot.overlay(key, key, len(plot.overlays), members)
        for member in range(len(members)):
            values = y[: len(short)] + rng.normal(0, 0.05, len(short))
            marks = ([float(v) for v in range(1000, 200_001, 1000)], [0.5] * 200)
            plot.add_to(key, member, {"Training": (short, values), "Validation": marks})
    plot.set_axis("time")

    def update(i: int) -> None:
        first = MILLION + 1 + 50 * i
        new = np.arange(first, first + 50)
        plot.timeline.append(new, 2000.0 + 0.002 * (new - MILLION))
        plot.add({"Training": (new.tolist(), y[:50].tolist())})
        plot.refresh()
        plot.grab()

    seconds(update, 3)
    taken = seconds(lambda i: update(i + 3), 40)
    p95 = float(np.quantile(taken, 0.95))
    record_property("p95_ms", 1000 * p95)
    print(f"\nwith five other runs, by time: median {1000 * float(np.median(taken)):.1f} ms, p95 {1000 * p95:.1f} ms")
    usual = float(np.median(seconds(update_plain, 5)))
    print(f"one run alone with plain setData: {1000 * usual:.0f} ms")
    assert p95 < usual / 4
