"""Editors take any text, say what is wrong under the field, keep it for correction, and commit once."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from designer.blocks.catalog import catalog
from designer.project.settings import Settings
from designer.train.spec import TrainSpec
from designer.ui.editors import number_text
from designer.ui.form import form_for_block, form_for_model


def shown(qtbot, form):
    """The form in a window with another field to go to."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.addWidget(form)
    holder.other = QLineEdit()
    column.addWidget(holder.other)
    form.holder = holder
    qtbot.addWidget(holder)
    holder.show()
    holder.activateWindow()
    qtbot.waitUntil(holder.isActiveWindow)
    return form


@pytest.fixture
def conv(qtbot):
    form = shown(qtbot, form_for_block(catalog()["conv2d"]))
    form.seen = []
    form.changed.connect(lambda name, value: form.seen.append((name, value)))
    return form


def line_of(editor):
    return editor.spin.lineEdit() if hasattr(editor, "spin") else editor.line


def type_into(editor, text, end=Qt.Key.Key_Return):
    line = line_of(editor)
    editor.field.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)
    if end:
        QTest.keyClick(editor.field, end)


@pytest.mark.parametrize("kind", list(catalog()))
def test_every_block_has_a_form_that_shows_its_defaults(kind, qtbot):
    form = form_for_block(catalog()[kind])
    qtbot.addWidget(form)
    assert form.values() == {p.name: p.default for p in catalog()[kind].params}
    assert form.commit()
    assert not form.pending()
    for name in form.entries:
        assert form.editor(name).field.accessibleName()


def test_enter_commits_once(conv):
    type_into(conv.editor("out_channels"), "48")
    assert conv.seen == [("out_channels", 48)]


def test_leaving_the_field_commits(conv):
    type_into(conv.editor("out_channels"), "12", end=None)
    assert conv.seen == []
    conv.holder.other.setFocus()
    assert conv.seen == [("out_channels", 12)]


def test_wrong_text_is_explained_and_kept(conv):
    editor = conv.editor("out_channels")
    type_into(editor, "many")
    assert conv.seen == []
    assert conv.errors() == {"out_channels": "Filters must be a whole number."}
    assert line_of(editor).text() == "many"
    assert editor.field.accessibleDescription() == "Filters must be a whole number."
    conv.set_values({"out_channels": 32})  # the document says the same as before: the text stays
    assert line_of(editor).text() == "many"
    type_into(editor, "7")
    assert conv.errors() == {}
    assert conv.seen == [("out_channels", 7)]


def test_out_of_bounds_is_explained(conv):
    type_into(conv.editor("out_channels"), "0")
    assert conv.errors()["out_channels"] == "Filters must be at least 1; 0 is too small."


def test_escape_brings_the_last_good_value_back(conv):
    editor = conv.editor("out_channels")
    type_into(editor, "nine")
    QTest.keyClick(editor.field, Qt.Key.Key_Escape)
    assert line_of(editor).text() == "32"
    assert conv.errors() == {}


@pytest.mark.parametrize(
    ("text", "value"), [("5", 5), ("3, 5", (3, 5)), ("3x5", (3, 5)), ("(2 2)", 2), ("4 × 1", (4, 1))]
)
def test_sizes_are_read_as_people_write_them(conv, text, value):
    type_into(conv.editor("kernel_size"), text)
    assert conv.seen == [("kernel_size", value)]


def test_three_sizes_for_two_directions_are_refused(conv):
    type_into(conv.editor("kernel_size"), "1, 2, 3")
    assert "kernel_size" in conv.errors()
    assert conv.seen == []


def test_a_size_is_unlinked_and_linked(conv):
    editor = conv.editor("kernel_size")
    QTest.mouseClick(editor.link, Qt.MouseButton.LeftButton)
    assert editor.line.text() == "3, 3"
    assert conv.seen == []
    type_into(editor, "3, 7")
    assert conv.seen == [("kernel_size", (3, 7))]
    assert editor.link.isChecked()
    QTest.mouseClick(editor.link, Qt.MouseButton.LeftButton)
    assert conv.seen[-1] == ("kernel_size", 3)


def test_a_word_is_chosen_for_a_size(conv):
    type_into(conv.editor("padding"), "1")
    type_into(conv.editor("padding"), "valid")
    assert conv.seen == [("padding", 1), ("padding", "valid")]


def test_what_is_advanced_is_folded_away(conv):
    assert not conv.editor("dilation").isVisible()
    QTest.mouseClick(conv.more, Qt.MouseButton.LeftButton)
    assert conv.editor("dilation").isVisible()
    QTest.mouseClick(conv.more, Qt.MouseButton.LeftButton)
    conv.set_values({"groups": 4})
    assert conv.more.text() == "More (1 changed)"


def test_a_switch_commits_when_it_is_clicked(conv):
    QTest.mouseClick(conv.more, Qt.MouseButton.LeftButton)
    QTest.mouseClick(conv.editor("bias").switch, Qt.MouseButton.LeftButton)
    assert conv.seen == [("bias", False)]
    conv.set_values({"bias": True})
    assert conv.seen == [("bias", False)]


