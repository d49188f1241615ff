"""Keys and gestures: everything the hand can do, from the table of actions and from the gestures themselves."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from designer.graph.fuzzy import plain
from designer.ui.actions.table import MENUS, rows
from designer.ui.canvas.gestures.base import told
from designer.ui.theme import font

__all__ = ["KeysDialog"]


def _sections() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The headings with their lines: what one does, and what comes of it."""
    yield "Mouse on the canvas", [*told(), ("Wheel", "Zoom around the cursor; with Shift sideways")]
    for menu in MENUS:
        lines = []
        for row in rows():
            if row.menu.partition("/")[0] == menu and row.keys:
                keys = ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in row.keys[:2])
                lines.append((keys, f"{row.plain}: {row.tip}" if row.tip and row.tip != row.plain else row.plain))
        if lines:
            yield menu, lines


class KeysDialog(QDialog):
    """A list that can be searched."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and gestures")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(840, 640)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search keys and gestures")
        self.search.setAccessibleName("Search keys and gestures")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        column.addWidget(self.search)
        self.list = QTreeWidget()
        self.list.setAccessibleName("Keys and gestures")
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setStyleSheet("QTreeWidget::item { padding: 3px 0; }")
        self.list.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        self.list.header().resizeSection(0, 344)
        column.addWidget(self.list)
        self._fill()
        self.search.setFocus()

    def _fill(self) -> None:
        for title, lines in _sections():
            head = QTreeWidgetItem([title])
            head.setFont(0, font("medium"))
            self.list.addTopLevelItem(head)
            head.setFirstColumnSpanned(True)
            for keys, what in lines:
                line = QTreeWidgetItem([keys, what])
                line.setToolTip(1, what)
                head.addChild(line)
            head.setExpanded(True)

    def _filter(self, words: str) -> None:
        wanted = plain(words)
        for i in range(self.list.topLevelItemCount()):
            head = self.list.topLevelItem(i)
            if head is None:
                continue
            shown = 0
            for j in range(head.childCount()):
                line = head.child(j)
                here = wanted in plain(f"{line.text(0)} {line.text(1)}")
                line.setHidden(not here)
                shown += here
            head.setHidden(not shown)
