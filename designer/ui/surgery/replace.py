"""Find blocks by type and name, and make them blocks of another type."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit, QPushButton, QWidget

from designer.blocks.catalog import catalog
from designer.graph.surgery.replace import Query, find, replacement
from designer.graph.surgery.widths import Change
from designer.ui.surgery.frame import ChangeDialog
from designer.ui.words import plural

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["ReplaceDialog"]


class ReplaceDialog(ChangeDialog):
    """Stays open beside the canvas: the drawing can be looked at and edited meanwhile."""

    def __init__(self, view: CanvasView, parent: QWidget) -> None:
        text = "Parameters of the same name keep their values; so do weights of the same size. One Undo takes it back."
        super().__init__(view, "Find and replace blocks", text, "Replace", parent)
        self._names: list[str] = []
        self._chosen = tuple(view.selected())
        self.kind, self.name, self.scope, self.by = QComboBox(), QLineEdit(), QComboBox(), QComboBox()
        self.name.setPlaceholderText("Any name; layer1.* or a part of it")
        self.name.setClearButtonEnabled(True)
        self._fill()
        self.add_row("Type", self.kind, "Blocks of this type; in brackets how many there are.")
        self.add_row("Name", self.name, "A part of the name, or a pattern with * and ?.")
        self.add_row("Where", self.scope, "Among which blocks to look.")
        self.add_row("Replace by", self.by, "What they become. Type to search.")
        self.choose = QPushButton("Select them")
        self.choose.setAutoDefault(False)
        self.choose.setToolTip("Select what is found on the canvas")
        self.choose.clicked.connect(self._select)
        self.foot.insertWidget(0, self.choose)
        self.kind.currentIndexChanged.connect(self.on_change())
        self.name.textChanged.connect(self.on_change())
        self.scope.currentIndexChanged.connect(self.on_change())
        self.by.currentIndexChanged.connect(self.on_change())
        self.kind.setFocus()
        self.look()

    def _fill(self) -> None:
        network = self.view.document.network
        nodes = [network[name] for name in network.blocks_of(self._chosen)]
        counts = Counter(node.type for node in network.nodes.values() if node.block.role == "layer")
        self.kind.addItem("Any", "")
        for kind, number in sorted(counts.items(), key=lambda item: catalog()[item[0]].title):
            self.kind.addItem(f"{catalog()[kind].title} ({number})", kind)
        kinds = {node.type for node in nodes}
        first = next(iter(kinds)) if len(kinds) == 1 else "relu" if "relu" in counts else ""
        self.kind.setCurrentIndex(max(0, self.kind.findData(first)))
        if len(nodes) > 1:
            self.scope.addItem(f"The selection ({plural(len(nodes), 'block')})", self._chosen)
        scope = self.view.canvas.scope
        if scope:
            self.scope.addItem(f"The group {scope}", (scope,))
        self.scope.addItem("Everything", None)
        self.by.setEditable(True)
        self.by.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        for block in sorted(catalog().values(), key=lambda block: block.title):
            if block.role == "layer" and not block.measured:
                self.by.addItem(block.title, block.type)
        completer = QCompleter(self.by.model(), self.by)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.by.setCompleter(completer)
        self.by.setCurrentIndex(max(0, self.by.findData("gelu" if first != "gelu" else "relu")))

    def change(self) -> Change | None:
        """What is found, and what it would become."""
        document = self.view.document
        within = self.scope.currentData()
        known = [n for n in within if n in document.network or document.network.is_prefix(n)] if within else within
        query = Query(self.kind.currentData() or "", self.name.text(), within=known)
        self._names = [n for n in find(document.network, query) if document.network[n].block.role == "layer"]
        self.choose.setEnabled(bool(self._names))
        found = replacement(document, self._names, self.by.currentData() or "")
        return Change(found.edit, False, found.sentence)

    def told(self, change: Change) -> str:
        """The count, and where."""
        some = ", ".join(self._names[:3]) + (f" and {len(self._names) - 3} more" if len(self._names) > 3 else "")
        return f"{change.sentence}\n{some}"

    def _select(self) -> None:
        self.view.select(self.view.inside.seen(self._names))

    def done_with(self, change: Change) -> None:
        """Select what was replaced."""
        self._select()
