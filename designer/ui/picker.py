"""A line to type into and a list that answers, used with the keyboard alone: searches, chains, commands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QListView, QVBoxLayout, QWidget

from designer.ui.editors import set_flag
from designer.ui.parts import label
from designer.ui.picker_rows import ROW, Row, RowPainter
from designer.ui.theme import icon, notifier

__all__ = ["Picker"]

_Index = QModelIndex | QPersistentModelIndex
WIDTH, MOST_HIGH, LEAST_HIGH = 468, 372, 132
_STAYS = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.MenuBarFocusReason)


class _Model(QAbstractListModel):
    """The rows."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: Sequence[Row] = ()

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  as Qt declares it
        """How many lines there are."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = 0) -> object:
        """The row for the painter, its words for others."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken
        if role == Qt.ItemDataRole.ToolTipRole and not row.wraps:
            return row.help or None
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """What has no value is only read."""
        if not index.isValid() or self.rows[index.row()].value is None:
            return Qt.ItemFlag.ItemIsEnabled if index.isValid() else Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class Picker(QFrame):
    """A frame over its parent. Subclasses say what `answer` a text gets and what `choose`, `complete` and `accept` do.

    Up and Down go through the rows with a value; Enter chooses the current one, or accepts what was typed when there is
    none; Tab completes; Escape and a click elsewhere close. ``closed`` is sent once.
    """

    closed = Signal()

    def __init__(self, parent: QWidget, name: str, hint: str) -> None:
        super().__init__(parent)
        self._over = parent
        self._shut = False
        self._seen: tuple[str, int] | None = None
        self._at, self._room = QPoint(), MOST_HIGH
        set_flag(self, "frame", "popup")
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setAccessibleName(name)
        self.edit = QLineEdit(self)
        self.edit.setAccessibleName(name)
        self.edit.setPlaceholderText(hint)
        self.edit.addAction(icon("mdi6.magnify", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.edit.installEventFilter(self)
        self.model = _Model(self)
        self.list = QListView(self)
        self.list.setModel(self.model)
        self.list.setItemDelegate(RowPainter(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName("Answers")
        self.list.clicked.connect(self._clicked)
        self._build()
        self.edit.textChanged.connect(self._typed)
        self.edit.cursorPositionChanged.connect(self._typed)
        notifier().changed.connect(self.list.viewport().update)
        self.setFocusProxy(self.edit)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(6, 6, 6, 6)
        top.addWidget(self.edit)
        column.addLayout(top)
        column.addWidget(_line())
        column.addWidget(self.list)
        column.addWidget(_line())
        bottom = QHBoxLayout()
        bottom.setContentsMargins(14, 6, 14, 7)
        self.says: QLabel = label("", "small")
        self.keys: QLabel = label("", "small")
        bottom.addWidget(self.says, 1)
        bottom.addWidget(self.keys)
        column.addLayout(bottom)

    # --- what subclasses say ---------------------------------------------------------------------------------

    def answer(self, text: str, cursor: int) -> tuple[Sequence[Row], bool]:
        """The rows for a text, and whether the first row with a value is current at once."""
        raise NotImplementedError

    def choose(self, row: Row) -> None:
        """Enter or a click on a row with a value."""
        raise NotImplementedError

    def complete(self, row: Row) -> None:
        """Tab on a row with a value."""

    def accept(self) -> None:
        """Enter while no row is current."""

    # --- showing ---------------------------------------------------------------------------------------------

    def open_at(self, point: QPoint, width: int = WIDTH) -> None:
        """Show the picker with its upper left corner here, or as near as the parent has room."""
        self.setFixedWidth(max(240, min(width, self._over.width() - 16)))
        self._room = self._over.height() - 16
        # One place for all answers: the line does not move while people type.
        lowest = max(8, self._over.height() - 8 - min(self._room, MOST_HIGH + 90))
        self._at = QPoint(point.x(), min(point.y(), lowest))
        self.refresh()
        self.show()
        self.raise_()
        self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _typed(self) -> None:
        if self._seen != (self.edit.text(), self.edit.cursorPosition()):  # a letter moves the cursor too
            self.refresh()

    def refresh(self) -> None:
        """Answer what is typed now."""
        self._seen = (self.edit.text(), self.edit.cursorPosition())
        rows, first = self.answer(self.edit.text(), self.edit.cursorPosition())
        self.model.show(rows)
        self._fit()
        self.list.scrollToTop()
        self._go(self._choosable()[0] if first and self._choosable() else -1)

    def _fit(self) -> None:
        """As high as the rows need, within the parent."""
        self.list.ensurePolished()
        self.list.setFixedWidth(self.width() - 2)
        self.list.doItemsLayout()
        tall = sum(self.list.sizeHintForRow(i) for i in range(min(len(self.model.rows), 40)))
        most = max(LEAST_HIGH, min(MOST_HIGH, self._room - 90))
        self.list.setFixedHeight(min(tall, most) + (4 if tall else 0))
        self.list.setVisible(bool(tall))
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.resize(self.width(), self.sizeHint().height())
        x = max(8, min(self._at.x(), self._over.width() - self.width() - 8))
        y = max(8, min(self._at.y(), self._over.height() - self.height() - 8))
        self.move(x, y)

    # --- going about -----------------------------------------------------------------------------------------

    def _choosable(self) -> list[int]:
        return [i for i, row in enumerate(self.model.rows) if row.value is not None]

    def current(self) -> Row | None:
        """The row that Enter would choose."""
        index = self.list.currentIndex()
        row = self.model.rows[index.row()] if index.isValid() and index.row() < len(self.model.rows) else None
        return row if row is not None and row.value is not None else None

    def _go(self, at: int) -> None:
        index = self.model.index(at) if at >= 0 else QModelIndex()
        self.list.setCurrentIndex(index)
        if at >= 0:
            self.list.scrollTo(index)
        row = self.current()
        self.edit.setAccessibleDescription(row.spoken if row is not None else self.says.text())
        QAccessible.updateAccessibility(QAccessibleEvent(self.edit, QAccessible.Event.DescriptionChanged))

    def _step(self, by: int) -> None:
        rows = self._choosable()
        if not rows:
            return
        index = self.list.currentIndex()
        here = rows.index(index.row()) if index.isValid() and index.row() in rows else (-1 if by > 0 else len(rows))
        self._go(rows[max(0, min(len(rows) - 1, here + by))])

    def _clicked(self, index: QModelIndex) -> None:
        row = self.model.rows[index.row()]
        if row.value is not None:
            self.choose(row)

    def _enter(self) -> None:
        row = self.current()
        if row is not None:
            self.choose(row)
        else:
            self.accept()

    def _tab(self) -> None:
        rows = self._choosable()
        row = self.current() or (self.model.rows[rows[0]] if rows else None)
        if row is not None:
            self.complete(row)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the line that are meant for the list; leaving the line closes."""
        if watched is self.edit and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        if (
            watched is self.edit
            and isinstance(event, QFocusEvent)
            and event.type() == QEvent.Type.FocusOut
            and event.reason() not in _STAYS
        ):
            self.close_now()
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}
        key = Qt.Key(event.key())
        if key in moves:
            self._step(moves[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        elif key == Qt.Key.Key_Tab:
            self._tab()
        elif key == Qt.Key.Key_Escape:
            self.close_now()
        else:
            return key == Qt.Key.Key_Backtab
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What the line does not need is not meant for what lies below."""
        event.accept()

    def give_back(self) -> None:
        """Where the focus goes from here."""
        self._over.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_now(self) -> None:
        """Take the picker away and give the focus back."""
        if self._shut:
            return
        self._shut = True
        had = self.edit.hasFocus()
        self.hide()
        if had:
            self.give_back()
        self.closed.emit()
        self.deleteLater()


def _line() -> QFrame:
    made = QFrame()
    set_flag(made, "frame", "line")
    return made
