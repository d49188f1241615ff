"""Typed editors, one for each kind of value. They take any text, say what is wrong with it, and keep it for correction.

A value is committed by Enter, by leaving the field, by a step or a choice; Escape brings the last good value back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QToolButton,
    QWidget,
)

from designer.errors import LayerloomError
from designer.ui.switch import Switch
from designer.ui.theme import icon

__all__ = ["Editor", "Entry", "make_editor", "number_text", "set_flag"]


@dataclass(frozen=True)
class Entry:
    """One thing to edit. ``check`` gives the value in canonical form or raises LayerloomError with a sentence.

    Kinds: int, float, bool, choice, size, dims, text, labels. ``titles`` are the words shown for ``choices``.
    """

    name: str
    label: str
    kind: str
    default: Any
    check: Callable[[object], Any]
    help: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    ndim: int = 1
    optional: bool = False
    advanced: bool = False
    empty: str = "automatic"  # shown where an optional value is left out


def set_flag(widget: QWidget, name: str, value: bool | str) -> None:
    """Set a property that the style sheet looks at."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def number_text(value: object) -> str:
    """A number as people write it: 3, 0.001, 1e-5."""
    text = repr(value) if isinstance(value, float) else str(value)
    return re.sub(r"\.0$", "", re.sub(r"e([+-])0*(\d)", lambda m: f"e{m[1].replace('+', '')}{m[2]}", text))


def _number(text: str) -> object:
    """The number that the text stands for, or the text itself."""
    tidy = text.strip().replace("−", "-").replace("_", "")
    if re.fullmatch(r"[+-]?\d{1,3},\d+", tidy):
        tidy = tidy.replace(",", ".")
    try:
        return int(tidy)
    except ValueError:
        try:
            return float(tidy)
        except ValueError:
            return text


class Editor(QWidget):
    """What all editors do. Subclasses fill ``_show`` and ``_raw`` and name their ``field``, which takes the focus."""

    committed = Signal(object)
    failed = Signal(str)  # the sentence; empty when all is well again

    def __init__(self, entry: Entry, field: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry, self.field = entry, field
        self._value: Any = entry.default
        self._shown: object = None
        self._misfit = False  # whether the error is about what was typed here
        self.error = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(field, 1)
        field.setAccessibleName(entry.label)
        field.setAccessibleDescription(entry.help)
        field.setToolTip(entry.help)
        field.installEventFilter(self)
        self.setFocusProxy(field)

    def _show(self, value: Any) -> None:
        raise NotImplementedError

    def _raw(self) -> object:
        raise NotImplementedError

    def row(self) -> QHBoxLayout:
        """The layout beside the field, for a button or two."""
        layout = self.layout()
        assert isinstance(layout, QHBoxLayout)
        return layout

    def value(self) -> Any:
        """The last good value."""
        return self._value

    def set_value(self, value: Any) -> None:
        """Show a value that comes from elsewhere. Text under correction stays while the value is the same."""
        if self._shown is None or value != self._value or type(value) is not type(self._value):
            self._put(value)

    def _put(self, value: Any) -> None:
        self._value = value
        self._show(value)
        self._shown = self._raw()
        self.fail("")

    def pending(self) -> bool:
        """Whether something was typed that is not committed."""
        return self._raw() != self._shown

    def commit(self) -> bool:
        """Take what was typed; False, with the sentence shown, when it does not fit."""
        if not self.pending():
            if self._misfit:  # the last good value was typed again
                self.fail("")
            return True
        try:
            value = self.entry.check(self._raw())
        except LayerloomError as error:
            self.fail(error.message)
            self._misfit = True
            return False
        changed = value != self._value or type(value) is not type(self._value)
        self._put(value)
        if changed:
            self.committed.emit(value)
        return True

    def revert(self) -> None:
        """Bring the last good value back."""
        self._put(self._value)

    def fail(self, sentence: str) -> None:
        """Show that something is wrong, or (empty) that it is not."""
        self._misfit = False
        set_flag(self.field, "invalid", bool(sentence))
        if sentence != self.error:
            self.error = sentence
            self.failed.emit(sentence)

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """Enter and leaving commit; Escape reverts where there is something to revert."""
        if watched is self.field:
            if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and not self.pending():
                # Nothing typed to take back: undo and redo are the document's.
                if event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo):
                    event.ignore()
                    return True
            elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
                if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._enter_commits(event):
                    done = not self.pending() and not self.error
                    self.commit()
                    return not done  # with nothing left to take, Enter is for the dialog
                if event.key() == Qt.Key.Key_Escape and (self.pending() or self.error):
                    self.revert()
                    return True
            elif (
                event.type() == QEvent.Type.FocusOut
                and isinstance(event, QFocusEvent)
                and event.reason() != Qt.FocusReason.PopupFocusReason
            ):
                self.commit()
        return False

    def _enter_commits(self, event: QKeyEvent) -> bool:
        return True


