"""Plots in as many columns as fit, each at a size that can be read; what does not fit below is scrolled to."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

__all__ = ["PlotGrid", "arranged"]

WIDE, HIGH = 260, 124  # pixels that a plot needs at least, where there are several
_LOW = 90  # where one row is all that there is room for
_GAP = 12
_MOST = 4  # columns
_SHAPE = 1.9  # width to height of a plot that reads well


def arranged(number: int, width: int, height: int) -> tuple[int, int]:
    """Columns, and the height of a row, for so many plots in so much room.

    Of the ways that fit, the one whose plots have the best shape; else as many columns as can be read.
    """
    most = max(1, min(number, _MOST, (width + _GAP) // (WIDE + _GAP)))
    best, worst = (most, 0), math.inf
    for columns in range(most, 0, -1):
        rows = -(-number // columns)
        high = (height - (rows - 1) * _GAP) // rows if rows else height
        if columns < most and (high < HIGH or rows * columns - number >= columns):
            continue
        shape = abs(math.log((width - (columns - 1) * _GAP) / columns / max(high, HIGH) / _SHAPE))
        if shape < worst:
            best, worst = (columns, rows), shape
    columns, rows = best
    high = (height - (rows - 1) * _GAP) // max(rows, 1)
    return columns, max(high, HIGH if rows > 1 else _LOW)


class PlotGrid(QScrollArea):
    """Lays its plots out itself, and scrolls where they are more than fit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(False)
        self.page = QWidget()
        self.setWidget(self.page)
        self.viewport().setAutoFillBackground(False)
        self.page.setAutoFillBackground(False)
        self.setStyleSheet("QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }")
        self._plots: list[QWidget] = []

    def set_plots(self, plots: Sequence[QWidget]) -> None:
        """Show these, in this order; others of the page are hidden."""
        before, self._plots = self._plots, list(plots)
        for plot in before:
            if plot not in self._plots:
                plot.hide()
        self._lay_out()
        for plot in self._plots:
            plot.show()
            plot.raise_()  # the order of the Tab key is that of the children

    def minimumSizeHint(self) -> QSize:
        """Small enough for a small panel."""
        return QSize(160, _LOW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other columns for another width."""
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        bar = self.verticalScrollBar().sizeHint().width()
        width, height = self.maximumViewportSize().width(), self.maximumViewportSize().height()
        columns, high = arranged(len(self._plots), width, height)
        rows = -(-len(self._plots) // columns)
        whole = rows * high + (rows - 1) * _GAP
        if whole > height:
            width -= bar + 4
            columns, high = arranged(len(self._plots), width, height)
            rows = -(-len(self._plots) // columns)
            whole = rows * high + (rows - 1) * _GAP
        self.page.resize(width, max(whole, height))
        for index, plot in enumerate(self._plots):
            row, column = divmod(index, columns)
            here = min(columns, len(self._plots) - row * columns)  # the last row may have fewer, and wider ones
            wide = (width - (here - 1) * _GAP) / here
            left, right = round(column * (wide + _GAP)), round(column * (wide + _GAP) + wide)
            plot.setGeometry(left, row * (high + _GAP), right - left, high)
