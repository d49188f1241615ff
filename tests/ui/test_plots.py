"""Live plots: what is drawn, what is read from them, and what a person can do with them."""

from __future__ import annotations

import itertools
import math
from dataclasses import fields

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.train.events import EVENTS
from designer.ui import theme
from designer.ui.plots.curve import CurvePlot
from designer.ui.plots.declared import columns, plots
from designer.ui.plots.marks import Mark, marks_in
from designer.ui.plots.scale import grown, settled, thousands

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def loss(qtbot: QtBot) -> CurvePlot:
    made = CurvePlot(next(plot for plot in plots() if plot.name == "loss"))
    qtbot.addWidget(made)
    made.resize(600, 260)
    made.show()
    return made


def fill(plot: CurvePlot, n: int = 200) -> None:
    xs = [float(i) for i in range(1, n + 1)]
    plot.set_run(20, 2 * n)
    plot.add(
        {"Training": (xs, [2.0 * math.exp(-x / 50) + 0.1 for x in xs]), "Validation": (xs[19::20], [0.5] * (n // 20))}
    )
    plot.refresh()


def test_plots_are_declared_and_name_events_that_exist() -> None:
    names = [plot.name for plot in plots()]
    assert names[:2] == ["loss", "accuracy"] and len(set(names)) == len(names)
    for one in (s for plot in plots() for s in plot.series):
        path = one.y if isinstance(one.y, str) else one.y[0]
        assert {one.x, path} <= {field.name for field in fields(EVENTS[one.event])}


def test_columns_leave_out_what_is_missing() -> None:
    events = [
        {"type": "step", "iteration": 1, "loss": 2.0, "accuracy": None, "learning_rate": 0.1},
        {"type": "step", "iteration": 2, "loss": None, "accuracy": 0.5, "learning_rate": 0.1},
        {"type": "validated", "iteration": 2, "loss": 1.0, "accuracy": 0.5},
        {"type": "checkpoint", "iteration": 2},
    ]
    found = columns(events, plots())
    assert found["loss"]["Training"] == ([1], [2.0]) and found["loss"]["Validation"] == ([2], [1.0])
    assert found["accuracy"]["Training"] == ([2], [0.5])


def test_the_legend_shows_the_latest_values_and_those_under_the_cursor(loss: CurvePlot, qtbot: QtBot) -> None:
    fill(loss)
    latest = dict(loss.readout())
    assert latest["Validation"] == "0.5000" and float(latest["Training"]) < 0.3
    where = loss._box.mapViewToScene(QPointF(10, 1)).toPoint()
    with qtbot.waitSignal(loss.hovered) as seen:
        viewport = loss._view.viewport()
        QApplication.sendEvent(
            viewport,
            QMouseEvent(
                QEvent.Type.MouseMove,
                QPointF(where),
                viewport.mapToGlobal(QPointF(where)),
                Qt.MouseButton.NoButton,
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
            ),
        )
    assert seen.args[0] == pytest.approx(10, abs=2)
    loss.set_cursor(10)
    assert float(dict(loss.readout())["Training"]) > 1.5
    assert loss._tag.isVisible() and loss._tag.text() == "Iteration 10 · epoch 1"
    with qtbot.waitSignal(loss.hovered) as left:
        QApplication.sendEvent(loss._view.viewport(), QEvent(QEvent.Type.Leave))
    assert left.args[0] is None


def test_the_wheel_zooms_and_a_double_click_fits_again(loss: CurvePlot, qtbot: QtBot) -> None:
    fill(loss)
    before = loss._box.viewRange()[0]
    viewport = loss._view.viewport()
    middle = QPointF(viewport.rect().center())
    wheel = QWheelEvent(
        middle,
        viewport.mapToGlobal(middle),
        QPoint(0, 0),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, wheel)
    zoomed = loss._box.viewRange()[0]
    assert zoomed[1] - zoomed[0] < before[1] - before[0] and loss._fit.isVisible()
    fill_more = [float(i) for i in range(201, 320)]
    loss.add({"Training": (fill_more, [0.1] * len(fill_more))})
    loss.refresh()
    assert loss._box.viewRange()[0] == zoomed  # a person's view stays
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=viewport.rect().center())
    assert loss._box.viewRange()[0][1] >= 319 and not loss._fit.isVisible()


def test_the_logarithmic_scale_is_a_button(loss: CurvePlot, qtbot: QtBot) -> None:
    fill(loss)
    assert loss._box.viewRange()[1][1] > 1.5
    qtbot.mouseClick(loss._log_button, Qt.MouseButton.LeftButton)
    bottom, top = loss._box.viewRange()[1]
    assert top == pytest.approx(math.log10(2.1), abs=0.2) and bottom < -0.5
    qtbot.mouseClick(loss._log_button, Qt.MouseButton.LeftButton)
    assert loss._box.viewRange()[1][1] > 1.5


def test_what_is_hidden_is_drawn_when_it_is_shown(loss: CurvePlot) -> None:
    loss.hide()
    fill(loss)
    assert loss._box.viewRange()[0][1] < 200
    loss.show()
    assert loss._box.viewRange()[0][1] >= 200


def test_a_million_points_are_drawn_from_thousands(loss: CurvePlot) -> None:
    n = 300_000
    loss.set_run(1000, n)
    loss.add({"Training": (np.arange(1.0, n + 1).tolist(), np.random.default_rng(0).random(n).tolist())})
    loss.refresh()
    curve = loss.curves["Training"]
    assert len(curve._line.xData) <= 4000 and len(curve._smooth.xData) <= 1200


def test_both_themes_give_other_pictures(loss: CurvePlot) -> None:
    fill(loss)
    light = loss.grab().toImage()
    theme.set_theme("dark")
    assert loss.grab().toImage() != light


def test_clearing_forgets(loss: CurvePlot) -> None:
    fill(loss)
    loss.clear()
    assert loss.readout() == [] and loss._legend.text() == ""


def test_the_x_axis_grows_in_steps_to_the_end_of_the_run() -> None:
    right, changes = 0.0, 0
    for last in range(1, 1001):
        wider = grown(last, right, 25, 1000)
        changes += wider != right
        assert wider >= last and wider <= 1000
        right = wider
    assert right == 1000 and changes < 12


def test_the_y_axis_stays_while_it_fits() -> None:
    now = settled(0.1, 2.0, None)
    assert settled(0.12, 1.9, now) is now
    assert settled(0.1, 0.5, now) != now and settled(0.1, 3.0, now) != now
    low, high = settled(0.2, 1.0, None, ceiling=1.0)
    assert 1.0 < high < 1.05 and low > 0
    assert settled(0.5, 0.5, None)[0] < 0.5 < settled(0.5, 0.5, None)[1]


def test_thousands() -> None:
    assert [thousands(v) for v in (1, 1234, 1.5, 2e6)] == ["1", "1,234", "1.5", "2M"]


# --- marks -------------------------------------------------------------------------------------------------------


def woken(iteration: object, *parts: str) -> dict[str, object]:
    return {"type": "unfrozen", "iteration": iteration, "epoch": 1, "parts": list(parts), "weights": 9}


def wakes(*marks: tuple[int, str]) -> list[Mark]:
    return [Mark(at, "unfrozen", words) for at, words in marks]


def test_marks_are_what_begins_to_learn() -> None:
    events = [{"type": "step", "iteration": 1}, woken(20, "layer4", "fc"), woken(40, "*"), woken(60), woken("x", "a")]
    assert [(mark.at, mark.words) for mark in marks_in(events)] == [
        (20, "layer4, fc"),
        (40, "everything"),
        (60, "more"),
    ]


def visible_labels(plot: CurvePlot) -> list[tuple[str, QRectF]]:
    found = []
    for item in plot._box.allChildItems():
        if isinstance(item, pg.TextItem) and item.isVisible():
            found.append((item.toPlainText(), item.mapRectToScene(item.boundingRect())))
    return sorted(found, key=lambda pair: pair[1].left())


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_marks_lie_where_they_belong_and_cover_neither_each_other_nor_the_edge(
    loss: CurvePlot, mode: theme.Mode
) -> None:
    theme.set_theme(mode)
    fill(loss)
    loss.mark(wakes((20, "layer4"), (40, "features.denseblock4.denselayer16"), (60, "layer2"), (198, "everything")))
    loss.end()
    loss.refresh()
    QApplication.processEvents()
    labels = visible_labels(loss)
    assert [words for words, _ in labels] == ["layer4", "denselayer16", "layer2", "everything"]
    whole = loss._box.sceneBoundingRect()
    for (_, one), (_, other) in itertools.combinations(labels, 2):
        assert not one.adjusted(1, 1, -1, -1).intersects(other)
    assert all(whole.adjusted(-1, -1, 1, 1).contains(rect) for _, rect in labels)
    line = loss._box.mapViewToScene(QPointF(20, 0)).x()
    assert labels[0][1].left() == pytest.approx(line, abs=2)
    assert "After iteration 20 layer4 learns too." in loss.findChild(pg.PlotWidget).accessibleDescription()


def test_a_mark_is_drawn_once_and_goes_with_its_run(loss: CurvePlot) -> None:
    fill(loss)
    loss.mark(wakes((20, "layer4")))
    loss.mark(wakes((20, "layer4"), (40, "layer3")))  # a run that goes on tells of it again
    assert loss.markers.words() == {20: "layer4", 40: "layer3"}
    assert sum(isinstance(item, pg.TextItem) for item in loss._box.allChildItems()) == 2
    loss.clear()
    assert loss.markers.words() == {} and not visible_labels(loss)
    assert "learns" not in loss.findChild(pg.PlotWidget).accessibleDescription()
