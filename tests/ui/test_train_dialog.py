from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from designer.data.spec import DataSpec
from designer.graph.templates import load_template
from designer.train.spec import TrainSpec
from designer.ui.dialogs.train import TrainDialog

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def make(qtbot: QtBot) -> Any:
    def made(train: TrainSpec | None = None, data: DataSpec | None = None) -> TrainDialog:
        dialog = TrainDialog(load_template("digits"), train, data, None)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return made


def choose(dialog: TrainDialog, source: str) -> None:
    dialog.source.setCurrentIndex(dialog.source.findData(source))


def write(dialog: TrainDialog, name: str, text: str, qtbot: QtBot) -> None:
    line = dialog.form.editor(name).spin.lineEdit()
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def test_says_what_training_amounts_to(make: Any, qtbot: QtBot) -> None:
    dialog = make()
    assert dialog.summary.text() == "1,438 training images · 23 iterations per epoch · 230 in all"
    assert "1×8×8" in dialog.help.text()
    write(dialog, "batch_size", "100", qtbot)
    write(dialog, "epochs", "3", qtbot)
    assert dialog.summary.text() == "1,438 training images · 15 iterations per epoch · 45 in all"
    choose(dialog, "fashion-mnist")
    assert dialog.summary.text().startswith("60,000 training images")
    assert dialog.data_form.editor("download").isVisible()
    assert not dialog.data_form.editor("validation").isVisible()  # it has a test set of its own


def test_enter_gives_both_specs(make: Any, qtbot: QtBot) -> None:
    dialog = make()
    write(dialog, "epochs", "7", qtbot)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    train, data = chosen.args
    assert train == TrainSpec(epochs=7) and data == DataSpec(source="digits")
    assert not dialog.isVisible()


def test_remembers_the_values_of_the_last_time(make: Any, qtbot: QtBot) -> None:
    train = TrainSpec(epochs=3, optimizer="sgd", momentum=0.8, schedule="step", device="cuda:1", seed=5)
    data = DataSpec(source="mnist", download=True, limit=500, seed=3)
    dialog = make(train, data)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert chosen.args == [train, data]


def test_only_fields_that_are_read_are_shown(make: Any) -> None:
    dialog = make(TrainSpec(optimizer="sgd", schedule="step"))
    dialog.form.more.setChecked(True)
    seen = {name for name in dialog.form.entries if dialog.form.editor(name).isVisible()}
    assert {"momentum", "step_size", "gamma"} <= seen and "warm_up" not in seen
    dialog.form.editor("schedule").combo.setCurrentIndex(3)
    dialog.form.editor("schedule").commit()
    assert dialog.form.editor("warm_up").isVisible() and not dialog.form.editor("gamma").isVisible()


def test_settings_are_folded_away_by_what_they_are_about(make: Any) -> None:
    dialog = make(TrainSpec(schedule="constant"))
    dialog.form.more.setChecked(True)

    def seen() -> set[str]:
        return {name for name in dialog.form.entries if dialog.form.editor(name).isVisible()}

    headings = {heading.text(): heading for heading, _ in dialog.form._headings}
    assert list(headings) == [
        "Optimiser", "Schedule", "Against overfitting", "Validation", "Checkpoints", "Logs", "Speed", "Machine",
        "Several processes",
    ]  # fmt: skip
    assert all(heading.isVisible() for heading in headings.values())
    assert {"warmup_length", "early_stop", "spare_norms"} <= seen()
    assert not {"warmup_unit", "patience", "min_change", "plateau_on", "nesterov"} & seen()
    set_choice(dialog, "early_stop", "loss")
    assert {"patience", "min_change"} <= seen()
    set_choice(dialog, "early_stop", "off")
    set_choice(dialog, "schedule", "plateau")
    assert {"plateau_on", "gamma", "min_change"} <= seen() and "patience" not in seen()


def test_a_zero_that_is_no_amount_is_told_in_a_word(make: Any, qtbot: QtBot) -> None:
    dialog = make()
    dialog.form.more.setChecked(True)
    editor = dialog.form.editor("clip_norm")
    line = editor.spin.lineEdit()
    assert (line.text(), line.placeholderText(), editor.value()) == ("", "no limit", 0)
    write(dialog, "clip_norm", "1.5", qtbot)
    assert dialog.form.values()["clip_norm"] == 1.5 and line.text() == "1.5"
    line.clear()
    assert editor.commit() and dialog.form.values()["clip_norm"] == 0
    assert dialog.form.editor("seed").spin.lineEdit().text() == "0"  # a number like any other


def test_fresh_weights_carry_nothing_over(make: Any) -> None:
    dialog = make()
    assert not dialog.carried.isVisible()
    dialog.offer_weights("16 tensors of the weights are carried over.")
    assert dialog.carried.isVisible() and dialog.form.editor("start").isVisible()
    set_choice(dialog, "start", "fresh")
    assert not dialog.carried.isVisible()


def test_every_setting_goes_through_the_dialog(make: Any, qtbot: QtBot) -> None:
    train = TrainSpec(
        optimizer="sgd", nesterov=True, spare_norms=False, clip_norm=1.5, accumulate=4, schedule="polynomial",
        warmup_length=20, warmup_unit="iterations", label_smoothing=0.1, class_weights="balanced", mixup=0.2, cutmix=1,
        ema=0.99, best_by="loss", early_stop="loss", patience=7, result="best", checkpoint_minutes=2.5,
        keep_checkpoints=3, threads=2,
    )  # fmt: skip
    dialog = make(train)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert chosen.args[0] == train


def set_choice(dialog: TrainDialog, name: str, value: str) -> None:
    editor = dialog.form.editor(name)
    editor.combo.setCurrentIndex(editor.combo.findData(value))
    editor.combo.activated.emit(editor.combo.currentIndex())


def test_mistakes_are_said_beside_their_field(make: Any, qtbot: QtBot) -> None:
    dialog = make()
    write(dialog, "epochs", "0", qtbot)
    with qtbot.assertNotEmitted(dialog.chosen):
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert dialog.isVisible() and dialog.form.errors() == {"epochs": "Epochs must be at least 1."}
    write(dialog, "epochs", "2", qtbot)
    choose(dialog, "folder")
    with qtbot.assertNotEmitted(dialog.chosen):
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert dialog.wrong.text() == "Choose the folder that holds the data."
    dialog.folder.setFocus()
    qtbot.keyClicks(dialog.folder, "/nothing/there")
    assert not dialog.wrong.isVisible()
    with qtbot.assertNotEmitted(dialog.chosen):
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert "There is no data set or folder called" in dialog.wrong.text()


def test_a_folder_of_pictures(make: Any, qtbot: QtBot, tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for i in range(10):
            Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / name / f"{i}.png")
    dialog = make()
    choose(dialog, "folder")
    qtbot.mouseClick(dialog.browse, Qt.MouseButton.LeftButton)
    picker = dialog.findChild(QFileDialog)
    picker.fileSelected.emit(str(tmp_path))
    picker.close()
    assert dialog.summary.text() == "16 training images · 1 iteration per epoch · 10 in all"
    assert "Expected 2 classes" in dialog.misfit.words.text()
    with qtbot.assertNotEmitted(dialog.chosen):  # training would refuse them
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    (repair,) = dialog.misfit.buttons
    assert dialog.focusWidget() is repair and repair.title == "Set the number of classes to 2"
    qtbot.mouseClick(repair, Qt.MouseButton.LeftButton)
    assert not dialog.misfit.isVisible()
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert chosen.args[1].source == str(tmp_path)
