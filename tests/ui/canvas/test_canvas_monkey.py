"""Random gestures with real events on two hundred blocks: nothing breaks, and undo leads back to the start.

``HYPOTHESIS_PROFILE=nightly`` does ten thousand gestures for each seed, the test line a share of them.
"""

import os

import pytest
from PySide6.QtWidgets import QDialog

from designer.graph import groups, instances
from designer.graph.document import Document
from designer.graph.edits import Bend, Put, apply, edit_from_json, edit_to_json
from designer.graph.reading import network_from_json
from designer.graph.scenery import Bookmark, Note
from designer.project.file import Project, save_project
from designer.ui.bridge import DocumentBridge
from designer.ui.canvas.view import CanvasView
from designer.ui.window import MainWindow
from tests.bench.canvas_kit import network
from tests.ui.canvas.agreement import check, check_document, put_away
from tests.ui.canvas.monkey import Monkey

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
GESTURES = 10_000 if LONG else 200
SEEDS = range(1, 7) if LONG else range(1, 4)
BLOCKS = 200


def drawing():
    """Two hundred blocks with all that a drawing can have: groups open, closed, linked and repeated, notes, bends."""
    document = Document(network(BLOCKS))
    wires = document.network.wires()
    document.do(Bend(wires[3], ((40.0, 60.0), (60.0, 90.0))))
    document.do(Bend(wires[40], ((400.0, 300.0),)))
    document.do(Put("note", "note1", Note("note1", "note", -300.0, 0.0, 240.0, 160.0, "# Stem\n\n- one\n- **two**")))
    document.do(Put("note", "note2", Note("note2", "frame", -40.0, -60.0, 720.0, 420.0, "Beginning", "blue")))
    document.do(Put("bookmark", "here", Bookmark("here", 100.0, 100.0, 0.7)))
    column = [n for n in document.network.nodes if n.startswith("layer0.1.")]
    document.do(groups.group(document, column[1:4], "first"))
    document.do(instances.link_copy(document, "first"))
    document.do(groups.group(document, column[6:8], "second"))
    document.do(instances.repeat(document, "second", 3))
    other = [n for n in document.network.nodes if n.startswith("layer0.2.")]
    document.do(groups.group(document, other[1:3], "third"))
    document.do(groups.open_group(document, "third"))
    return document


@pytest.fixture
def peopled(qtbot):
    """A canvas on the drawing, 900 by 700."""
    bridge = DocumentBridge(drawing())
    view = CanvasView(bridge)
    view.resize(900, 700)
    qtbot.addWidget(view)
    with qtbot.waitExposed(view):
        view.show()
    view.activateWindow()
    view.setFocus()
    yield view
    bridge.close()


def play(view, monkey, gestures, qtbot, qtlog, between=lambda: None):
    """So many gestures; after each hundred everything is looked at."""
    for turn in range(1, gestures + 1):
        with qtbot.capture_exceptions() as faults:
            try:
                monkey.do()
                between()
                if turn % 100 == 0:
                    put_away(view)
                    check(view)
                    assert not view.grab().isNull()
            except Exception as error:
                raise AssertionError(_told(monkey, turn)) from error
        assert not faults, _told(monkey, turn)
        warned = [record for record in qtlog.records if record.type.name in ("QtWarningMsg", "QtCriticalMsg")]
        assert [r.message for r in warned if "does not support" not in r.message] == [], _told(monkey, turn)
    put_away(view)


def back_to(view, start, floor):
    """Undo all: the drawing is the first one."""
    while view.document.depth > floor:
        view.document.undo()
    assert view.document.network.to_json() == start
    put_away(view)
    check(view)


def _told(monkey, turn):
    return f"after {turn} gestures, the last:\n" + "\n".join(monkey.log[-14:])


@pytest.mark.timeout(3600 if LONG else 180)
@pytest.mark.parametrize("seed", SEEDS)
def test_random_gestures(peopled, qtbot, qtlog, seed):
    view, document = peopled, peopled.document
    view.gliding = view.animate = seed % 2 == 0
    start = document.network.to_json()
    monkey = Monkey(view, seed)
    play(view, monkey, GESTURES, qtbot, qtlog)
    back_to(view, start, monkey.floor)
    while document.depth:
        document.undo()
    check_document(document)
    assert document.network.to_json() == network(BLOCKS).to_json()


@pytest.mark.timeout(3600 if LONG else 180)
@pytest.mark.parametrize("seed", SEEDS if LONG else [4])
def test_random_gestures_in_a_window(qtbot, qtlog, tmp_path, seed):
    """The same with panels that follow and keys that are the window's; its journal could bring everything back."""
    path = tmp_path / "drawing.loom"
    save_project(Project(network=drawing().network), path)
    window = MainWindow(path, start_worker=False)
    window.resize(1280, 800)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_sure", True))
    with qtbot.waitSignal(window.painted):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: not window._todo and window.has_editor and not window._idle.isActive())
    view = window.canvas
    view.setFocus()
    start, told = view.document.network.to_json(), []
    view.document.subscribe(lambda changed: told.append(edit_to_json(changed.edit)))

    def shut():
        for dialog in window.findChildren(QDialog):
            if dialog.isVisible():
                dialog.reject()

    play(view, Monkey(view, seed), GESTURES // 5 if LONG else 100, qtbot, qtlog, shut)
    again = network_from_json(start)
    for data in told:
        apply(again, edit_from_json(data))
    assert again.to_json() == view.document.network.to_json()
    back_to(view, start, 0)
