"""Zoom and pan keep their promises; all three distances paint."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from designer.ui import theme

CONTROL = Qt.KeyboardModifier.ControlModifier


def wheel(view, at, angle, modifiers=Qt.KeyboardModifier.NoModifier, pixels=None, phase=Qt.ScrollPhase.NoScrollPhase):
    place = QPointF(at)
    glob = QPointF(view.viewport().mapToGlobal(at))
    pixels = pixels or QPoint()
    event = QWheelEvent(place, glob, pixels, angle, Qt.MouseButton.NoButton, modifiers, phase, False)
    QApplication.sendEvent(view.viewport(), event)


@pytest.mark.parametrize("modifiers", [Qt.KeyboardModifier.NoModifier, CONTROL])
def test_the_wheel_zooms_around_the_cursor(view, loose, modifiers):
    at = QPoint(611, 233)
    for angle in (120, 120, -120, 240, -480, -480):
        held = view.mapToScene(at)
        before = view.zoom
        wheel(view, at, QPoint(0, angle), modifiers)
        assert (view.zoom > before) == (angle > 0)
        assert (view.mapToScene(at) - held).manhattanLength() * view.zoom <= 2.5


def test_two_fingers_scroll(view, loose):
    before = view.mapToScene(QPoint(0, 0))
    wheel(view, QPoint(100, 100), QPoint(0, -60), pixels=QPoint(10, -30), phase=Qt.ScrollPhase.ScrollUpdate)
    moved = view.mapToScene(QPoint(0, 0)) - before
    assert view.zoom == 1.0
    assert (moved.x(), moved.y()) == (-10, 30)


def test_zoom_has_ends(view, loose):
    for _ in range(80):
        view.zoom_in()
    assert view.zoom == pytest.approx(4.0)
    for _ in range(80):
        view.zoom_out()
    assert view.zoom == pytest.approx(0.03)
    view.zoom_reset()
    assert view.zoom == 1.0


@pytest.mark.parametrize("way", ["middle", "space"])
def test_pan_keeps_the_grabbed_point_under_the_cursor(view, hand, loose, way):
    from PySide6.QtTest import QTest

    button = Qt.MouseButton.MiddleButton if way == "middle" else Qt.MouseButton.LeftButton
    if way == "space":
        QTest.keyPress(view, Qt.Key.Key_Space)
    start, end = QPoint(300, 300), QPoint(420, 210)
    held = view.mapToScene(start)
    QTest.mousePress(view.viewport(), button, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(view.viewport(), QPoint(350, 280))
    QTest.mouseMove(view.viewport(), end)
    QTest.mouseRelease(view.viewport(), button, Qt.KeyboardModifier.NoModifier, end)
    if way == "space":
        QTest.keyRelease(view, Qt.Key.Key_Space)
    assert (view.mapToScene(end) - held).manhattanLength() <= 2
    assert view.selected() == []


def test_fit_shows_everything(view, document, small):
    view.fit()
    assert view.visible_area().contains(view.canvas.content())
    view.select([small[0]])
    view.fit_selection()
    assert view.visible_area().contains(view.canvas.blocks[small[0]].body)


def test_the_first_look_can_be_read_and_begins_at_the_top(view, bridge, chain):
    from designer.graph.document import Document

    long = Document()
    names = chain(long, "input", *["relu"] * 40)
    bridge.set_document(long)
    assert view.zoom == 0.75
    assert view.visible_area().contains(view.canvas.blocks[names[0]].body)
    view.look_at(QPointF(100, 2000), 0.5)
    assert view.zoom == 0.5
    assert (view.visible_area().center() - QPointF(100, 2000)).manhattanLength() < 4


def test_reveal_brings_a_block_into_sight_and_selects_it(view, document, chain):
    names = chain(document, "input", *["relu"] * 40)
    view.set_zoom(0.1)
    view.reveal(names[-1])
    assert view.zoom == 1.0
    assert view.selected() == [names[-1]]
    assert view.visible_area().contains(view.canvas.blocks[names[-1]].body)


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("zoom", [1.0, 0.6, 0.25])
def test_each_distance_paints_blocks_on_paper(view, small, name, zoom):
    theme.set_theme(name)
    view.select([small[1]])
    view.set_zoom(zoom)
    view.centerOn(view.canvas.blocks[small[2]].body.center())
    image = view.grab().toImage()
    paper = theme.theme().canvas.rgb()
    assert image.pixelColor(2, 2).rgb() == paper
    body = view.mapFromScene(view.canvas.blocks[small[2]].body).boundingRect()
    colours = {image.pixelColor(x, body.center().y()).rgb() for x in range(body.left(), body.right())}
    assert paper not in colours
    assert len(colours) > 3


def test_far_away_a_drag_still_shows_and_selects(view, hand, small):
    view.set_zoom(0.2)
    area = view.canvas.content().adjusted(-40, -40, 40, 40)
    view.centerOn(area.center())
    hand.press(area.topLeft())
    hand.move(area.center())
    assert view.grab().toImage().size().width() == 900
    hand.move(area.bottomRight())
    hand.release(area.bottomRight())
    assert view.selected() == small


def test_shift_tab_leaves_the_canvas_and_tab_where_there_is_nothing_to_edit(qtbot, bridge):
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

    from designer.ui.canvas.view import CanvasView

    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)  # offscreen windows warn about least sizes
    view, field = CanvasView(bridge), QLineEdit()
    layout.addWidget(view)
    layout.addWidget(field)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert window.focusWidget() is field
    view.setFocus()
    view.set_read_only(True)
    QTest.keyClick(view, Qt.Key.Key_Tab)
    assert window.focusWidget() is field


def whole(view):
    return view.visible_area().contains(view.canvas.content())


def test_what_was_fitted_stays_fitted(view, small, qtbot):
    view.fit()
    for width, height in ((900, 260), (420, 700), (900, 700)):
        view.resize(width, height)
        qtbot.waitUntil(lambda: whole(view))
    wheel(view, QPoint(400, 300), QPoint(0, 240))
    zoom = view.zoom
    view.resize(900, 260)
    assert view.zoom == zoom  # someone chose where to look


def test_what_grows_out_of_a_fitted_view_is_fitted_again(view, small, document):
    view.resize(900, 400)
    view.fit()
    last = list(document.network.nodes)[-1]
    low = document.network[last].y + 600
    document.do(document.new_block("relu", 0.0, low))
    assert whole(view)


def test_a_view_that_showed_everything_does_so_after_it_is_left_and_shrinks(view, small, qtbot):
    view.fit()
    middle, zoom = view.visible_area().center(), view.zoom
    view.set_zoom(2.0)
    view.look_at(middle, zoom)
    view.resize(900, 300)
    qtbot.waitUntil(lambda: whole(view))


def test_pinching_zooms_around_the_fingers(view):
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QNativeGestureEvent, QPointingDevice
    from PySide6.QtWidgets import QApplication

    at = QPointF(300, 200)
    held = view.mapToScene(at.toPoint())
    before = view.zoom
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        at,
        at,
        view.mapToGlobal(at),
        0.25,
        QPointF(),
    )
    QApplication.sendEvent(view.viewport(), event)
    assert abs(view.zoom / before - 1.25) < 0.01
    assert (view.mapToScene(at.toPoint()) - held).manhattanLength() < 2
