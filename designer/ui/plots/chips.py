"""The legend of the runs that are compared: a chip each, to hide or remove it, wrapped over as many lines as needed."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QToolButton, QWidget

from designer.ui import theme as themes
from designer.ui.plots.colours import run_colour
from designer.ui.plots.others import Other, Others

__all__ = ["Chips"]

_HIGH, _GAP, _LONGEST = 24, 6, 180
_DOT = 10


class Chips(QWidget):
    """Follows the runs that are compared. ``own`` is what the run that is shown itself is called."""

    removed = Signal(str)

    def __init__(self, others: Others, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Runs that are compared")
        self._others = others
        self._pairs: dict[str, tuple[QToolButton, QToolButton]] = {}
        others.changed.connect(self._refresh)
        themes.notifier().changed.connect(self._refresh)
        self.hide()

    def chip(self, key: str) -> QToolButton:
        """The chip of a run: pressed it is shown, else hidden."""
        return self._pairs[key][0]

    def cross(self, key: str) -> QToolButton:
        """The button that removes a run."""
        return self._pairs[key][1]

    def _refresh(self) -> None:
        for key in [key for key in self._pairs if key not in self._others.runs]:
            for button in self._pairs.pop(key):
                button.hide()
                button.deleteLater()
        for key, run in self._others.runs.items():
            if key not in self._pairs:
                self._pairs[key] = self._made(run)
            self._dress(run, *self._pairs[key])
        self.setVisible(bool(self._pairs))
        self._place()

    def _made(self, run: Other) -> tuple[QToolButton, QToolButton]:
        chip, cross = QToolButton(self), QToolButton(self)
        chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        chip.setCheckable(True)
        chip.setChecked(True)
        chip.setIconSize(QSize(_DOT, _DOT))
        chip.toggled.connect(partial(self._others.show, run.key))
        cross.clicked.connect(partial(self._remove, run.key))
        for button in (chip, cross):
            button.setFixedHeight(_HIGH)
            button.setProperty("kind", "small")
            button.show()
        return chip, cross

    def _remove(self, key: str, _checked: bool = False) -> None:
        self._others.remove(key)

    def _dress(self, run: Other, chip: QToolButton, cross: QToolButton) -> None:
        t = themes.theme()
        colour = run_colour(run.colour, t)
        members = f" · {len(run.paths)} runs" if len(run.paths) > 1 else ""
        metrics = QFontMetrics(themes.font("small"))
        chip.setText(f" {metrics.elidedText(run.name, Qt.TextElideMode.ElideMiddle, _LONGEST)}{members}")
        chip.setIcon(_dot(colour, run.shown))
        busy = {"reading": " It is being read.", "running": " It is still going on."}.get(run.state, "")
        chip.setToolTip(f"{run.words}.{busy}\n{'Hide' if run.shown else 'Show'} it")
        chip.setAccessibleName(f"{run.name}: {'shown' if run.shown else 'hidden'}")
        front = t.text if run.shown else t.muted
        chip.setStyleSheet(
            f"QToolButton {{ background: transparent; color: {front.name()}; font-size: 12px; }}"
            f"QToolButton:hover {{ background: {t.hover.name()}; }}"
            f"QToolButton:focus {{ border-color: {t.accent.name()}; }}"
        )
        cross.setIcon(themes.icon("mdi6.close", "muted"))
        cross.setIconSize(QSize(12, 12))
        cross.setToolTip(f"Take {run.name} out of the plots")
        cross.setAccessibleName(f"Take {run.name} out of the plots")

    def _place(self) -> None:
        x = y = 0
        for chip, cross in self._pairs.values():
            wide, small = QFontMetrics(themes.font("small")).horizontalAdvance(chip.text()) + _DOT + 18, _HIGH
            if x and x + wide + small > self.width():
                x, y = 0, y + _HIGH + 2
            chip.setGeometry(x, y, min(wide, max(self.width() - small, 40)), _HIGH)
            cross.setGeometry(chip.geometry().right() - 1, y, small, _HIGH)
            x = cross.geometry().right() + _GAP
        self.setFixedHeight(y + _HIGH)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other lines for another width."""
        super().resizeEvent(event)
        self._place()


def _dot(colour: QColor, filled: bool) -> QIcon:
    pixels = QPixmap(2 * _DOT, 2 * _DOT)
    pixels.setDevicePixelRatio(2.0)
    pixels.fill(Qt.GlobalColor.transparent)
    with QPainter(pixels) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colour)
        painter.setBrush(colour if filled else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(1, 1, _DOT - 2, _DOT - 2)
    return QIcon(pixels)
