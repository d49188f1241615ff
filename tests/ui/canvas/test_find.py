"""Ctrl+F finds blocks of the drawing: what matches stays bright, Enter goes from one to the next."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from designer.graph.find import by_name, matches
from designer.ui import theme
from designer.ui.canvas.search.find import FindBar, open_find

KEY = Qt.Key


@pytest.fixture
def many(view, document, chain):
    """Two convolutions, two activations and ends, far apart."""
    names = chain(document, "input", "conv2d", "relu", "conv2d", "relu", "flatten")
    view.select(())
    return names


def find(view, text):
    QTest.keyClick(view, KEY.Key_F, Qt.KeyboardModifier.ControlModifier)
    bar = view.findChild(FindBar)
    QTest.keyClicks(bar.edit, text)
    return bar


def test_matches_stay_bright_and_are_counted(view, many):
    bar = find(view, "conv")
    assert bar.isVisible()
    assert bar.edit.hasFocus()
    assert view.canvas.allowed == {"conv1", "conv2"}
    assert bar.count.text() == "2 found"
    assert view.selected() == []


def test_enter_steps_round_and_centres(view, many):
    view.set_zoom(2.0)
    bar = find(view, "conv")
    seen = []
    for modifiers in (Qt.KeyboardModifier.NoModifier,) * 3 + (Qt.KeyboardModifier.ShiftModifier,):
        QTest.keyClick(bar.edit, KEY.Key_Return, modifiers)
        (name,) = view.selected()
        middle = view.canvas.blocks[name].body.center()
        assert (view.visible_area().center() - middle).manhattanLength() < 4
        seen.append((name, bar.count.text()))
    assert seen == [("conv1", "1 of 2"), ("conv2", "2 of 2"), ("conv1", "1 of 2"), ("conv2", "2 of 2")]
    assert bar.edit.hasFocus()
    QTest.keyClick(bar.edit, KEY.Key_Escape)
    assert not bar.isVisible()
    assert view.canvas.allowed is None
    assert view.selected() == ["conv2"]
    assert view.hasFocus()


def test_escape_without_a_step_brings_the_view_back(view, many):
    view.set_zoom(2.0)
    view.centerOn(view.canvas.blocks["input1"].body.center())
    before, zoom = view.visible_area().center(), view.zoom
    bar = find(view, "flatten")
    assert view.visible_area().contains(view.canvas.blocks["flatten1"].body)
    QTest.keyClick(bar.edit, KEY.Key_Escape)
    assert (view.visible_area().center() - before).manhattanLength() < 2
    assert view.zoom == zoom


def test_no_match_says_so_and_fades_nothing(view, many):
    bar = find(view, "qqq")
    assert bar.count.text() == "No match"
    assert view.canvas.allowed is None
    assert not bar.next.isEnabled()
    QTest.keyClick(bar.edit, KEY.Key_Return)
    assert view.selected() == []


def test_the_buttons_do_what_the_keys_do(view, many):
    bar = find(view, "relu")
    QTest.mouseClick(bar.next, Qt.MouseButton.LeftButton)
    QTest.mouseClick(bar.previous, Qt.MouseButton.LeftButton)
    assert view.selected() == ["relu2"]
    QTest.mouseClick(bar.shut, Qt.MouseButton.LeftButton)
    assert not bar.isVisible()


def test_it_follows_the_document(view, document, many):
    bar = find(view, "conv")
    document.do(document.new_block("conv2d", 400.0, 0.0))
    assert bar.count.text() == "3 found"
    assert view.canvas.allowed == {"conv1", "conv2", "conv3"}
    document.undo()
    assert bar.count.text() == "2 found"
    bar.end()


def test_opened_again_it_is_the_same_bar_with_what_was_typed(view, many):
    bar = find(view, "relu")
    bar.end()
    assert open_find(view) is bar
    assert bar.edit.selectedText() == "relu"
    assert view.canvas.allowed == {"relu1", "relu2"}
    assert len(view.findChildren(FindBar)) == 1


def test_it_lies_in_the_corner_and_paints(view, many, qtbot):
    for name in ("light", "dark"):
        theme.set_theme(name)
        bar = find(view, "conv")
        assert bar.geometry().right() > view.width() - 20
        assert bar.geometry().top() < 20
        assert bar.grab().toImage().pixelColor(4, 20).lightness() == pytest.approx(
            theme.theme().raised.lightness(), abs=12
        )
        bar.end()
        bar.edit.clear()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("conv", ["conv1", "conv2"]),
        ("CONV2", ["conv2"]),
        ("max pool", []),
        ("conv 2-d", ["conv1", "conv2"]),
        ("flat", ["flatten1"]),
        ("rl1", ["relu1"]),
        ("  ", []),
    ],
)
def test_blocks_are_found_by_name_type_and_title(document, chain, text, found):
    chain(document, "input", "conv2d", "relu", "conv2d", "flatten")
    assert matches(document.network, text) == found


def test_names_answer_best_first(document, chain):
    chain(document, "input", "conv2d", "relu", "conv2d")
    assert by_name(document.network, "cv2", 5) == [("conv2", (0, 3, 4))]
