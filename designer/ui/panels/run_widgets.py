"""Small parts of the panels about runs: a pill, a row of facts, a banner, a page for when there is nothing yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolTip, QVBoxLayout, QWidget

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
    """Short facts, each a caption with its value below, flowing over as many lines as they need.

    Compact ones are one line: caption and value side by side, and only the first ones that fit. Painted, because
    labels in a layout would be laid out anew ten times a second.
    """

    _GAP, _LINE = 24, 16

    def __init__(self, names: Sequence[tuple[str, str]], parent: QWidget | None = None, compact: bool = False) -> None:
        """``names`` are (key, caption) in order."""
        super().__init__(parent)
        self._captions = dict(names)
        self._values = dict.fromkeys(self._captions, "")
        self._compact = compact
        self._places: dict[str, QRect] = {}
        self.setMinimumWidth(120)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.notifier().changed.connect(self.update)
        self._flow()

    def set(self, **values: str) -> None:
        """Show new values; what is empty takes no room."""
        if any(self._values[key] != value for key, value in values.items()):
            self._values.update(values)
            self._flow()
            self.setAccessibleName(", ".join(f"{self._captions[k]}: {v}" for k, v in self._values.items() if v))

    def value(self, key: str) -> str:
        """What is shown for a fact."""
        return self._values[key]

    def set_compact(self, compact: bool) -> None:
        """One line a fact, or two."""
        if compact != self._compact:
            self._compact = compact
            self._flow()

    def place(self, key: str) -> QRect | None:
        """Where a fact is painted; None for one that is not."""
        return self._places.get(key)

    def _flow(self) -> None:
        metrics = QFontMetrics(numbers())
        high = self._LINE if self._compact else 2 * self._LINE
        x = y = 0
        self._places = {}
        for key, value in self._values.items():
            if not value:
                continue
            caption, text = metrics.horizontalAdvance(self._captions[key]), metrics.horizontalAdvance(value)
            need = caption + 8 + text if self._compact else max(caption, text)
            need = -(-(need + 2) // 8) * 8  # in steps, so that a counter does not move its neighbours
            if x and x + need > self.width():
                if self._compact:
                    break
                x, y = 0, y + high + 4
            self._places[key] = QRect(x, y, min(need, max(self.width(), 1)), high)
            x += need + self._GAP
        height = y + high
        if self.height() != height or self.minimumHeight() != height:
            self.setFixedHeight(height)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Captions muted, values in the colour of text."""
        t, font = themes.theme(), numbers()
        with QPainter(self) as painter:
            metrics = QFontMetrics(font)
            side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            for key, place in self._places.items():
                caption, value = self._captions[key], self._values[key]
                font.setWeight(QFont.Weight.Normal)
                painter.setFont(font)
                painter.setPen(t.muted)
                painter.drawText(QRect(place.left(), place.top(), place.width(), self._LINE), side, caption)
                if self._compact:
                    place = place.adjusted(metrics.horizontalAdvance(caption) + 8, 0, 0, 0)
                else:
                    place = place.adjusted(0, self._LINE, 0, 0)
                painter.setPen(t.text)
                shown = metrics.elidedText(value, Qt.TextElideMode.ElideRight, place.width())
                painter.drawText(place, side, shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, other lines."""
        super().resizeEvent(event)
        self._flow()

    def event(self, event: QEvent) -> bool:
        """The tooltip has the whole of a fact."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = [key for key, place in self._places.items() if place.contains(event.pos())]
            text = f"{self._captions[found[0]]}: {self._values[found[0]]}" if found else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)


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
        self.title = head = QLabel(title, self)
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
