"""Small widgets that several panels share: section headings, facts, problem cards, empty states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.graph.check import Problem
from designer.graph.fixes import Fix
from designer.graph.measured import UNTRUSTED
from designer.ui.editors import set_flag
from designer.ui.theme import font, icon

__all__ = [
    "DECIDE",
    "SEVERITIES",
    "EmptyState",
    "Facts",
    "FixButton",
    "ProblemCard",
    "clear_layout",
    "label",
    "mute_button",
    "section",
]


DECIDE = "Look at the file and decide…"  # the repair of code that nobody trusts; only a person can do it


def label(text: str = "", role: str = "", wrap: bool = False, select: bool = False) -> QLabel:
    """A label in one of the style sheet's roles."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        set_flag(made, "role", role)
    made.setWordWrap(wrap)
    if select:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def section(text: str) -> QLabel:
    """The heading of a part of a panel."""
    return label(text, "section")


def clear_layout(widget: QWidget) -> None:
    """Take everything out of a widget's layout."""
    layout = widget.layout()
    while layout is not None and layout.count():
        item = layout.takeAt(0)
        inner = item.widget() if item is not None else None
        if inner is not None:
            inner.hide()
            inner.deleteLater()


class Facts(QWidget):
    """Rows of a name and a value; labels are used again, so that an update is cheap."""

    def __init__(self, parent: QWidget | None = None, name_width: int = 104, mono: bool = False) -> None:
        super().__init__(parent)
        self._mono, self._width = mono, name_width
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[QLabel, QLabel]] = []

    def set_rows(self, rows: Sequence[tuple[str, str]]) -> None:
        """Show these rows and no others."""
        while len(self._rows) < len(rows):
            name, value = label(role="muted"), label(select=True, wrap=True)
            name.setFixedWidth(self._width)
            if self._mono:
                value.setFont(font("mono"))
            at = len(self._rows)
            self._grid.addWidget(name, at, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, at, 1)
            self._rows.append((name, value))
        for i, (name, value) in enumerate(self._rows):
            shown = i < len(rows)
            name.setVisible(shown)
            value.setVisible(shown)
            if shown:
                name.setText(rows[i][0])
                value.setText(rows[i][1])
                value.setAccessibleName(f"{rows[i][0]}: {rows[i][1]}")

    def rows(self) -> list[tuple[str, str]]:
        """What is shown."""
        return [(n.text(), v.text()) for n, v in self._rows if not n.isHidden()]


SEVERITIES: Mapping[str, tuple[str, str]] = {
    "error": ("mdi6.alert-circle", "bad"),
    "warning": ("mdi6.alert", "warn"),
    "note": ("mdi6.information-outline", "accent"),
}


def mute_button(block: str) -> QToolButton:
    """The button that hides a warning at its block."""
    button = QToolButton()
    button.setIcon(icon("mdi6.bell-off-outline", "muted"))
    button.setIconSize(QSize(16, 16))
    button.setAutoRaise(True)
    button.setToolTip(f"Don't warn here: hide this warning for {block}. The Problems panel keeps it as muted.")
    button.setAccessibleName(f"Don't warn at {block}")
    return button


