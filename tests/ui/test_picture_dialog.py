"""The picture dialog and the clipboard, with real clicks and keys; the files are opened again and looked at."""

import xml.etree.ElementTree as ET

import pytest
from PIL import Image
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from designer.graph.templates import load_template
from designer.ui.dialogs.picture import PictureDialog
from designer.ui.dialogs.question import Question
from designer.ui.theme import DARK, set_theme
from designer.ui.window import MainWindow

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot):
    """A window with LeNet."""
    made = MainWindow(start_worker=False)
    qtbot.addWidget(made)
    made.settings = made.settings.changed(confirm_close=False)
    made.session.new(load_template("lenet5"), "lenet")
    made.show_editor()
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close()


@pytest.fixture
def dialog(window, qtbot, tmp_path):
    """The dialog, its file in an empty folder."""
    made = shown(window, qtbot)
    made.path.setText(str(tmp_path / "net.png"))
    return made


def shown(window, qtbot):
    """The dialog, open."""
    made = window.pictures.ask()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def choose(box, words):
    """Choose with the arrow keys."""
    QTest.keyClick(box, Qt.Key.Key_Home)
    for _ in range(box.count()):
        if not box.currentText().startswith(words):
            QTest.keyClick(box, Qt.Key.Key_Down)
    assert box.currentText().startswith(words), box.currentText()


def test_saves_what_it_shows_in_every_format(window, dialog, qtbot, tmp_path):
    choose(dialog.background, "Transparent")
    with qtbot.waitSignal(dialog.saved):
        QTest.mouseClick(dialog.save_button, LEFT)
    with Image.open(tmp_path / "net.png") as picture:
        assert f"{picture.width:,} × {picture.height:,} pixels" == dialog.size_label.text()
        assert picture.mode == "RGBA" and picture.getpixel((0, 0))[3] == 0
    assert window.toasts.shown()[-1].kind == "success"
    for kind, start in (("SVG", b"<?xml"), ("PDF", b"%PDF-")):
        again = shown(window, qtbot)
        again.path.setText(str(tmp_path / "net.png"))
        choose(again.kind, kind)
        assert again.path.text() == str(tmp_path / f"net.{kind.lower()}")
        with qtbot.waitSignal(again.saved):
            QTest.keyClick(again, Qt.Key.Key_Return)
        assert (tmp_path / f"net.{kind.lower()}").read_bytes().startswith(start)


def test_the_text_follows_the_format(dialog):
    assert not dialog.words.isEnabled()
    choose(dialog.kind, "PDF")
    assert dialog.words.isEnabled() and dialog.words.currentData() == "text" and "mm" in dialog.size_label.text()
    choose(dialog.kind, "SVG")
    assert dialog.words.isEnabled() and dialog.words.currentData() == "outlines"


def test_the_size_is_said_before_and_bounded(dialog):
    before = dialog.size_label.text()
    dialog.scale.setFocus()
    dialog.scale.selectAll()
    QTest.keyClicks(dialog.scale, "0.5")
    assert dialog.size_label.text() != before and "pixels" in dialog.size_label.text()
    assert dialog.save_button.isEnabled()


def test_too_large_says_what_fits(window, qtbot):
    document = window.bridge.document
    document.do(document.new_block("input", 10_000.0, 10_000.0))
    dialog = shown(window, qtbot)
    assert dialog.save_button.isEnabled()  # it began with a scale that fits
    dialog.scale.setValue(8)
    assert "Choose a scale" in dialog.wrong.text() and not dialog.save_button.isEnabled()
    choose(dialog.kind, "SVG")
    assert dialog.wrong.isHidden() and dialog.save_button.isEnabled()
    dialog.close()


