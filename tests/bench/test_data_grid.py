"""Scrolling a grid of 100,000 thumbnails takes no longer than one of 1,000."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from designer.jobs.browsing import Tile
from designer.ui.data.grid import ThumbGrid

_STEPS = 120


def _scrolled(qtbot: QtBot, total: int) -> list[float]:
    """Milliseconds of each paint while it is scrolled from top to bottom, thumbnails coming as they are asked for."""
    grid = ThumbGrid()
    qtbot.addWidget(grid)
    grid.resize(1200, 700)
    grid.wanted.connect(lambda numbers, side: grid.take([_tile(n) for n in numbers]))
    grid.show()
    qtbot.waitExposed(grid)
    grid.show_numbers(np.arange(total))
    assert grid.shelf.size == 0
    paper = QImage(grid.viewport().size(), QImage.Format.Format_ARGB32_Premultiplied)
    bar, took = grid.verticalScrollBar(), []
    for step in range(_STEPS):
        bar.setValue(bar.maximum() * step // _STEPS)
        grid._ask()  # as its timer would
        start = time.perf_counter()
        grid.viewport().render(paper)
        took.append(1000 * (time.perf_counter() - start))
    assert len(grid.shelf) and grid.shelf.size <= 96 << 20
    grid.stop()
    return took


def _tile(number: int) -> Tile:
    return Tile(
        number, 96, 72, 3, False, bytes([number % 256]) * (96 * 72 * 3), f"{number}.jpg", f"class {number % 50}"
    )


def test_a_hundred_thousand_scroll_like_a_thousand(qtbot: QtBot) -> None:
    _scrolled(qtbot, 200)  # fonts, icons
    few, many = np.percentile(_scrolled(qtbot, 1000), [50, 95]), np.percentile(_scrolled(qtbot, 100_000), [50, 95])
    print(
        f"\npaint of 1,000: median {few[0]:.1f} ms, p95 {few[1]:.1f} ms; of 100,000: {many[0]:.1f} / {many[1]:.1f} ms"
    )
    assert many[0] < 2 * few[0] + 1, "the median may not grow with the number of items"
    assert many[1] < 3 * few[1] + 2
