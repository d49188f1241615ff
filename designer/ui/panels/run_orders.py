"""What a training can be asked while it runs, beside pause and stop: one button with a menu."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from designer.train.control import Order
from designer.ui import theme as themes

__all__ = ["ORDERS", "RATES", "OrdersButton"]

ORDERS = (
    ("Validate now", Order("validate")),
    ("Save a checkpoint now", Order("checkpoint")),
)
RATES = (
    ("Halve", Order("scale", 0.5)),
    ("Double", Order("scale", 2.0)),
    ("A tenth", Order("scale", 0.1)),
    ("Ten times", Order("scale", 10.0)),
)


class OrdersButton(QToolButton):
    """Sends ``ordered(Order)``; ``rateAsked``: a rate is to be typed in; ``stopBest``: end with the best weights."""

    ordered = Signal(object)
    rateAsked = Signal()  # noqa: N815
    stopBest = Signal()  # noqa: N815

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip("Ask the run for something: each is done after the current iteration")
        self.setAccessibleName("Ask the run for something")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.setAccessibleName("Ask the run for something")
        for title, order in ORDERS:
            menu.addAction(title).triggered.connect(partial(self._send, order))
        menu.addSeparator()
        self.rates = rates = menu.addMenu("Learning rate")
        for title, order in RATES:
            rates.addAction(title).triggered.connect(partial(self._send, order))
        rates.addSeparator()
        rates.addAction("Set…").triggered.connect(self.rateAsked)
        menu.addSeparator()
        menu.addAction("Stop and keep the best weights").triggered.connect(self.stopBest)
        self.setMenu(menu)
        themes.notifier().changed.connect(self._dress)
        self._dress()

    def _send(self, order: Order, _checked: bool = False) -> None:
        self.ordered.emit(order)

    def _dress(self) -> None:
        self.setIcon(themes.icon("mdi6.tune-variant"))
