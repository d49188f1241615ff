"""Steps of the wheel glide, and can be told not to; in a heavy gesture a stretched picture stands in."""

import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtWidgets import QApplication

from designer.ui.canvas import zooming
from tests.ui.canvas.test_canvas_navigation import wheel


def test_a_step_glides_and_holds_the_point_under_the_cursor(view, small, qtbot):
    view.animate = True
    at = QPoint(611, 233)
    held = view.mapToScene(at)
    seen = []
    view.zoomChanged.connect(seen.append)
    wheel(view, at, QPoint(0, 120))
    assert view.zoom == 1.0  # on its way
    goal = 1.0015**120
    qtbot.waitUntil(lambda: view.zoom == pytest.approx(goal))
    assert len(seen) > 1
    assert seen == sorted(seen)
    assert (view.mapToScene(at) - held).manhattanLength() * view.zoom <= 3


def test_further_steps_move_the_goal_and_100_percent_is_met(view, small, qtbot):
    view.animate = True
    at = QPoint(300, 300)
    for _ in range(3):
        wheel(view, at, QPoint(0, 120))
    qtbot.waitUntil(lambda: view.zoom == pytest.approx(1.0015**360))
    for _ in range(3):
        wheel(view, at, QPoint(0, -120))
    qtbot.waitUntil(lambda: view.zoom == 1.0)


def test_who_pans_or_jumps_ends_the_glide(view, small):
    view.animate = True
    wheel(view, QPoint(300, 300), QPoint(0, 480))
    view.scroll_by(10, 0)
    assert not view._glide.running
    wheel(view, QPoint(300, 300), QPoint(0, 480))
    view.set_zoom(0.5)
    assert not view._glide.running and view.zoom == 0.5


def test_a_stretched_picture_stands_in_until_the_gesture_ends(view, small, monkeypatch, qtbot):
    monkeypatch.setattr(zooming, "MANY", 2)
    view.centerOn(view.canvas.content().center())
    sharp = view.grab().toImage()
    at = QPointF(450, 350)
    for _ in range(4):
        view.zoom_at(1.1, at)
    view.zoom_at(0.3, at)
    stretched = view.grab().toImage()
    assert view.canvas.pixmaps.coarse
    qtbot.waitUntil(lambda: not view.canvas.pixmaps.coarse)
    assert view.grab().toImage() != stretched
    for _ in range(4):
        view.zoom_at(1 / 1.1, at)
    view.set_zoom(1.0, at)
    view.centerOn(view.canvas.content().center())
    qtbot.waitUntil(lambda: not view.canvas.pixmaps.coarse)
    QApplication.processEvents()
    assert view.grab().toImage() == sharp
