"""Several selected blocks of different types: how many there are of each, and a click keeps only those."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from designer.blocks.catalog import catalog
from designer.graph.model import Network
from designer.ui.editors import set_flag
from designer.ui.parts import clear_layout, label
from designer.ui.theme import group_colour
from designer.ui.words import count, plural

__all__ = ["TypeCounts", "by_type"]


def by_type(network: Network, names: Sequence[str]) -> dict[str, list[str]]:
    """The blocks by their types, the most frequent first."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(network[name].type, []).append(name)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), catalog()[item[0]].title)))


class TypeCounts(QWidget):
    """One row a type. ``narrowed`` carries the blocks of the row that was clicked."""

    narrowed = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QPushButton] = {}
        self._shown: tuple[object, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)

    def show_types(self, found: dict[str, list[str]]) -> None:
        """Show these types and no others."""
        shown = (*((t, tuple(names)) for t, names in found.items()), group_colour("conv").name())
        if shown == self._shown:
            return
        self._shown = shown
        clear_layout(self)
        self.buttons = {block_type: self._row(block_type, names) for block_type, names in found.items()}
        layout = self.layout()
        assert layout is not None
        for button in self.buttons.values():
            layout.addWidget(button)

    def _row(self, block_type: str, names: list[str]) -> QPushButton:
        block = catalog()[block_type]
        button = QPushButton()
        set_flag(button, "kind", "quiet")
        words = f"Keep only the {plural(len(names), block.title + ' block')} selected"
        button.setAccessibleName(words)
        button.setToolTip(words)
        button.setMinimumHeight(28)
        button.clicked.connect(partial(self._clicked, names))
        row = QHBoxLayout(button)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(8)
        dot = QLabel()
        dot.setFixedSize(10, 10)
        dot.setStyleSheet(f"background: {group_colour(block.group).name()}; border-radius: 3px;")
        row.addWidget(dot)
        row.addWidget(label(block.title), 1)
        row.addWidget(label(count(len(names)), "muted"))
        return button

    def _clicked(self, names: list[str], _checked: bool = False) -> None:
        self.narrowed.emit(names)
