"""What blocks are marked with beside their parameters: one switch a mark, for one block or many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.graph.marks import MARKS, only
from designer.graph.model import Node
from designer.ui.form import Form, entries_of_params
from designer.ui.parts import section

__all__ = ["Marks"]

_SWITCHES = {name: mark for name, mark in MARKS.items() if mark.kind == "bool"}


class Marks(QWidget):
    """Switches for the marks. ``changed`` carries the name of a mark and the value it is to have."""

    changed = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(section("MARKS"))
        self.form = Form(entries_of_params(_SWITCHES.values()))
        self.form.changed.connect(self._changed)
        column.addWidget(self.form)

    def show_nodes(self, nodes: Sequence[Node], read_only: bool) -> None:
        """Show what these blocks have in common. What has no weights cannot be frozen."""
        self.form.show_all([only(node.marks, _SWITCHES) for node in nodes])
        self.form.set_entry_visible("frozen", any(node.block.cost is not None for node in nodes))
        self.form.set_read_only(read_only)

    def _changed(self, name: str, value: Any) -> None:
        self.changed.emit(name, value)
