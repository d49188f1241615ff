"""Sharp at 100 to 300 %: what is blitted from pictures equals what is painted directly at that resolution."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from designer.ui.canvas.paint import paint_card, paint_flat
from designer.ui.canvas.pixmaps import Pixmaps


def image(width, height, ratio, colour):
    made = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_RGB32)
    made.setDevicePixelRatio(ratio)
    made.fill(colour)
    return made


def apart(a, b):
    """The mean and the largest difference of two pictures, of 255."""
    one, other = (bytes(p.convertToFormat(QImage.Format.Format_Grayscale8).constBits()) for p in (a, b))
    gaps = [abs(x - y) for x, y in zip(one, other, strict=True)]
    return sum(gaps) / len(gaps), max(gaps)


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0, 3.0])
@pytest.mark.parametrize("zoom", [1.0, 0.5])
def test_a_card_is_as_sharp_as_the_screen(view, small, ratio, zoom):
    item = view.canvas.blocks[small[1]]
    width, height = 280 * zoom, 120 * zoom
    paper = view.canvas.look.theme.canvas
    blitted, direct = image(width, height, ratio, paper), image(width, height, ratio, paper)
    cache = Pixmaps(view.canvas.look)
    painter = QPainter(blitted)
    painter.scale(zoom, zoom)
    painter.translate(24, 20)
    cache.blit(painter, item)
    painter.end()
    painter = QPainter(direct)
    painter.scale(zoom, zoom)
    painter.translate(24, 20)
    if zoom < 0.75:
        paint_flat(painter, item.card, view.canvas.look, zoom)
    else:
        paint_card(painter, item.card, view.canvas.look)
    painter.end()
    mean, _ = apart(blitted, direct)
    blurred = direct.scaled(direct.size() / ratio / 1.4, mode=Qt.TransformationMode.SmoothTransformation).scaled(
        direct.size(), mode=Qt.TransformationMode.SmoothTransformation
    )
    blurred.setDevicePixelRatio(ratio)
    soft, _ = apart(blurred, direct)
    # Letters may differ by a shade; a picture of too few pixels would be as far off as the blurred one.
    assert mean < soft * 0.6


def test_pictures_are_made_anew_for_another_screen(view, small):
    item = view.canvas.blocks[small[1]]
    cache = Pixmaps(view.canvas.look)
    widths = []
    for ratio in (1.0, 2.0, 3.0, 1.0):
        target = image(280, 120, ratio, Qt.GlobalColor.white)
        painter = QPainter(target)
        painter.translate(24, 20)
        cache.blit(painter, item)
        painter.end()
        widths.append(cache._cards[item.card.name][2].width())
    assert widths[1] == pytest.approx(2 * widths[0], abs=2)
    assert widths[2] == pytest.approx(3 * widths[0], abs=3)
    assert widths[3] == widths[0]


def test_the_dots_of_the_paper_are_too(view):
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QTransform

    from designer.ui.canvas.dots import Dots

    for ratio in (1.0, 2.0):
        target = image(200, 100, ratio, Qt.GlobalColor.white)
        painter = QPainter(target)
        Dots().paint(painter, QTransform(), QRectF(0, 0, 200, 100), QColor("black"))
        painter.end()
        middle = target.pixelColor(QPoint(round(24 * ratio), round(24 * ratio)))
        assert middle.lightness() < 140
        assert target.pixelColor(QPointF(36 * ratio, 36 * ratio).toPoint()).lightness() == 255
