"""The small table beside the crosshair: what every curve is there."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from designer.ui.theme import Theme

__all__ = ["Line", "Readout"]

Line = tuple[str, str, str, str]  # colour, name, value, and what stands behind it
_OFF = 14  # pixels from the crosshair
_MOST = 12  # lines


class Readout(QLabel):
    """Lies over a plot and lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
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

    def show_lines(self, lines: Sequence[Line], notes: Sequence[tuple[str, str]], x: int) -> None:
        """Show these beside the crosshair at ``x``; ``notes`` are colours and sentences."""
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
        plot = self.parentWidget()
        room = plot.width() if plot is not None else 0
        left = x + _OFF if x + _OFF + self.width() <= room else x - _OFF - self.width()
        self.move(max(0, min(left, room - self.width())), 4)
        self.show()
        self.raise_()
