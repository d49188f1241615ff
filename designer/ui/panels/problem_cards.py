"""The problems of what the inspector shows, each with the buttons that repair it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.graph.check import Problem
from designer.graph.document import Document
from designer.graph.fixes import fixes_for
from designer.graph.mute import mute
from designer.ui.parts import ProblemCard, clear_layout, label
from designer.ui.words import plural

__all__ = ["ProblemCards"]

MOST = 5  # cards of a group; repairs are tried on a copy of the network, which takes time


class ProblemCards(QWidget):
    """``chosen`` carries the edit of a repair, ``weighed`` one to preview (None: no more), ``asked`` where to go."""

    chosen = Signal(object)
    weighed = Signal(object)
    asked = Signal(str)
    decided = Signal(str)

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
            fixes = [] if locked else fixes_for(document, problem)
            card = ProblemCard(problem, fixes, named=named, locked=locked)
            card.chosen.connect(self.chosen)
            card.weighed.connect(self.weighed)
            card.muted.connect(partial(self._mute, document, problem))
            card.asked.connect(self.asked)
            card.decided.connect(self.decided)
            layout.addWidget(card)
        if len(problems) > MOST:
            words = f"{plural(len(problems) - MOST, 'more problem')}; the Problems panel has all of them."
            layout.addWidget(label(words, "small", wrap=True))
        self.setVisible(bool(problems))

    def _mute(self, document: Document, problem: Problem) -> None:
        self.chosen.emit(mute(document.network, problem))

    def clear(self) -> None:
        """Show none."""
        self._shown = ()
        clear_layout(self)
        self.hide()
