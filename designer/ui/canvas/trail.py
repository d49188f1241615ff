"""Where one is when one looks inside a group: the way back out, a word a level."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton

from designer.graph.names import prefixes
from designer.ui.editors import set_flag
from designer.ui.parts import label

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["Trail"]


class Trail(QFrame):
    """Network › layer1 › 0, each a button; and whether what is shown here is shared with other groups."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        set_flag(self, "frame", "popup")
        self.setAccessibleName("Where you are")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 3, 10, 3)
        self._row.setSpacing(2)
        self.hide()
        view.canvas.scoped.connect(self.refresh)

    def refresh(self, _scope: str = "") -> None:
        """Say where one is."""
        view, scope = self._view, self._view.canvas.scope
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.setVisible(bool(scope))
        if not scope:
            return
        groups = view.document.network.groups
        self._row.addWidget(self._step("Network", ""))
        for path in (*prefixes(scope), scope):
            arrow = QLabel("›")
            arrow.setProperty("role", "muted")
            self._row.addWidget(arrow)
            title = groups[path].shown_title if path in groups else path.rpartition(".")[2]
            self._row.addWidget(self._step(title, path))
        shared = self._shared(scope)
        if shared:
            self._row.addWidget(label(shared, "muted"))
        for i in range(self._row.count()):
            item = self._row.itemAt(i)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.show()  # a layout shows what is new only later, and the size is wanted now
        self._row.activate()
        self.adjustSize()
        view.hud.place()

    def _step(self, words: str, path: str) -> QToolButton:
        button = QToolButton()
        button.setText(words)
        button.setAutoRaise(True)
        button.setEnabled(path != self._view.canvas.scope)
        button.setAccessibleName(f"Go to {words}")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(partial(self._go, path))
        return button

    def _go(self, path: str, _checked: bool = False) -> None:
        self._view.inside.enter(path)
        self._view.setFocus()

    def _shared(self, scope: str) -> str:
        """How many other groups change with what is shown here."""
        network = self._view.document.network
        links = [network.groups[p].link for p in (*prefixes(scope), scope) if p in network.groups]
        counts = [len(network.links[link]) for link in links if link and link in network.links]
        count = max(counts, default=1)
        return f"   An edit here changes {count} linked groups" if count > 1 else ""
