"""Typed editors, one for each kind of value."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QListView,
    QMenu,
    QPlainTextEdit,
    QToolButton,
    QWidget,
)

from designer.ui.editing import MIXED, Editor, Entry, number_in, number_text, set_flag
from designer.ui.several import SeveralEditor
from designer.ui.switch import Switch
from designer.ui.theme import icon

__all__ = ["Editor", "Entry", "make_editor", "number_text", "set_flag"]


class _Spin(QAbstractSpinBox):
    """A spin box that takes any text: what is wrong is said, not prevented."""

    def __init__(self, entry: Entry, owner: NumberEditor) -> None:
        super().__init__()
        self._entry, self._owner = entry, owner
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(72)

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
        word = self.entry.zero if value == 0 else ""
        self.spin.lineEdit().setPlaceholderText(word or (self.entry.empty if self.entry.optional else ""))
        self.spin.lineEdit().setText("" if value is None or word else number_text(value))

    def _show_mixed(self) -> None:
        self.spin.lineEdit().setPlaceholderText(MIXED)
        self.spin.lineEdit().clear()

    def _raw(self) -> object:
        text = self.spin.lineEdit().text()
        if text.strip():
            return number_in(text)
        return 0 if self.entry.zero and not self.mixed else None

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
        self.switch.checkStateChanged.connect(self._toggled)

    def _show(self, value: Any) -> None:
        self.switch.setTristate(False)
        self.switch.setChecked(value is True)

    def _show_mixed(self) -> None:
        self.switch.setCheckState(Qt.CheckState.PartiallyChecked)

    def _raw(self) -> object:
        state = self.switch.checkState()
        return MIXED if state == Qt.CheckState.PartiallyChecked else state == Qt.CheckState.Checked

    def _toggled(self, _state: Qt.CheckState) -> None:
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

    def leave_out(self, choices: Collection[str]) -> None:
        """Hide their rows."""
        view = self.combo.view()
        assert isinstance(view, QListView)
        for row in range(self.combo.count()):
            choice = self.combo.itemData(row)
            view.setRowHidden(row, choice in choices and choice != self._value)

    def _show(self, value: Any) -> None:
        if isinstance(value, str) and self.combo.findData(value) < 0:  # one of those that are too many to list
            self.combo.addItem(value, value)
        self.combo.setCurrentIndex(self.combo.findData(value))

    def _show_mixed(self) -> None:
        self.combo.setPlaceholderText(MIXED)
        self.combo.setCurrentIndex(-1)

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
        self.line.setPlaceholderText(self.entry.empty if self.entry.optional else "")
        self.line.setText(text)
        self.line.setCursorPosition(len(text) if self.line.hasFocus() else 0)
        if self.link is not None:
            self.link.setChecked(isinstance(value, tuple))
            self.link.setIcon(
                icon("mdi6.link-variant-off" if isinstance(value, tuple) else "mdi6.link-variant", "muted")
            )
            self.link.setEnabled(not isinstance(value, str) and value is not None)

    def _show_mixed(self) -> None:
        self.line.setPlaceholderText(MIXED)
        self.line.clear()
        if self.link is not None:
            self.link.setEnabled(False)

    def _raw(self) -> object:
        text = self.line.text()
        if self.entry.kind == "text":
            return text
        tidy = text.strip().strip("()[]")
        if not tidy and self.entry.kind not in ("dims", "open"):
            return None
        parts = [p for p in re.split(r"[\s,;×x*]+", tidy) if p]
        numbers = [number_in(p) for p in parts]
        if not all(isinstance(n, int | float) for n in numbers) and self.entry.kind != "open":
            return tidy
        return numbers[0] if self.entry.kind == "size" and len(numbers) == 1 else tuple(numbers)


class LabelsEditor(Editor):
    """Names, one a line."""

    def __init__(self, entry: Entry, parent: QWidget | None = None) -> None:
        self.lines = QPlainTextEdit()
        self.lines.setTabChangesFocus(True)
        self.lines.setFixedHeight(74)
        super().__init__(entry, self.lines, parent)

    def _show(self, value: Any) -> None:
        self.lines.setPlaceholderText("One name a line")
        self.lines.setPlainText("\n".join(value or ()))

    def _show_mixed(self) -> None:
        self.lines.setPlaceholderText(MIXED)
        self.lines.clear()

    def _raw(self) -> object:
        return tuple(line.strip() for line in self.lines.toPlainText().splitlines() if line.strip())

    def _enter_commits(self, event: QKeyEvent) -> bool:
        return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)


_EDITORS: dict[str, Callable[[Entry], Editor]] = {
    "int": NumberEditor,
    "float": NumberEditor,
    "bool": BoolEditor,
    "choice": ChoiceEditor,
    "several": SeveralEditor,
    "size": LineEditor,
    "dims": LineEditor,
    "open": LineEditor,
    "text": LineEditor,
    "labels": LabelsEditor,
    "expression": LineEditor,
}


def make_editor(entry: Entry) -> Editor:
    """The editor for an entry, showing its default."""
    editor = _EDITORS[entry.kind](entry)
    editor.set_value(entry.default)
    return editor
