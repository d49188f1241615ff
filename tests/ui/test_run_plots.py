"""All plots of a run together: what they count, what they are compared with, what is read from them, saving."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QPointF, Qt
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from designer.project.settings import Settings
from designer.ui import theme
from designer.ui.panels.run_plots import RunPlots
from designer.ui.panels.training import TrainingPanel
from designer.ui.plots.curve import CurvePlot
from tests.pure.ui.plots_kit import log, write

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def area(qtbot: QtBot) -> RunPlots:
    return held(RunPlots(), qtbot)


def held(made: RunPlots, qtbot: QtBot) -> RunPlots:
    """Shown below its tools, as a panel has it."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    for tool in made.tools:
        column.addWidget(tool)
    made.setParent(holder)
    made.setGeometry(0, 200, 900, 500)
    qtbot.addWidget(holder)
    made.holder = holder  # type: ignore[attr-defined]  # which Python would let go of
    holder.resize(2000, 1400)
    made.prepare()
    holder.show()
    return made


def named(area: RunPlots, name: str) -> CurvePlot:
    return next(plot for plot in area.plots if plot.plot.name == name)


def view(plot: CurvePlot) -> tuple[float, float]:
    start, stop = plot._box.viewRange()[0]
    return start, stop


def line(plot: CurvePlot, series: str = "Training") -> tuple[list[float], list[float]]:
    item = plot.curves[series]._line
    return item.xData.tolist(), item.yData.tolist()


def test_all_plots_count_iterations_epochs_or_seconds(area: RunPlots, qtbot: QtBot) -> None:
    area.take(log(3), ended=True)
    loss, accuracy = named(area, "loss"), named(area, "accuracy")
    assert line(loss)[0][14] == 15 and view(loss)[1] == pytest.approx(30, rel=0.03)
    with qtbot.waitSignal(area.optionChanged) as told:
        next(action for axis, action in area.menu._axes if axis == "epoch").trigger()
    assert told.args == ["plot_axis", "epoch"]
    for plot in (loss, accuracy):
        assert line(plot)[0][14] == 1.5 and view(plot)[1] == pytest.approx(3, rel=0.03)
    area.set_axis("time")
    assert line(loss)[0][14] == 7.5 and view(accuracy)[1] == pytest.approx(15, rel=0.03)
    assert "time" in area.axis_button.toolTip()
    loss.set_cursor(7.5)
    assert loss._tag.text() == "0:08 · Iteration 15" and dict(loss.readout())["Validation"] == "0.2000"


def test_a_running_run_keeps_room_for_what_comes_on_every_axis(area: RunPlots) -> None:
    events = [event for event in log(10) if event.get("iteration", 0) <= 30]
    area.take(events, ended=False)
    loss = named(area, "loss")
    for axis, least, most in (("iteration", 30, 100), ("epoch", 3, 10), ("time", 15, 50)):
        area.set_axis(axis)  # type: ignore[arg-type]
        assert least < view(loss)[1] <= most * 1.02


