"""A canvas on a real window, and the mouse that works on it."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.graph.edits import Connect
from designer.graph.model import Wire
from designer.ui.canvas.view import CanvasView

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


class Hand:
    """Real mouse and key events on a canvas, aimed at points of the scene."""

    def __init__(self, view):
        self.view = view

    def at(self, point):
        return self.view.mapFromScene(point)

    def press(self, point, button=LEFT, modifiers=NONE):
        QTest.mousePress(self.view.viewport(), button, modifiers, self.at(point))

    def move(self, point):
        QTest.mouseMove(self.view.viewport(), self.at(point))
        QApplication.processEvents()

    def release(self, point, button=LEFT, modifiers=NONE):
        QTest.mouseRelease(self.view.viewport(), button, modifiers, self.at(point))

    def click(self, point, modifiers=NONE):
        self.press(point, modifiers=modifiers)
        self.release(point, modifiers=modifiers)

    def drag(self, start, end, button=LEFT, modifiers=NONE):
        self.press(start, button, modifiers)
        self.move(start + (end - start) * 0.3)
        self.move(end)
        self.release(end, button, modifiers)

    def key(self, key, modifiers=NONE):
        QTest.keyClick(self.view, key, modifiers)

    def middle(self, name):
        return self.view.canvas.blocks[name].body.center()

    def output(self, name, index=0):
        item = self.view.canvas.blocks[name]
        return item.pos() + item.card.output_at(index)

    def input(self, name, slot=0):
        item = self.view.canvas.blocks[name]
        return item.pos() + item.card.input_at(slot)


@pytest.fixture
def view(qtbot, bridge):
    """The canvas on an empty document, 900 by 700, at 100 %."""
    made = CanvasView(bridge)
    made.resize(900, 700)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    made.zoom_reset()
    made.setFocus()
    return made


@pytest.fixture
def hand(view):
    """The mouse over the canvas."""
    return Hand(view)


@pytest.fixture
def loose(view, document):
    """Three blocks without wires, well apart and in sight: input1, conv1, relu1."""
    names = []
    for i, kind in enumerate(("input", "conv2d", "relu")):
        edit = document.new_block(kind, 0.0, 160.0 * i)
        document.do(edit)
        names.append(edit.name)
    view.centerOn(QPointF(108, 200))
    return names


@pytest.fixture
def chain():
    """A function that adds blocks of these types to a document, wired one after the other; it gives their names."""

    def add(document, *types):
        names = []
        for i, kind in enumerate(types):
            edit = document.new_block(kind, 0, 120.0 * i)
            document.do(edit)
            names.append(edit.name)
            if i:
                document.do(Connect(Wire(names[-2], 0, names[-1], 0)))
        return names

    return add
