"""All blocks to choose from: search, groups, drag on to the canvas, Enter or double-click to add."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QDrag, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from designer.blocks.spec import Block
from designer.blocks.userclass import YOURS
from designer.ui.canvas.drops import MIME
from designer.ui.panels.palette_paint import FOLDED, ROW, RowPainter, chip
from designer.ui.panels.palette_rows import Row, rows
from designer.ui.theme import icon, notifier

__all__ = ["Palette"]

_Index = QModelIndex | QPersistentModelIndex
_COMMAND = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


def _tooltip(block: Block) -> str:
    lines = [f"<b>{escape(block.title)}</b>", escape(block.help)]
    if block.torch:
        lines.append(f"<code>{escape(block.torch)}</code>")
    return "<p style='max-width:300px'>" + "<br>".join(lines) + "</p>"


class _Model(QAbstractListModel):
    """The rows, as a list model that can be dragged from."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.query = ""
        self.collapsed: set[str] = set()
        self._rows = rows("")

    def show(self, query: str) -> None:
        """Show the answer to a query, or everything."""
        self.beginResetModel()
        self.query = query
        self._rows = rows(query, self.collapsed)
        self.endResetModel()

    def toggle(self, group: str) -> None:
        """Fold or unfold a group."""
        self.collapsed ^= {group}
        self.show(self.query)

    def row(self, index: _Index) -> Row | None:
        """What a line stands for."""
        return self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None

    def find(self, group: str) -> QModelIndex:
        """The heading of a group."""
        for i, row in enumerate(self._rows):
            if row.block is None and row.group == group:
                return self.index(i)
        return QModelIndex()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  as Qt declares it
        """How many lines there are."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = 0) -> object:
        """Titles for screen readers and type-ahead, tooltips, and the row itself for the delegate."""
        row = self.row(index)
        if row is None:
            return None
        if role == ROW:
            return row
        if role == FOLDED:
            return row.group in self.collapsed
        if role == Qt.ItemDataRole.DisplayRole:
            return row.block.title if row.block else row.note or row.group
        if role == Qt.ItemDataRole.ToolTipRole and row.block:
            return _tooltip(row.block)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            folded = ", folded" if row.group in self.collapsed else ""
            return f"{row.block.title}, {row.group}" if row.block else row.note or f"Group {row.group}{folded}"
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Blocks can be dragged; a note is only read."""
        row = self.row(index)
        if row is None or row.note:
            return Qt.ItemFlag.NoItemFlags
        both = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return both | Qt.ItemFlag.ItemIsDragEnabled if row.block else both

    def mimeTypes(self) -> list[str]:
        """What a drag carries."""
        return [MIME]

    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:  # type: ignore[override]
        """The block's type."""
        data = QMimeData()
        row = self.row(indexes[0]) if indexes else None
        if row and row.block:
            data.setData(MIME, row.block.type.encode())
        return data


class _List(QListView):
    """The list: folds groups, starts drags, hands typing on to the search."""

    chosen = Signal(str)
    typed = Signal(str)
    left_upwards = Signal()

    def __init__(self, model: _Model, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        self.setItemDelegate(RowPainter(self))
        self.setAccessibleName("Blocks")
        self.setMouseTracking(True)
        self.setDragEnabled(True)
        self.setDragDropMode(QListView.DragDropMode.DragOnly)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Carry a block's type, under a small picture of it."""
        row = self._model.row(self.currentIndex())
        if row is None or row.block is None:
            return
        drag = QDrag(self)
        drag.setMimeData(self._model.mimeData([self.currentIndex()]))
        drag.setPixmap(chip(row.block, self.devicePixelRatioF()))
        drag.setHotSpot(drag.pixmap().rect().center() / self.devicePixelRatioF())
        drag.exec(Qt.DropAction.CopyAction)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a heading folds its group."""
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        row = self._model.row(index)
        if row and not row.block and not row.note and event.button() == Qt.MouseButton.LeftButton:
            self._fold(row.group)

    def _fold(self, group: str) -> None:
        top = self.verticalScrollBar().value()
        self._model.toggle(group)
        self.setCurrentIndex(self._model.find(group))
        self.verticalScrollBar().setValue(top)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Add the block."""
        row = self._model.row(self.indexAt(event.position().toPoint()))
        if row and row.block:
            self.chosen.emit(row.block.type)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter adds or folds, Left and Right fold, Up leaves to the search, letters go there."""
        row = self._model.row(self.currentIndex())
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row:
            if row.block:
                self.chosen.emit(row.block.type)
            else:
                self._fold(row.group)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and row and not self._model.query:
            if (key == Qt.Key.Key_Left) != (row.group in self._model.collapsed):
                self._fold(row.group)
        elif (key == Qt.Key.Key_Up and self.currentIndex().row() <= 0) or key == Qt.Key.Key_Escape:
            self.left_upwards.emit()
        elif event.text().strip().isprintable() and event.text().strip() and not event.modifiers() & _COMMAND:
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)


class Palette(QWidget):
    """The panel. ``blockChosen`` carries the type of a block that is to be added."""

    blockChosen = Signal(str)  # noqa: N815  Qt spells signals this way

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Palette")
        self.search = QLineEdit(self)
        self.search.setAccessibleName("Search blocks")
        self.search.setPlaceholderText("Search blocks")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("mdi6.magnify", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.installEventFilter(self)
        self.model = _Model(self)
        self.list = _List(self.model, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(6)
        box = QVBoxLayout()
        box.setContentsMargins(10, 0, 10, 0)
        box.addWidget(self.search)
        layout.addLayout(box)
        layout.addWidget(self.list, 1)
        self.setMinimumWidth(180)
        self.setFocusProxy(self.search)
        self.search.textChanged.connect(self._look)
        self.list.chosen.connect(self.blockChosen)
        self.list.typed.connect(self._type)
        self.list.left_upwards.connect(self.focus_search)
        notifier().changed.connect(self.list.viewport().update)

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def refresh(self) -> None:
        """There are other blocks to choose from."""
        self.model.show(self.model.query)

    def show_yours(self) -> None:
        """Bring the blocks of people's own files into view."""
        self.search.clear()
        self.model.collapsed.discard(YOURS)
        self.refresh()
        heading = self.model.find(YOURS)
        if heading.isValid():
            self.list.scrollTo(heading, QListView.ScrollHint.PositionAtTop)

    def _look(self, query: str) -> None:
        self.model.show(query)
        self.list.scrollToTop()
        if query.strip():
            self.list.setCurrentIndex(self.model.index(0))

    def _type(self, letters: str) -> None:
        self.search.setFocus()
        self.search.setText(letters)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the search: Down goes into the list, Enter adds the best answer, Escape clears."""
        if watched is not self.search or not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_PageDown):
            self.list.setFocus()
            current = self.list.currentIndex()
            self.list.setCurrentIndex(current if current.isValid() else self.model.index(0))
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            row = self.model.row(self.model.index(0))
            if row and row.block and self.search.text().strip():
                self.blockChosen.emit(row.block.type)
            return True
        if event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
            return True
        return super().eventFilter(watched, event)