def test_plots_zoom_together_and_fit_together(area: RunPlots, qtbot: QtBot) -> None:
    area.take(log(3), ended=True)
    loss, accuracy = named(area, "loss"), named(area, "accuracy")
    loss.setFocus()
    qtbot.keyClick(loss, Qt.Key.Key_Plus)
    qtbot.keyClick(loss, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert view(loss)[1] - view(loss)[0] < 28 and view(accuracy) == pytest.approx(view(loss))
    assert accuracy._fit.isVisible()
    qtbot.mouseDClick(accuracy._view.viewport(), Qt.MouseButton.LeftButton, pos=accuracy._view.rect().center())
    assert view(loss)[1] > 29 and view(loss) == pytest.approx(view(accuracy)) and not loss._fit.isVisible()


def test_the_keyboard_reads_values(area: RunPlots, qtbot: QtBot) -> None:
    area.take(log(3), ended=True)
    loss, accuracy = named(area, "loss"), named(area, "accuracy")
    loss.setFocus()
    for _ in range(3):
        qtbot.keyClick(loss, Qt.Key.Key_Right)
    assert loss.crosshair == accuracy.crosshair == 3
    assert (
        "Iteration 3 · epoch 1" in loss.accessibleDescription() and "Validation 0.2000" in loss.accessibleDescription()
    )
    assert loss.table.isVisible() and not accuracy.table.isVisible()
    qtbot.keyClick(loss, Qt.Key.Key_Escape)
    assert loss.crosshair is None and accuracy.crosshair is None and not loss.table.isVisible()


def test_the_crosshair_shows_smoothed_and_raw_values_and_what_happened(area: RunPlots) -> None:
    noted = {
        "type": "noted",
        "iteration": 15,
        "what": "rate",
        "text": "The learning rate is 0.05 from iteration 16 on.",
    }
    area.take([*log(3), noted], ended=True)
    loss = named(area, "loss")
    loss._mouse_moved(loss._box.mapViewToScene(QPointF(15.1, 0.2)))
    rows = {name: (value, more) for _, name, value, more in loss.lines(15)}
    assert rows["Training"][1] == f"{1 / 15:.4f}" and float(rows["Training"][0]) > 1 / 15
    assert loss.table.isVisible() and "from iteration 16 on" in loss.table.text() and "0.0667" in loss.table.text()
    assert loss.table.window().rect().contains(loss.table.geometry())
    assert [plot.markers.marked("rate") for plot in area.plots] == [{15: noted["text"]}] * len(area.plots)
    area.set_marks(False)
    assert loss.markers.near(15) == [] and not any(thin.heads.isVisible() for thin in loss.markers._thin.values())


def test_the_last_best_weights_are_marked(area: RunPlots) -> None:
    kept = [{"type": "checkpoint", "iteration": i, "best": i != 30, "path": "x"} for i in (10, 20, 30)]
    area.take([*log(3), *kept], ended=True)
    markers = named(area, "accuracy").markers
    assert list(markers.marked("best")) == [20] and list(markers.marked("checkpoint")) == [30]
    area.clear()
    assert markers.all() == []


def test_each_figure_of_a_run_gets_a_plot_and_a_line_in_the_menu(area: RunPlots) -> None:
    area.take(log(2, figures=True), ended=True)
    f1 = named(area, "f1")
    assert f1.isVisible() and len(f1.curves["Training"].values) == 20
    assert any(action.text() == "F1" and action.isChecked() for action in area.menu.actions())
    assert [plot.plot.name for plot in area.plots][:4] == ["loss", "accuracy", "f1", "learning_rate"]


def test_means_of_epochs_may_be_shown(area: RunPlots) -> None:
    area.take(log(3), ended=True)
    loss = named(area, "loss")
    assert not loss.curves["Epoch mean"].shown and "Epoch mean" not in dict(loss.readout())
    area.menu._means.trigger()
    assert dict(loss.readout())["Epoch mean"] == "0.0500" and loss.curves["Epoch mean"]._dots.isVisible()


# --- other runs ----------------------------------------------------------------------------------------------------


def test_runs_are_compared_hidden_and_removed(area: RunPlots, tmp_path: Path, qtbot: QtBot) -> None:
    area.take(log(3), ended=True)
    other = write(tmp_path / "wide", log(5, shift=1.0, figures=True))
    area.compare([other])
    key = str(other)
    qtbot.waitUntil(lambda: area.others.runs[key].state == "ended")
    loss = named(area, "loss")
    assert len(loss.overlays[key].tracks[0]["Training"].values) == 50
    assert view(loss)[1] == pytest.approx(50, rel=0.03)  # the longer one fits
    assert ("wide, validation", "1.2000") in [(name, value) for _, name, value, _ in loss.lines(10)]
    assert named(area, "f1").has_data  # which the run that is shown does not tell
    chip = area.chips.chip(key)
    assert chip.isVisible() and "wide" in chip.text()
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert not loss.overlays[key].shown and view(loss)[1] == pytest.approx(30, rel=0.03)
    qtbot.mouseClick(area.chips.cross(key), Qt.MouseButton.LeftButton)
    assert loss.overlays == {} and not area.chips.isVisible()


def test_a_series_is_a_mean_with_a_band(area: RunPlots, tmp_path: Path, qtbot: QtBot) -> None:
    for i, shift in enumerate((0.0, 1.0, 5.0)):
        write(tmp_path / "series" / f"seed-{i}", log(2, shift=shift))
    area.compare([tmp_path / "series"])
    key = str(tmp_path / "series")
    qtbot.waitUntil(lambda: area.others.runs[key].state == "ended")
    assert "3 runs" in area.chips.chip(key).text()
    rows = named(area, "loss").overlays[key].rows(10, "iteration")
    assert ("Validation", "2.2000", "0.2000 to 5.2000") in rows
    area.set_spread("deviation")
    (row,) = [row for row in named(area, "loss").overlays[key].rows(10, "iteration") if row[0] == "Validation"]
    assert row[2] == "-0.4458 to 4.8458"
    area.set_axis("time")
    assert named(area, "loss").overlays[key].rows(5.0, "time")[-1][1] == "2.2000"


def test_a_run_that_goes_on_is_followed(
    area: RunPlots, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designer.ui.plots.others._WATCH", 20)
    alive = [True]
    monkeypatch.setattr("designer.jobs.folder.RunFolder.alive", lambda _self: alive[0])
    events = log(4)
    run = write(tmp_path / "run", events[:20], ended=False)
    area.compare([run])
    qtbot.waitUntil(lambda: area.others.runs[str(run)].state == "running")
    values = named(area, "loss").overlays[str(run)].tracks[0]["Training"].values
    before = len(values)
    write(run, events[20:])
    alive[0] = False
    qtbot.waitUntil(lambda: area.others.runs[str(run)].state == "ended")
    assert before < len(values) == 40 and not area.others._timer.isActive()


def test_what_is_no_run_is_refused_with_a_sentence(area: RunPlots, tmp_path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(area.said) as told:
        area.compare([tmp_path])
    assert told.args[0] == "warning" and "holds no run" in told.args[1] and not area.others.runs


def test_runs_of_the_project_are_offered(area: RunPlots, tmp_path: Path, qtbot: QtBot) -> None:
    write(tmp_path / "20260101-a", log(1))
    write(tmp_path / "20260102-series" / "seed-0", log(1))
    (tmp_path / "empty").mkdir()
    area.root, area.own = lambda: tmp_path, "/elsewhere"
    area.menu.list_runs()
    offered = [action for action in area.menu.runs.actions() if action.isCheckable()]
    assert [action.text() for action in offered] == ["20260102-series", "20260101-a"]
    offered[1].trigger()
    assert list(area.others.runs) == [str(tmp_path / "20260101-a")]
    area.menu.list_runs()
    next(action for action in area.menu.runs.actions() if action.isChecked()).trigger()
    assert not area.others.runs


def test_the_panel_shows_a_comparison_without_a_run(tmp_path: Path, qtbot: QtBot) -> None:
    panel = TrainingPanel()
    qtbot.addWidget(panel)
    panel.resize(900, 400)
    panel.show()
    assert panel.empty.isVisible()
    panel.compare([write(tmp_path / "a", log(1)), write(tmp_path / "b", log(2))])
    assert not panel.empty.isVisible() and panel.plots[0].isVisible() and "Comparison" in panel.place.text()
    for key in list(panel.area.others.runs):
        panel.area.others.remove(key)
    assert panel.empty.isVisible()


# --- saving and remembering ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["png", "svg", "csv"])
def test_plots_are_saved(area: RunPlots, tmp_path: Path, qtbot: QtBot, kind: str) -> None:
    area.name = "my run"
    area.take(log(3), ended=True)
    area.compare([write(tmp_path / "other", log(2))])
    qtbot.waitUntil(lambda: not area.others.reading)
    named(area, "loss").head.saved.emit(kind, 2.0)
    dialog = area.menu.dialog
    assert isinstance(dialog, QFileDialog) and dialog.defaultSuffix() == kind
    path = tmp_path / f"plot.{kind}"
    with qtbot.waitSignal(area.said) as told:
        dialog.fileSelected.emit(str(path))
    dialog.reject()
    assert told.args == ["success", f"The plots were written to {path}."]
    if kind == "png":
        with Image.open(path) as picture:
            assert picture.size == (2 * 744, 2 * 434) and len(picture.getcolors(1 << 24)) > 50
    elif kind == "svg":
        text = path.read_text()
        assert QSvgRenderer(str(path)).isValid() and "<image" not in text and "Loss" in text and "my run" in text
    else:
        with path.open() as file:
            rows = list(csv.DictReader(file))
        assert {row["run"] for row in rows} == {"my run", "other"} and {row["plot"] for row in rows} == {"loss"}


def test_nothing_is_not_saved(area: RunPlots, qtbot: QtBot) -> None:
    with qtbot.waitSignal(area.said) as told:
        area.menu._save_all("png", 1.0)
    assert "nothing to save" in told.args[1] and area.menu.dialog is None


def test_choices_are_remembered(area: RunPlots, qtbot: QtBot) -> None:
    told: dict[str, Any] = {}
    area.optionChanged.connect(lambda name, value: told.update({name: value}))
    area.show_plot("memory", True)
    area.show_plot("accuracy", False)
    area.set_axis("epoch")
    area.set_marks(False)
    area.set_means(True)
    area.set_spread("deviation")
    named(area, "loss")._log_button.click()
    area.smoothing.setValue(40)
    qtbot.waitUntil(lambda: "plot_smoothing" in told)
    settings = Settings().changed(**told)
    other = held(RunPlots(), qtbot)
    silent = []
    other.optionChanged.connect(lambda *args: silent.append(args))
    other.use(settings)
    other.prepare()
    assert [plot.plot.name for plot in other.plots if other.shows(plot.plot)] == ["loss", "memory"]
    assert (other.axis, other.marks_shown, other.means_shown, other.spread) == ("epoch", False, True, "deviation")
    assert other.smoothing.value() == 40 and named(other, "loss")._log and not silent
    area.show_plot("memory", False)
    area.show_plot("accuracy", True)
    assert told["plots"] == {}  # as the plots have it themselves


@pytest.mark.parametrize(("size", "mode"), [((300, 180), "light"), ((900, 400), "dark"), ((1900, 1000), "light")])
def test_many_plots_stay_readable(area: RunPlots, size: tuple[int, int], mode: theme.Mode) -> None:
    theme.set_theme(mode)
    area.take(log(3, figures=True), ended=True)
    for plot in list(area.plots):
        area.show_plot(plot.plot.name, True)
    area.resize(*size)
    shown = [plot for plot in area.plots if plot.isVisible()]
    assert len(shown) == 7
    boxes = [plot.geometry() for plot in shown]
    assert all(box.height() >= 120 and box.width() >= min(250, size[0] - 30) for box in boxes)
    assert all(area.grid.page.rect().contains(box) for box in boxes)
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
