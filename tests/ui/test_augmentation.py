"""The augmentation as a list: edited by mouse and keys, shown by a real worker, and what the train dialog makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from designer.data.augment.hints import Facts
from designer.data.augment.plan import Plan
from designer.data.augment.spec import read_steps, written
from designer.data.spec import DataSpec
from designer.graph.templates import load_template
from designer.jobs.client import WorkerProcess
from designer.project.paths import state_folder
from designer.train.spec import TrainSpec
from designer.ui.augment.dialog import AugmentDialog
from designer.ui.augment.editor import AugmentEditor
from designer.ui.dialogs.train import TrainDialog
from designer.ui.runs import RunController

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

DIGITS = Facts("pictures", tuple("0123456789"), (1, 8, 8), "classes")
ALT = Qt.KeyboardModifier.AltModifier
Make = Callable[..., AugmentEditor]


@pytest.fixture
def make(qtbot: QtBot) -> Make:
    def made(text: str = "", mixup: float = 0.0, facts: Facts = DIGITS, data: str = "digits") -> AugmentEditor:
        editor = AugmentEditor(DataSpec(source=data), Plan.of(read_steps(text), mixup), facts)
        qtbot.addWidget(editor)
        editor.resize(900, 640)
        editor.show()
        return editor

    return made


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    process = WorkerProcess(tmp_path_factory.mktemp("worker"))
    process.start()
    yield process
    process.close()


def said(editor: AugmentEditor) -> str:
    return written(editor.plan.steps)


def pick(button: QPushButton, title: str) -> None:
    """A choice of its menu."""
    found = [action for action in button.menu().actions() if action.text() == title]
    assert len(found) == 1 and found[0].isEnabled(), [action.text() for action in button.menu().actions()]
    found[0].trigger()


def point(editor: AugmentEditor, row: int, right: int = 0) -> QPoint:
    box = editor.list.visualItemRect(editor.list.item(row))
    return QPoint(box.right() - right, box.center().y()) if right else QPoint(box.left() + 60, box.center().y())


def drag(editor: AugmentEditor, row: int, to: int, qtbot: QtBot) -> None:
    view, start, end = editor.list.viewport(), point(editor, row), point(editor, to)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for part in range(1, 6):
        qtbot.mouseMove(view, start + (end - start) * part / 5)
        QApplication.sendPostedEvents()
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)


def test_steps_are_added_with_their_help_and_taken_out(make: Make, qtbot: QtBot) -> None:
    editor = make()
    assert editor.empty.isVisible() and not editor.take.isEnabled()
    helps = {action.text(): action.toolTip() for action in editor.add.menu().actions() if action.text()}
    assert helps["Blur"] == "Makes some pictures soft." and "Add noise" not in helps
    pick(editor.add, "Rotate")
    pick(editor.add, "Mixup")
    pick(editor.add, "Crop after padding")
    assert said(editor) == "rotate,crop" and editor.plan.strength("mixup") == 0.2
    assert editor.list.currentItem().text() == "Crop after padding" and not editor.empty.isVisible()
    mixup = next(action for action in editor.add.menu().actions() if action.text() == "Mixup")
    assert isinstance(mixup, QAction) and not mixup.isEnabled()  # once is enough
    qtbot.keyClick(editor.list, Qt.Key.Key_Delete)
    assert said(editor) == "rotate"
    editor.list.setCurrentRow(0)
    qtbot.mouseClick(editor.take, Qt.MouseButton.LeftButton)
    assert said(editor) == "" and editor.plan.strength("mixup") == 0.2


def test_the_order_is_changed_by_keys(make: Make, qtbot: QtBot) -> None:
    editor = make("crop:1,rotate,blur", mixup=0.4)
    editor.list.setFocus()
    editor.list.setCurrentRow(2)
    qtbot.keyClick(editor.list, Qt.Key.Key_Up, ALT)
    qtbot.keyClick(editor.list, Qt.Key.Key_Up, ALT)
    assert said(editor) == "blur,crop:1,rotate" and editor.list.currentRow() == 0
    qtbot.keyClick(editor.list, Qt.Key.Key_Up, ALT)  # there is nothing above
    for _ in range(5):  # mixup stays last
        qtbot.keyClick(editor.list, Qt.Key.Key_Down, ALT)
    assert said(editor) == "crop:1,rotate,blur" and editor.list.currentItem().text() == "Blur"
    assert [editor.list.item(row).text() for row in range(4)][-1] == "Mixup"


def test_the_order_is_changed_by_dragging(make: Make, qtbot: QtBot) -> None:
    editor = make("crop:1,rotate,blur,colour", mixup=0.4)
    told: list[Plan] = []
    editor.changed.connect(told.append)
    drag(editor, 0, 2, qtbot)
    assert said(editor) == "rotate,blur,crop:1,colour" and len(told) == 1  # one edit, one step to undo
    drag(editor, 3, 0, qtbot)
    assert said(editor) == "colour,rotate,blur,crop:1"
    drag(editor, 0, 4, qtbot)  # before what mixes
    assert said(editor) == "rotate,blur,crop:1,colour"
    assert [editor.list.item(row).text() for row in range(5)][-1] == "Mixup"
    drag(editor, 4, 0, qtbot)  # what mixes stays where it is
    assert said(editor) == "rotate,blur,crop:1,colour" and editor.list.item(4).text() == "Mixup"


def test_a_drag_is_called_off(make: Make, qtbot: QtBot) -> None:
    editor = make("crop:1,rotate,blur")
    view, start, end = editor.list.viewport(), point(editor, 0), point(editor, 2)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for part in range(1, 4):
        qtbot.mouseMove(view, start + (end - start) * part / 3)
    assert editor.list.item(2).text() == "Crop after padding"
    qtbot.keyClick(editor.list, Qt.Key.Key_Escape)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)
    assert said(editor) == "crop:1,rotate,blur" and editor.list.item(0).text() == "Crop after padding"


def test_a_step_is_switched_off_and_on(make: Make, qtbot: QtBot) -> None:
    editor = make("crop:1,rotate", mixup=0.4)
    qtbot.mouseClick(editor.list.viewport(), Qt.MouseButton.LeftButton, pos=point(editor, 0, right=20))
    assert said(editor) == "crop:1:off,rotate"
    editor.list.setCurrentRow(2)
    qtbot.keyClick(editor.list, Qt.Key.Key_Space)
    assert editor.plan.strength("mixup") == 0.0 and editor.list.count() == 3
    assert "off, 3 of 3" in editor.list.item(2).data(Qt.ItemDataRole.AccessibleTextRole)
    qtbot.keyClick(editor.list, Qt.Key.Key_Space)
    assert editor.plan.strength("mixup") == 0.4
    qtbot.mouseClick(editor.list.viewport(), Qt.MouseButton.LeftButton, pos=point(editor, 0, right=20))
    assert said(editor) == "crop:1,rotate"


def test_params_are_typed_and_checked(make: Make, qtbot: QtBot) -> None:
    editor = make("rotate,blur")
    assert editor.form is not None
    line = editor.form.editor("degrees").field
    line.setFocus()
    spin = editor.form.editor("degrees").spin.lineEdit()  # type: ignore[attr-defined]
    spin.selectAll()
    qtbot.keyClicks(spin, "25")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert said(editor) == "rotate:25.0,blur"
    assert editor.list.item(0).data(Qt.ItemDataRole.StatusTipRole) == "degrees 25°"
    spin.selectAll()
    qtbot.keyClicks(spin, "400")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert said(editor) == "rotate:25.0,blur" and "at most 180" in editor.form.errors()["degrees"]
    assert not editor.commit()
    editor.list.setCurrentRow(1)
    smallest = editor.form.editor("smallest").spin.lineEdit()  # type: ignore[attr-defined]
    smallest.selectAll()
    qtbot.keyClicks(smallest, "9")
    qtbot.keyClick(smallest, Qt.Key.Key_Return)
    assert "must not be above largest" in editor.form.errors()["smallest"] and said(editor) == "rotate:25.0,blur"


def test_everything_can_be_undone(make: Make, qtbot: QtBot) -> None:
    editor = make("rotate")
    assert not editor.back.isEnabled()
    pick(editor.presets, "Strong")
    assert said(editor).startswith("resized-crop,flip,randaugment") and editor.plan.strength("mixup") == 0.2
    pick(editor.presets, "Nothing")
    with qtbot.waitActive(editor):
        editor.activateWindow()
    editor.add.setFocus()
    qtbot.keyClick(editor.add, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert said(editor).startswith("resized-crop")
    qtbot.mouseClick(editor.back, Qt.MouseButton.LeftButton)
    assert said(editor) == "rotate" and not editor.back.isEnabled()
    assert editor.form is not None and editor.form.values() == {"degrees": 10.0}
    qtbot.mouseClick(editor.forth, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(editor.forth, Qt.MouseButton.LeftButton)
    assert said(editor) == "" and not editor.forth.isEnabled()


def test_what_does_not_suit_the_data_is_said_with_a_repair(make: Make, qtbot: QtBot) -> None:
    editor = make("rotate,flip")
    assert editor.notice.isVisible() and "few of them can be read in a mirror" in editor.notice.words.text()
    qtbot.mouseClick(editor.notice.buttons[0], Qt.MouseButton.LeftButton)
    assert said(editor) == "rotate" and not editor.notice.isVisible() and not editor.refused()
    sounds = make("gain,flip", facts=Facts("signals"))
    assert "changes pictures; the samples are signals" in sounds.refused()
    titles = [action.text() for action in sounds.presets.menu().actions()]
    assert "Sounds" in titles and "Usual for photos" not in titles
    assert "Mixup" not in [action.text() for action in sounds.add.menu().actions()]


def test_without_a_worker_the_list_can_be_edited(make: Make) -> None:
    editor = make("rotate")
    assert editor.pane.grid.cells == 0 and not editor.pane.redraw.isEnabled()
    pick(editor.add, "Blur")
    assert said(editor) == "rotate,blur"


# ------------------------------------------------------------ beside a real worker


@pytest.fixture
def opened(qtbot: QtBot, worker: WorkerProcess) -> Iterator[Callable[..., AugmentDialog]]:
    made: list[AugmentDialog] = []

    def make(data: DataSpec, text: str = "", mixup: float = 0.0, size: list[int | None] | None = None) -> AugmentDialog:
        dialog = AugmentDialog(data, Plan.of(read_steps(text), mixup), size, worker)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(dialog)
        dialog.show()
        made.append(dialog)
        return dialog

    yield make
    for dialog in made:
        dialog.editor.close_preview()


def shown(dialog: AugmentDialog, qtbot: QtBot) -> np.ndarray:
    asking = dialog.editor.pane.asking
    assert asking is not None
    qtbot.waitUntil(lambda: not asking.waiting, timeout=60_000)
    assert asking.shown is not None and not asking.trouble, asking.trouble
    return asking.shown.sheet.cells


def test_the_preview_follows_every_edit(opened: Callable[..., AugmentDialog], qtbot: QtBot) -> None:
    dialog = opened(DataSpec(source="digits"), "rotate:40", size=[1, 16, 16])
    editor, pane = dialog.editor, dialog.editor.pane
    first = shown(dialog, qtbot)
    assert first.shape == (16, 16, 16, 1) and pane.grid.cells == 16 and pane.grid.caption(0) == "As it is"
    assert pane.words.text() == "picture 0 (0) · sample 1 of 1,438 · seed 0"
    qtbot.mouseClick(pane.redraw, Qt.MouseButton.LeftButton)
    second = shown(dialog, qtbot)
    assert np.array_equal(first[0], second[0]) and not np.array_equal(first[1], second[1])
    qtbot.keyClick(editor.list, Qt.Key.Key_Space)  # off: all as it is
    off = shown(dialog, qtbot)
    assert all(np.array_equal(off[0], cell) for cell in off)
    qtbot.mouseClick(pane.another, Qt.MouseButton.LeftButton)
    other = shown(dialog, qtbot)
    assert not np.array_equal(other[0], off[0]) and "sample 1 " not in pane.words.text()
    pick(editor.add, "Mixup")
    shown(dialog, qtbot)
    captions = [pane.grid.caption(number) for number in range(1, 16)]
    assert any("%" in caption for caption in captions)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(dialog.agree, Qt.MouseButton.LeftButton)
    assert chosen.args[0] == editor.plan
    place = state_folder() / "previews"
    qtbot.waitUntil(lambda: not place.is_dir() or not list(place.iterdir()), timeout=20_000)


def test_a_quick_hand_gets_only_the_last_answer(opened: Callable[..., AugmentDialog], qtbot: QtBot) -> None:
    dialog = opened(DataSpec(source="digits"), "rotate:40")
    pane = dialog.editor.pane
    for _ in range(12):
        qtbot.mouseClick(pane.redraw, Qt.MouseButton.LeftButton)
    cells = shown(dialog, qtbot)
    assert "seed 12" in pane.words.text()
    other = opened(DataSpec(source="digits"), "rotate:40")
    for _ in range(12):
        qtbot.mouseClick(other.editor.pane.redraw, Qt.MouseButton.LeftButton)
    assert np.array_equal(shown(other, qtbot), cells)


def test_what_the_data_are_is_learned_from_the_worker(
    opened: Callable[..., AugmentDialog], qtbot: QtBot, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "a.npz", x=rng.normal(size=(40, 2, 64)).astype(np.float32), y=np.arange(40) % 2)
    dialog = opened(DataSpec(source=str(tmp_path / "a.npz")), "noise,flip")
    cells = shown(dialog, qtbot)
    assert cells.shape == (16, 2, 64, 2)
    assert "the samples are signals" in dialog.editor.refused()
    qtbot.mouseClick(dialog.agree, Qt.MouseButton.LeftButton)
    assert dialog.isVisible() and dialog.result() == 0  # it would fail when the training starts
    titles = [action.text() for action in dialog.editor.add.menu().actions()]
    assert "Shift in time" in titles and "Blur" not in titles
    assert not dialog.grab().isNull()


def test_data_that_cannot_be_read_are_said(opened: Callable[..., AugmentDialog], qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    dialog = opened(DataSpec(source=str(tmp_path / "empty")))
    pane = dialog.editor.pane
    qtbot.waitUntil(lambda: pane.wrong.isVisible(), timeout=60_000)
    assert "holds no data set" in pane.wrong.text() and pane.grid.cells == 0


def test_the_train_dialog_takes_the_list(qtbot: QtBot, worker: WorkerProcess) -> None:
    controller = RunController(worker=worker)
    data = DataSpec.model_validate({"source": "digits", "augment": "crop:1,rotate:off"})
    train = TrainSpec(device="cpu", threads=1, cutmix=1.0)
    dialog = TrainDialog(load_template("digits"), train, data, controller)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    controller.setParent(dialog)
    qtbot.addWidget(dialog)
    dialog.show()
    field = dialog.augment
    assert field.line.words.text() == "crop 1, cutmix 1"
    qtbot.mouseClick(field.line.button, Qt.MouseButton.LeftButton)
    inner = field.line.opened
    assert inner is not None and inner.summary.text() == "Crop 1, cutmix 1"
    assert shown(inner, qtbot).shape == (16, 8, 8, 1)
    pick(inner.editor.add, "Erase a piece")
    pick(inner.editor.add, "Mixup")
    qtbot.mouseClick(inner.agree, Qt.MouseButton.LeftButton)
    assert field.line.words.text() == "crop 1, erase, mixup 0.2, cutmix 1"
    assert dialog.form.values()["mixup"] == 0.2
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    train, data = chosen.args
    assert written(data.augment) == "crop:1,rotate:off,erase" and (train.mixup, train.cutmix) == (0.2, 1.0)
