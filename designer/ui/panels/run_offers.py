"""After a run that ran out of memory: buttons that train again with settings that fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QPushButton, QSizePolicy, QWidget

from designer.ui.parts import label

__all__ = ["RunOffers"]


class RunOffers(QWidget):
    """A row of buttons, one below the other where it is narrow; hidden without offers. ``taken(dict)`` are settings."""

    taken = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: list[QPushButton] = []
        self._shown: tuple[Any, ...] = ()
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(12, 0, 8, 0)
        self._row.setSpacing(8)
        self._row.addWidget(label("Train again", "small"))
        self._row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.hide()

    def show_offers(self, outcome: Mapping[str, Any]) -> None:
        """The offers of a run's last event; what is no offer is left out."""
        told = outcome.get("offers") or ()
        offers = tuple(offer for offer in told if isinstance(offer, dict) and isinstance(offer.get("train"), dict))
        if offers == self._shown:
            return
        self._shown = offers
        for button in self.buttons:
            button.deleteLater()
        self.buttons = []
        for offer in offers[:6]:
            button = QPushButton(str(offer.get("title") or "With other settings")[:60], self)
            button.setToolTip("Starts a new run with these settings; they were tried and fit")
            button.setProperty("offer", offer["train"])
            button.clicked.connect(self._take)
            self._row.insertWidget(self._row.count() - 1, button)
            self.buttons.append(button)
        self.setVisible(bool(offers))
        self._turn()

    def _take(self) -> None:
        button = self.sender()
        assert isinstance(button, QPushButton)
        self.taken.emit(button.property("offer"))

    def _turn(self) -> None:
        need = sum(button.sizeHint().width() + 8 for button in self.buttons) + 110
        across = self.width() >= need
        self._row.setDirection(QBoxLayout.Direction.LeftToRight if across else QBoxLayout.Direction.TopToBottom)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side where they fit."""
        super().resizeEvent(event)
        self._turn()
