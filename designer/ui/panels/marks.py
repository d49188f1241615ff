"""What blocks are marked with beside their parameters: a switch or a number a mark, for one block or many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.graph.marks import MARKS, OF_LAYER, is_frozen, only
from designer.graph.model import Network, Node
from designer.ui.form import Form, entries_of_params
from designer.ui.parts import section

__all__ = ["Marks"]

_SHOWN = {name: mark for name, mark in MARKS.items() if mark.kind in ("bool", "float")}


class Marks(QWidget):
    """Fields for the marks. ``changed`` carries the name of a mark and the value it is to have."""

    changed = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(section("MARKS"))
        self.form = Form(entries_of_params(_SHOWN.values()))
        self.form.changed.connect(self._changed)
        column.addWidget(self.form)

    def show_nodes(self, nodes: Sequence[Node], read_only: bool) -> None:
        """Show what these blocks have in common. What has no weights cannot be frozen, and has no rate.

        Of several blocks those without weights do not count for such a mark.
        """
        learning = [node for node in nodes if node.block.cost is not None]
        for name in _SHOWN:
            self.form.set_entry_visible(name, name not in OF_LAYER or bool(learning))
        of_layer = only(learning[0].marks, OF_LAYER) if learning else {}
        self.form.show_all([only(n.marks, _SHOWN) | ({} if n.block.cost is not None else of_layer) for n in nodes])
        self.form.set_read_only(read_only)
        if not read_only:
            self.form.editor("rate").setEnabled(not all(is_frozen(node) for node in learning))

    def settle(self) -> None:
        """Take what was typed; drop what does not fit."""
        if not self.form.commit():
            self.form.revert()

    @staticmethod
    def concerned(network: Network, names: Sequence[str], mark: str) -> tuple[str, ...]:
        """Those of the blocks that a mark can be set for."""
        return tuple(name for name in names if mark not in OF_LAYER or network[name].block.cost is not None)

    def _changed(self, name: str, value: Any) -> None:
        self.changed.emit(name, value)