def test_a_choice_commits_when_it_is_made(conv):
    QTest.mouseClick(conv.more, Qt.MouseButton.LeftButton)
    combo = conv.editor("padding_mode").combo
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert conv.seen == [("padding_mode", "reflect")]


def test_steps_stop_at_the_bounds(conv):
    editor = conv.editor("out_channels")
    editor.field.setFocus()
    type_into(editor, "2")
    for _ in range(3):
        QTest.keyClick(editor.field, Qt.Key.Key_Down)
    assert conv.seen == [("out_channels", 2), ("out_channels", 1)]


def test_scrolling_over_a_field_changes_nothing(conv):
    editor = conv.editor("out_channels")
    conv.holder.other.setFocus()
    none, keys = QPoint(), Qt.KeyboardModifier.NoModifier
    turn = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        none,
        QPoint(0, -240),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(editor.spin, turn)
    assert conv.seen == []
    assert editor.value() == 32


def test_labels_are_one_a_line(qtbot):
    form = shown(qtbot, form_for_block(catalog()["classification_output"]))
    editor = form.editor("labels")
    editor.lines.setFocus()
    QTest.keyClicks(editor.lines, "cat")
    QTest.keyClick(editor.lines, Qt.Key.Key_Return)
    QTest.keyClicks(editor.lines, "dog, wet")
    with qtbot.waitSignal(form.changed) as caught:
        QTest.keyClick(editor.lines, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert caught.args == ["labels", ("cat", "dog, wet")]


def test_a_model_becomes_a_form_and_back(qtbot):
    spec = TrainSpec(epochs=3, learning_rate=1e-4, optimizer="sgd")
    form = shown(qtbot, form_for_model(TrainSpec, spec))
    assert form.model(TrainSpec) == spec
    rate = form.editor("learning_rate")
    assert line_of(rate).text() == "0.0001"
    type_into(rate, "3e-5")
    assert form.model(TrainSpec).learning_rate == 3e-5
    assert line_of(rate).text() == "3e-5"
    type_into(rate, "0")
    assert form.errors() == {"learning_rate": "Learning rate must be more than 0."}
    assert form.model(TrainSpec) is None


def test_a_learning_rate_steps_over_magnitudes(qtbot):
    form = shown(qtbot, form_for_model(TrainSpec, include=["learning_rate"]))
    rate = form.editor("learning_rate")
    rate.field.setFocus()
    seen = []
    form.changed.connect(lambda _, value: seen.append(value))
    for _ in range(4):
        QTest.keyClick(rate.field, Qt.Key.Key_Down)
    assert seen == [5e-4, 2e-4, 1e-4, 5e-5]


def test_settings_make_a_form_with_titles(qtbot):
    form = shown(qtbot, form_for_model(Settings, include=["theme"], titles={"theme": {"dark": "Dark"}}))
    assert form.editor("theme").combo.itemText(2) == "Dark"
    assert form.values() == {"theme": "system"}


@pytest.mark.parametrize(("value", "text"), [(1e-5, "1e-5"), (0.1, "0.1"), (2.0, "2"), (7, "7"), (1e20, "1e20")])
def test_numbers_look_as_people_write_them(value, text):
    assert number_text(value) == text


def test_typing_the_last_good_value_again_ends_the_complaint(conv):
    editor = conv.editor("out_channels")
    good = editor.value()
    type_into(editor, "-5")
    assert conv.errors()
    type_into(editor, str(good))
    assert not conv.errors()
    assert editor.value() == good


def test_a_complaint_on_two_lines_squeezes_nothing(conv, qtbot):
    conv.holder.layout().addStretch(1)
    conv.holder.resize(250, 700)
    fields = [conv.editor(name).field for name in ("out_channels", "kernel_size", "stride", "padding")]
    before = [field.height() for field in fields]
    type_into(conv.editor("kernel_size"), "abc")
    assert conv.errors()["kernel_size"] == "Kernel size must be one whole number or 2 of them."
    conv.set_error("stride", "A sentence so long that it takes more than one line of a narrow panel to say it all.")
    page = conv.editor("stride").parentWidget()
    qtbot.waitUntil(lambda: page.height() >= page.heightForWidth(page.width()))
    assert [field.height() for field in fields] == before


def test_the_caret_stays_at_the_end_after_enter(conv):
    type_into(conv.editor("kernel_size"), "15")
    assert conv.editor("kernel_size").line.cursorPosition() == 2
    type_into(conv.editor("stride"), "12", Qt.Key.Key_Tab)
    assert conv.editor("stride").line.cursorPosition() == 0


def test_enter_with_nothing_left_to_take_is_for_the_dialog(conv, qtbot):
    heard = []
    conv.holder.keyPressEvent = lambda event: heard.append(event.key())
    type_into(conv.editor("out_channels"), "12")
    assert heard == []
    QTest.keyClick(conv.editor("out_channels").field, Qt.Key.Key_Return)
    assert heard == [Qt.Key.Key_Return]