class _Spin(QAbstractSpinBox):
    """A spin box that takes any text: what is wrong is said, not prevented."""

    def __init__(self, entry: Entry, owner: NumberEditor) -> None:
        super().__init__()
        self._entry, self._owner = entry, owner
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(72)
        if entry.optional:
            self.lineEdit().setPlaceholderText(entry.empty)

    def validate(self, text: str, pos: int) -> object:
        """Everything may be typed."""
        return QValidator.State.Acceptable, text, pos

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Both ways; the bounds are checked at the step."""
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled

    def stepBy(self, steps: int) -> None:
        """One step is 1, or one of 1-2-5 for a number over several magnitudes, or 0.05 for a share."""
        self._owner.step(steps)

    def sizeHint(self) -> QSize:
        """As wide as a number needs, as high as every control."""
        return QSize(96, super().sizeHint().height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling the panel must not change numbers on the way."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class NumberEditor(Editor):
    """Whole numbers and decimals."""

    def __init__(self, entry: Entry, parent: QWidget | None = None) -> None:
        self.spin = _Spin(entry, self)
        super().__init__(entry, self.spin, parent)
        self.spin.lineEdit().setAccessibleName(entry.label)

    def _show(self, value: Any) -> None:
        self.spin.lineEdit().setText("" if value is None else number_text(value))

    def _raw(self) -> object:
        text = self.spin.lineEdit().text()
        return _number(text) if text.strip() else None

    def step(self, steps: int) -> None:
        """Go up or down from what is typed, and commit; a step over a bound ends at the bound."""
        now = self._raw()
        if not isinstance(now, int | float):
            now = self._value if isinstance(self._value, int | float) else self.entry.minimum or 0
        after: float = now + steps if self.entry.kind == "int" else _float_step(float(now), steps, self.entry)
        low, high = self.entry.minimum, self.entry.maximum
        after = max(after, low) if low is not None else after
        after = min(after, high) if high is not None else after
        self.spin.lineEdit().setText(number_text(int(after) if self.entry.kind == "int" else float(after)))
        self.commit()


def _float_step(value: float, steps: int, entry: Entry) -> float:
    share = entry.minimum == 0 and entry.maximum is not None and entry.maximum <= 1
    if (share and float(entry.default or 0) >= 0.05) or value <= 0:
        return round(value + 0.05 * steps, 10) if share else value + steps
    factor: float
    for _ in range(abs(steps)):
        mantissa, exponent = f"{value:e}".split("e")
        lead, power = float(mantissa), int(exponent)
        if steps > 0:
            factor = next((f for f in (2, 5) if f > lead * 1.0001), 10)
        else:
            factor = next((f for f in (5, 2, 1) if f < lead * 0.9999), 0) or 0.5
        value = float(f"{factor}e{power}")
    return value


class BoolEditor(Editor):
    """Yes or no."""

    def __init__(self, entry: Entry, parent: QWidget | None = None) -> None:
        self.switch = Switch()
        super().__init__(entry, self.switch, parent)
        self.row().setStretch(0, 0)
        self.row().addStretch(1)
        self.switch.toggled.connect(self._toggled)

    def _show(self, value: Any) -> None:
        self.switch.setChecked(value is True)

    def _raw(self) -> object:
        return self.switch.isChecked()

    def _toggled(self, _checked: bool) -> None:
        if self._shown is not None:
            self.commit()

    def _put(self, value: Any) -> None:
        self._shown = None  # setting is not toggling
        super()._put(value)


class _Combo(QComboBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ChoiceEditor(Editor):
    """One of several words."""

    def __init__(self, entry: Entry, parent: QWidget | None = None) -> None:
        self.combo = _Combo()
        titles = entry.titles or tuple(c.replace("_", " ") for c in entry.choices)
        for choice, title in zip(entry.choices, titles, strict=True):
            self.combo.addItem(title, choice)
        self.combo.setMinimumWidth(72)
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        super().__init__(entry, self.combo, parent)
        self.combo.activated.connect(self._chosen)

    def _show(self, value: Any) -> None:
        self.combo.setCurrentIndex(self.combo.findData(value))

    def _raw(self) -> object:
        return self.combo.currentData()

    def _chosen(self, _index: int) -> None:
        self.commit()

    def _enter_commits(self, event: QKeyEvent) -> bool:
        return False


class LineEditor(Editor):
    """A line of text, sizes such as ``3`` or ``3, 5``, and lists of whole numbers."""

    def __init__(self, entry: Entry, parent: QWidget | None = None) -> None:
        self.line = QLineEdit()
        self.line.setMinimumWidth(48)
        super().__init__(entry, self.line, parent)
        if entry.optional:
            self.line.setPlaceholderText(entry.empty)
        self.link: QToolButton | None = None
        if entry.kind == "size" and entry.ndim > 1:
            self.link = self._button("mdi6.link-variant", f"{entry.label}: one value for each direction")
            self.link.setCheckable(True)
            self.link.clicked.connect(self._unlink)
        if entry.kind == "size" and entry.choices:
            button = self._button("mdi6.chevron-down", f"{entry.label}: choose {' or '.join(entry.choices)}")
            menu = QMenu(button)
            for choice in entry.choices:
                menu.addAction(choice)
            menu.triggered.connect(self._picked)
            button.setMenu(menu)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(name, "muted"))
        button.setIconSize(QSize(16, 16))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        set_flag(button, "kind", "small")
        self.row().addWidget(button)
        return button

    def _picked(self, action: Any) -> None:
        self.line.setText(action.text())
        self.commit()

    def _unlink(self, apart: bool) -> None:
        """Spell the size out for each direction, or make the first one do for all."""
        value = self._value
        if apart and isinstance(value, int):
            self.line.setText(", ".join([number_text(value)] * self.entry.ndim))
            self._shown = self._raw()
            self.line.setFocus(Qt.FocusReason.OtherFocusReason)
        elif not apart and isinstance(value, tuple) and value:
            self.line.setText(number_text(value[0]))
            self.commit()
        elif not apart:
            self._put(value)

    def _show(self, value: Any) -> None:
        if value is None:
            text = ""
        elif isinstance(value, tuple | list):
            text = ", ".join(number_text(v) for v in value)
        else:
            text = str(value)
        self.line.setText(text)
        self.line.setCursorPosition(len(text) if self.line.hasFocus() else 0)
        if self.link is not None:
            self.link.setChecked(isinstance(value, tuple))
            self.link.setIcon(
                icon("mdi6.link-variant-off" if isinstance(value, tuple) else "mdi6.link-variant", "muted")
            )
            self.link.setEnabled(not isinstance(value, str) and value is not None)

    def _raw(self) -> object:
        text = self.line.text()
        if self.entry.kind == "text":
            return text
        tidy = text.strip().strip("()[]")
        if not tidy and self.entry.kind != "dims":
            return None
        parts = [p for p in re.split(r"[\s,;×x*]+", tidy) if p]
        numbers = [_number(p) for p in parts]
        if not all(isinstance(n, int | float) for n in numbers):
            return tidy
        return numbers[0] if self.entry.kind == "size" and len(numbers) == 1 else tuple(numbers)


class LabelsEditor(Editor):
    """Names, one a line."""

    def __init__(self, entry: Entry, parent: QWidget | None = None) -> None:
        self.lines = QPlainTextEdit()
        self.lines.setTabChangesFocus(True)
        self.lines.setFixedHeight(74)
        self.lines.setPlaceholderText("One name a line")
        super().__init__(entry, self.lines, parent)

    def _show(self, value: Any) -> None:
        self.lines.setPlainText("\n".join(value or ()))

    def _raw(self) -> object:
        return tuple(line.strip() for line in self.lines.toPlainText().splitlines() if line.strip())

    def _enter_commits(self, event: QKeyEvent) -> bool:
        return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)


_EDITORS: dict[str, Callable[[Entry], Editor]] = {
    "int": NumberEditor,
    "float": NumberEditor,
    "bool": BoolEditor,
    "choice": ChoiceEditor,
    "size": LineEditor,
    "dims": LineEditor,
    "text": LineEditor,
    "labels": LabelsEditor,
}


def make_editor(entry: Entry) -> Editor:
    """The editor for an entry, showing its default."""
    editor = _EDITORS[entry.kind](entry)
    editor.set_value(entry.default)
    return editor
