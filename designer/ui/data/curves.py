"""The channels of a signal over its steps. Its own module, because it brings pyqtgraph along."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QWidget

from designer.ui import theme as themes

__all__ = ["Curves"]


class Curves(pg.PlotWidget):  # type: ignore[misc]
    """Drag to move, wheel to look closer; a double click shows all again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, enableMenu=False)
        menu = self.getPlotItem().ctrlMenu  # made by pyqtgraph in any case, and left without an owner
        menu.setParent(self, menu.windowFlags())
        self.setMinimumHeight(90)
        self.hideButtons()
        self.setAccessibleName("Channels of the sample")
        self.getPlotItem().setClipToView(True)
        self.getPlotItem().setDownsampling(auto=True, mode="peak")
        self._curves: Sequence[Sequence[float]] = ()
        themes.notifier().changed.connect(self._dress)
        self._dress()

    def show_curves(self, curves: Sequence[Sequence[float]]) -> None:
        """One line a channel."""
        self._curves = curves
        self._dress()
        self.getPlotItem().autoRange()

    def _dress(self) -> None:
        t = themes.theme()
        self.setBackground(t.surface)
        for name in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(name)
            axis.setPen(t.border)
            axis.setTextPen(t.muted)
            axis.setTickFont(themes.font("small"))
        self.clear()
        for k, row in enumerate(self._curves):
            self.plot(np.asarray(row, dtype=np.float32), pen=pg.mkPen(t.series[k % len(t.series)], width=1))

    def mouseDoubleClickEvent(self, event: object) -> None:
        """All of it again."""
        self.getPlotItem().autoRange()
