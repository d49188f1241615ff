"""Adapt to my data, as a person does it: the dialog, the preview, one step to undo, and on to training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from designer.data.spec import DataSpec
from designer.graph.marks import mark_of
from designer.graph.templates import load_template
from designer.project.file import Project, save_project
from designer.ui.dialogs.adapt import AdaptDialog
from designer.ui.dialogs.train import TrainDialog
from designer.ui.window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    for name in ("cat", "dog", "newt"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(2):
            pixels = np.full((20, 30, 3), 40 * number, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{number}.png")
    return tmp_path / "pets"


@pytest.fixture
def dialog(qtbot: QtBot) -> AdaptDialog:
    made = AdaptDialog(load_template("small-resnet"))
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.show()
    return made


def test_it_waits_for_a_folder_and_says_what_will_be_done(dialog: AdaptDialog, pets: Path, qtbot: QtBot) -> None:
    assert dialog.found is None and not dialog.go_on.isEnabled() and "folder" in dialog.wrong.text()
    qtbot.keyClicks(dialog.folder, str(pets))
    assert dialog.found is not None and dialog.go_on.isEnabled() and not dialog.wrong.isVisible()
    assert any("3 numbers" in sentence for sentence in dialog._sentences())
    assert any("stay as they are" in sentence for sentence in dialog._sentences())
    qtbot.mouseClick(dialog.bodies.button(1), Qt.MouseButton.LeftButton)
    assert dialog.body == "slow"
    assert any("0.1 of the learning rate" in sentence for sentence in dialog._sentences())
    dialog.folder.setText(str(pets / "cat"))
    assert dialog.found is None and "classes" in dialog.wrong.text() and not dialog.only.isEnabled()


def test_the_folder_has_the_keyboard(dialog: AdaptDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: dialog.focusWidget() is not None)
    assert dialog.focusWidget() is dialog.folder


def test_without_weights_everything_learns_and_a_frozen_body_is_warned_of(qtbot: QtBot, pets: Path) -> None:
    dialog = AdaptDialog(load_template("small-resnet"), learned=False)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.folder.setText(str(pets))
    assert dialog.body == "whole" and not dialog.warning.isVisible()
    assert any("30 epochs" in sentence for sentence in dialog._sentences())
    qtbot.mouseClick(dialog.bodies.button(0), Qt.MouseButton.LeftButton)
    assert dialog.body == "frozen" and dialog.warning.isVisible()


def test_each_look_is_told_and_a_choice_once(dialog: AdaptDialog, qtbot: QtBot) -> None:
    seen: list[Any] = []
    dialog.changed.connect(seen.append)
    dialog.source.setCurrentIndex(dialog.source.findData("digits"))
    assert seen and seen[-1] is dialog.found
    with qtbot.waitSignal(dialog.chosen) as told:
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    found, data, body, go_on = told.args
    assert found.heads and data == DataSpec(source="digits") and body == "frozen" and go_on


def test_from_the_menu_to_the_train_dialog_and_back(pets: Path, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "net.loom"
    save_project(Project(network=load_template("small-resnet")), file)
    window = MainWindow(file, start_worker=False)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_sure", True))
    with qtbot.waitSignal(window.painted):
        window.show()
    qtbot.waitUntil(lambda: not window._todo and window.has_editor and not window._idle.isActive())
    document = window.bridge.document
    before = document.network.to_json()
    window.actions_by_id["adapt"].trigger()
    dialog = window.adapting.dialog
    dialog.source.setCurrentIndex(dialog.source.findData("folder"))
    dialog.folder.setText(str(pets))
    qtbot.mouseClick(dialog.bodies.button(0), Qt.MouseButton.LeftButton)
    assert window.editor.canvas.preview.item is not None  # seen before it is done
    assert document.network.to_json() == before
    qtbot.mouseClick(dialog.go_on, Qt.MouseButton.LeftButton)
    assert window.editor.canvas.preview.item is None and window.adapting.dialog is None
    frozen = [n.name for n in document.network.nodes.values() if mark_of(n.marks, "frozen")]
    assert frozen and not document.has_errors
    assert window.session.project.data.source == str(pets) and window.session.project.train.start == "fresh"
    toast = window.toasts.shown()[-1]
    assert toast.text.startswith("Adapted to the folder pets") and "no trained weights" in toast.text
    train = next(child for child in window.findChildren(TrainDialog) if child.isVisible())
    train.reject()
    document.undo()
    assert document.network.to_json() == before
