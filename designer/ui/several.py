"""An editor for several of many words: a field that looks like a choice, and a menu that stays open while one ticks."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QMenu, QStyle, QStyleOptionComboBox, QWidget

from designer.ui.editing import MIXED, Editor, Entry

__all__ = ["SeveralEditor"]

_NONE = "None"
_MARGIN = 6  # pixels around the words


class _Menu(QMenu):
    """Ticking does not close it; Escape and a click beside it do."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tick what was clicked."""
        action = self.actionAt(event.position().toPoint())
        if action is not None and action.isEnabled():
            action.trigger()
        else:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Enter tick."""
        action = self.activeAction()
        if action is not None and event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            action.trigger()
        else:
            super().keyPressEvent(event)


class _Field(QComboBox):
    """Says what is chosen, and opens the menu."""

    def __init__(self) -> None:
        super().__init__()
        self.menu = _Menu(self)
        self.said = _NONE
        self.addItem(_NONE)
        self.setMinimumWidth(72)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def showPopup(self) -> None:
        """The menu, instead of a list."""
        self.menu.setMinimumWidth(self.width())
        self.menu.popup(self.mapToGlobal(QPoint(0, self.height())))

    def say(self, text: str) -> None:
        """Show what is chosen, as far as there is room."""
        self.said = text
        how = QStyleOptionComboBox()
        self.initStyleOption(how)
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, how, part, self).width() - _MARGIN
        self.setItemText(0, self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There may be room for more, or for less."""
        super().resizeEvent(event)
        self.say(self.said)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling the panel must not open or change anything on the way."""
        event.ignore()


class SeveralEditor(Editor):
    """Any of several words, in the order of the choices. Values that are not among the choices can be ticked off."""

    def __init__(self, entry: Entry, parent: QWidget | None = None) -> None:
        self.combo = _Field()
        self.actions_of: dict[str, QAction] = {}
        super().__init__(entry, self.combo, parent)
        for choice, title in zip(entry.choices, entry.titles or entry.choices, strict=True):
            self._offer(choice, title)

    def _offer(self, choice: str, title: str) -> None:
        action = self.combo.menu.addAction(title)
        action.setCheckable(True)
        action.triggered.connect(self.commit)
        self.actions_of[choice] = action

    def leave_out(self, choices: Collection[str]) -> None:
        """Hide them in the menu."""
        for choice, action in self.actions_of.items():
            action.setVisible(choice not in choices or action.isChecked())

    def _show(self, value: Any) -> None:
        chosen = tuple(value or ())
        for other in chosen:
            if other not in self.actions_of:
                self._offer(other, other)
        for choice, action in self.actions_of.items():
            action.setChecked(choice in chosen)
        text = ", ".join(action.text() for action in self.actions_of.values() if action.isChecked()) or _NONE
        self.combo.say(text)
        self.combo.setToolTip(f"{text}\n{self.entry.help}" if chosen else self.entry.help)

    def _show_mixed(self) -> None:
        for action in self.actions_of.values():
            action.setChecked(False)
        self.combo.say(MIXED)

    def _raw(self) -> object:
        return tuple(choice for choice, action in self.actions_of.items() if action.isChecked())

    def _enter_commits(self, event: QKeyEvent) -> bool:
        return False
