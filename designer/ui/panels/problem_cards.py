"""The problems of what the inspector shows, each with the buttons that repair it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.graph.check import Problem
from designer.graph.document import Document
from designer.graph.fixes import fixes_for
from designer.ui.parts import ProblemCard, clear_layout, label
from designer.ui.words import plural

__all__ = ["ProblemCards"]

MOST = 5  # cards of a group; repairs are tried on a copy of the network, which takes time


class ProblemCards(QWidget):
    """``chosen`` carries the edit of a repair, ``asked`` a block to go to."""

    chosen = Signal(object)
    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[object, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.hide()

    def show_problems(self, document: Document, problems: Sequence[Problem], locked: bool, named: bool) -> None:
        """Show these problems; ``locked``: without repairs; ``named``: with the block that each is about."""
        shown = (*problems, locked, named)
        if shown == self._shown:
            return
        self._shown = shown
        clear_layout(self)
        layout = self.layout()
        assert layout is not None
        for problem in problems[:MOST]:
            card = ProblemCard(problem, [] if locked else fixes_for(document, problem), named=named)
            card.chosen.connect(self.chosen)
            card.asked.connect(self.asked)
            layout.addWidget(card)
        if len(problems) > MOST:
            words = f"{plural(len(problems) - MOST, 'more problem')}; the Problems panel has all of them."
            layout.addWidget(label(words, "small", wrap=True))
        self.setVisible(bool(problems))

    def clear(self) -> None:
        """Show none."""
        self._shown = ()
        clear_layout(self)
        self.hide()
