"""The network as a tree of names: what screen readers and keyboards use in place of the canvas.

Names are module paths, so ``layer1.0.conv1`` lies under layer1 and 0. Selection follows the canvas and leads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QLineEdit, QTreeView, QVBoxLayout, QWidget

from designer.graph.document import Changed
from designer.graph.edits import Move
from designer.ui.bridge import DocumentBridge
from designer.ui.canvas.spoken import spoken
from designer.ui.theme import group_colour, notifier, theme

__all__ = ["Outline"]

_NAME = Qt.ItemDataRole.UserRole


class _Row(QStandardItem):
    """A block's row. Its description for screen readers is worked out when one asks, so it is never out of date."""

    def __init__(self, text: str, bridge: DocumentBridge) -> None:
        super().__init__(text)
        self._bridge = bridge

    def data(self, role: int = Qt.ItemDataRole.UserRole + 1) -> Any:
        """As any row's, but for the description."""
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            name = super().data(_NAME)
            return spoken(self._bridge.document, name) if name in self._bridge.document.network else ""
        return super().data(role)


class Outline(QWidget):
    """Tree of the blocks. ``selected`` carries names that were chosen here; ``activated`` one to go to."""

    selected = Signal(list)
    activated = Signal(str)

    def __init__(self, bridge: DocumentBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.setAccessibleName("Outline")
        self._items: dict[str, QStandardItem] = {}
        self._quiet = self._stale = False
        self._dots: dict[str, QIcon] = {}
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a block")
        self.search.setAccessibleName("Find a block by name or type")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.model = QStandardItemModel(self)
        self.view = QTreeView()
        self.view.setModel(self.model)
        self.view.setHeaderHidden(True)
        self.view.setUniformRowHeights(True)
        self.view.setIndentation(16)
        self.view.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.view.setSelectionMode(QTreeView.SelectionMode.ExtendedSelection)
        self.view.setAccessibleName("Blocks of the network")
        self.view.selectionModel().selectionChanged.connect(self._chosen)
        self.view.activated.connect(self._activated)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self.view, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.rebuild)
        bridge.changed.connect(self._changed)
        bridge.reset.connect(self._later)
        notifier().changed.connect(self._later)
        self.rebuild()

    def names(self) -> list[str]:
        """The blocks in the tree, in order of the network."""
        return list(self._items)

    def rebuild(self) -> None:
        """Make the tree anew; what is selected stays selected."""
        self._stale = False
        chosen, self._quiet = self._chosen_names(), True
        self.model.clear()
        self._items.clear()
        self._dots.clear()
        folders: dict[str, QStandardItem] = {}
        document = self.bridge.document
        for name in document.network.order():
            node = document.network[name]
            path = name.split(".")
            parent = self.model.invisibleRootItem()
            for depth in range(1, len(path)):
                key = ".".join(path[:depth])
                if key not in folders:
                    folder = QStandardItem(path[depth - 1])
                    folder.setData(key, Qt.ItemDataRole.ToolTipRole)
                    folders[key] = folder
                    parent.appendRow(folder)
                parent = folders[key]
            item = _Row(f"{path[-1]}   {node.block.title}", self.bridge)
            item.setIcon(self._dot(node.block.group))
            item.setData(name, _NAME)
            item.setData(f"{name} · {node.block.title}", Qt.ItemDataRole.ToolTipRole)
            item.setData(f"{name}, {node.block.title}", Qt.ItemDataRole.AccessibleTextRole)
            parent.appendRow(item)
            self._items[name] = item
        self.view.expandToDepth(0)
        self._quiet = False
        self.select(chosen)
        self._filter(self.search.text())

    def select(self, names: Sequence[str]) -> None:
        """Show what is selected on the canvas."""
        if self._stale:
            self.rebuild()
        if set(names) == set(self._chosen_names()):
            return
        self._quiet = True
        chosen = QItemSelection()
        for name in names:
            if name in self._items:
                index = self._items[name].index()
                chosen.select(index, index)
        self.view.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if names and names[0] in self._items:
            index = self._items[names[0]].index()
            self.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.view.scrollTo(index)
        self._quiet = False

    def showEvent(self, event: Any) -> None:
        """The tree is made when somebody looks."""
        super().showEvent(event)
        if self._stale:
            self._timer.start()

    def _changed(self, changed: Changed) -> None:
        if (not isinstance(changed.edit, Move) and changed.touched - set(self._items)) or changed.structure:
            self._later()

    def _later(self) -> None:
        self._stale = True
        if self.isVisible():
            self._timer.start()

    def _chosen_names(self) -> list[str]:
        found = (index.data(_NAME) for index in self.view.selectionModel().selectedIndexes())
        return [str(name) for name in found if name]

    def _chosen(self, _now: QItemSelection, _before: QItemSelection) -> None:
        if not self._quiet:
            self.selected.emit(self._chosen_names())

    def _activated(self, index: QModelIndex) -> None:
        if index.data(_NAME):
            self.activated.emit(index.data(_NAME))

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        self._filter_below(self.model.invisibleRootItem(), words)
        if words:
            self.view.expandAll()

    def _filter_below(self, parent: QStandardItem, words: Sequence[str]) -> bool:
        some = False
        for row in range(parent.rowCount()):
            item = parent.child(row)
            text = f"{item.data(_NAME) or ''} {item.text()}".lower()
            seen = self._filter_below(item, words) if item.hasChildren() else False
            seen = seen or (bool(item.data(_NAME)) and all(w in text for w in words))
            self.view.setRowHidden(row, parent.index(), not seen)
            some = some or seen
        return some

    def _dot(self, group: str) -> QIcon:
        if group not in self._dots:
            picture = QPixmap(20, 20)
            picture.setDevicePixelRatio(2)
            picture.fill(QColor(0, 0, 0, 0))
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(group_colour(group, theme()))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(1, 1, 8, 8, 2.5, 2.5)
            painter.end()
            self._dots[group] = QIcon(picture)
        return self._dots[group]
