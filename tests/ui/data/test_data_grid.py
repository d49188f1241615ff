"""The grid of thumbnails: only what is seen is asked for and kept, by mouse and keyboard."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.jobs.browsing import Tile
from designer.ui import theme
from designer.ui.data.grid import ThumbGrid
from designer.ui.data.tiles import Shelf, image_of

LEFT = Qt.MouseButton.LeftButton


def tile(number: int, side: int = 64) -> Tile:
    return Tile(number, side, side, 3, False, bytes([number % 256, 40, 200]) * side * side, f"n{number}", "cat")


@pytest.fixture
def grid(qtbot: QtBot) -> ThumbGrid:
    made = ThumbGrid()
    qtbot.addWidget(made)
    made.resize(640, 400)
    made.show()
    qtbot.waitExposed(made)
    return made


def feed(grid: ThumbGrid) -> list[list[int]]:
    """Answer what it asks for; what it asked for."""
    asked: list[list[int]] = []

    def answer(numbers: list[int], side: int) -> None:
        asked.append(numbers)
        grid.take([tile(n, side) for n in numbers])

    grid.wanted.connect(answer)
    return asked


def test_only_what_is_in_sight_or_near_is_asked_for(grid: ThumbGrid, qtbot: QtBot) -> None:
    asked = feed(grid)
    grid.show_numbers(np.arange(100_000))
    qtbot.waitUntil(lambda: bool(asked))
    seen = list(grid.seen())
    assert asked[0][: len(seen)] == seen and len(asked[0]) < 4 * len(seen)
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum() // 2)
    qtbot.waitUntil(lambda: len(asked) == 2)
    middle = grid.seen()
    assert 40_000 < middle.start < 60_000 and asked[1][0] == middle.start
    assert set(middle) <= set(asked[1])


def test_the_shelf_keeps_to_its_bound() -> None:
    shelf = Shelf(bound=1 << 20)
    from PySide6.QtCore import QSize

    for number in range(200):
        shelf.put(tile(number), QSize(64, 64), 1.0)
    assert shelf.size <= 1 << 20 and 199 in shelf and 0 not in shelf
    oldest = min(n for n in range(200) if n in shelf)
    shelf.get(oldest)  # looked at: not the next to go
    shelf.put(tile(300), QSize(64, 64), 1.0)
    assert oldest in shelf


def test_the_keyboard_walks_and_the_mouse_chooses(grid: ThumbGrid, qtbot: QtBot) -> None:
    feed(grid)
    grid.show_numbers(np.arange(1000) * 2)
    picked: list[int] = []
    grid.picked.connect(picked.append)
    QTest.mouseClick(grid.viewport(), LEFT, pos=grid.rect_of(1).center())
    assert picked == [2]
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_End, Qt.Key.Key_Home):
        QTest.keyClick(grid, key)
    n = grid.columns
    assert picked[1:] == [4, 4 + 2 * n, 2 + 2 * n, 2, 1998, 0]
    QTest.keyClick(grid, Qt.Key.Key_End)
    assert grid.viewport().rect().contains(grid.rect_of(999))  # it came into sight
    QTest.mouseClick(grid.viewport(), LEFT, pos=QPoint(grid.viewport().width() - 2, 2))
    assert grid.number() == 1998  # a click beside the items changes nothing


def test_the_chosen_item_stays_chosen_through_a_filter(grid: ThumbGrid) -> None:
    grid.show_numbers(np.arange(500))
    grid.choose(400)
    grid.show_numbers(np.arange(0, 500, 2))
    assert grid.number() == 400 and grid.viewport().rect().intersects(grid.rect_of(grid.current))
    grid.show_numbers(np.arange(100))
    assert grid.number() == -1


def test_what_is_painted_are_the_pixels_that_came(grid: ThumbGrid, qtbot: QtBot) -> None:
    feed(grid)
    grid.show_numbers(np.array([7, 90]))
    qtbot.waitUntil(lambda: 90 in grid.shelf)
    image = grid.viewport().grab().toImage()
    for place, number in enumerate((7, 90)):
        at = grid.rect_of(place).topLeft() + QPoint(grid.side // 2, grid.side // 2)
        assert image.pixelColor(at * image.devicePixelRatio()).getRgb()[:3] == (number, 40, 200)


def test_ink_takes_the_colour_of_the_theme() -> None:
    drawn = image_of(Tile(0, 2, 1, 1, True, bytes([255, 0])))
    assert drawn.pixelColor(0, 0) == theme.theme().accent and drawn.pixelColor(1, 0).alpha() == 0
