"""Asks how much of another project comes into this drawing, and under which path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit, QWidget

from designer.errors import EditRefused
from designer.graph.model import Network
from designer.graph.surgery.join import insert_model
from designer.graph.surgery.widths import Change
from designer.ui.surgery.frame import ChangeDialog

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["InsertDialog"]


class InsertDialog(ChangeDialog):
    """``weights`` is the file of the other model's weights, which stays as it is while this project is open."""

    previewed = False  # what comes in is one card at the side; its blocks would be laid over the drawing

    def __init__(
        self,
        view: CanvasView,
        title: str,
        other: Network,
        weights: Path | None,
        at: tuple[float, float],
        parent: QWidget,
    ) -> None:
        held = "its weights come along" if weights is not None else "it has no trained weights"
        text = f"The blocks of {title} lie under a module path of their own, as one group; {held}."
        super().__init__(view, f"Insert {title}", text, "Insert", parent)
        self._other, self._weights, self._at, self._title = other, weights, at, title
        self.up_to, self.path, self.feed = QComboBox(), QLineEdit("backbone"), QComboBox()
        self._fill()
        self.add_row("Up to block", self.up_to, "The last block that comes along, with all that it needs.")
        self.add_row("Module path", self.path, "What the names of its blocks begin with.")
        self.add_row("Fed by", self.feed, "What takes the place of its Input.")
        self.up_to.currentIndexChanged.connect(self.on_change())
        self.path.textChanged.connect(self.on_change())
        self.feed.currentIndexChanged.connect(self.on_change())
        self.up_to.setFocus()
        self.look()

    def _fill(self) -> None:
        self.up_to.setEditable(True)
        self.up_to.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.up_to.addItem("All but its outputs", "")
        for name in self._other.order():
            node = self._other[name]
            if node.block.role == "layer":
                self.up_to.addItem(f"{name}  ({node.block.title})", name)
        completer = QCompleter(self.up_to.model(), self.up_to)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.up_to.setCompleter(completer)
        network = self.view.document.network
        self.feed.addItem("Its own Input, which comes along", "")
        chosen = [n for n in self.view.selected() if n in network and network[n].outputs]
        inputs = [n for n in network.order() if network[n].block.role == "input"]
        for name in dict.fromkeys([*chosen, *inputs]):
            self.feed.addItem(f"{name}  ({network[name].block.title})", name)
        if self.feed.count() > 1:
            self.feed.setCurrentIndex(1)

    def change(self) -> Change | None:
        """What would come in."""
        if not self.path.text().strip():
            raise EditRefused("Write the module path under which its blocks are to lie, such as backbone.")
        return insert_model(
            self.view.document,
            self._other,
            self.path.text().strip(),
            up_to=self.up_to.currentData() or "",
            feed=self.feed.currentData() or "",
            weights=self._weights,
            at=self._at,
            title=self._title,
        )

    def done_with(self, change: Change) -> None:
        """Select the new group and look at it."""
        self.view.select(change.followers)
        self.view.reveal(change.followers[0])

    def told(self, change: Change) -> str:
        """Just the sentence: what follows is the group itself."""
        return change.sentence
