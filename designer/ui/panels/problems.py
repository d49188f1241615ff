"""Everything that is wrong with the network, or unwise, in rows: message, block, and buttons that repair it.

Model and view, so that a thousand rows cost what a screenful costs. Repairs are tried on a copy of the network before
they are offered, which takes time in a large one, so that they are worked out row by row, for visible rows only, while
the window has nothing else to do.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QListView,
    QPushButton,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from designer.graph.check import Problem
from designer.graph.document import Changed
from designer.graph.fixes import Fix, fixes_for
from designer.graph.measured import UNTRUSTED
from designer.graph.mute import mute, unmute
from designer.ui.bridge import DocumentBridge
from designer.ui.editors import set_flag
from designer.ui.parts import DECIDE, SEVERITIES, EmptyState, FixButton, mute_button
from designer.ui.theme import font, icon, notifier, theme

__all__ = ["ProblemsModel", "ProblemsPanel"]

_ROW = 64
_Index = QModelIndex | QPersistentModelIndex
_MOST_BUTTONS = 2
MUTED = Qt.ItemDataRole.UserRole + 1  # whether a row is muted


class ProblemsModel(QAbstractListModel):
    """The document's problems as rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problems: tuple[Problem, ...] = ()
        self.count = 0  # of those, how many are not muted

    def set_problems(self, problems: tuple[Problem, ...], muted: tuple[Problem, ...] = ()) -> bool:
        """Show these, the muted ones last; whether they are others than before."""
        if (*problems, *muted) == self.problems and len(problems) == self.count:
            return False
        self.beginResetModel()
        self.problems, self.count = (*problems, *muted), len(problems)
        self.endResetModel()
        return True

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own signature)
        """How many."""
        return 0 if parent.isValid() else len(self.problems)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The message; for screen readers the severity and the block as well."""
        problem = self.problems[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return problem.message
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = "muted" if index.row() >= self.count else problem.severity
            return f"{said}: {problem.block or 'network'}: {problem.message}"
        if role == Qt.ItemDataRole.UserRole:
            return problem
        if role == MUTED:
            return index.row() >= self.count
        return None


def lines_of(message: str, width: int) -> list[str]:
    """A message on one line, or on two where it takes them; what is longer still ends in dots."""
    metrics = QFontMetrics(font("ui"))
    first, rest = "", message.split(" ")
    while rest and metrics.horizontalAdvance(f"{first} {rest[0]}".strip()) <= width:
        first = f"{first} {rest.pop(0)}".strip()
    if not first:
        return [metrics.elidedText(message, Qt.TextElideMode.ElideRight, width)]
    second = metrics.elidedText(" ".join(rest), Qt.TextElideMode.ElideRight, width)
    return [first, second] if second else [first]


class _Row(QStyledItemDelegate):
    """Paints a row: mark, block, message on at most two lines."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(200, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        problem: Problem = index.data(Qt.ItemDataRole.UserRole)
        t = theme()
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, t.accent_soft)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, t.hover)
        muted = bool(index.data(MUTED))
        mark = icon("mdi6.bell-off-outline", "muted") if muted else icon(*SEVERITIES[problem.severity])
        mark.paint(painter, QRect(area.left() + 12, area.top() + 8, 16, 16))
        view = option.widget
        buttons = view.indexWidget(index) if isinstance(view, QListView) else None
        room = buttons.sizeHint().width() if buttons is not None else 0
        text = area.adjusted(36, 6, -12 - room, -6)
        painter.setFont(font("medium"))
        painter.setPen(t.muted if muted else t.text)
        name = problem.block or "Network"
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, name)
        line = QFontMetrics(font("medium")).height() + 2
        painter.setFont(font("ui"))
        painter.setPen(t.text if state & QStyle.StateFlag.State_Selected else t.muted)
        for i, words in enumerate(lines_of(problem.message, text.width())):
            place = text.adjusted(0, line + i * (line - 2), 0, 0)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, words)
        painter.setPen(t.border)
        painter.drawLine(area.bottomLeft() + QPoint(12, 0), area.bottomRight() - QPoint(12, 0))
        painter.restore()


