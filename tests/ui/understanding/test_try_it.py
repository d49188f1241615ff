"""Pictures are dropped on the page, and a real worker says what the network sees in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from designer.data.spec import DataSpec, Normalisation
from designer.graph.templates import load_template
from designer.project.file import Project, save_project
from designer.ui.understanding.try_page import TryPage
from designer.ui.window import MainWindow

PATIENCE = 60_000  # ms; the worker imports torch on a busy machine


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    place = tmp_path / "seven.png"
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8)
    Image.fromarray(pixels).save(place)
    return place


def drop(page: TryPage, *paths: Path) -> bool:
    """Drop files on the picture; whether they were taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    at, keys, buttons = QPoint(20, 20), Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(at, Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(page.view, enter)
    if enter.isAccepted():
        QApplication.sendEvent(page.view, QDropEvent(QPointF(at), Qt.DropAction.CopyAction, data, buttons, keys))
    return enter.isAccepted()


@pytest.fixture
def page(qtbot: QtBot) -> TryPage:
    made = TryPage()
    qtbot.addWidget(made)
    made.resize(900, 220)
    made.show()
    return made


def answer(folder: Path) -> dict[str, Any]:
    (folder / "pictures").mkdir()
    Image.fromarray(np.full((8, 8), 200, np.uint8)).save(folder / "pictures" / "0.png")
    heat = np.zeros((8, 8), np.uint8)
    heat[:4] = 255
    Image.fromarray(heat).save(folder / "pictures" / "0-heat.png")
    top = [{"label": "seven", "index": 7, "value": 0.9}, {"label": "one", "index": 1, "value": 0.1}]
    shown = {"map": "pictures/0-heat.png", "label": "seven", "block": "conv2", "way": "grad-cam"}
    one = {"name": "x.png", "top": top, "picture": "pictures/0.png", "heat": shown}
    return {"pictures": [one], "target": "classes", "note": ""}


def test_an_answer_is_shown_with_its_heat(page: TryPage, tmp_path: Path) -> None:
    page.path = "/somewhere/seven.png"
    page.show_answer(answer(tmp_path), tmp_path)
    assert page.bars.rows == [("seven", 0.9), ("one", 0.1)]
    assert page.words.text() == "seven.png · Grad-CAM of “seven”, seen at conv2"
    place = page.view.place().toRect()
    image = page.view.grab().toImage().scaled(page.view.size())

    def colour(share: float) -> tuple[int, int]:
        found = image.pixelColor(place.center().x(), place.top() + int(share * place.height()))
        return found.red(), found.blue()

    hot, cold = colour(0.2), colour(0.9)
    assert hot[0] > hot[1] + 60  # warm
    assert cold == (200, 200)  # the picture itself
    page.strength.setValue(0)
    image = page.view.grab().toImage().scaled(page.view.size())
    assert colour(0.2) == (200, 200)


def test_a_press_on_an_answer_asks_where_that_is_seen(page: TryPage, tmp_path: Path, qtbot: QtBot) -> None:
    page.path = "/somewhere/seven.png"
    page.show_answer(answer(tmp_path), tmp_path)
    with qtbot.waitSignal(page.asked) as asked:
        QTest.mouseClick(page.bars, Qt.MouseButton.LeftButton, pos=QPoint(30, 36))
    assert asked.args == [{"path": "/somewhere/seven.png", "way": "grad-cam", "block": "", "target": "one"}]
    with qtbot.waitSignal(page.asked) as asked:
        page.way.setCurrentIndex(page.way.findData("occlusion"))
    assert asked.args[0]["way"] == "occlusion"
    with qtbot.waitSignal(page.asked) as asked:  # a block: back to what looks at blocks
        page.look_at("conv1")
    assert (asked.args[0]["way"], asked.args[0]["block"]) == ("grad-cam", "conv1")


def test_only_pictures_are_taken(page: TryPage, picture: Path, tmp_path: Path, qtbot: QtBot) -> None:
    assert not drop(page, tmp_path / "net.loom")
    with qtbot.waitSignal(page.asked) as asked:
        assert drop(page, tmp_path / "notes.txt", picture)
    assert asked.args[0]["path"] == str(picture)


def test_a_press_chooses_a_file(page: TryPage, picture: Path, qtbot: QtBot) -> None:
    page.view.setFocus()
    QTest.keyClick(page.view, Qt.Key.Key_Return)
    dialog = page.dialog
    assert isinstance(dialog, QFileDialog)
    with qtbot.waitSignal(page.asked):
        dialog.fileSelected.emit(str(picture))
    dialog.close()


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    """A project with weights by chance; nothing was ever measured."""
    from safetensors.torch import save_file

    from designer.codegen.module import build
    from designer.jobs.user_code import program_of

    network = load_template("digits")
    weights = tmp_path / "net.safetensors"
    save_file(build(program_of(network), 0).state_dict(), str(weights))
    look = Normalisation(mean=(0.3,), std=(0.4,))
    project = Project(network=network, weights=weights, normalisation=look, data=DataSpec(source="digits"))
    save_project(project, tmp_path / "net.loom")
    made = MainWindow(tmp_path / "net.loom")
    qtbot.addWidget(made, before_close_func=lambda w: setattr(w, "_sure", True))
    with qtbot.waitSignal(made.painted):
        made.show()
    qtbot.waitUntil(lambda: not made._todo and made.running.runs is not None)
    yield made
    made._sure = True
    made.close()


def test_a_dropped_picture_is_answered_by_the_worker(window: MainWindow, picture: Path, qtbot: QtBot) -> None:
    action = window.actions_by_id["try_picture"]
    assert action.isEnabled()
    action.trigger()
    results = window.build_editor().results
    page = results.trial
    qtbot.waitUntil(lambda: page.isVisible())
    assert results.pill.isHidden() and not results.switches["overview"].isEnabled()
    assert drop(page, picture)
    qtbot.waitUntil(lambda: len(page.bars.rows) == 5 or not page.failure.isHidden(), timeout=PATIENCE)
    assert page.failure.isHidden()
    assert sum(value for _, value in page.bars.rows) <= 1 + 1e-6
    assert page.view.picture.size().width() == 8 and not page.view.heat.isNull()
    before = page.words.text()
    window.canvas.canvas.select(["conv1"])
    look = window.actions_by_id["look_at_block"]
    qtbot.waitUntil(look.isEnabled)
    look.trigger()
    qtbot.waitUntil(lambda: "seen at conv1" in page.words.text(), timeout=PATIENCE)
    assert "seen at conv1" not in before
    broken = picture.with_name("broken.png")
    broken.write_bytes(b"nothing")
    assert drop(page, broken)
    qtbot.waitUntil(lambda: not page.failure.isHidden(), timeout=PATIENCE)
    assert not list((Path(str(picture.parent)) / "home").rglob("tries/*/spec.json"))
    (picture.parent / "net.safetensors").unlink()
    page.failure.say("")
    assert drop(page, picture)
    qtbot.waitUntil(lambda: not page.failure.isHidden(), timeout=PATIENCE)