def test_the_selection_alone(window, qtbot, tmp_path):
    nothing = shown(window, qtbot)
    assert not nothing.what.model().item(1).isEnabled()
    QTest.keyClick(nothing, Qt.Key.Key_Escape)
    chosen = list(window.bridge.document.network.nodes)[:3]
    window.canvas.select(chosen)
    dialog = shown(window, qtbot)
    assert dialog.what.currentData() == "selection" and "3 blocks" in dialog.what.currentText()
    assert dialog.picture().only == frozenset(chosen)
    small = dialog.drawing.size
    choose(dialog.what, "Whole")
    assert dialog.drawing.size.height() > small.height()
    dialog.close()


def test_white_is_not_offered_for_dark_colours(dialog):
    choose(dialog.background, "White")
    choose(dialog.colours, "Dark")
    assert dialog.background.currentData() == "plain"
    assert not dialog.background.model().item(1).isEnabled()
    assert dialog.drawing.picture.theme == "dark"


def test_the_preview_shows_the_choice(dialog, qtbot):
    choose(dialog.colours, "Dark")
    image = dialog.preview.grab().toImage()
    size = QSize(image.width() // 2, 20)
    middle = image.pixelColor(size.width(), image.height() // 2)
    assert middle.lightness() < 100
    near = [image.pixelColor(x, image.height() // 2) for x in range(image.width())]
    assert DARK.canvas in near


def test_a_file_that_is_there_is_asked_about(window, dialog, qtbot, tmp_path):
    (tmp_path / "net.png").write_bytes(b"mine")
    QTest.mouseClick(dialog.save_button, LEFT)
    question = dialog.findChild(Question)
    QTest.mouseClick(question.buttons["Cancel"], LEFT)
    assert (tmp_path / "net.png").read_bytes() == b"mine"
    QTest.mouseClick(dialog.save_button, LEFT)
    question = next(q for q in dialog.findChildren(Question) if q.isVisible())
    with qtbot.waitSignal(dialog.saved):
        QTest.mouseClick(question.buttons["Save over it"], LEFT)
    assert (tmp_path / "net.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("path", "said"), [("", "Write where"), ("nowhere/net.png", "does not exist")])
def test_a_place_that_cannot_be_is_said(dialog, tmp_path, path, said):
    dialog.path.setText(str(tmp_path / path) if path else "")
    QTest.mouseClick(dialog.save_button, LEFT)
    assert said in dialog.wrong.text() and dialog.isVisible()
    QTest.keyClicks(dialog.path, "x")
    assert dialog.wrong.isHidden()


def test_the_name_of_another_format_is_never_written_to(dialog, qtbot, tmp_path):
    """A project's own file must not become a picture."""
    dialog.path.setText(str(tmp_path / "net.loom"))
    with qtbot.waitSignal(dialog.saved) as saved:
        QTest.mouseClick(dialog.save_button, LEFT)
    assert saved.args == [tmp_path / "net.loom.png"]


@pytest.mark.parametrize("name", ["light", "dark"])
def test_copy_puts_pixels_and_svg_on_the_clipboard(window, name):
    set_theme(name)
    window.canvas.setFocus()
    for some in (False, True):
        window.canvas.select(list(window.bridge.document.network.nodes)[:2] if some else [])
        window.refresh_actions()
        QGuiApplication.clipboard().clear()
        QTest.keyClick(
            window.canvas, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        )
        data = QGuiApplication.clipboard().mimeData()
        image = data.imageData()
        assert (image.pixelColor(1, 1) == DARK.canvas) is (name == "dark")
        root = ET.fromstring(bytes(data.data("image/svg+xml").data()))
        width, height = (float(part) for part in root.get("viewBox").split()[2:])
        assert image.width() / image.height() == pytest.approx(width / height, rel=0.01)
        assert ("2 blocks" if some else "the network") in window.status_bar.currentMessage()


def test_there_is_no_picture_of_nothing(window):
    window.session.new()
    assert window.pictures.ask() is None and "nothing to draw" in window.toasts.shown()[-1].text
    window.pictures.copy()
    assert not window.findChildren(PictureDialog)