class ProblemsPanel(QWidget):
    """The problems of the document. ``jump`` carries the block of a row that was activated."""

    jump = Signal(str)
    weighed = Signal(object)  # the edit of a repair to preview, None for none
    counted = Signal(int, int)  # errors, warnings
    repaired = Signal()
    decided = Signal(str)  # a block whose code a person wants to look at
    readOtherwise = Signal(object)  # noqa: N815  (a repair that changes how the data are read)

    def __init__(self, bridge: DocumentBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.setAccessibleName("Problems")
        self.model = ProblemsModel(self)
        self.view = QListView()
        self.view.setModel(self.model)
        self.view.setItemDelegate(_Row(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAccessibleName("List of problems")
        self.view.setToolTip("Click a row to see its block; buttons repair it")
        self.view.clicked.connect(self._activated)
        self.view.activated.connect(self._activated)
        self.empty = EmptyState("mdi6.check-circle-outline", "No problems", "Ready to train.")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.view)
        self.stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack, 1)
        self.muted = QPushButton()
        set_flag(self.muted, "kind", "quiet")
        self.muted.setCheckable(True)
        self.muted.setIcon(icon("mdi6.bell-off-outline", "muted"))
        self.muted.setToolTip("Show or hide the warnings that are muted at their blocks")
        self.muted.toggled.connect(self.refresh)
        self.foot = QFrame()
        foot = QHBoxLayout(self.foot)
        foot.setContentsMargins(8, 2, 8, 4)
        foot.addWidget(self.muted)
        foot.addStretch(1)
        column.addWidget(self.foot)
        self._todo: list[int] = []
        self._idle = QTimer(self)
        self._idle.setInterval(0)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._work)
        bridge.changed.connect(self._changed)
        bridge.reset.connect(self.refresh)
        bridge.checked.connect(self._changed)
        notifier().changed.connect(self.view.viewport().update)
        self.view.verticalScrollBar().valueChanged.connect(self._plan)
        self.refresh()

    def refresh(self) -> None:
        """Show the document's problems."""
        problems, muted = self.bridge.document.problems, self.bridge.document.muted
        self.foot.setVisible(bool(muted))
        self.muted.setText(f"Hide {len(muted)} muted" if self.muted.isChecked() else f"{len(muted)} muted")
        shown = muted if self.muted.isChecked() else ()
        if self.model.set_problems(problems, shown):
            self.weighed.emit(None)
            self._plan()
        errors = sum(p.severity == "error" for p in problems)
        warnings = sum(p.severity == "warning" for p in problems)
        blank = not len(self.bridge.document.network)
        self.empty.title.setText("Nothing drawn yet" if blank else "No problems")
        hint = "Drag blocks from the palette, or start from a template." if blank else "Ready to train."
        self.empty.hint.setText(hint)
        self.empty.set_icon(
            "mdi6.vector-polyline" if blank else "mdi6.check-circle-outline", "muted" if blank else "good"
        )
        self.stack.setCurrentWidget(self.view if problems or shown else self.empty)
        self.counted.emit(errors, warnings)

    def fixes(self, row: int) -> list[FixButton]:
        """The repair buttons that a row shows now."""
        holder = self.view.indexWidget(self.model.index(row))
        return holder.findChildren(FixButton) if holder is not None else []

    def _changed(self, _changed: Changed) -> None:
        self.refresh()

    def _activated(self, index: QModelIndex) -> None:
        problem: Problem = index.data(Qt.ItemDataRole.UserRole)
        if problem.block is not None:
            self.jump.emit(problem.block)

    # --- repairs ----------------------------------------------------------------------------------------------

    def _plan(self) -> None:
        """Note the visible rows that have no buttons yet; they are worked out one a turn of the event loop."""
        self._todo = []
        if not self.isVisible() or self.bridge.read_only:
            return
        first = self.view.indexAt(QPoint(4, 4)).row()
        if first < 0:
            return
        last = min(self.model.rowCount(), first + self.view.viewport().height() // _ROW + 2)
        self._todo = [r for r in range(first, last) if self.view.indexWidget(self.model.index(r)) is None]
        if self._todo:
            self._idle.start()

    def _work(self) -> None:
        if not self._todo:
            return
        row = self._todo.pop(0)
        if row < self.model.rowCount():
            found = fixes_for(self.bridge.document, self.model.problems[row]) if row < self.model.count else []
            self.view.setIndexWidget(self.model.index(row), _Buttons(self, row, found))
        if self._todo:
            self._idle.start()

    def repair(self, row: int, number: int) -> None:
        """Do a row's repair, worked out anew: the network may have changed since the button was made."""
        if row < self.model.rowCount():
            found = fixes_for(self.bridge.document, self.model.problems[row])
            if number < len(found):
                self.view.setFocus()  # the button goes with its row; the keyboard must not land just anywhere
                if found[number].data:
                    self.readOtherwise.emit(found[number])
                else:
                    self.bridge.do(found[number].edit)
                self.repaired.emit()

    def weigh(self, row: int, number: int, on: bool) -> None:
        """Ask for a look at what a row's repair would do, or for an end of it."""
        edit = None
        if on and row < self.model.count:
            found = fixes_for(self.bridge.document, self.model.problems[row])
            edit = found[number].edit if number < len(found) and not found[number].data else None
        self.weighed.emit(edit)

    def mute(self, row: int) -> None:
        """Hide a row's warning at its block, or show it again."""
        if row >= self.model.rowCount():
            return
        network, problem = self.bridge.document.network, self.model.problems[row]
        self.view.setFocus()
        self.bridge.do(mute(network, problem) if row < self.model.count else unmute(network, problem))

    def showEvent(self, event: Any) -> None:
        """Repairs are worked out when somebody looks."""
        super().showEvent(event)
        self._plan()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More rows may be visible now."""
        super().resizeEvent(event)
        self._plan()


class _Buttons(QWidget):
    """The repairs of one row, and whether to warn, at its right end. The rest of the row stays the list's."""

    def __init__(self, panel: ProblemsPanel, row: int, fixes: list[Fix]) -> None:
        super().__init__()
        self._panel, self._row = panel, row
        self._shown: list[FixButton] = []
        self.setFixedHeight(_ROW)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 16, 0)
        line.setSpacing(8)
        line.addStretch(1)
        for fix in fixes[:_MOST_BUTTONS]:
            button = FixButton(fix.title, 280)
            button.clicked.connect(self._clicked)
            button.weighed.connect(self._weighed)
            line.addWidget(button)
            self._shown.append(button)
        if panel.model.problems[row].code == UNTRUSTED:
            self.decide = FixButton(DECIDE, 280)
            self.decide.clicked.connect(self._decided)
            line.addWidget(self.decide)
            self._shown.append(self.decide)
        self.mute = self._bell(panel.model.problems[row], row >= panel.model.count)
        if self.mute is not None:
            self.mute.clicked.connect(self._muted)
            line.addWidget(self.mute)

    def _decided(self) -> None:
        self._panel.decided.emit(self._panel.model.problems[self._row].block or "")

    @staticmethod
    def _bell(problem: Problem, muted: bool) -> QAbstractButton | None:
        """The button that mutes a warning, or lets it be heard again."""
        if not problem.mutable or problem.block is None:
            return None
        if not muted:
            return mute_button(problem.block)
        button = QPushButton("Warn again")
        button.setIcon(icon("mdi6.bell-outline", "muted"))
        button.setAccessibleName(f"Warn at {problem.block} again")
        set_flag(button, "kind", "quiet")
        return button

    def sizeHint(self) -> QSize:
        """As wide as the buttons."""
        widths = [min(280, b.sizeHint().width()) + 8 for b in self._shown]
        if self.mute is not None:
            widths.append(self.mute.sizeHint().width() + 8)
        return QSize(sum(widths) + 8 if widths else 0, _ROW)

    def _number(self) -> int:
        return self._shown.index(self.sender())  # type: ignore[arg-type]

    def _clicked(self) -> None:
        self._panel.repair(self._row, self._number())

    def _weighed(self, on: bool) -> None:
        self._panel.weigh(self._row, self._number(), on)

    def _muted(self) -> None:
        self._panel.mute(self._row)
