"""The colours of other runs in a plot: as many as there are runs, each apart from the run that is shown."""

from __future__ import annotations

from PySide6.QtGui import QColor

from designer.ui.theme import Theme

__all__ = ["run_colour"]

_OWN = 2  # the first colours of a theme belong to the run that is shown, and the last one
_GOLDEN = 0.618034


def run_colour(index: int, theme: Theme) -> QColor:
    """The colour of the ``index``-th other run."""
    given = theme.series[_OWN:-1]
    if index < len(given):
        return QColor(given[index])
    hue = (0.08 + _GOLDEN * index) % 1.0
    return QColor.fromHslF(hue, 0.62, 0.66 if theme.dark else 0.38)
