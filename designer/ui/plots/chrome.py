"""What stands around a plot: its title with the latest values, its buttons, and the bare pyqtgraph view."""

from __future__ import annotations

from functools import partial

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from designer.ui import theme as themes
from designer.ui.plots.axes import PlaceAxis, ValueAxis
from designer.ui.plots.declared import Plot

__all__ = ["SCALES", "Head", "plain_view"]

SCALES = (1.0, 2.0, 4.0)  # of a picture in pixels


def plain_view(plot: Plot, x_axis: PlaceAxis, y_axis: ValueAxis, parent: QWidget) -> pg.PlotWidget:
    """A view without pyqtgraph's own buttons, menu and ranges."""
    view = pg.PlotWidget(parent=parent, axisItems={"bottom": x_axis, "left": y_axis}, enableMenu=False)
    menu = view.getPlotItem().ctrlMenu  # made by pyqtgraph in any case, and left without an owner
    menu.setParent(view, menu.windowFlags())
    view.setAccessibleName(f"{plot.title} plot")
    view.setAccessibleDescription(plot.help)
    view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    view.setMinimumSize(120, 60)
    view.getPlotItem().hideButtons()
    view.getPlotItem().setContentsMargins(0, 8, 16, 0)  # room for the outermost labels
    box = view.getPlotItem().getViewBox()
    box.setMouseEnabled(x=True, y=False)
    box.disableAutoRange()
    return view


class Head(QWidget):
    """Title, values, buttons. ``saved`` carries the kind of file and its scale."""

    fitted = Signal()
    logged = Signal(bool)
    saved = Signal(str, float)
    copied = Signal()
    hidden = Signal()

    def __init__(self, plot: Plot, parent: QWidget) -> None:
        super().__init__(parent)
        self._plot = plot
        self.title = QLabel(plot.title, self)
        self.title.setProperty("role", "strong")
        self.title.setToolTip(plot.help)
        self.title.setFixedHeight(30)  # the same in plots with and without buttons
        self.legend = QLabel(self)
        self.legend.setProperty("role", "small")
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.log = self._button(f"Logarithmic scale for {plot.title}", "Logarithmic scale")
        self.log.setText("Log")
        self.log.setCheckable(True)
        self.log.toggled.connect(self.logged)
        self.log.setVisible(plot.log)
        self.fit = self._button(f"Show the whole run in {plot.title}", "Show the whole run (double click, or Home)")
        self.fit.clicked.connect(self.fitted)
        self.fit.hide()
        self.more = self._button(f"Save or hide {plot.title}", "Save or hide this plot")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(self._menu())
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 4, 0)
        row.setSpacing(4)
        row.addWidget(self.title)
        row.addSpacing(8)
        row.addWidget(self.legend, 1)
        for button in (self.fit, self.log, self.more):
            row.addWidget(button)
        self.dress()

    def dress(self) -> None:
        """Take the colours of the theme."""
        self.fit.setIcon(themes.icon("mdi6.fit-to-page-outline"))
        self.more.setIcon(themes.icon("mdi6.dots-vertical", "muted"))
        self.legend.setText("")

    def plain(self) -> None:
        """Without buttons, for a picture."""
        for button in (self.fit, self.log, self.more):
            button.hide()

    def write(self, values: list[tuple[str, str, str]]) -> None:
        """Show colours, names and values, without the names where it is narrow."""
        metrics = QFontMetrics(themes.font("small"))
        room = metrics.horizontalAdvance("".join(f"● {name} {value}    " for _, name, value in values))
        named = room <= self.legend.width()
        text = themes.theme().text.name()
        parts = [
            f'<span style="color:{colour}">●</span>&nbsp;{name.replace(" ", "&nbsp;") + "&nbsp;" if named else ""}'
            f'<span style="color:{text}">{value.replace(" ", "&nbsp;")}</span>'
            for colour, name, value in values
        ]
        words = "&nbsp;&nbsp; ".join(parts)
        if words != self.legend.text():
            self.legend.setText(words)

    def _button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(tip)
        button.setAccessibleName(name)
        button.setProperty("kind", "small")
        return button

    def _menu(self) -> QMenu:
        menu = QMenu(self.more)
        menu.setAccessibleName(f"Save or hide {self._plot.title}")
        menu.addAction("Copy as a picture").triggered.connect(self.copied)
        pixels = menu.addMenu("Save as PNG")
        for scale in SCALES:
            pixels.addAction(f"{scale:g} ×").triggered.connect(partial(self._save, "png", scale))
        menu.addAction("Save as SVG…").triggered.connect(partial(self._save, "svg", 1.0))
        menu.addAction("Save the numbers as CSV…").triggered.connect(partial(self._save, "csv", 1.0))
        menu.addSeparator()
        menu.addAction("Hide this plot").triggered.connect(self.hidden)
        return menu

    def _save(self, kind: str, scale: float, _checked: bool = False) -> None:
        self.saved.emit(kind, scale)
