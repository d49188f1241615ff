"""The run library in the window: found, sorted, written to, compared, reopened, deleted. Real folders, real events."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from designer.graph.document import Document
from designer.graph.edits import SetParams
from designer.graph.templates import load_template
from designer.jobs.about import About, keep_about, read_about
from designer.project.file import Project, save_project
from designer.project.owner import Owner
from designer.ui.dialogs.question import Question
from designer.ui.runs_library.page import RunsPage
from designer.ui.runs_library.shelf import Shelf, shelf
from designer.ui.window import MainWindow
from tests.pure.jobs.made_runs import add_events, events, finished, made_run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with four runs: two finished, one that failed, one that was lost."""
    tmp_path = tmp_path_factory.mktemp("project")
    path = tmp_path / "net.loom"
    save_project(Project(network=load_template("digits")), path)
    root = tmp_path / "net-runs"
    other = Document(load_template("digits"))
    conv = next(name for name, node in other.network.nodes.items() if node.type == "conv2d")
    other.do(SetParams(conv, {"out_channels": 99}))
    made_run(root / "1-good", [*events(0.7, 0.9), finished()], seed=1)
    made_run(root / "2-wide", [*events(0.7, 0.95), finished()], network=other.network, seed=2, learning_rate=0.5)
    failed = {"type": "failed", "message": "The loss became NaN.", "kind": "non_finite"}
    made_run(root / "3-bad", [*events(0.3), failed], seed=3)
    made_run(root / "4-lost", events(0.5), seed=4)
    for run in root.iterdir():
        (run / "weights.safetensors").write_bytes(b"weights")
    return tmp_path


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    """That project, for one test alone."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "net.loom"


@pytest.fixture
def window(project: Path, qtbot: QtBot) -> MainWindow:
    made = MainWindow(project, start_worker=False)
    qtbot.addWidget(made, before_close_func=lambda w: setattr(w, "_sure", True))
    with qtbot.waitSignal(made.painted):
        made.show()
    qtbot.waitUntil(lambda: not made._todo)
    return made


@pytest.fixture
def page(project: Path, qtbot: QtBot) -> RunsPage:
    """The page by itself."""
    made = RunsPage()
    qtbot.addWidget(made)
    made.resize(1200, 760)
    made.look_at(project.parent / "net-runs")
    made.show()
    qtbot.waitUntil(lambda: made.reader.complete)
    return made


@pytest.fixture
def library(window: MainWindow, qtbot: QtBot) -> Shelf:
    window.actions_by_id["runs"].trigger()
    made = shelf(window)
    qtbot.waitUntil(lambda: made.page.reader.complete)
    assert made.page.isVisible()
    return made


def shown(page: RunsPage) -> list[str]:
    return [run.id for run in page.table.runs.runs]


def cell(page: RunsPage, run: str, key: str) -> QPoint:
    """The middle of a cell."""
    table = page.table
    column = 0 if key == "star" else next(i for i, c in enumerate(table.runs.columns, 1) if c.key == key)
    index: QModelIndex = table.runs.index(shown(page).index(run), column)
    table.scrollTo(index)
    return table.visualRect(index).center()


def click(page: RunsPage, run: str, key: str = "name", keys: Any = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, keys, cell(page, run, key))


def press(page: RunsPage, name: str) -> None:
    QTest.mouseClick(page.details.buttons[name], Qt.MouseButton.LeftButton)


def test_all_runs_of_the_project_with_what_became_of_them(page: RunsPage) -> None:
    assert {run.id: run.state for run in page.table.runs.runs} == {
        "1-good": "finished", "2-wide": "finished", "3-bad": "failed", "4-lost": "lost",
    }  # fmt: skip
    assert page.place.text().startswith("4 runs in ")
    click(page, "3-bad")
    assert page.details.message.text() == "The loss became NaN." and page.details.pill.text() == "Failed"
    assert not page.details.buttons["weights"].isVisible() and page.details.buttons["go_on"].isVisible()
    click(page, "1-good")
    assert page.details.buttons["weights"].isVisible() and not page.details.buttons["go_on"].isVisible()
    assert ("Accuracy", "90.00 % best, 90.00 % last") in page.details.figures.rows()


def test_the_menu_at_a_run_has_what_can_be_done_with_it(page: RunsPage, qtbot: QtBot) -> None:
    click(page, "4-lost")
    place = cell(page, "4-lost", "name")
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, page.table.viewport().mapToGlobal(place))
    QApplication.sendEvent(page.table.viewport(), event)
    qtbot.waitUntil(page.menu.isVisible)
    named = {entry.text(): entry for entry in page.menu.actions()}
    assert list(named) == ["Go on with this run", "Open the network as it was", "Curves", "Folder", "Delete"]
    page.menu.close()
    with qtbot.waitSignal(page.asked) as asked:
        named["Go on with this run"].trigger()
    assert asked.args[0] == "go_on" and [run.id for run in asked.args[1]] == ["4-lost"]


def test_sorted_by_a_heading_and_by_columns_that_one_adds(page: RunsPage) -> None:
    head = page.table.horizontalHeader()
    told: list[tuple[str, bool]] = []
    page.table.sorted.connect(lambda key, down: told.append((key, down)))

    def sort(key: str) -> None:
        section = next(i for i, c in enumerate(page.table.runs.columns, 1) if c.key == key)
        at = QPoint(head.sectionViewportPosition(section) + head.sectionSize(section) // 2, 10)
        QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=at)

    click(page, "3-bad")
    sort("best")
    assert shown(page) == ["2-wide", "1-good", "4-lost", "3-bad"]
    sort("best")
    assert shown(page) == ["3-bad", "4-lost", "1-good", "2-wide"]
    assert [run.id for run in page.table.selected] == ["3-bad"]
    assert told == [("best", True), ("best", False)]
    page.filters._chosen("seed", True)
    sort("seed")
    assert shown(page) == ["1-good", "2-wide", "3-bad", "4-lost"] and "seed" in page.columns
    page.filters._chosen("f1", True)
    assert page.table.runs.columns[-1].title == "F1"


def test_found_by_words_state_tag_and_star(page: RunsPage, project: Path, qtbot: QtBot) -> None:
    keep_about(project.parent / "net-runs" / "2-wide", About(name="The wide one", tags=("paper",)))
    page.reader.look()
    qtbot.waitUntil(lambda: page.filters.tags.findData("paper") > 0)
    page.filters.search.setFocus()
    QTest.keyClicks(page.filters.search, "seed=3")
    assert shown(page) == ["3-bad"]
    page.filters.search.clear()
    page.filters.states.setCurrentIndex(page.filters.states.findData("lost"))
    assert shown(page) == ["4-lost"]
    page.filters.clear()
    page.filters.tags.setCurrentIndex(page.filters.tags.findData("paper"))
    assert shown(page) == ["2-wide"] and page.place.text().startswith("1 of 4 runs")
    page.filters.clear()
    click(page, "1-good", "star")
    qtbot.waitUntil(lambda: any(run.about.starred for run in page.table.runs.runs))
    page.filters.stars.click()
    assert shown(page) == ["1-good"]
    QTest.keyClicks(page.filters.search, "nothing like this")
    assert page.rows.currentIndex() == 1 and page.empty.title.text() == "No run like this"
    QTest.mouseClick(page.clear_button, Qt.MouseButton.LeftButton)
    assert len(shown(page)) == 4


def test_name_tags_and_notes_are_written_to_the_folder(page: RunsPage, project: Path, qtbot: QtBot) -> None:
    run = project.parent / "net-runs" / "1-good"
    click(page, "1-good")
    details = page.details
    details.name.setFocus()
    QTest.keyClicks(details.name, "Baseline")
    QTest.keyClick(details.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: read_about(run).name == "Baseline")
    qtbot.waitUntil(lambda: any(r.name == "Baseline" for r in page.table.runs.runs))
    details.tags.setFocus()
    QTest.keyClicks(details.tags, "good, paper")
    details.notes.setFocus()
    QTest.keyClicks(details.notes, "Learns fast.")
    page.reader.look()  # what is being typed is not written over by what was read meanwhile
    qtbot.waitUntil(lambda: page.reader._scan is None)
    assert details.notes.toPlainText() == "Learns fast."
    details.name.setFocus()
    qtbot.waitUntil(lambda: read_about(run) == About(name="Baseline", tags=("good", "paper"), notes="Learns fast."))
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: read_about(run).starred)


def test_several_get_a_tag_and_are_compared(page: RunsPage, project: Path, qtbot: QtBot) -> None:
    root = project.parent / "net-runs"
    click(page, "1-good")
    click(page, "2-wide", keys=Qt.KeyboardModifier.ControlModifier)
    assert page.details.title.text() == "2 runs chosen" and "±" in page.details.summary.text()
    page.details.tags.setFocus()
    QTest.keyClicks(page.details.tags, "both")
    QTest.keyClick(page.details.tags, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: all(read_about(root / name).tags == ("both",) for name in ("1-good", "2-wide")))
    qtbot.waitUntil(lambda: len(page.table.selected) == 2)
    press(page, "compare")
    view = page.compare
    assert view.isVisible() and not page.table.isVisible()
    lines = {row[0]: row[1:] for row in view.lines() if len(row) > 1}
    first = [entry.id for entry in view.entries].index("1-good")
    assert lines["Learning rate"][first] == "0.001" and lines["Learning rate"][1 - first] == "0.5"
    assert lines["Accuracy, best"][first] == "90.00 %" and "Batch size" not in lines
    rows = view.lines()
    row = next(i for i, line in enumerate(rows) if line[0] == "Learning rate")
    assert view.table.item(row, 1).background().color() == view.table.item(row, 0).background().color()
    best = next(i for i, line in enumerate(rows) if line[0] == "Accuracy, best")
    assert view.table.item(best, 2 - first).font().bold() and not view.table.item(best, first + 1).font().bold()
    assert any("99" in cell for line in rows[-2:] for cell in line), rows[-2:]
    QTest.mouseClick(view.only, Qt.MouseButton.LeftButton, pos=QPoint(8, view.only.height() // 2))
    assert any(line[0] == "Batch size" for line in view.lines())
    with qtbot.waitSignal(page.curvesAsked) as asked:
        QTest.mouseClick(view.curves, Qt.MouseButton.LeftButton)
    assert {path.name for path in asked.args[0]} == {"1-good", "2-wide"}
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert page.table.isVisible()


def test_the_network_as_it_was_opens_as_a_new_project(library: Shelf, window: MainWindow, qtbot: QtBot) -> None:
    window.bridge.do(window.bridge.document.new_block("relu", 0, 0))
    click(library.page, "2-wide")
    press(library.page, "open")
    qtbot.waitUntil(lambda: any(q.isVisible() for q in window.findChildren(Question)))
    question = next(q for q in window.findChildren(Question) if q.isVisible())  # about the edit
    assert window.session.path is not None
    QTest.mouseClick(
        next(b for n, b in question.buttons.items() if n not in ("Cancel", "Save")), Qt.MouseButton.LeftButton
    )
    assert window.editing and window.session.path is None and window.session.modified
    network = window.bridge.document.network
    assert any(node.params.get("out_channels") == 99 for node in network.nodes.values())
    project = window.session.project
    assert project.name == "2-wide" and project.train is not None and project.train.learning_rate == 0.5
    assert project.weights is not None and project.weights.parent.name == "2-wide"


def test_weights_are_taken_and_given_back_and_runs_deleted_and_brought_back(
    library: Shelf, window: MainWindow, project: Path, qtbot: QtBot
) -> None:
    click(library.page, "1-good")
    press(library.page, "weights")
    assert window.editing
    weights = window.session.project.weights
    assert weights is not None and weights.parent.name == "1-good"
    library.show()
    click(library.page, "1-good")
    press(library.page, "delete")
    assert "Save the project" in window.toasts.shown()[-1].text and "1-good" in shown(library.page)
    (toast,) = [toast for toast in window.toasts.shown() if "weights of 1-good" in toast.text]
    QTest.mouseClick(toast.buttons[0], Qt.MouseButton.LeftButton)
    assert window.session.project.weights is None

    library.show()
    page, root = library.page, project.parent / "net-runs"
    click(page, "3-bad")
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: "3-bad" not in shown(page))
    assert not (root / "3-bad").exists()
    (toast,) = [toast for toast in window.toasts.shown() if "Deleted: 3-bad" in toast.text]
    QTest.mouseClick(toast.buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "3-bad" in shown(page))
    click(page, "1-good")
    click(page, "2-wide", keys=Qt.KeyboardModifier.ControlModifier)
    press(page, "delete")
    qtbot.waitUntil(lambda: any(q.isVisible() for q in window.findChildren(Question)))
    question = next(q for q in window.findChildren(Question) if q.isVisible())
    QTest.mouseClick(question.buttons["Delete"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sorted(shown(page)) == ["3-bad", "4-lost"])


def test_one_that_goes_on_is_followed_as_it_grows(page: RunsPage, project: Path, qtbot: QtBot) -> None:
    run = project.parent / "net-runs" / "5-live"
    made_run(run, events(0.5))
    (run / "worker.json").write_text(json.dumps(Owner.of().to_json()))
    page.reader.look()
    qtbot.waitUntil(lambda: "5-live" in shown(page))
    click(page, "5-live")
    assert page.details.pill.text() == "Running" and page.details.buttons["attach"].isVisible()
    assert not page.details.buttons["delete"].isEnabled()
    add_events(run, [*events(0.5, 0.8)[8:], finished()])
    page.reader.look()
    qtbot.waitUntil(lambda: page.details.pill.text() == "Finished")
    assert page.details.buttons["delete"].isEnabled() and [run.id for run in page.table.selected] == ["5-live"]


def test_an_ended_run_is_shown_and_so_is_one_of_another_folder(
    library: Shelf, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    click(library.page, "1-good")
    press(library.page, "curves")
    panel = window.build_editor().training
    qtbot.waitUntil(lambda: panel.run is not None and panel.run.state == "completed")
    assert window.editing and panel.run_id is not None and panel.run_id.endswith("1-good")

    library.show()
    click(library.page, "2-wide")
    click(library.page, "4-lost", keys=Qt.KeyboardModifier.ControlModifier)
    press(library.page, "curves")
    runs = [Path(panel.run_id).name, *(Path(key).name for key in panel.area.others.runs)]
    assert sorted(runs) == ["2-wide", "4-lost"]
    qtbot.waitUntil(lambda: not panel.area.others.reading)
    assert all(len(other.lines) == 1 for other in panel.area.others.runs.values())

    library.show()
    made_run(tmp_path / "elsewhere" / "x", [*events(0.5), finished()])
    QTest.mouseClick(library.page.folder_button, Qt.MouseButton.LeftButton)
    dialog = window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "elsewhere"))
    dialog.reject()
    qtbot.waitUntil(lambda: shown(library.page) == ["x"])
    library.page.back.emit()
    assert window.editing
    window.actions_by_id["attach"].trigger()
    dialog = next(d for d in window.findChildren(QFileDialog) if d.isVisible())
    dialog.fileSelected.emit(str(tmp_path))
    assert "holds no run" in window.toasts.shown()[-1].text
    dialog.fileSelected.emit(str(tmp_path / "elsewhere" / "x"))
    dialog.reject()
    panel = window.build_editor().training
    qtbot.waitUntil(lambda: panel.run is not None and panel.run.state == "completed")


def test_an_empty_folder_says_what_comes(page: RunsPage, tmp_path: Path, qtbot: QtBot) -> None:
    page.look_at(tmp_path / "none")
    qtbot.waitUntil(lambda: page.reader.complete and page.rows.currentIndex() == 1)
    assert page.empty.title.text() == "No runs yet" and not page.clear_button.isVisible()
    assert not page.details.isVisible()


def test_many_runs_are_read_bit_by_bit_and_only_while_somebody_looks(tmp_path: Path, qtbot: QtBot) -> None:
    first = made_run(tmp_path / "first", [*events(0.7, 0.9), finished()])
    files = {file.name: file.read_bytes() for file in first.iterdir() if file.name not in ("model.py", "digest.json")}
    for i in range(300):
        copy = tmp_path / f"many-{i:04}"
        copy.mkdir()
        for name, data in files.items():
            (copy / name).write_bytes(data)
    page = RunsPage()
    qtbot.addWidget(page)
    turns: list[int] = []
    page.reader._turn.timeout.connect(lambda: turns.append(len(page.reader._next)))
    page.look_at(tmp_path)
    page.show()
    qtbot.waitUntil(lambda: page.reader.complete, timeout=30_000)
    assert len(shown(page)) == 301 and len(turns) > 2
    page.hide()
    assert not page.reader._turn.isActive() and not page.reader._again.isActive()


def test_the_library_needs_no_torch() -> None:
    code = (
        "import sys, designer.ui.runs_library.shelf, designer.ui.run_watch;"
        "print([name for name in ('torch', 'pyqtgraph') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert told.stdout.strip() == "[]"
