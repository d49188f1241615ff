"""Messages appear inside the window, offer what can be done, and go away by themselves or by a click."""

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from designer.ui.dialogs.question import Question, ask
from designer.ui.notify import Toasts


@pytest.fixture
def window(qtbot):
    made = QWidget()
    made.resize(900, 600)
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_message_stands_in_the_corner(window):
    toasts = Toasts(window)
    toast = toasts.show("info", "Saved")
    assert window.rect().contains(toast.geometry())
    assert toast.geometry().right() == window.width() - 17
    assert toast.accessibleName() == "Saved"
    window.resize(700, 500)
    assert window.rect().contains(toast.geometry())
    toasts.clear()


def test_buttons_do_and_close(window):
    toasts, done = Toasts(window), []
    toast = toasts.show("error", "It failed", ("Try again", lambda: done.append(1)))
    QTest.mouseClick(toast.buttons[0], Qt.MouseButton.LeftButton)
    assert done == [1]
    assert toasts.shown() == []
    toasts.clear()


def test_the_same_message_is_not_stacked(window):
    toasts = Toasts(window)
    assert toasts.show("error", "Full disk") is toasts.show("error", "Full disk")
    toasts.clear()


def test_at_most_four_are_shown_and_none_overlap(window):
    toasts = Toasts(window)
    for i in range(7):
        toasts.show("error", f"Message {i} " + "with more words " * i)
    shown = toasts.shown()
    assert [t.text.split()[1] for t in shown] == ["3", "4", "5", "6"]
    for upper, lower in pairwise(shown):
        assert upper.geometry().bottom() < lower.geometry().top()
    toasts.clear()


def test_information_goes_by_itself_and_errors_stay(window):
    toasts = Toasts(window)
    toasts.show("info", "Saved")
    toasts.show("error", "Failed")
    for _ in range(6):
        toasts._clock.timeout.emit()
    assert [t.text for t in toasts.shown()] == ["Failed"]
    assert not toasts._clock.isActive()  # nothing left to count down
    toasts.clear()


def test_a_question_answers_by_key(window, qtbot):
    said = []
    dialog = ask(
        window, "Stop?", "It is running.", ("Cancel", "", None), ("Stop", "primary", lambda: said.append("stop"))
    )
    qtbot.waitUntil(dialog.isVisible)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert said == ["stop"]
    dialog = ask(window, "Stop?", "It is running.", ("Stop", "primary", lambda: said.append("again")))
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert said == ["stop"]
    qtbot.waitUntil(lambda: not any(q.isVisible() for q in window.findChildren(Question)))


def test_a_warning_that_offers_a_way_out_waits_for_an_answer(window):
    toasts = Toasts(window)
    toast = toasts.show("warning", "Layerloom ended unexpectedly.", ("Restore", lambda: None))
    plain = toasts.show("warning", "Something to know.")
    assert toast.left == 0  # until it is closed
    assert plain.left > 0
    toasts.clear()
