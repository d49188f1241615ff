"""The plots of a run: which there are, what they count along, what is compared, and the tools that choose all that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QMenu, QSlider, QToolButton, QVBoxLayout, QWidget

from designer.errors import LayerloomError
from designer.project.settings import Settings
from designer.ui import theme as themes
from designer.ui.editors import set_flag
from designer.ui.panels.plots_menu import PlotsMenu
from designer.ui.plots.choices import AXES, Axis, Spread
from designer.ui.plots.declared import Plot, columns, plots, plots_in
from designer.ui.plots.grid import PlotGrid
from designer.ui.plots.marks import marks_in
from designer.ui.plots.others import Others

if TYPE_CHECKING:
    from designer.ui.plots.curve import CurvePlot
    from designer.ui.plots.timeline import Timeline

__all__ = ["RunPlots"]


class RunPlots(QWidget):
    """All plots of one run, and of those beside it. Fed with `take`; ``said`` is a sentence with its kind."""

    optionChanged = Signal(str, object)  # noqa: N815  (a setting that was chosen here, and its value)
    said = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plots: list[CurvePlot] = []
        self.timeline: Timeline  # made with the plots
        self.others = Others(self)
        self.root: Callable[[], Path | None] = lambda: None  # where the runs of the project lie
        self.name = self.own = ""  # of the run that is shown: what it is called, and its folder
        self.axis: Axis = "iteration"
        self.marks_shown, self.means_shown = True, False
        self.spread: Spread = "range"
        self._chosen: dict[str, bool] = {}  # where a person chose otherwise than the plots do
        self._logged: set[str] = set()
        self._build()
        self.others.added.connect(self._added)
        self.others.told.connect(self._told)
        self.others.removed.connect(self._removed)
        self.others.changed.connect(self._others_changed)

    def _build(self) -> None:
        from designer.ui.plots.chips import Chips

        self.chips = Chips(self.others, self)
        self.grid = PlotGrid(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.chips)
        column.addWidget(self.grid, 1)
        self.axis_button = QToolButton()
        self.axis_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.smooth_label = QLabel("Smoothing")
        set_flag(self.smooth_label, "role", "small")
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setRange(0, 99)
        self.smoothing.setValue(80)
        self.smoothing.setFixedWidth(88)
        self.smoothing.setAccessibleName("Smoothing of the training curves")
        self.smoothing.setToolTip("How much the training curves are smoothed")
        self.smoothing.valueChanged.connect(self._smooth)
        self._remember = QTimer(self)  # a slider that is dragged is not written down at every step
        self._remember.setSingleShot(True)
        self._remember.setInterval(400)
        self._remember.timeout.connect(lambda: self.optionChanged.emit("plot_smoothing", self.smoothing.value()))
        self.menu_button = QToolButton()
        self.menu_button.setToolTip("Choose the plots, compare runs, save")
        self.menu_button.setAccessibleName("Choose the plots")
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = PlotsMenu(self, self.menu_button)
        self.menu_button.setMenu(self.menu)
        self.axis_button.setMenu(self.menu.axes(QMenu(self.axis_button)))
        self.tools: tuple[QWidget, ...] = (self.axis_button, self.smooth_label, self.smoothing, self.menu_button)
        themes.notifier().changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        self.axis_button.setText(AXES[self.axis].partition(" ")[0])
        self.axis_button.setIcon(themes.icon("mdi6.arrow-expand-horizontal"))
        self.axis_button.setToolTip(f"The x axis counts {AXES[self.axis].lower()}")
        self.axis_button.setAccessibleName(f"The x axis counts {AXES[self.axis].lower()}")
        self.menu_button.setIcon(themes.icon("mdi6.chart-multiple"))

    def narrow(self, width: int) -> None:
        """Tools that there is no room for at a width are left to the menu."""
        words = width >= 900
        self.axis_button.setToolButtonStyle(
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon if words else Qt.ToolButtonStyle.ToolButtonIconOnly
        )
        self.axis_button.setVisible(width >= 520)
        self.smooth_label.setVisible(width >= 760)
        self.smoothing.setVisible(width >= 640)

    def prepare(self) -> None:
        """Make the plots (pyqtgraph takes 0.4 s to import: after the first paint, before training). Harmless twice."""
        if not self.plots:
            from designer.ui.plots.timeline import Timeline

            self.timeline = Timeline()
            self._make(plots())

    def _make(self, declared: Iterable[Plot]) -> None:
        from designer.ui.plots.curve import CurvePlot

        for plot in declared:
            made = CurvePlot(plot, self.grid.page, self.timeline)
            made.hide()
            made.hovered.connect(partial(self._hover, made))
            made.viewed.connect(partial(self._view, made))
            made.fitted.connect(self.fit)
            made.head.hidden.connect(partial(self.show_plot, plot.name, False))
            made.head.saved.connect(partial(self.menu.ask_save, [made]))
            made.head.copied.connect(partial(self.menu.copy, made))
            made.head.logged.connect(partial(self._log, plot.name))
            made.set_smoothing(self.smoothing.value() / 100)
            made.set_axis(self.axis)
            made.set_means(self.means_shown)
            made.markers.show(self.marks_shown)
            made.set_log(plot.name in self._logged)
            for run in self.others.runs.values():
                made.overlay(run.key, run.name, run.colour, run.lines)
            self.plots.append(made)
        self.plots.sort(key=lambda made: (made.plot.order, made.plot.name))
        self._arrange()

    # ------------------------------------------------------------ the run that is shown

    def clear(self) -> None:
        """Another run, or none. Those that are compared stay."""
        for plot in self.plots:
            plot.clear()
        self._arrange()

    def take(self, events: Sequence[Mapping[str, Any]], ended: bool) -> None:
        """Show what happened; any number of events at once, drawn once. ``ended``: nothing more will come."""
        self.prepare()
        self._found(events)
        self.timeline.take(events)
        points = columns(events, [plot.plot for plot in self.plots], self.timeline.per_epoch)
        marks = marks_in(events)
        started = any(event.get("type") == "started" for event in events)
        for plot in self.plots:
            plot.add(points[plot.plot.name])
            if started:
                plot.set_run(self.timeline.per_epoch, self.timeline.total)
            plot.mark(marks)
            if ended:
                plot.end()
            plot.refresh()

    def _found(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Make the plots of figures that are told for the first time."""
        new = plots_in(events, {plot.plot.name for plot in self.plots})
        if new:
            self._make(new)
        if any(self.menu.lacks(plot) for plot in self.plots):
            self.menu.refresh()

    # ------------------------------------------------------------ other runs

    def compare(self, folders: Iterable[Path]) -> None:
        """Put these runs beside the one that is shown; a folder of several runs as their mean and spread."""
        self.prepare()
        try:
            self.others.add(folders)
        except LayerloomError as error:
            self.said.emit("warning", error.message)

    def _added(self, key: str) -> None:
        run = self.others.runs[key]
        for plot in self.plots:
            made = plot.overlay(key, run.name, run.colour, run.lines)
            made.set_weight(self.smoothing.value() / 100)

    def _told(self, key: str, member: int, events: list[Mapping[str, Any]]) -> None:
        self._found(events)
        per_epoch = self.others.runs[key].lines[member].per_epoch
        points = columns(events, [plot.plot for plot in self.plots], per_epoch)
        for plot in self.plots:
            plot.add_to(key, member, points[plot.plot.name])
            plot.refresh()

    def _removed(self, key: str) -> None:
        for plot in self.plots:
            plot.remove(key)

    def _others_changed(self) -> None:
        for run in self.others.runs.values():
            for plot in self.plots:
                if plot.overlays[run.key].shown != run.shown:
                    plot.show_overlay(run.key, run.shown)

    # ------------------------------------------------------------ choices

    def shows(self, plot: Plot) -> bool:
        """Whether a plot is to be seen."""
        return self._chosen.get(plot.name, plot.shown)

    def show_plot(self, name: str, shown: bool) -> None:
        """Show or hide one plot."""
        default = next((plot.plot.shown for plot in self.plots if plot.plot.name == name), None)
        if default is None:
            default = next((plot.shown for plot in plots() if plot.name == name), True)
        if shown == default:
            self._chosen.pop(name, None)
        else:
            self._chosen[name] = shown
        self._arrange()
        self.menu.refresh()
        self.optionChanged.emit("plots", dict(self._chosen))

    def _arrange(self) -> None:
        self.grid.set_plots([plot for plot in self.plots if self.shows(plot.plot)])

    def set_axis(self, axis: Axis) -> None:
        """What all plots count along."""
        if axis != self.axis:
            self.axis = axis
            for plot in self.plots:
                plot.set_axis(axis)
            self._dress()
            self.menu.refresh()
            self.optionChanged.emit("plot_axis", axis)

    def set_marks(self, shown: bool) -> None:
        """Whether lines tell what happened."""
        self.marks_shown = shown
        for plot in self.plots:
            plot.markers.show(shown)
        self.optionChanged.emit("plot_marks", shown)

    def set_means(self, shown: bool) -> None:
        """Whether the means of whole epochs are shown."""
        self.means_shown = shown
        for plot in self.plots:
            plot.set_means(shown)
        self.optionChanged.emit("plot_means", shown)

    def set_spread(self, how: Spread) -> None:
        """What the band of several runs is."""
        self.spread = how
        for plot in self.plots:
            plot.set_spread(how)
        self.optionChanged.emit("plot_spread", how)

    def use(self, settings: Settings) -> None:
        """Take over what was chosen before, without telling of it."""
        blocked = self.blockSignals(True)
        try:
            if settings.plots != self._chosen:
                self._chosen = dict(settings.plots)
                self._arrange()
            if settings.plot_axis != self.axis:
                self.set_axis(settings.plot_axis)
            if settings.plot_smoothing != self.smoothing.value():
                self.smoothing.setValue(settings.plot_smoothing)
            if settings.plot_marks != self.marks_shown:
                self.set_marks(settings.plot_marks)
            if settings.plot_means != self.means_shown:
                self.set_means(settings.plot_means)
            if settings.plot_spread != self.spread:
                self.set_spread(settings.plot_spread)
            if set(settings.plot_log) != self._logged:
                self._logged = set(settings.plot_log)
                for plot in self.plots:
                    plot.set_log(plot.plot.name in self._logged)
        finally:
            self.blockSignals(blocked)
        self.menu.refresh()

    def fit(self) -> None:
        """All plots show the whole run."""
        for plot in self.plots:
            plot.fit()

    def close_down(self) -> None:
        """Read no more logs: the window closes."""
        self.others.close()
        self._remember.stop()

    def _smooth(self, value: int) -> None:
        for plot in self.plots:
            plot.set_smoothing(value / 100)
        if not self.signalsBlocked():
            self._remember.start()

    def _log(self, name: str, on: bool) -> None:
        if on != (name in self._logged):
            (self._logged.add if on else self._logged.discard)(name)
            self.optionChanged.emit("plot_log", tuple(sorted(self._logged)))

    def _hover(self, source: CurvePlot, place: object) -> None:
        at = float(place) if isinstance(place, int | float) else None
        for plot in self.plots:
            if plot is not source or plot.crosshair != at:
                plot.set_cursor(at)

    def _view(self, source: CurvePlot, start: float, stop: float) -> None:
        for plot in self.plots:
            if plot is not source:
                plot.show_range(start, stop)
