"""What a command moves glides to its place; the document is there at once."""

import pytest
from PySide6.QtCore import QPointF, Qt

from designer.graph.edits import Move
from designer.project.settings import Settings


@pytest.fixture
def gliding(view, document, chain):
    names = chain(document, "input", "conv2d", "relu")
    view.use(Settings())
    return names


def test_blocks_glide_and_arrive(view, document, gliding, qtbot):
    name = gliding[1]
    before = QPointF(view.canvas.blocks[name].pos())
    document.do(Move({name: (before.x() + 400, before.y())}))
    assert document.network[name].x == before.x() + 400
    assert view.glide.running
    assert view.canvas.blocks[name].pos() == before
    qtbot.waitUntil(lambda: not view.glide.running)
    assert view.canvas.blocks[name].pos() == QPointF(before.x() + 400, before.y())
    assert view.canvas.cells.rects[name].left() == before.x() + 400


def test_a_press_or_another_edit_ends_it_at_the_place(view, document, hand, gliding, qtbot):
    name = gliding[1]
    before = QPointF(view.canvas.blocks[name].pos())
    document.do(Move({name: (before.x() + 400, before.y())}))
    qtbot.waitUntil(lambda: not view.glide.running)
    document.undo()
    assert view.glide.running
    assert view.canvas.blocks[name].pos() != before  # on its way back
    hand.press(QPointF(-200, -200))
    assert not view.glide.running
    assert view.canvas.blocks[name].pos() == before
    hand.release(QPointF(-200, -200))


def test_nudges_and_switched_off_are_there_at_once(view, document, hand, gliding):
    name = gliding[1]
    hand.click(hand.middle(name))
    hand.key(Qt.Key.Key_Right)
    assert not view.glide.running
    view.use(Settings(animate=False))
    document.do(Move({name: (900.0, 0.0)}))
    assert not view.glide.running
    assert view.canvas.blocks[name].pos() == QPointF(900, 0)


def test_a_block_deleted_on_its_way_is_gone(view, document, gliding):
    document.do(Move({gliding[1]: (900.0, 0.0)}))
    document.do(document.removal([gliding[1]]))
    assert gliding[1] not in view.canvas.blocks
    assert not view.glide.running
