"""The menu of the plots: which are shown and how, what they are compared with, and saving them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from designer.errors import LayerloomError
from designer.ui.plots.choices import AXES, SPREADS, Axis
from designer.ui.plots.declared import Plot, plots
from designer.ui.plots.places import is_run, run_name

if TYPE_CHECKING:
    from designer.ui.panels.run_plots import RunPlots
    from designer.ui.plots.curve import CurvePlot

__all__ = ["PlotsMenu"]

_RECENT = 15  # runs that are offered by name
_SCALES = (1.0, 2.0, 4.0)


class PlotsMenu(QMenu):
    """Of the plots of one panel."""

    def __init__(self, area: RunPlots, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Plots")
        self._area = area
        self._plots: dict[str, QAction] = {}
        self._axes: list[tuple[Axis, QAction]] = []
        self._refreshing = False
        self.dialog: QFileDialog | None = None
        self._first = self.addSeparator()
        self.axes(self.addMenu("X axis"))
        self._marks = self._switch("Marks of what happened", area.set_marks)
        self._means = self._switch("Means of whole epochs", area.set_means)
        band = self.addMenu("Band of several runs")
        group = QActionGroup(self)
        self._spreads = {
            how: self._choice(band, group, words, partial(area.set_spread, how)) for how, words in SPREADS.items()
        }
        self.addAction("Show the whole run").triggered.connect(area.fit)
        self.addSeparator()
        self.runs = self.addMenu("Compare with")
        self.runs.aboutToShow.connect(self.list_runs)
        self._nothing = self.addAction("Compare with no run")
        self._nothing.triggered.connect(self._remove_all)
        self.addSeparator()
        every = self.addMenu("Save all plots")
        for scale in _SCALES:
            every.addAction(f"PNG, {scale:g} ×").triggered.connect(partial(self._save_all, "png", scale))
        every.addAction("SVG…").triggered.connect(partial(self._save_all, "svg", 1.0))
        every.addAction("CSV, the numbers…").triggered.connect(partial(self._save_all, "csv", 1.0))
        self.aboutToShow.connect(self.refresh)
        for plot in plots():
            self._add(plot)
        self.refresh()

    def axes(self, menu: QMenu) -> QMenu:
        """Fill a menu with what the x axis may count."""
        menu.setAccessibleName("What the x axis counts")
        group = QActionGroup(menu)
        for axis, words in AXES.items():
            action = self._choice(menu, group, words, partial(self._area.set_axis, axis))
            action.setChecked(axis == self._area.axis)
            self._axes.append((axis, action))
        return menu

    def lacks(self, plot: CurvePlot) -> bool:
        """Whether it does not offer a plot yet."""
        return plot.plot.name not in self._plots

    def refresh(self) -> None:
        """Offer what there is, marked as it is."""
        self._refreshing = True
        for made in self._area.plots:
            if self.lacks(made):
                self._add(made.plot)
        for name, action in self._plots.items():
            plot = next((p.plot for p in self._area.plots if p.plot.name == name), None)
            plot = plot or next((p for p in plots() if p.name == name), None)
            if plot is not None:
                action.setChecked(self._area.shows(plot))
        for axis, action in self._axes:
            action.setChecked(axis == self._area.axis)
        self._marks.setChecked(self._area.marks_shown)
        self._means.setChecked(self._area.means_shown)
        self._spreads[self._area.spread].setChecked(True)
        self._nothing.setEnabled(bool(self._area.others.runs))
        self._refreshing = False

    def _add(self, plot: Plot) -> None:
        action = QAction(plot.title, self)
        action.setToolTip(plot.help)
        action.setCheckable(True)
        action.setChecked(self._area.shows(plot))
        action.toggled.connect(partial(self._show, plot.name))
        self.insertAction(self._first, action)
        self._plots[plot.name] = action

    def _show(self, name: str, shown: bool) -> None:
        if not self._refreshing:
            self._area.show_plot(name, shown)

    def _switched(self, then: Callable[[bool], object], on: bool) -> None:
        if not self._refreshing:
            then(on)

    def _switch(self, title: str, then: Callable[[bool], object]) -> QAction:
        action = self.addAction(title)
        action.setCheckable(True)
        action.toggled.connect(partial(self._switched, then))
        return action

    def _choice(self, menu: QMenu, group: QActionGroup, title: str, then: Callable[[], object]) -> QAction:
        action = menu.addAction(title)
        action.setCheckable(True)
        action.triggered.connect(partial(_call, then))
        group.addAction(action)
        return action

    # ------------------------------------------------------------ other runs

    def list_runs(self) -> None:
        """The newest runs and series of the project, and any folder."""
        self.runs.clear()
        root = self._area.root()
        found: list[Path] = []
        if root is not None and root.is_dir():
            children = (child for child in root.iterdir() if child.is_dir() and str(child) != self._area.own)
            found = sorted((child for child in children if _holds_runs(child)), reverse=True)[:_RECENT]
        for path in found:
            action = self.runs.addAction(run_name(path))
            action.setCheckable(True)
            action.setChecked(str(path.absolute()) in self._area.others.runs)
            action.toggled.connect(partial(self._toggle, path))
        if found:
            self.runs.addSeparator()
        self.runs.addAction("Another folder…").triggered.connect(self._ask_folder)

    def _toggle(self, path: Path, wanted: bool) -> None:
        if wanted:
            self._area.compare([path])
        else:
            self._area.others.remove(str(path.absolute()))

    def _remove_all(self) -> None:
        for key in list(self._area.others.runs):
            self._area.others.remove(key)

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self._area, "Compare with a run, or a series of runs")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        root = self._area.root()
        if root is not None and root.is_dir():
            dialog.setDirectory(str(root))
        dialog.fileSelected.connect(lambda path: self._area.compare([Path(path)]))
        self._open(dialog)

    # ------------------------------------------------------------ saving

    def _save_all(self, kind: str, scale: float, _checked: bool = False) -> None:
        self.ask_save([plot for plot in self._area.plots if self._area.shows(plot.plot)], kind, scale)

    def ask_save(self, chosen: Sequence[CurvePlot], kind: str, scale: float) -> None:
        """Ask for a file and write these plots to it."""
        if not any(plot.has_data for plot in chosen):
            self._area.said.emit("info", "There is nothing to save yet: no run has told any values.")
            return
        dialog = QFileDialog(self._area, "Save the numbers" if kind == "csv" else "Save as a picture")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"{kind.upper()} (*.{kind})")
        dialog.setDefaultSuffix(kind)
        name = chosen[0].plot.name if len(chosen) == 1 else "plots"
        dialog.selectFile(f"{name.replace(':', '-').replace('/', '-')}.{kind}")
        dialog.fileSelected.connect(lambda path: self.save(chosen, Path(path), scale))
        self._open(dialog)

    def save(self, chosen: Sequence[CurvePlot], path: Path, scale: float = 1.0) -> None:
        """Write these plots to a file of the kind that its name says."""
        from designer.ui.pictures import busy
        from designer.ui.plots.saving import save

        try:
            with busy():
                save(chosen, path, self._area.name or "Run", scale)
        except LayerloomError as error:
            self._area.said.emit("error", error.message)
        else:
            self._area.said.emit("success", f"The plots were written to {path}.")

    def copy(self, plot: CurvePlot) -> None:
        """Put a plot onto the clipboard as a picture."""
        from designer.ui.plots.saving import as_image

        QGuiApplication.clipboard().setImage(as_image([plot], self._area.name or "Run", 2.0))
        self._area.said.emit("info", f"Copied a picture of {plot.plot.title.lower()}.")

    def _open(self, dialog: QFileDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(self._finished)
        dialog.open()

    def _finished(self, _result: int) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None


def _call(then: Callable[[], object], _checked: bool = False) -> None:
    then()


def _holds_runs(folder: Path) -> bool:
    """Whether it is a run, or a series of runs."""
    if is_run(folder):
        return True
    try:
        return any(child.is_dir() and is_run(child) for child in folder.iterdir())
    except OSError:
        return False
