"""The minimap, with a real mouse: it shows where one is, moves the view, and stays out of the way."""

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.graph.edits import AddBlock, Move
from designer.project.settings import load_settings
from designer.ui import theme
from designer.ui.window import MainWindow

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def wide(view, document, qtbot):
    """Blocks over 6,000 by 4,000 units, the view at 100 %; the minimap."""
    for row in range(10):
        for column in range(8):
            document.do(AddBlock(f"b{row}.{column}", "relu", {}, column * 800.0, row * 400.0))
    view.set_zoom(1.0)
    view.centerOn(QPointF(400, 300))
    qtbot.waitUntil(view.minimap.isVisible)
    return view.minimap


def middle(view):
    return view.visible_area().center()


def close_to(point, x, y, by=8.0):
    return abs(point.x() - x) < by and abs(point.y() - y) < by


def test_only_there_when_there_is_more_to_see(wide, view, document, qtbot):
    view.fit()
    qtbot.waitUntil(wide.isHidden)
    view.set_zoom(1.5)
    qtbot.waitUntil(wide.isVisible)
    for _ in list(document.network.nodes):
        document.undo()
    qtbot.waitUntil(wide.isHidden)


def test_in_its_corner_at_every_size(wide, view, qtbot):
    for width, height in ((360, 260), (900, 600), (1920, 1080)):
        view.resize(width, height)
        QApplication.processEvents()
        assert wide.geometry().bottomRight() == QPoint(width - 13, height - 13)
        assert wide.width() * wide.height() < 0.15 * width * height
    view.resize(300, 300)
    QApplication.processEvents()
    assert wide.isHidden()


def test_the_frame_is_where_one_is(wide, view):
    frames = []
    for at in (QPointF(400, 300), QPointF(3000, 2000), QPointF(5600, 3600)):
        view.centerOn(at)
        frames.append(wide.frame())
        back, _ = wide._to_map().inverted()
        assert QRectF(back.mapRect(wide.frame())).intersected(view.visible_area()).contains(middle(view))
    assert frames[0].center().x() < frames[1].center().x() < frames[2].center().x()
    assert all(QRectF(wide.rect()).contains(frame) for frame in frames)
    view.centerOn(QPointF(90_000, -50_000))  # lost: still a mark at the edge that says which way back
    assert QRectF(wide.rect()).contains(wide.frame()) and wide.frame().right() > wide.width() - 8


def test_a_click_goes_there_and_a_drag_follows(wide, view):
    target = wide._to_map().map(QPointF(4000, 2600)).toPoint()
    QTest.mousePress(wide, LEFT, pos=target)
    assert close_to(middle(view), 4000, 2600, 40)
    back, _ = wide._to_map().inverted()
    for step in (QPoint(6, -4), QPoint(12, -8)):
        QTest.mouseMove(wide, target + step)
        QApplication.processEvents()
    QTest.mouseRelease(wide, LEFT, pos=target + QPoint(12, -8))
    there = back.map(QPointF(target + QPoint(12, -8)))
    assert close_to(middle(view), there.x(), there.y())
    assert not view.fitted


def test_the_frame_is_taken_where_it_is_touched(wide, view):
    before = middle(view)
    grip = (wide.frame().topLeft() + QPointF(4, 4)).toPoint()
    QTest.mousePress(wide, LEFT, pos=grip)
    assert close_to(middle(view), before.x(), before.y())  # it does not jump under the cursor
    QTest.mouseRelease(wide, LEFT, pos=grip)


def test_the_wheel_zooms_around_the_middle(wide, view):
    before, zoom = middle(view), view.zoom
    at = QPointF(wide.rect().center())
    event = QWheelEvent(
        at,
        wide.mapToGlobal(at),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(wide, event)
    assert view.zoom < zoom and close_to(middle(view), before.x(), before.y(), 4)
    QTest.mouseDClick(wide, LEFT, pos=wide.rect().center())
    assert view.visible_area().contains(view.canvas.content())


def test_panning_draws_no_block_anew(wide, view, monkeypatch):
    wide.grab()
    drawn = []
    real = wide._drawn
    monkeypatch.setattr(wide, "_drawn", lambda ratio: drawn.append(ratio) or real(ratio))
    for _ in range(20):
        view.scroll_by(31, 17)
        QApplication.processEvents()
    assert drawn == []


def test_an_edit_is_seen_and_a_drag_is_not_waited_for(wide, view, document, qtbot):
    before = wide.grab().toImage()
    document.do(Move({"b5.4": (3200.0, 2180.0)}))
    qtbot.waitUntil(lambda: wide.grab().toImage() != before)
    view.canvas.select(["b9.7"])
    colour = theme.LIGHT.selection
    at = wide._to_map().map(view.canvas.blocks["b9.7"].body.center()).toPoint()
    view.centerOn(view.canvas.blocks["b9.7"].body.center())  # so that no veil lies over it

    def apart():
        image = wide.grab().toImage()
        rows = (image.pixelColor(at.x(), at.y() + dy).getRgb() for dy in (-1, 0, 1))  # a low bar has soft edges
        return min(sum(abs(a - b) for a, b in zip(row, colour.getRgb(), strict=True)) for row in rows)

    qtbot.waitUntil(lambda: apart() < 150)
    view.canvas.select([])
    qtbot.waitUntil(lambda: apart() > 200)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_it_wears_the_theme(wide, view, name):
    theme.set_theme(name)
    corner = wide.grab().toImage().pixelColor(wide.width() // 2, 5)
    assert (corner.lightness() < 80) is (name == "dark")


def test_m_switches_it_off_for_good(qtbot):
    window = MainWindow(start_worker=False)
    qtbot.addWidget(window)
    window.settings = window.settings.changed(confirm_close=False)
    window.session.new()
    window.show_editor()
    with qtbot.waitExposed(window):
        window.show()
    window.canvas.setFocus()
    window.refresh_actions()
    item = window.actions_by_id["minimap"]
    assert item.isChecked()
    QTest.keyClick(window.canvas, Qt.Key.Key_M)
    assert not window.canvas.minimap.wanted and not item.isChecked()
    assert load_settings().settings.minimap is False
    item.trigger()
    assert window.canvas.minimap.wanted and load_settings().settings.minimap is True
    window.close()
