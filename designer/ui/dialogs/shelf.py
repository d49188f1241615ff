"""A few well-known pretrained models on the start page, and the way to all of them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from designer.exchange.gallery import Pretrained, gallery
from designer.ui.editors import set_flag
from designer.ui.parts import label
from designer.ui.pressable import Pressable
from designer.ui.theme import icon
from designer.ui.words import short

__all__ = ["ModelCard", "ModelShelf"]

_KNOWN = ("resnet50", "mobilenet_v3_large", "efficientnet_b0", "convnext_tiny", "vit_b_16")
_LEAST, _GAP = 168, 12


class ModelCard(Pressable):
    """A model's title with two figures; without a model it stands for all of them."""

    def __init__(self, title: str, words: str, source: str = "") -> None:
        super().__init__(f"{title}. {words}")
        self.source = source
        set_flag(self, "frame", "card")
        self.setMinimumWidth(_LEAST)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 10, 10)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(label(title, "strong"))
        column.addWidget(label(words, "small"))
        row.addLayout(column, 1)
        if not source:
            mark = label()
            mark.setPixmap(icon("mdi6.arrow-right", "accent").pixmap(QSize(18, 18)))
            row.addWidget(mark, 0, Qt.AlignmentFlag.AlignVCenter)


class ModelShelf(QWidget):
    """``chosen`` carries the source of a model, empty for all models."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        models = {model.name: model for model in gallery()}
        cards = [ModelCard(models[name].title, _figures(models[name]), models[name].source) for name in _KNOWN]
        cards.append(ModelCard("All models", f"{len(models)} to choose from"))
        self.cards = cards
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        self._columns = 0
        for card in cards:
            card.pressed.connect(self._pressed)
        self._arrange(3)

    def fit(self, width: int) -> None:
        """Rows of the same length, as many cards in each as have room in ``width``."""
        room = max(1, (width + _GAP) // (_LEAST + _GAP))
        rows = -(-len(self.cards) // room)
        self._arrange(-(-len(self.cards) // rows))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for i, card in enumerate(self.cards):
            self._grid.setColumnStretch(i, 1 if i < columns else 0)
            self._grid.removeWidget(card)
            self._grid.addWidget(card, i // columns, i % columns)

    def _pressed(self) -> None:
        card = self.sender()
        if isinstance(card, ModelCard):
            self.chosen.emit(card.source)


def _figures(model: Pretrained) -> str:
    best = model.best
    score = f"{best.score[1]:.1f} % top-1 · " if best.score else ""
    return f"{score}{short(best.params or 0)}"
