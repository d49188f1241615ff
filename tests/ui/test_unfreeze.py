"""The unfreezing timeline in the train dialog: rows are added, suggested, typed and taken out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.graph.edits import SetMarks, apply
from designer.graph.templates import load_template
from designer.train.spec import TrainSpec, Unfreeze
from designer.ui import theme
from designer.ui.dialogs.train import TrainDialog
from designer.ui.dialogs.unfreeze import Row

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
LEFT = Qt.MouseButton.LeftButton
Make = Callable[..., TrainDialog]


@pytest.fixture
def make(qtbot: QtBot) -> Make:
    def made(*rows: tuple[str, int], epochs: int = 10, frozen: tuple[str, ...] = ()) -> TrainDialog:
        network = load_template("digits")
        if frozen:
            apply(network, SetMarks(frozen, {"frozen": True}))
        spec = TrainSpec(epochs=epochs, unfreeze=tuple(Unfreeze(part=part, epoch=epoch) for part, epoch in rows))
        dialog = TrainDialog(network, spec, None, None)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(dialog)
        with qtbot.waitActive(dialog):
            dialog.show()
        return dialog

    return made


def press(dialog: TrainDialog, button: object) -> None:
    dialog._area.ensureWidgetVisible(button)  # type: ignore[arg-type]
    QApplication.processEvents()
    QTest.mouseClick(button, LEFT)  # type: ignore[arg-type]


def write(row: Row, part: str | None = None, epoch: str | None = None) -> None:
    fields = [(row.choice.lineEdit(), part), (row.epoch.field.lineEdit(), epoch)]  # type: ignore[attr-defined]
    for line, text in fields:
        if text is not None and line is not None:
            line.setFocus()
            line.selectAll()
            QTest.keyClicks(line, text)
            QTest.keyClick(line, Qt.Key.Key_Return)


def trained(dialog: TrainDialog, qtbot: QtBot) -> list[tuple[str, int]]:
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(dialog.start, LEFT)
    assert chosen.args is not None
    return [(row.part, row.epoch) for row in chosen.args[0].unfreeze]


def test_it_is_folded_away_until_there_are_rows(make: Make) -> None:
    dialog = make()
    assert dialog.timeline.fold.text() == "Unfreezing" and not dialog.timeline.add.isVisible()
    press(dialog, dialog.timeline.fold)
    assert dialog.timeline.add.isVisible() and not dialog.timeline.rows
    other = make(("conv1", 2))
    assert other.timeline.add.isVisible()
    press(other, other.timeline.fold)
    assert other.timeline.fold.text() == "Unfreezing (1 part)"


def test_rows_of_the_last_time_come_back_unchanged(make: Make, qtbot: QtBot) -> None:
    rows = [("fc*", 1), ("*.bn1", 3), ("conv1", 12)]
    dialog = make(*rows)
    assert "There is no block or group called *.bn1." in dialog.timeline.wrong.text()
    with qtbot.assertNotEmitted(dialog.chosen):
        qtbot.mouseClick(dialog.start, LEFT)
    press(dialog, dialog.timeline.rows[1].out)
    assert dialog.timeline.note.text() == "conv1 stays frozen: the run ends with epoch 10."
    assert trained(dialog, qtbot) == [("fc*", 1), ("conv1", 12)]


def test_a_suggestion_follows_the_drawing_and_the_epochs(make: Make, qtbot: QtBot) -> None:
    dialog = make()
    press(dialog, dialog.timeline.fold)
    with qtbot.waitSignal(dialog.timeline.changed):
        press(dialog, dialog.timeline.suggest)
    rows = dialog.timeline.stages()
    assert rows[0][1] == 1 and rows[0][0].startswith("fc") and rows[-1][1] <= 10 and len(rows) > 2
    assert not dialog.timeline.wrong.isVisible() and not dialog.timeline.note.isVisible()
    shares = [row.bar.share for row in dialog.timeline.rows]
    assert shares[0] == 0 and shares == sorted(shares) and shares[-1] < 1
    assert trained(dialog, qtbot) == rows
    single = make(epochs=1)
    press(single, single.timeline.fold)
    assert not single.timeline.suggest.isEnabled()


def test_a_row_is_added_typed_and_taken_out(make: Make, qtbot: QtBot) -> None:
    dialog = make()
    press(dialog, dialog.timeline.fold)
    press(dialog, dialog.timeline.add)
    row = dialog.timeline.rows[0]
    assert row.part() and row.epoch.value() == 1 and dialog.focusWidget() is row.choice
    write(row, "conv*", "4")
    assert dialog.timeline.stages() == [("conv*", 4)]
    assert row.bar.share == pytest.approx(0.3) and "from epoch 4 of 10 on" in row.bar.toolTip()
    press(dialog, dialog.timeline.add)
    assert dialog.timeline.rows[1].part() != "conv*" and dialog.timeline.rows[1].epoch.value() == 5
    press(dialog, dialog.timeline.rows[1].out)
    assert dialog.focusWidget() is dialog.timeline.add
    assert trained(dialog, qtbot) == [("conv*", 4)]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("convv1", 2)], "There is no block or group called convv1. Did you mean conv1?"),
        ([("", 2)], "Choose a part, or take the row out."),
        ([("input", 2)], "Nothing called input has weights."),
        ([("*", 2)], "Nothing would learn in the first epoch. Let a part begin with epoch 1."),
    ],
)
def test_what_cannot_be_is_said_and_does_not_start(
    make: Make, qtbot: QtBot, rows: list[tuple[str, int]], words: str
) -> None:
    dialog = make(("conv1", 2))
    write(dialog.timeline.rows[0], "x" if not rows[0][0] else rows[0][0], str(rows[0][1]))
    if not rows[0][0]:
        line = dialog.timeline.rows[0].choice.lineEdit()
        assert line is not None
        line.setFocus()
        line.selectAll()
        QTest.keyClick(line, Qt.Key.Key_Delete)
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert dialog.timeline.wrong.text() == words
    dialog.timeline.fold.setChecked(False)
    with qtbot.assertNotEmitted(dialog.chosen):
        qtbot.mouseClick(dialog.start, LEFT)
    assert dialog.timeline.wrong.isVisible(), "it opens to say so"
    write(dialog.timeline.rows[0], "conv1", "2")
    assert not dialog.timeline.wrong.isVisible()
    assert trained(dialog, qtbot) == [("conv1", 2)]


def test_enter_takes_a_part_before_it_starts_the_training(make: Make, qtbot: QtBot) -> None:
    dialog = make(("conv1", 2))
    line = dialog.timeline.rows[0].choice.lineEdit()
    assert line is not None
    with qtbot.assertNotEmitted(dialog.chosen):
        write(dialog.timeline.rows[0], "conv2")
    assert dialog.timeline.stages() == [("conv2", 2)]
    with qtbot.waitSignal(dialog.chosen):
        QTest.keyClick(line, Qt.Key.Key_Return)


def test_leaving_a_part_takes_it_too(make: Make) -> None:
    dialog = make(("conv1", 2))
    line = dialog.timeline.rows[0].choice.lineEdit()
    assert line is not None
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "zzz")
    assert not dialog.timeline.wrong.text(), "not while it is being typed"
    QTest.keyClick(line, Qt.Key.Key_Tab)
    assert dialog.timeline.wrong.text() == "There is no block or group called zzz."


def test_an_epoch_that_is_none_is_refused(make: Make, qtbot: QtBot) -> None:
    dialog = make(("conv1", 2))
    write(dialog.timeline.rows[0], epoch="0")
    with qtbot.assertNotEmitted(dialog.chosen):
        qtbot.mouseClick(dialog.start, LEFT)
    assert dialog.timeline.rows[0].epoch.error


def test_frozen_blocks_count_for_what_learns_at_first(make: Make) -> None:
    names = tuple(load_template("digits").nodes)
    dialog = make(("conv1", 2), frozen=names)
    assert "Nothing would learn" in dialog.timeline.wrong.text()
    write(dialog.timeline.rows[0], "conv1", "1")
    assert not dialog.timeline.wrong.text()


def test_the_epochs_of_the_run_are_followed(make: Make) -> None:
    dialog = make(("conv1", 6))
    line = dialog.form.editor("epochs").field.lineEdit()  # type: ignore[attr-defined]
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "5")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert dialog.timeline.note.text() == "conv1 stays frozen: the run ends with epoch 5."
    assert dialog.timeline.rows[0].bar.share == 1


def test_statistics_of_frozen_blocks_can_be_let_go(make: Make, qtbot: QtBot) -> None:
    dialog = make()
    press(dialog, dialog.form.more)
    press(dialog, dialog.form.editor("move_statistics").field)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.mouseClick(dialog.start, LEFT)
    assert chosen.args is not None and chosen.args[0].move_statistics is True


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_nothing_is_cut_off_at_the_smallest_size(make: Make, mode: theme.Mode) -> None:
    theme.set_theme(mode)
    dialog = make(("conv1", 2), ("*", 100))
    dialog.resize(dialog.minimumSize())
    QApplication.processEvents()
    for row in dialog.timeline.rows:
        for part in (row.choice, row.epoch, row.bar, row.out):
            assert row.rect().contains(part.geometry()), type(part).__name__
        assert row.choice.width() >= 80
        assert row.mapTo(dialog, row.rect().topRight()).x() < dialog.width()
