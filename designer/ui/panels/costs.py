"""What the selected blocks cost; worked out only while somebody looks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.graph.document import Document
from designer.ui.costs import cost_rows, field_rows
from designer.ui.parts import Facts, section

__all__ = ["Costs"]

_TIP = (
    "Forward: what the results take.\n"
    "Backward: what training keeps of them until the gradients are known, counted at the block that made it."
)


class Costs(QWidget):
    """Parameters, multiply-adds, memory, receptive field and output stride."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.batch = 32
        self._document: Document | None = None
        self._names: Sequence[str] = ()
        self._stale = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self.title = section("")
        self.facts = Facts(mono=True)
        self.facts.setToolTip(_TIP)
        column.addWidget(self.title)
        column.addWidget(self.facts)

    def show_blocks(self, document: Document, names: Sequence[str]) -> None:
        """Show these blocks together."""
        self._document, self._names, self._stale = document, tuple(names), True
        self._fill()

    def set_batch(self, batch: int) -> None:
        """Work the memory out for another batch size."""
        if batch != self.batch:
            self.batch, self._stale = batch, True
            self._fill()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up."""
        super().showEvent(event)
        self._fill()

    def rows(self) -> list[tuple[str, str]]:
        """What is shown."""
        return self.facts.rows()

    def _fill(self) -> None:
        document = self._document
        if not self._stale or document is None or not self.isVisible():
            return
        self._stale = False
        self.title.setText(f"COST · BATCH {self.batch}")
        names = [name for name in self._names if name in document.network]
        rows = cost_rows(document, names, self.batch) if names else []
        self.facts.set_rows(rows + (field_rows(document, names[0]) if len(names) == 1 else []))
