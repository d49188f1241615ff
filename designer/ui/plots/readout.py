"""The small table beside the crosshair: what every curve is there."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QWidget

from designer.ui.theme import Theme

__all__ = ["Line", "Readout"]

Line = tuple[str, str, str, str]  # colour, name, value, and what stands behind it
_OFF = 14  # pixels from the crosshair
_MOST = 12  # lines


class Readout(QLabel):
    """Belongs to a plot, and lets the mouse through."""

    def __init__(self, plot: QWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        plot.destroyed.connect(self.deleteLater)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.hide()

    def dress(self, theme: Theme) -> None:
        """Take the colours of the theme."""
        self._muted = theme.muted.name()
        self.setStyleSheet(
            f"background: {theme.raised.name()}; color: {theme.text.name()}; border: 1px solid {theme.border.name()};"
            "border-radius: 6px; padding: 4px 8px; font-size: 12px;"
        )

    def show_lines(self, lines: Sequence[Line], notes: Sequence[tuple[str, str]], at: QPoint) -> None:
        """Show these beside the crosshair, whose upper end is ``at`` on the screen; ``notes`` are colours and words.

        It lies over the whole window: a small plot would have no room for it beside its curves.
        """
        rows = [
            f'<tr><td style="color:{colour}">●</td><td style="padding-left:4px">{escape(name)}</td>'
            f'<td align="right" style="padding-left:12px"><b>{escape(value)}</b></td>'
            f'<td align="right" style="padding-left:8px;color:{self._muted}">{escape(more)}</td></tr>'
            for colour, name, value, more in lines[:_MOST]
        ]
        if len(lines) > _MOST:
            rest = f"and {len(lines) - _MOST} more"
            rows.append(f'<tr><td></td><td colspan="3" style="color:{self._muted}">{rest}</td></tr>')
        rows += [
            f'<tr><td style="color:{colour}">▼</td><td colspan="3" style="padding-left:4px">{escape(words)}</td></tr>'
            for colour, words in notes
        ]
        if not rows:
            self.hide()
            return
        self.setText(f'<table cellspacing="0" cellpadding="0">{"".join(rows)}</table>')
        self.adjustSize()
        window = self._plot.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        here = window.mapFromGlobal(at)
        room = window.rect().adjusted(4, 4, -4, -4)
        left = here.x() + _OFF
        if left + self.width() > room.right():
            left = here.x() - _OFF - self.width()
        top = max(room.top(), min(here.y(), room.bottom() - self.height()))
        self.move(max(room.left(), left), top)
        self.show()
        self.raise_()
