"""The palette finds blocks, folds groups, and hands them over by key, double-click and drag."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from designer.blocks.catalog import catalog
from designer.graph.composites import offered
from designer.graph.search import search
from designer.ui import theme
from designer.ui.canvas.drops import MIME
from designer.ui.panels.palette import Palette
from designer.ui.panels.palette_paint import chip
from designer.ui.panels.palette_rows import rows


@pytest.fixture
def palette(qtbot):
    window = QWidget()
    window.resize(240, 600)
    made = Palette(window)
    made.resize(240, 600)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    yield made


def shown(palette):
    return [palette.model.row(palette.model.index(i)) for i in range(palette.model.rowCount())]


def index_of(palette, block_type):
    for i, row in enumerate(shown(palette)):
        if row.block and row.block.type == block_type:
            return palette.model.index(i)
    raise AssertionError(block_type)


def test_every_block_is_offered_once_under_its_group(palette):
    blocks = [row.block.type for row in shown(palette) if row.block]
    assert sorted(blocks) == sorted(offered())
    assert shown(palette)[0].group == "Input and output"
    assert shown(palette)[1].block.type == "input"


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("conv", "conv2d"),
        ("Conv 1-D", "conv1d"),
        ("fc", "linear"),
        ("dense", "linear"),
        ("fully connected", "linear"),
        ("bn", "batch_norm2d"),
        ("skip", "add"),
        ("cv2", "conv2d"),
        ("max pool", "max_pool2d"),
        ("swish", "silu"),
        ("fullyConnectedLayer", "linear"),
        ("softmax", "softmax"),
    ],
)
def test_search_ranks_what_people_mean_first(query, first):
    assert search(query)[0].type == first


def test_search_without_an_answer_says_so(palette):
    palette.search.setText("qqqq")
    assert [row.note for row in shown(palette)] == ["No block matches “qqqq”"]
    assert search("") == []
    assert rows("  ") == rows("")


def test_enter_in_the_search_adds_the_best_answer(palette, qtbot):
    palette.focus_search()
    QTest.keyClicks(palette.search, "gelu")
    with qtbot.waitSignal(palette.blockChosen) as chosen:
        QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert chosen.args == ["gelu"]
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert palette.search.text() == ""
    QTest.keyClick(palette.search, Qt.Key.Key_Return)


def test_down_goes_into_the_list_and_enter_adds(palette, qtbot):
    QTest.keyClicks(palette.search, "pool")
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    QTest.keyClick(palette.list, Qt.Key.Key_Down)
    wanted = palette.model.row(palette.list.currentIndex()).block.type
    with qtbot.waitSignal(palette.blockChosen) as chosen:
        QTest.keyClick(palette.list, Qt.Key.Key_Return)
    assert chosen.args == [wanted]
    assert wanted == shown(palette)[1].block.type


def test_typing_in_the_list_goes_on_in_the_search(palette):
    palette.list.setCurrentIndex(palette.model.index(1))
    QTest.keyClick(palette.list, Qt.Key.Key_L)
    assert palette.search.text() == "l"


def test_a_click_on_a_heading_folds_its_group(palette):
    before = palette.model.rowCount()
    heading = palette.model.find("Input and output")
    count = palette.model.row(heading).count
    place = palette.list.visualRect(heading).center()
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert palette.model.rowCount() == before - count
    QTest.keyClick(palette.list, Qt.Key.Key_Right)
    assert palette.model.rowCount() == before
    QTest.keyClick(palette.list, Qt.Key.Key_Return)
    assert palette.model.rowCount() == before - count
    palette.search.setText("input")
    assert any(row.block and row.block.type == "input" for row in shown(palette))


def test_double_click_adds(palette, qtbot):
    place = palette.list.visualRect(index_of(palette, "conv2d")).center()
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(palette.blockChosen) as chosen:
        QTest.mouseDClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args == ["conv2d"]


def test_a_drag_carries_the_blocks_type_and_headings_stay(palette):
    index = index_of(palette, "relu")
    assert palette.model.flags(index) & Qt.ItemFlag.ItemIsDragEnabled
    data = palette.model.mimeData([index])
    assert bytes(data.data(MIME).data()) == b"relu"
    assert not palette.model.flags(palette.model.index(0)) & Qt.ItemFlag.ItemIsDragEnabled
    assert chip(catalog()["relu"], 2.0).width() > 100


def test_each_block_explains_itself(palette):
    for row in (r for r in shown(palette) if r.block):
        index = index_of(palette, row.block.type)
        tip = index.data(Qt.ItemDataRole.ToolTipRole)
        assert row.block.title in tip
        assert row.group in index.data(Qt.ItemDataRole.AccessibleTextRole)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_it_paints_in_both_themes(palette, name):
    theme.set_theme(name)
    palette.list.setCurrentIndex(palette.model.index(2))
    image = palette.grab().toImage()
    assert image.pixelColor(QPoint(120, 590)).lightness() != theme.theme().text.lightness()
    assert len({image.pixelColor(x, y).rgb() for x in range(0, 240, 3) for y in range(60, 600, 3)}) > 30
