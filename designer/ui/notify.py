"""Messages inside the window: they slide over a corner, offer what can be done, and never stop anybody's work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from designer.ui.editors import set_flag
from designer.ui.parts import label
from designer.ui.theme import icon

__all__ = ["Choice", "Kind", "Toast", "Toasts"]

Kind = Literal["info", "success", "warning", "error"]
Choice = tuple[str, Callable[[], object]]

_MARKS = {
    "info": ("mdi6.information", "accent"),
    "success": ("mdi6.check-circle", "good"),
    "warning": ("mdi6.alert", "warn"),
    "error": ("mdi6.alert-circle", "bad"),
}
_SECONDS = {"info": 5, "success": 5, "warning": 10, "error": 0}  # 0: until it is closed
_MOST, _WIDTH, _MARGIN = 4, 380, 16


class Toast(QFrame):
    """One message with its buttons."""

    closed = Signal()

    def __init__(self, parent: QWidget, kind: Kind, text: str, choices: Sequence[Choice]) -> None:
        super().__init__(parent)
        self.kind, self.text = kind, text
        self.left = _SECONDS[kind]
        if choices:  # what warns and offers a way out waits for an answer
            self.left = 12 if kind in ("info", "success") else 0
        set_flag(self, "frame", "toast")
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(text)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 8, 10)
        row.setSpacing(10)
        mark = QLabel()
        mark.setPixmap(icon(*_MARKS[kind]).pixmap(QSize(18, 18)))
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(label(text, wrap=True, select=True))
        self.buttons: list[QPushButton] = []
        self._choices = list(choices)
        if choices:
            line = QHBoxLayout()
            line.setSpacing(8)
            for title, _ in choices:
                button = QPushButton(title)
                button.clicked.connect(self._chosen)
                line.addWidget(button)
                self.buttons.append(button)
            line.addStretch(1)
            column.addLayout(line)
        row.addLayout(column, 1)
        close = QToolButton()
        close.setIcon(icon("mdi6.close", "muted"))
        close.setToolTip("Close this message")
        close.setAccessibleName("Close this message")
        set_flag(close, "kind", "small")
        close.clicked.connect(self.dismiss)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)

    def dismiss(self) -> None:
        """Take the message away."""
        self.hide()
        self.closed.emit()
        self.deleteLater()

    def _chosen(self) -> None:
        sender = self.sender()
        for button, (_, do) in zip(self.buttons, self._choices, strict=True):
            if button is sender:
                self.dismiss()
                do()
                return


class Toasts(QObject):
    """The messages of one window, stacked in its lower right corner above ``over``."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._shown: list[Toast] = []
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)
        over.installEventFilter(self)

    def shown(self) -> list[Toast]:
        """The messages that can be read now, the newest last."""
        self._shown = [t for t in self._shown if not t.isHidden()]
        return list(self._shown)

    def show(self, kind: Kind, text: str, *choices: Choice) -> Toast:
        """Show a message; ``choices`` are buttons with what they do. The same text is not shown twice."""
        for toast in self.shown():
            if toast.text == text and toast.kind == kind:
                toast.left = max(toast.left, _SECONDS[kind])
                return toast
        for old in self.shown()[: 1 - _MOST]:
            old.dismiss()
        toast = Toast(self._over, kind, text, choices)
        toast.closed.connect(self._place)
        toast.adjustSize()
        toast.show()
        toast.raise_()
        self._shown.append(toast)
        self._place()
        QAccessible.updateAccessibility(QAccessibleEvent(toast, QAccessible.Event.Alert))
        if not self._clock.isActive():
            self._clock.start()
        return toast

    def clear(self) -> None:
        """Take all messages away."""
        for toast in self.shown():
            toast.dismiss()
        self._clock.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size, and stop the clock with it."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        elif event.type() == QEvent.Type.Close:
            self._clock.stop()
        return False

    def _tick(self) -> None:
        waiting = False
        for toast in self.shown():
            if toast.left and not toast.underMouse():
                toast.left -= 1
                if not toast.left:
                    toast.dismiss()
            waiting = waiting or bool(toast.left)
        if not waiting:
            self._clock.stop()
        self._place()

    def _place(self) -> None:
        bottom = self._over.height() - _MARGIN - 28
        for toast in reversed(self.shown()):
            toast.resize(
                _WIDTH, toast.heightForWidth(_WIDTH) if toast.hasHeightForWidth() else toast.sizeHint().height()
            )
            toast.move(QPoint(self._over.width() - _WIDTH - _MARGIN, bottom - toast.height()))
            bottom -= toast.height() + 8
