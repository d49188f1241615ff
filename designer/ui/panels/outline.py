"""The network as a tree of names: what screen readers and keyboards use in place of the canvas.

Names are module paths, so ``layer1.0.conv1`` lies under layer1 and 0. A group that somebody made shows its title and
colour. Selection follows the canvas and leads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QLineEdit, QTreeView, QVBoxLayout, QWidget

from designer.graph.document import Changed
from designer.graph.edits import Move
from designer.graph.instances import times
from designer.ui.bridge import DocumentBridge
from designer.ui.canvas.look import mix, tone
from designer.ui.canvas.spoken import spoken, spoken_group
from designer.ui.theme import group_colour, notifier, theme

__all__ = ["Outline"]

_NAME = Qt.ItemDataRole.UserRole


class _Row(QStandardItem):
    """A row. Its description for screen readers is worked out when one asks, so it is never out of date."""

    def __init__(self, text: str, bridge: DocumentBridge) -> None:
        super().__init__(text)
        self._bridge = bridge

    def data(self, role: int = Qt.ItemDataRole.UserRole + 1) -> Any:
        """As any row's, but for the description."""
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            name = super().data(_NAME)
            document = self._bridge.document
            if name in document.network:
                return spoken(document, name)
            return spoken_group(document, name) if document.network.is_prefix(name) else ""
        return super().data(role)


class Outline(QWidget):
    """Tree of the blocks and groups. ``selected`` carries names and paths that were chosen here, ``activated`` one to
    go to.
    """

    selected = Signal(list)
    activated = Signal(str)

    def __init__(self, bridge: DocumentBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.setAccessibleName("Outline")
        self._items: dict[str, QStandardItem] = {}
        self._folders: dict[str, QStandardItem] = {}
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
        """Make the tree anew; what is selected stays selected, and what is folded stays folded."""
        self._stale = False
        chosen, self._quiet = self._chosen_names(), True
        known = {path: self.view.isExpanded(item.index()) for path, item in self._folders.items()}
        self.model.clear()
        self._items, self._folders = {}, {}
        self._dots.clear()
        network = self.bridge.document.network
        for name in network.order():
            node = network[name]
            item = _Row(f"{name.rpartition('.')[2]}   {node.block.title}", self.bridge)
            item.setIcon(self._dot(group_colour(node.block.group, theme())))
            item.setData(name, _NAME)
            item.setData(f"{name} · {node.block.title}", Qt.ItemDataRole.ToolTipRole)
            item.setData(f"{name}, {node.block.title}", Qt.ItemDataRole.AccessibleTextRole)
            self._folder(name.rpartition(".")[0]).appendRow(item)
            self._items[name] = item
        for path, folder in self._folders.items():
            self.view.setExpanded(folder.index(), known.get(path, "." not in path))
        self._quiet = False
        self.select(chosen)
        self._filter(self.search.text())

    def _folder(self, path: str) -> QStandardItem:
        """The row of a group or module path, made where there is none; the root for the empty path."""
        if not path:
            return self.model.invisibleRootItem()
        if path in self._folders:
            return self._folders[path]
        network = self.bridge.document.network
        parent, _, leaf = path.rpartition(".")
        group, count = network.groups.get(path), times(network, path)
        title = (group.title if group is not None else "") or leaf
        folder = _Row(f"{title} ×{count}" if count > 1 else title, self.bridge)
        if group is not None:
            folder.setIcon(self._dot(tone(group.colour, theme()), pile=True))
            folder.setText(folder.text() + (f"   {leaf}" if title != leaf else ""))
        folder.setData(path, _NAME)
        folder.setData(path if title == leaf else f"{path} · {title}", Qt.ItemDataRole.ToolTipRole)
        folder.setData(f"{title}, group" if group is not None else path, Qt.ItemDataRole.AccessibleTextRole)
        self._folders[path] = folder
        self._folder(parent).appendRow(folder)
        return folder

    def select(self, names: Sequence[str]) -> None:
        """Show what is selected on the canvas."""
        if self._stale:
            self.rebuild()
        if set(names) == set(self._chosen_names()):
            return
        self._quiet = True
        chosen = QItemSelection()
        rows = [row for name in names if (row := self._row(name)) is not None]
        for row in rows:
            chosen.select(row.index(), row.index())
        self.view.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if rows:
            index = rows[0].index()
            self.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.view.scrollTo(index)
        self._quiet = False

    def _row(self, name: str) -> QStandardItem | None:
        return self._items.get(name) or self._folders.get(name)

    def showEvent(self, event: Any) -> None:
        """The tree is made when somebody looks."""
        super().showEvent(event)
        if self._stale:
            self._timer.start()

    def _changed(self, changed: Changed) -> None:
        groups = any(kind == "group" for kind, _ in changed.scenery)
        new = not isinstance(changed.edit, Move) and changed.touched - self._items.keys()
        if new or groups or changed.structure:
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

    def _filter_below(self, parent: QStandardItem, words: Sequence[str], all_of_it: bool = False) -> bool:
        """Hide what does not match; of a group that does, all is seen. Whether anything is."""
        some = False
        for row in range(parent.rowCount()):
            item = parent.child(row)
            text = f"{item.data(_NAME)} {item.text()}".lower()
            fits = all_of_it or all(word in text for word in words)
            below = self._filter_below(item, words, fits) if item.hasChildren() else False
            self.view.setRowHidden(row, parent.index(), not (fits or below))
            some = some or fits or below
        return some

    def _dot(self, colour: QColor, pile: bool = False) -> QIcon:
        """A square of a block's colour; of a group, one on another."""
        key = f"{colour.name()}{pile}"
        if key not in self._dots:
            picture = QPixmap(20, 20)
            picture.setDevicePixelRatio(2)
            picture.fill(QColor(0, 0, 0, 0))
            with QPainter(picture) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                if pile:
                    painter.setBrush(mix(colour, theme().surface, 0.45))
                    painter.drawRoundedRect(QRectF(3, 3, 7, 7), 2, 2)
                painter.setBrush(colour)
                painter.drawRoundedRect(QRectF(0, 0, 7.5, 7.5) if pile else QRectF(1, 1, 8, 8), 2.2, 2.2)
            self._dots[key] = QIcon(picture)
        return self._dots[key]
