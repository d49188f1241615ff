"""The window follows the system between light and dark while it runs, and icons are sharp on every screen."""

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from designer.graph.templates import load_template
from designer.ui import theme
from designer.ui.icons import glyph_icon
from designer.ui.window import MainWindow


@pytest.fixture
def system(monkeypatch):
    """A system that can be switched; the offscreen platform cannot be asked to be dark."""
    now = {"dark": False}
    monkeypatch.setattr(theme, "_system_is_dark", lambda: now["dark"])

    def switch(dark):
        now["dark"] = dark
        scheme = Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light
        QGuiApplication.styleHints().colorSchemeChanged.emit(scheme)

    return switch


@pytest.fixture
def window(qtbot):
    made = MainWindow(start_worker=False)
    qtbot.addWidget(made)
    made.settings = made.settings.changed(confirm_close=False)
    made.session.new(load_template("lenet5"), "lenet")
    made.show_editor()
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close()


def corner(widget):
    return widget.grab().toImage().pixelColor(3, 3)


def test_an_open_window_changes_with_the_system(window, system, qtbot):
    theme.set_theme("system")
    assert theme.theme() is theme.LIGHT
    for dark, now in ((True, theme.DARK), (False, theme.LIGHT), (True, theme.DARK)):
        with qtbot.waitSignal(theme.notifier().changed):
            system(dark)
        assert theme.theme() is now
        assert window.canvas.canvas.look.theme is now
        assert corner(window.canvas.viewport()) == now.canvas
        assert corner(window.toolbar) == now.window
        assert window.palette().windowText().color() == now.text


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_what_a_person_chose_stays(window, system, qtbot, choice):
    theme.set_theme(choice)
    with qtbot.assertNotEmitted(theme.notifier().changed):
        system(True)
        system(False)
    assert theme.theme().name == choice


def test_back_to_the_system_takes_what_it_is_by_then(system):
    theme.set_theme("light")
    system(True)
    theme.set_theme("system")
    assert theme.theme() is theme.DARK


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0, 3.0])
def test_icons_are_drawn_for_the_screen_and_not_stretched(ratio):
    icon = glyph_icon("mdi6.content-save-outline")
    pixmap = icon.pixmap(QSize(16, 16), ratio)
    assert pixmap.size() == QSize(round(16 * ratio), round(16 * ratio))
    assert pixmap.devicePixelRatio() == ratio
    truth = glyph_icon("mdi6.content-save-outline").pixmap(pixmap.size(), 1.0)
    assert _apart(pixmap.toImage(), truth.toImage()) < 0.03
    if ratio >= 2:
        small = icon.pixmap(QSize(16, 16), 1.0).scaled(pixmap.size()).toImage()
        assert _apart(pixmap.toImage(), small) > 0.05  # what a stretched icon would be


def _apart(a, b):
    """The mean difference of two pictures of one size on white, 0 to 1."""
    total = 0
    flat = []
    for image in (a, b):
        image.setDevicePixelRatio(1)
        back = QImage(image.size(), QImage.Format.Format_Grayscale8)
        back.fill(Qt.GlobalColor.white)
        painter = QPainter(back)
        painter.drawImage(0, 0, image)
        painter.end()
        flat.append(back)
    for y in range(a.height()):
        for x in range(a.width()):
            total += abs(flat[0].pixelColor(x, y).lightness() - flat[1].pixelColor(x, y).lightness())
    return total / 255 / (a.width() * a.height())
