"""Check first: the list beside a real worker, its repairs in the train dialog, and the plot of the range test."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file

from designer.data.spec import DataSpec, Normalisation
from designer.graph.document import Document
from designer.graph.infer import Shapes
from designer.graph.state import state_of
from designer.graph.templates import load_template
from designer.jobs.client import WorkerProcess
from designer.project.file import Project, save_project
from designer.project.paths import state_folder
from designer.train.preflight.finding import Finding, Line, Repair
from designer.train.rate_curve import rate_at
from designer.train.spec import TrainSpec
from designer.ui.bridge import DocumentBridge
from designer.ui.dialogs.preflight import PreflightDialog
from designer.ui.dialogs.rate_plot import RatePlot
from designer.ui.dialogs.train import TrainDialog
from designer.ui.runs import RunController
from designer.ui.window import MainWindow
from tests.pure.graph.sketch import sketched

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

SOFTMAX = (
    "data input size=(1,8,8)\nf flatten\nh linear out_features=32\nr relu\nl linear out_features=10\ns softmax\n"
    "out classification_output"
)
Make = Callable[..., TrainDialog]


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """One warm worker for all tests of this file."""
    process = WorkerProcess(tmp_path_factory.mktemp("worker"))
    yield process
    process.close()


@pytest.fixture
def make(qtbot: QtBot, worker: WorkerProcess) -> Make:
    def made(bridge: DocumentBridge, **settings: object) -> TrainDialog:
        train = TrainSpec.read({"device": "cpu", "threads": 1, **settings})
        controller = RunController(worker=worker)
        data = DataSpec(source="digits", limit=300)
        dialog = TrainDialog(bridge.document.network, train, data, controller, None, bridge)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        controller.setParent(dialog)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return made


def checks(dialog: TrainDialog, qtbot: QtBot) -> PreflightDialog:
    qtbot.mouseClick(dialog.check.button, Qt.MouseButton.LeftButton)
    opened = dialog.check.opened
    assert opened is not None and opened.checking.going and opened.repeat.text() == "Stop"
    return opened


def over(opened: PreflightDialog, qtbot: QtBot) -> dict[str, str]:
    """The states of all lines once nothing is checked any more."""
    qtbot.waitUntil(lambda: not opened.checking.going, timeout=60_000)
    return {name: row.state for name, row in opened.rows.items()}


def left() -> list[Path]:
    place = state_folder() / "checks"
    return list(place.iterdir()) if place.is_dir() else []


@pytest.mark.slow
def test_lines_come_live_and_repairs_land_in_the_settings(make: Make, qtbot: QtBot) -> None:
    bridge = DocumentBridge(Document(sketched(SOFTMAX).network))
    dialog = make(bridge, batch_size=64, learning_rate=50.0)
    opened = checks(dialog, qtbot)
    assert not dialog.forecast.words.isVisible()  # it would only wait for its turn
    qtbot.waitUntil(lambda: 0 < len(opened.lines) < len(opened.rows), timeout=60_000)
    assert opened.summary.text().startswith("Checked ")
    states = over(opened, qtbot)
    assert [name for name, state in states.items() if state == "bad"] == ["outputs"]
    assert states["labels"] == "good" and opened.summary.text() == "To solve before training: Outputs."
    assert opened.rows["outputs"].accessibleName().startswith("Outputs: to solve. “out” gets probabilities")

    fix = opened.rows["outputs"].button
    assert fix is not None
    qtbot.mouseClick(fix, Qt.MouseButton.LeftButton)  # the drawing loses its softmax, one step to undo
    assert not fix.isEnabled() and opened.summary.text().startswith("Changed.")
    assert "s" not in bridge.document.network.nodes
    qtbot.mouseClick(opened.repeat, Qt.MouseButton.LeftButton)
    states = over(opened, qtbot)
    assert [name for name, state in states.items() if state == "bad"] == ["rate"]
    plot = opened.plot
    assert plot is not None and plot.isVisible() and plot.rate is not None
    assert opened.rows["rate"].button is None and opened.use.text() == f"Use {plot.rate:.2g}"
    qtbot.mouseClick(opened.use, Qt.MouseButton.LeftButton)
    assert dialog.form.values()["learning_rate"] == plot.rate and not opened.use.isEnabled()
    opened.accept()
    qtbot.waitUntil(lambda: dialog.forecast.words.text().startswith("Measuring"))
    dialog.reject()
    assert left() == []
    bridge.document.undo()
    assert "s" in bridge.document.network.nodes


def test_it_stops_at_once_and_goes_again(make: Make, qtbot: QtBot) -> None:
    dialog = make(DocumentBridge(Document(load_template("digits"))), batch_size=1)
    opened = checks(dialog, qtbot)
    qtbot.waitUntil(lambda: len(opened.lines) > 0, timeout=60_000)
    qtbot.mouseClick(opened.repeat, Qt.MouseButton.LeftButton)
    assert not opened.checking.going and opened.summary.text() == "Stopped."
    assert opened.repeat.text() == "Check again"
    assert "running" not in {row.state for row in opened.rows.values()}
    qtbot.waitUntil(lambda: left() == [], timeout=60_000)
    opened.again()
    qtbot.waitUntil(
        lambda: opened.rows.get("norms") is not None and opened.rows["norms"].state == "bad", timeout=60_000
    )
    fix = opened.rows["norms"].button
    assert fix is not None
    qtbot.mouseClick(fix, Qt.MouseButton.LeftButton)
    assert dialog.form.values()["batch_size"] == 32
    opened.reject()
    assert dialog.check.opened is None and left() == []
    dialog.reject()


def test_the_rate_of_the_line_is_taken(make: Make, qtbot: QtBot) -> None:
    dialog = make(DocumentBridge(Document(load_template("digits"))), learning_rate=0.5)
    opened = checks(dialog, qtbot)
    opened.checking.stop()
    rates = [rate_at(number, 100, 1e-7, 10.0) for number in range(90)]
    points = [{"type": "rate", "rate": rate, "loss": 2.3 if rate < 1e-4 else 0.5} for rate in rates]
    repair = Repair("train", "learning_rate", "Use 0.0032", 0.0032)
    line = Line("rate", "Learning rate", Finding("bad", "Too high.", repair, figures={"rate": 0.0032}), 1.0)
    opened.checking.told.emit([*points, {"type": "check", **line.to_dict()}])
    assert opened.rows["rate"].state == "bad" and opened.rows["rate"].button is None  # the one below the plot is enough
    assert opened.plot is not None and opened.plot.isVisible() and opened.use.text() == "Use 0.0032"
    opened.plot.setFocus()
    qtbot.keyClick(opened.plot, Qt.Key.Key_Right)
    assert opened.use.text() == "Use 0.0036"
    qtbot.mouseClick(opened.use, Qt.MouseButton.LeftButton)
    assert dialog.form.values()["learning_rate"] == 0.0036 and not opened.use.isEnabled()

    opened._ended("")
    qtbot.mouseClick(opened.longer, Qt.MouseButton.LeftButton)  # and now the real test, in the worker
    assert opened.checking.going and not opened.longer.isEnabled() and opened.plot.rate is None
    over(opened, qtbot)
    assert opened.summary.text().endswith(" is suggested.") and opened.longer.isEnabled()
    assert opened.plot.rate is not None and 1e-4 < opened.plot.rate < 0.05 and len(opened.plot.curve.rates) > 50
    opened.reject()
    dialog.reject()


def test_data_fields_and_incomplete_settings(make: Make, qtbot: QtBot) -> None:
    dialog = make(DocumentBridge(Document(load_template("digits"))))
    mend: Any = dialog.check._mend
    assert mend(Repair("data", "split", "Split by content", "content"))
    assert dialog.data_form.values()["split"] == "content"
    assert not mend(Repair("drawing", "softmax_before_loss", "Take it out"))  # there is none
    dialog.source.setCurrentIndex(dialog.source.findData("folder"))
    qtbot.mouseClick(dialog.check.button, Qt.MouseButton.LeftButton)
    opened = dialog.check.opened
    assert opened is not None and not opened.checking.going and "not complete" in opened.summary.text()
    opened.accept()
    dialog.reject()


def filled(qtbot: QtBot) -> RatePlot:
    plot = RatePlot()
    qtbot.addWidget(plot)
    plot.resize(500, 200)
    plot.show()
    for number in range(100):
        rate = rate_at(number, 100, 1e-7, 10.0)
        plot.add(rate, 2.3 if rate < 1e-4 else 0.5 if rate < 0.1 else 3.0)
    plot.mark(1e-3)
    return plot


def drag(widget: QWidget, start: QPoint, end: QPoint) -> None:
    """As a hand does, with the button held while it moves."""
    held, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    way = [start + (end - start) * step / 8 for step in range(9)]
    steps = [
        (QEvent.Type.MouseMove, start, none, none),
        (QEvent.Type.MouseButtonPress, start, held, held),
        *((QEvent.Type.MouseMove, place, none, held) for place in way),
        (QEvent.Type.MouseButtonRelease, end, held, none),
    ]
    for kind, place, button, buttons in steps:
        event = QMouseEvent(
            kind, QPointF(place), QPointF(widget.mapToGlobal(place)), button, buttons, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(widget, event)


def test_another_rate_by_click_drag_and_key(qtbot: QtBot) -> None:
    plot = filled(qtbot)
    viewport = plot.view.viewport()

    def at(rate: float) -> QPoint:
        box = plot.view.getPlotItem().getViewBox()
        return QPoint(plot.view.mapFromScene(box.mapViewToScene(QPointF(math.log10(rate), 1.0))))

    with qtbot.waitSignal(plot.picked) as told:
        qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=at(0.01))
    assert told.args[0] == pytest.approx(0.01, rel=0.15) == plot.rate
    start, end = at(plot.rate or 0.0), at(0.1)
    drag(viewport, start, end)
    assert plot.rate == pytest.approx(0.1, rel=0.2)
    before = plot.rate
    plot.setFocus()
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert plot.rate is not None and plot.rate < before and "Arrow keys" in plot.accessibleDescription()


def test_an_empty_plot_takes_no_click(qtbot: QtBot) -> None:
    plot = RatePlot()
    qtbot.addWidget(plot)
    plot.show()
    with qtbot.assertNotEmitted(plot.picked):
        qtbot.mouseClick(plot.view.viewport(), Qt.MouseButton.LeftButton)
        qtbot.keyClick(plot, Qt.Key.Key_Right)


def test_what_a_line_says_survives_the_log() -> None:
    line = Line("rate", "Learning rate", Finding("bad", "Too high.", Repair("train", "learning_rate", "Use", 0.1)), 0.5)
    assert Line.from_dict(line.to_dict()) == line


def test_the_menu_checks_from_the_weights_of_the_project(qtbot: QtBot, tmp_path: Path) -> None:
    network = load_template("digits")
    weights, file = tmp_path / "w.safetensors", tmp_path / "net.loom"
    sizes = state_of(network, Shapes(network)).items()
    save_file(
        {f"{name}.{end}": np.zeros(shape, np.float32) for name, ends in sizes for end, shape in (ends or {}).items()},
        weights,
    )
    normalisation = Normalisation(mean=(0.3,), std=(0.2,))
    data = DataSpec(source="digits", limit=300)
    save_project(Project(network=network, weights=weights, normalisation=normalisation, data=data), file)
    window = MainWindow(file, start_worker=False)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_sure", True))
    with qtbot.waitSignal(window.painted):
        window.show()
    qtbot.waitUntil(lambda: not window._todo and window.has_editor and not window._idle.isActive())
    window.actions_by_id["check_training"].trigger()
    opened = next(d for d in window.findChildren(PreflightDialog) if d.isVisible())
    question = opened._ask()
    assert question is not None and question.data == data and question.normalisation == normalisation
    assert question.weights is not None and question.weights.is_file()
    opened.reject()
    dialog = next(d for d in window.findChildren(TrainDialog) if d.isVisible())
    dialog.use("start", "fresh")
    fresh = dialog.check._ask()
    assert fresh is not None and fresh.weights is None and fresh.normalisation is None
    dialog.reject()
    window.running.close()
