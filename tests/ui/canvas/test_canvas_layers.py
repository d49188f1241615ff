"""What an overlay says on the cards, and what is drawn under and above the network, near, far and in pictures."""

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from designer.ui.canvas.layers import Layer

HEAT = QColor("#e08a1e")


class Sheet(Layer):
    """A plain rectangle."""

    def __init__(self, rect, colour):
        self.rect, self.colour = rect, QColor(colour)
        self.zooms = []

    def paint(self, painter, area, zoom):
        self.zooms.append(zoom)
        painter.fillRect(self.rect, self.colour)

    def bounds(self):
        return self.rect


def colour_at(view, point):
    image = view.grab().toImage()
    return image.pixelColor(view.mapFromScene(point) * image.devicePixelRatio()).name()


@pytest.mark.parametrize("zoom", [1.0, 0.6, 0.2])
def test_a_layer_lies_under_or_above_the_blocks(view, small, zoom):
    scene = view.canvas
    body = scene.blocks[small[0]].body
    under = Sheet(body.adjusted(-60, -60, 60, 60), "#123456")
    scene.underlays.append(under)
    scene.touch()
    view.set_zoom(zoom)
    view.centerOn(body.center())
    corner = body.topLeft() - (body.center() - body.topLeft()) * 0.2
    assert colour_at(view, corner) == "#123456"
    assert colour_at(view, body.center()) != "#123456"
    scene.overlays.append(Sheet(body, "#654321"))
    scene.touch(body)
    assert colour_at(view, body.center()) == "#654321"
    assert under.zooms and set(under.zooms) == {view.zoom}


def test_layers_are_in_pictures_and_in_what_is_fitted(view, small):
    scene = view.canvas
    away = scene.content().adjusted(0, 0, 500, 0)
    scene.underlays.append(Sheet(QRectF(away.right() - 50, away.top(), 50, 50), "#123456"))
    assert scene.content().right() == pytest.approx(away.right())
    image = QImage(200, 200, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    scene.render(painter, QRectF(0, 0, 200, 200), QRectF(away.right() - 50, away.top(), 50, 50))
    painter.end()
    assert image.pixelColor(100, 100).name() == "#123456"


@pytest.mark.parametrize("zoom", [1.0, 0.6, 0.2])
def test_a_tint_and_a_figure_show_at_once_and_go_again(view, small, zoom, qtbot):
    view.set_zoom(zoom)
    view.centerOn(view.canvas.blocks[small[1]].body.center())
    qtbot.waitUntil(lambda: not view.canvas.pixmaps.coarse)  # no picture of another scale is stretched
    plain = view.grab().toImage()
    view.canvas.set_figures({small[1]: HEAT}, {small[1]: "1.2 G"})
    dressed = view.grab().toImage()
    assert dressed != plain
    other = view.mapFromScene(view.canvas.blocks[small[0]].body).boundingRect()
    assert dressed.copy(other) == plain.copy(other)
    view.canvas.set_figures({small[1]: HEAT}, {small[1]: "3.4 M"})
    again = view.grab().toImage()
    assert (again != dressed) == (zoom >= 0.4)
    view.canvas.set_figures({}, {})
    assert view.grab().toImage() == plain


def test_a_tint_is_in_the_body_near_and_is_the_bar_from_far(view, small):
    body = view.canvas.blocks[small[1]].body
    view.canvas.set_figures({small[1]: HEAT}, {})
    edge = body.center()
    edge.setX(body.right() - 6)
    near = QColor(colour_at(view, edge))
    raised = view.canvas.look.theme.raised
    assert near != raised and abs(near.hue() - HEAT.hue()) < 12
    view.set_zoom(0.2)
    view.centerOn(body.center())
    assert QColor(colour_at(view, edge)).name() == HEAT.name()
