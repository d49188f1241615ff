"""Asks how wide a layer shall be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QSpinBox, QWidget

from designer.graph.surgery.widths import WIDEST, Change
from designer.ui.surgery.frame import ChangeDialog

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["WidthDialog"]


class WidthDialog(ChangeDialog):
    """``make`` gives the change for a number of channels; ``start`` is the number suggested first."""

    def __init__(
        self,
        view: CanvasView,
        title: str,
        help_text: str,
        verb: str,
        width: int,
        start: int,
        make: Callable[[int], Change],
        parent: QWidget,
    ) -> None:
        super().__init__(view, title, help_text, verb, parent)
        self._make = make
        self.width_box = QSpinBox()
        self.width_box.setRange(1, WIDEST)
        self.width_box.setValue(start)
        self.width_box.setKeyboardTracking(True)
        self.width_box.setGroupSeparatorShown(True)
        self.width_box.setSuffix(f"   (now {width:,})")
        self.add_row("Channels", self.width_box, "How many channels or features the layer makes.")
        self.width_box.valueChanged.connect(self.on_change())
        self.width_box.setFocus()
        self.width_box.selectAll()
        self.look()

    def change(self) -> Change | None:
        """What this number means."""
        return self._make(self.width_box.value())
