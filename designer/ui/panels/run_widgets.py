"""Small parts of the panels about runs: a pill, a row of facts, a banner, a page for when there is nothing yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from designer.ui import theme as themes
from designer.ui.editors import set_flag

__all__ = ["Banner", "EmptyPage", "Facts", "Pill", "numbers"]

Tone = Literal["plain", "accent", "good", "warn", "bad"]


def numbers() -> QFont:
    """The small font with figures of one width, so that counters do not dance."""
    font = themes.font("small")
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


class Pill(QLabel):
    """A word in a rounded field of its tone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone: Tone = "plain"
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes.notifier().changed.connect(self._dress)

    def show_word(self, word: str, tone: Tone) -> None:
        """Say what is the case."""
        if word != self.text() or tone != self._tone:
            self._tone = tone
            self.setText(word)
            self._dress()

    def _dress(self) -> None:
        t = themes.theme()
        back, front = {
            "plain": (t.hover, t.muted),
            "accent": (t.accent_soft, t.accent),
            "good": (t.good_soft, t.good),
            "warn": (t.warn_soft, t.warn),
            "bad": (t.bad_soft, t.bad),
        }[self._tone]
        self.setStyleSheet(
            f"background: {back.name()}; color: {front.name()}; border-radius: 10px; padding: 0 10px;"
            "min-height: 20px; max-height: 20px; font-size: 12px; font-weight: 600;"
        )


class Facts(QWidget):
    """Short facts, each a caption and a value, in as many columns as there is room for.

    Compact ones are one line: caption and value side by side, and only the first ones that fit.
    """

    def __init__(self, names: Sequence[tuple[str, str]], parent: QWidget | None = None, compact: bool = False) -> None:
        """``names`` are (key, caption) in order."""
        super().__init__(parent)
        self._captions = dict(names)
        self._values = dict.fromkeys(self._captions, "")
        self._labels: dict[str, QLabel] = {}
        self._compact = compact
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        for key in self._captions:
            label = QLabel(self)
            label.setFont(numbers())
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            self._labels[key] = label
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.notifier().changed.connect(self._dress)
        self._dress()
        self._arrange()

    def set(self, **values: str) -> None:
        """Show new values; what is empty takes no room."""
        changed = {key: value for key, value in values.items() if self._values[key] != value}
        shown = [key for key in changed if bool(changed[key]) != bool(self._values[key])]
        for key, value in changed.items():
            self._values[key] = value
            self._write(key)
        if shown:
            self._columns = 0
            self._arrange()

    def value(self, key: str) -> str:
        """What is shown for a fact."""
        return self._values[key]

    def set_compact(self, compact: bool) -> None:
        """One line a fact, or two."""
        if compact != self._compact:
            self._compact = compact
            self._columns = 0
            self._dress()
            self._arrange()

    def _dress(self) -> None:
        for key in self._captions:
            self._write(key)

    def _write(self, key: str) -> None:
        t = themes.theme()
        caption, value = self._captions[key], self._values[key]
        label = self._labels[key]
        between = "&nbsp; " if self._compact else "<br>"
        label.setText(
            f'<span style="color:{t.muted.name()}">{caption}</span>{between}'
            f'<span style="color:{t.text.name()}; font-weight:500">{value}</span>'
        )
        label.setAccessibleName(f"{caption}: {value}")
        label.setToolTip(f"{caption}: {value}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many columns as fit."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        shown = [key for key, value in self._values.items() if value]
        room = max(1, self.width() // (172 if self._compact else 104))
        if self._compact:
            shown = shown[:room]
        rows = -(-len(shown) // room) or 1
        columns = -(-len(shown) // rows) or 1
        if columns == self._columns:
            return
        for column in range(self._columns):
            self._grid.setColumnStretch(column, 0)
        self._columns = columns
        for label in self._labels.values():
            self._grid.removeWidget(label)
            label.hide()
        for i, key in enumerate(shown):
            self._grid.addWidget(self._labels[key], i // columns, i % columns)
            self._labels[key].show()
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)
        self.updateGeometry()


class Banner(QFrame):
    """A sentence with what can be done about it. Hidden until something is said."""

    def __init__(self, frame: str, icon: str, role: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_flag(self, "frame", frame)
        self._icon, self._role = icon, role
        self._picture = QLabel(self)
        self.sentence = QLabel(self)
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 8, 8, 8)
        self._row.setSpacing(8)
        self._row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addWidget(self.sentence, 1)
        themes.notifier().changed.connect(self._dress)
        self._dress()
        self.hide()

    def add_button(self, text: str, kind: str = "") -> QPushButton:
        """A button at the end; the caller connects it."""
        button = QPushButton(text, self)
        if kind:
            set_flag(button, "kind", kind)
        self._row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        return button

    def say(self, sentence: str) -> None:
        """Show the sentence; an empty one hides the banner."""
        self.sentence.setText(sentence)
        self.setAccessibleName(sentence)
        self.setVisible(bool(sentence))

    def _dress(self) -> None:
        self._picture.setPixmap(themes.icon(self._icon, self._role).pixmap(18, 18))


class EmptyPage(QWidget):
    """What a panel says while it has nothing to show, and the button that changes that."""

    pressed = Signal()

    def __init__(self, icon: str, title: str, hint: str, button: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self._picture = QLabel(self)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        head = QLabel(title, self)
        set_flag(head, "role", "title")
        head.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint = QLabel(hint, self)
        set_flag(self.hint, "role", "muted")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setMaximumWidth(460)
        self.button = QPushButton(button, self)
        set_flag(self.button, "kind", "primary")
        self.button.setVisible(bool(button))
        self.button.clicked.connect(self.pressed)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(6)
        column.addStretch(2)
        column.addWidget(self._picture)
        column.addWidget(head)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.hint, 8)
        row.addStretch(1)
        column.addLayout(row)
        column.addSpacing(6)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        themes.notifier().changed.connect(self._dress)
        self._dress()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low dock the picture makes room for the words."""
        super().resizeEvent(event)
        self._picture.setVisible(self.height() >= 170)

    def _dress(self) -> None:
        self._picture.setPixmap(themes.icon(self._icon, "muted").pixmap(36, 36))