class FixButton(QPushButton):
    """A repair. Its words are shortened where the place is narrow; the tooltip has them all.

    ``weighed`` says that the mouse or the keyboard is on it, or has left it.
    """

    weighed = Signal(bool)

    def __init__(self, title: str, widest: int = 16777215) -> None:
        super().__init__(title)
        self.title = title
        self.setIcon(icon("mdi6.auto-fix", "accent"))
        self.setAccessibleName(f"Fix: {title}")
        self.setToolTip(title)
        self.setMaximumWidth(widest)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        set_flag(self, "kind", "fix")

    def minimumSizeHint(self) -> QSize:
        """Wide enough for the icon and a word."""
        return QSize(80, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """As wide as all words need."""
        return QSize(self.fontMetrics().horizontalAdvance(self.title) + 48, super().sizeHint().height())

    def event(self, event: QEvent) -> bool:
        """Tell whether a person thinks about it; Enter presses it too."""
        kind = event.type()
        if kind in (QEvent.Type.Enter, QEvent.Type.FocusIn):
            self.weighed.emit(True)
        elif kind in (QEvent.Type.Leave, QEvent.Type.Hide) or (kind == QEvent.Type.FocusOut and not self.underMouse()):
            self.weighed.emit(False)
        elif isinstance(event, QKeyEvent) and kind == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.click()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.weighed.emit(False)
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the words to what fits."""
        super().resizeEvent(event)
        room = self.width() - 44
        self.setText(self.fontMetrics().elidedText(self.title, Qt.TextElideMode.ElideRight, room))


class ProblemCard(QFrame):
    """A problem with its message and the buttons that repair it; ``named``: with its block, which leads there."""

    chosen = Signal(object)  # the edit of the fix; the fix itself where it changes how the data are read
    weighed = Signal(object)  # the edit of the fix that the mouse or the keyboard is on, None for none
    muted = Signal()
    asked = Signal(str)  # the block to go to
    decided = Signal(str)  # the block whose code a person wants to look at

    def __init__(
        self,
        problem: Problem,
        fixes: Sequence[Fix],
        parent: QWidget | None = None,
        named: bool = False,
        locked: bool = False,
    ) -> None:
        super().__init__(parent)
        self._block = problem.block
        set_flag(self, "frame", {"error": "problem", "warning": "warning", "note": "note"}[problem.severity])
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(8)
        mark = QLabel()
        mark.setPixmap(icon(*SEVERITIES[problem.severity]).pixmap(QSize(16, 16)))
        head.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        if named and problem.block is not None:
            words.addWidget(self._link(problem.block))
        words.addWidget(label(problem.message, wrap=True, select=True))
        head.addLayout(words, 1)
        self.mute = mute_button(problem.block or "")
        self.mute.clicked.connect(self.muted)
        if locked or not problem.mutable:
            self.mute.hide()  # shown with the card; shown by itself it would be a window
        head.addWidget(self.mute, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        self.buttons: list[FixButton] = []
        for fix in fixes:
            # Below the block's own name its name says nothing new, and the end of the sentence does.
            button = FixButton(fix.title.replace(f" of {problem.block}", "") if problem.block else fix.title)
            button.setToolTip(fix.title)
            button.clicked.connect(self._clicked)
            button.weighed.connect(self._weigh)
            column.addWidget(button)
            self.buttons.append(button)
        self._fixes = list(fixes)
        if problem.code == UNTRUSTED and not locked:
            self.decide = FixButton(DECIDE)
            self.decide.clicked.connect(self._decide)
            column.addWidget(self.decide)

    def _weigh(self, on: bool) -> None:
        fix = self._fixes[self.buttons.index(self.sender())]  # type: ignore[arg-type]
        self.weighed.emit(fix.edit if on and not fix.data else None)

    def _decide(self) -> None:
        self.decided.emit(self._block or "")

    def _link(self, block: str) -> QPushButton:
        shown = self.fontMetrics().elidedText(block, Qt.TextElideMode.ElideLeft, 200)
        button = QPushButton(shown)
        set_flag(button, "kind", "link")
        button.setAccessibleName(f"Go to {block}")
        button.setToolTip(f"Go to {block}")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(self._ask)
        return button

    def _ask(self) -> None:
        self.asked.emit(self._block)

    def _clicked(self) -> None:
        sender = self.sender()
        for button, fix in zip(self.buttons, self._fixes, strict=True):
            if button is sender:
                self.chosen.emit(fix if fix.data else fix.edit)


class EmptyState(QWidget):
    """What a panel shows while it has nothing to show: an icon, a line, a hint."""

    def __init__(self, name: str, title: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(6)
        column.addStretch(1)
        self._icon_name = name
        self._mark = QLabel()
        self._mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = label(title, "title")
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint = label(hint, "muted", wrap=True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for part in (self._mark, self.title, self.hint):
            column.addWidget(part)
        column.addStretch(2)
        self.set_icon(name)

    def set_icon(self, name: str, role: str = "muted") -> None:
        """Another picture above the words."""
        self._mark.setPixmap(icon(name, role).pixmap(QSize(32, 32)))
