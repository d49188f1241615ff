"""Plots as files: pixels, SVG, or the numbers themselves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGridLayout, QWidget

from designer.errors import ExportError, ProjectError
from designer.project.atomic import write_atomic
from designer.ui import theme as themes
from designer.ui.plots.choices import AXES
from designer.ui.plots.curve import CurvePlot
from designer.ui.plots.pyramid import Floats
from designer.ui.plots.table import Recorded, as_csv

__all__ = ["KINDS", "as_image", "recorded", "save"]

KINDS = ("png", "svg", "csv")
PLOT = QSize(720, 380)  # pixels of one plot at scale 1
_LEGEND, _FOOT = 28, 26
_MOST = 200_000_000  # pixels


def save(plots: Sequence[CurvePlot], path: Path, name: str, scale: float = 1.0, size: QSize | None = None) -> QSize:
    """Write plots to a file, by the ending of its name; the size of a picture. ``name`` is the run's own.

    Raises ExportError.
    """
    kind = path.suffix.lower().removeprefix(".")
    made = QSize()
    if kind == "csv":
        data = as_csv(recorded(plots, name)).encode()
    elif kind == "svg":
        data, made = _svg(plots, name, size)
    elif kind == "png":
        image = as_image(plots, name, scale, size)
        made, data = image.size(), _encoded(image)
    else:
        raise ExportError(f"Plots are saved as .png, .svg or .csv files, got {path.name}.")
    try:
        write_atomic(path, data)
    except (OSError, ProjectError) as error:
        raise ExportError(f"Could not write {path}. Check that the folder exists and may be written to.") from error
    return made


def recorded(plots: Sequence[CurvePlot], name: str) -> Iterator[Recorded]:
    """Every point of every run in these plots, whether it is in view or not."""
    for plot in plots:
        for curve in plot.curves.values():
            if len(curve.values):
                yield Recorded(name, plot.plot.name, plot.timeline, curve.track)
        for overlay in plot.overlays.values():
            for tracks in overlay.values().values():
                for number, (line, track) in enumerate(tracks, start=1):
                    run = overlay.name if len(tracks) == 1 else f"{overlay.name} {number}"
                    if len(track.values):
                        yield Recorded(run, plot.plot.name, line, track)


def as_image(plots: Sequence[CurvePlot], name: str, scale: float = 1.0, size: QSize | None = None) -> QImage:
    """Plots in pixels. Raises ExportError."""
    figure = _Figure(plots, name, size)
    try:
        whole = QSize(math.ceil(figure.width() * scale), math.ceil(figure.height() * scale))
        if whole.width() * whole.height() > _MOST:
            raise ExportError(f"A picture of {whole.width():,} × {whole.height():,} pixels is too large.")
        image = QImage(whole, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        image.fill(themes.theme().surface)
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            figure.render(painter, QPoint(0, 0))
        image.setDevicePixelRatio(1.0)
        return image
    finally:
        figure.deleteLater()


def _svg(plots: Sequence[CurvePlot], name: str, size: QSize | None) -> tuple[bytes, QSize]:
    figure = _Figure(plots, name, size)
    try:
        generator, buffer = QSvgGenerator(), QBuffer()
        generator.setOutputDevice(buffer)
        generator.setResolution(96)
        generator.setSize(figure.size())
        generator.setViewBox(QRect(QPoint(0, 0), figure.size()))
        generator.setTitle(name)
        with QPainter(generator) as painter:
            painter.fillRect(figure.rect(), themes.theme().surface)
            figure.render(painter, QPoint(0, 0))
        return bytes(buffer.data().data()), figure.size()
    finally:
        figure.deleteLater()


def _encoded(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise ExportError("The picture could not be packed as PNG. Choose a smaller scale, or SVG.")
    return bytes(buffer.data().data())


class _Figure(QWidget):
    """Plots beside and below each other on a page of their own, without buttons, with a legend of the runs."""

    def __init__(self, plots: Sequence[CurvePlot], name: str, size: QSize | None) -> None:
        super().__init__()
        chosen = [plot for plot in plots if plot.has_data] or list(plots)[:1]
        if not chosen:
            raise ExportError("No plot is chosen. Choose one to save.")
        self._foot = AXES[chosen[0].axis]
        self._runs = _legend(chosen[0], name)
        if self._runs and any(len(plot.plot.series) > 1 for plot in chosen):
            self._foot += "  ·  solid: training, dashed: validation"
        columns = math.ceil(math.sqrt(len(chosen)))
        rows = math.ceil(len(chosen) / columns)
        grid = QGridLayout(self)
        grid.setContentsMargins(12, _LEGEND if self._runs else 8, 12, _FOOT)
        grid.setSpacing(12)
        twins = []
        for index, plot in enumerate(chosen):
            twins.append(_twin(plot, self))
            grid.addWidget(twins[-1], index // columns, index % columns)
        self.resize(size or QSize(24 + columns * PLOT.width(), _LEGEND + _FOOT + rows * PLOT.height()))
        self.grab()  # lays everything out without showing it
        for twin in twins:
            twin.show_all()

    def paintEvent(self, event: object) -> None:
        t = themes.theme()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.rect(), t.surface)
            painter.setFont(themes.font("small"))
            metrics, x = QFontMetrics(themes.font("small")), 20
            for colour, words in self._runs:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour)
                painter.drawEllipse(x, _LEGEND // 2 - 4, 8, 8)
                painter.setPen(t.text)
                width = metrics.horizontalAdvance(words)
                painter.drawText(x + 14, _LEGEND // 2 + metrics.ascent() // 2 - 1, words)
                x += 14 + width + 18
            painter.setPen(t.muted)
            foot = QRect(0, self.height() - _FOOT, self.width(), _FOOT)
            painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, self._foot)


def _legend(plot: CurvePlot, name: str) -> list[tuple[QColor, str]]:
    shown = [overlay for overlay in plot.overlays.values() if overlay.shown]
    if not shown:
        return []
    own = [(themes.theme().series[0], name)] if any(len(c.values) for c in plot.curves.values()) else []
    return own + [(o.colour, f"{o.name}, {len(o.lines)} runs" if len(o.lines) > 1 else o.name) for o in shown]


class _Twin(CurvePlot):
    """A plot that shows what another one holds, for a picture."""

    range: tuple[float, float] | None = None

    def isVisible(self) -> bool:
        """It is drawn without being shown."""
        return True

    def show_all(self) -> None:
        """Draw what the other one shows."""
        self._dirty = True
        self.refresh()
        if self.range is not None:
            self.show_range(*self.range)
        self.head.plain()
        self._view.setCacheMode(self._view.CacheModeFlag.CacheNone)
        (start, stop), (bottom, top) = self._box.viewRange()
        for item in self._box.allChildItems():  # as lines and shapes, not as pixels that are kept
            item.setCacheMode(item.CacheMode.NoCache)
            if hasattr(item, "setExportMode"):
                item.setExportMode(True, {"antialias": True, "resolutionScale": 1.0})
            if isinstance(item, pg.PlotCurveItem) and (item.xData is None or len(item.xData) < 2):
                item.hide()
            elif isinstance(item, pg.PlotCurveItem):
                # SVG knows no edge of the plot here: what lies beyond it is cut off.
                x, y = _cut(item.xData, item.yData, start, stop)
                item.setData(x, np.clip(y, bottom, top))


def _cut(x: Floats, y: Floats, start: float, stop: float) -> tuple[Floats, Floats]:
    """A line from ``start`` to ``stop``, with new ends where it is cut. One that turns back is left as it is."""
    if len(x) < 2 or np.any(np.diff(x) < 0):
        return np.clip(x, start, stop), y
    inside = (x >= start) & (x <= stop)
    ends = [end for end in (start, stop) if x[0] < end < x[-1]]
    at = np.concatenate([x[inside], ends])
    order = np.argsort(at, kind="stable")
    return at[order], np.concatenate([y[inside], np.interp(ends, x, y)])[order]


def _twin(plot: CurvePlot, parent: QWidget) -> _Twin:
    made = _Twin(plot.plot, parent, plot.timeline)
    made.head.plain()
    for name, curve in plot.curves.items():
        made.curves[name].track = curve.track
    for key, overlay in plot.overlays.items():
        made.overlay(key, overlay.name, plot.colour_of(key), overlay.lines).tracks = overlay.tracks
        made.show_overlay(key, overlay.shown)
    made.take_choices(plot)
    made.markers.add(plot.markers.all())
    made.markers.show(plot.markers.shown)
    made.range = plot.chosen_range()
    return made
