"""What all typed editors share. They take any text, say what is wrong with it, and keep it for correction.

A value is committed by Enter, by leaving the field, by a step or a choice; Escape brings the last good value back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QWidget

from designer.errors import LayerloomError

__all__ = ["MIXED", "Editor", "Entry", "number_in", "number_text", "set_flag"]

MIXED = "mixed"  # shown where several things have different values


@dataclass(frozen=True)
class Entry:
    """One thing to edit. ``check`` gives the value in canonical form or raises LayerloomError with a sentence.

    Kinds: int, float, bool, choice, several, size, dims, text, labels. ``titles`` are the words shown for ``choices``.
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
    group: str = ""  # the heading over it, where it is folded away with others
    empty: str = "automatic"  # shown where an optional value is left out
    zero: str = ""  # shown instead of 0, where that is no amount


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


def number_in(text: str) -> object:
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
    """What all editors do. Subclasses fill ``_show``, ``_show_mixed`` and ``_raw``, and name their ``field``.

    The field takes the focus.
    """

    committed = Signal(object)
    failed = Signal(str)  # the sentence; empty when all is well again

    def __init__(self, entry: Entry, field: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry, self.field = entry, field
        self._value: Any = entry.default
        self._shown: object = None
        self._misfit = False  # whether the error is about what was typed here
        self.mixed = False  # whether it stands for several things whose values differ
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

    def _show_mixed(self) -> None:
        raise NotImplementedError

    def _raw(self) -> object:
        raise NotImplementedError

    def leave_out(self, choices: Collection[str]) -> None:
        """Offer no longer these choices, which do not suit; one that is chosen stays to be seen."""

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
        if self.mixed or self._shown is None or value != self._value or type(value) is not type(self._value):
            self._put(value)

    def set_mixed(self, first: Any) -> None:
        """Stand for several things with different values, ``first`` being one; text under correction stays."""
        if not self.mixed:
            self._value = first
            self._mix()

    def _mix(self) -> None:
        self.mixed = True
        self._shown = None  # showing is not choosing
        self._show_mixed()
        self._shown = self._raw()
        self.fail("")

    def _put(self, value: Any) -> None:
        self._value, self.mixed = value, False
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
        changed = self.mixed or value != self._value or type(value) is not type(self._value)
        self._put(value)
        if changed:
            self.committed.emit(value)
        return True

    def revert(self) -> None:
        """Bring the last good value back."""
        if self.mixed:
            self._mix()
        else:
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
