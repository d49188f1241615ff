"""Plots of runs as a picture, without a window."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from designer.ui import theme as themes
from designer.ui.plots.choices import Axis, Spread
from designer.ui.plots.curve import CurvePlot
from designer.ui.plots.recorded import Record
from designer.ui.plots.saving import save

__all__ = ["Look", "draw"]


@dataclass(frozen=True)
class Look:
    """How plots are drawn."""

    axis: Axis = "iteration"
    logged: tuple[str, ...] = ()
    means: bool = False
    marks: bool = True
    spread: Spread = "range"
    theme: themes.Mode = "light"


def draw(
    record: Record,
    chosen: Sequence[str],
    look: Look,
    path: Path,
    scale: float = 1.0,
    size: tuple[int, int] | None = None,
) -> tuple[int, int]:
    """Draw these plots to a file; its size in pixels. A single run is drawn as in the window. Raises ExportError."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        app = QApplication(["layerloom"])
        _kept.append(app)
        themes.apply(app, look.theme)
    before = themes.mode()
    themes.set_theme(look.theme)
    made = [_plot(record, name, look) for name in chosen]
    try:
        whole = save(made, path, record.names[0], scale, QSize(*size) if size is not None else None)
    finally:
        for plot in made:
            plot.deleteLater()
        themes.set_theme(before)
    return whole.width(), whole.height()


def _plot(record: Record, name: str, look: Look) -> CurvePlot:
    alone = len(record.groups) == 1 and len(record.groups[0]) == 1
    own = record.groups[0][0] if alone else None
    plot = CurvePlot(record.plots[name], None, own.line if own is not None else None)
    if own is not None:
        for series, track in own.tracks.get(name, {}).items():
            plot.curves[series].track = track
        plot.markers.add(own.marks)
        plot.end()
    for number, (title, group) in enumerate(zip(record.names, record.groups, strict=True)):
        if own is None:
            overlay = plot.overlay(str(number), title, number, [member.line for member in group])
            empty = overlay.tracks
            overlay.tracks = [member.tracks.get(name) or none for member, none in zip(group, empty, strict=True)]
    plot.set_axis(look.axis)
    plot.set_means(look.means)
    plot.set_spread(look.spread)
    plot.set_log(name in look.logged)
    plot.markers.show(look.marks)
    return plot


_kept: list[QApplication] = []  # Qt's application must outlive everything drawn with it
