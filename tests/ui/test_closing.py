"""A window closed in the middle of something takes it along: no timer, popup or painter comes back later."""

import gc

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.graph.templates import load_template
from designer.project.file import Project, load_project, save_project
from designer.ui import theme
from designer.ui.window import MainWindow
from tests.ui.canvas.conftest import Hand

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT, KEY = Qt.MouseButton.LeftButton, Qt.Key


def glide(window, hand):
    hand.key(KEY.Key_L, CTRL | SHIFT)
    assert window.canvas.glide.running


def zoom(window, hand):
    hand.key(KEY.Key_Plus, CTRL)
    assert window.canvas._glide.running


def search(window, hand):
    hand.key(KEY.Key_Tab)
    QTest.keyClicks(window.focusWidget(), "conv 8 | re")


def find(window, hand):
    hand.key(KEY.Key_F, CTRL)
    QTest.keyClicks(window.focusWidget(), "tanh")


def palette(window, hand):
    hand.key(KEY.Key_P, CTRL | SHIFT)


def note(window, hand):
    hand.key(KEY.Key_N)
    QTest.keyClicks(window.focusWidget(), "half a")


def wire(window, hand):
    hand.press(hand.output("c1"))
    hand.move(hand.output("c1") + QPoint(40, 40))


def wire_by_keys(window, hand):
    window.canvas.select(["c1"])
    hand.key(KEY.Key_W)


def box(window, hand):
    hand.press(window.canvas.mapToScene(QPoint(5, 5)))
    hand.move(window.canvas.mapToScene(QPoint(400, 300)))


def menu(window, hand):
    at = QPoint(5, 5)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, window.canvas.viewport().mapToGlobal(at))
    QApplication.sendEvent(window.canvas.viewport(), event)
    assert QApplication.activePopupWidget() is not None


def dialog(window, hand):
    hand.key(KEY.Key_B, CTRL)


def picture(window, hand):
    hand.key(KEY.Key_E, CTRL | SHIFT)


def inside(window, hand):
    window.canvas.select(["c1"])
    hand.key(KEY.Key_G, CTRL)
    hand.key(KEY.Key_Return, CTRL)
    assert window.canvas.canvas.scope


def overlay(window, hand):
    hand.key(KEY.Key_O, SHIFT)


@pytest.fixture
def lenet(qtbot, tmp_path):
    """A window on LeNet, the canvas having the keyboard."""
    path = tmp_path / "lenet.loom"
    save_project(Project(network=load_template("lenet5")), path)
    window = MainWindow(path, start_worker=False)
    window.resize(1280, 800)
    with qtbot.waitSignal(window.painted):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: not window._todo and window.has_editor and not window._idle.isActive())
    window.canvas.fit()
    window.canvas.setFocus()
    return window


def ended(window):
    """Close a window for good, and forget it."""
    window._sure = True
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.mark.parametrize("busy", [glide, zoom, search, find, palette, note, wire, wire_by_keys, box, menu, dialog,
                                  picture, inside, overlay], ids=lambda f: f.__name__)  # fmt: skip
def test_closed_in_the_middle(busy, lenet, qtbot):
    busy(lenet, Hand(lenet.canvas))
    document = lenet.bridge.document
    with qtbot.waitSignal(lenet.closed):
        ended(lenet)
    assert not shiboken6.isValid(lenet)
    theme.set_theme("dark")  # who still listens hears of it
    document.do(document.new_block("relu", 0, 0))
    theme.set_theme("light")
    gc.collect()
    QApplication.processEvents()
    assert QApplication.activePopupWidget() is None


def test_saving_keeps_what_is_being_typed(lenet):
    note(lenet, Hand(lenet.canvas))
    QTest.keyClick(lenet.focusWidget(), KEY.Key_S, CTRL)
    assert [n.text for n in load_project(lenet.session.path).network.notes.values()] == ["half a"]
    lenet.canvas.select(["c1"])
    name = lenet.editor.inspector.name.field
    name.setFocus()
    name.selectAll()
    QTest.keyClicks(name, "stem")
    QTest.keyClick(name, KEY.Key_S, CTRL)
    assert "stem" in load_project(lenet.session.path).network
    assert not lenet.session.modified
    ended(lenet)


def test_closing_asks_about_what_is_being_typed(lenet):
    note(lenet, Hand(lenet.canvas))
    QTest.keyClick(lenet.focusWidget(), KEY.Key_Escape)
    QTest.keyClick(lenet.canvas, KEY.Key_S, CTRL)
    assert not lenet.session.modified
    hand = Hand(lenet.canvas)
    hand.key(KEY.Key_Return)
    QTest.keyClicks(lenet.focusWidget(), "more")
    lenet.close()
    assert lenet.isVisible()  # it asks
    assert lenet.session.modified
    assert [n.text for n in lenet.bridge.document.network.notes.values()] == ["more"]
    ended(lenet)
