"""The problems panel lists, jumps, repairs, and stays quick with a thousand rows."""

import time

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.graph.context import Context
from designer.graph.edits import Batch, SetParams
from designer.ui.panels.problems import ProblemsPanel, lines_of


@pytest.fixture
def panel(bridge, small, qtbot):
    made = ProblemsPanel(bridge)
    made.resize(800, 240)
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_sound_network_says_so(panel):
    assert panel.stack.currentWidget() is panel.empty
    assert panel.empty.title.text() == "No problems"


def test_an_empty_network_says_what_to_do(panel, document, small):
    document.do(document.removal(small))
    assert panel.empty.title.text() == "Nothing drawn yet"


def test_rows_jump_to_their_block(panel, document, small, qtbot):
    document.do(SetParams(small[4], {"out_features": 7}))
    assert panel.model.rowCount() == 1
    index = panel.model.index(0)
    assert small[5] in index.data(Qt.ItemDataRole.AccessibleTextRole)
    with qtbot.waitSignal(panel.jump) as caught:
        QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=panel.view.visualRect(index).center())
    assert caught.args == [small[5]]


def test_a_row_is_repaired_by_its_button(panel, document, small, qtbot):
    document.do(SetParams(small[4], {"out_features": 7}))
    qtbot.waitUntil(lambda: bool(panel.fixes(0)))
    QTest.mouseClick(panel.fixes(0)[0], Qt.MouseButton.LeftButton)
    assert not document.problems
    assert panel.stack.currentWidget() is panel.empty
    document.undo()
    assert panel.model.rowCount() == 1


def test_counts_are_told(panel, document, small, qtbot):
    with qtbot.waitSignal(panel.counted) as caught:
        document.do(SetParams(small[4], {"out_features": 7}))
    assert caught.args == [1, 0]


def test_read_only_offers_no_repairs(panel, bridge, document, small):
    bridge.set_read_only(True)
    document.do(SetParams(small[4], {"out_features": 7}))
    assert not panel._todo


def test_a_thousand_rows_cost_little_more_than_fifty(panel, document):
    lots = Batch("many", tuple(_lonely(document, 1000)))
    document.do(lots)
    assert panel.model.rowCount() >= 1000
    problems = document.problems

    def shown(count):
        taken = []
        for _ in range(3):
            panel.model.set_problems(())
            started = time.thread_time()
            panel.model.set_problems(problems[:count])
            panel.view.grab()
            taken.append(time.thread_time() - started)
        return min(taken)

    assert shown(1000) < 8 * shown(50)  # of twenty times as many rows, no more are drawn
    assert len(panel._todo) <= 16  # only what can be seen


def _lonely(document, number):
    taken = []
    for i in range(number):
        edit = document.new_block("relu", 200.0 * i, 0)
        name = f"lonely{i}"
        taken.append(type(edit)(name, edit.type, edit.params, edit.x, edit.y))
    return taken


def test_a_long_message_takes_two_lines():
    words = "Expected 2 dimensions at the output, got more. Insert a Flatten or a global pooling before it."
    assert lines_of(words, 2000) == [words]
    assert " ".join(lines_of(words, 400)) == words
    assert len(lines_of(words, 400)) == 2
    assert lines_of(words, 150)[1].endswith("…")


def test_the_keyboard_stays_with_the_list_after_a_repair(panel, document, small, qtbot):
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    document.do(
        Batch("two", (SetParams(small[4], {"out_features": 7}), SetParams(small[1], {"kernel_size": 99, "padding": 0})))
    )
    qtbot.waitUntil(lambda: bool(panel.fixes(0)))
    with qtbot.waitSignal(panel.repaired):
        panel.fixes(0)[0].setFocus()
        QTest.keyClick(panel.fixes(0)[0], Qt.Key.Key_Space)
    assert not panel.model.problems or panel.view.hasFocus()


def test_a_repair_is_weighed_by_mouse_and_keyboard(panel, document, small, qtbot):
    document.do(SetParams(small[4], {"out_features": 7}))
    qtbot.waitUntil(lambda: bool(panel.fixes(0)))
    button, heard = panel.fixes(0)[0], []
    panel.weighed.connect(heard.append)
    QApplication.sendEvent(button, QEnterEvent(QPointF(5, 5), QPointF(5, 5), QPointF(5, 5)))
    assert heard == [SetParams(small[4], {"out_features": 10})]
    QApplication.sendEvent(button, QEvent(QEvent.Type.Leave))
    assert heard[1:] == [None]
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert heard[2:] == [SetParams(small[4], {"out_features": 10})]
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert not document.problems and heard[-1] is None


def test_a_warning_is_muted_and_heard_again(panel, document, small, qtbot):
    softmax = document.insertion(document.network.inputs_of(small[5])[0], "softmax")
    document.do(softmax)
    (problem,) = document.problems
    qtbot.waitUntil(lambda: panel.view.indexWidget(panel.model.index(0)) is not None)
    assert not panel.foot.isVisible()
    QTest.mouseClick(panel.view.indexWidget(panel.model.index(0)).mute, Qt.MouseButton.LeftButton)
    assert document.problems == () and document.muted == (problem,)
    assert panel.foot.isVisible() and panel.muted.text() == "1 muted"
    assert panel.stack.currentWidget() is panel.empty
    QTest.mouseClick(panel.muted, Qt.MouseButton.LeftButton)
    assert panel.model.rowCount() == 1
    assert panel.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole).startswith("muted: ")
    qtbot.waitUntil(lambda: panel.view.indexWidget(panel.model.index(0)) is not None)
    again = panel.view.indexWidget(panel.model.index(0))
    assert not panel.fixes(0)
    QTest.mouseClick(again.mute, Qt.MouseButton.LeftButton)
    assert document.problems == (problem,) and not document.muted
    document.undo()
    assert document.muted == (problem,)
    document.undo()
    assert document.problems == (problem,)


def test_an_error_cannot_be_muted(panel, document, small, qtbot):
    document.do(SetParams(small[4], {"out_features": 7}))
    qtbot.waitUntil(lambda: bool(panel.fixes(0)))
    assert panel.view.indexWidget(panel.model.index(0)).mute is None


def test_facts_about_the_data_change_the_problems(panel, bridge, document, small, qtbot):
    bridge.set_context(Context("Pets", 37))
    assert [p.code for p in panel.model.problems] == ["data_classes"]
    qtbot.waitUntil(lambda: bool(panel.fixes(0)))
    QTest.mouseClick(panel.fixes(0)[0], Qt.MouseButton.LeftButton)
    assert not document.problems and document.network[small[4]].params["out_features"] == 37
