"""Where one is when one looks inside a group: the way back out, a word a level."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from designer.graph.document import Changed
from designer.graph.names import prefixes
from designer.ui.canvas.hud import MARGIN
from designer.ui.editors import set_flag
from designer.ui.parts import label

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["Trail"]

WIDEST = 160  # pixels of one title


class Trail(QFrame):
    """Network › layer1 › 0, each a button; and whether what is shown here is shared with other groups.

    Where the canvas is too narrow, the levels in the middle are behind dots.
    """

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._shown: tuple[object, ...] = ()
        set_flag(self, "frame", "popup")
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setAccessibleName("Where you are")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 3, 10, 3)
        self._row.setSpacing(2)
        self.hide()
        view.canvas.scoped.connect(self.refresh)
        view.bridge.changed.connect(self._follow)
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The canvas is wider or narrower now."""
        if event.type() == QEvent.Type.Resize:
            self.refresh()
        return False

    def _follow(self, changed: Changed) -> None:
        if changed.scenery:  # titles and links may be others
            self.refresh()

    def refresh(self, _scope: str = "") -> None:
        """Say where one is."""
        view, scope = self._view, self._view.canvas.scope
        steps = self._steps(scope)
        shared, room = self._shared(scope), view.width() - 2 * MARGIN
        if (steps, shared, room) == self._shown:
            return
        self._shown = (steps, shared, room)
        self.setVisible(bool(scope))
        view.headroom = 0
        if not scope:
            return
        long = f"An edit here changes {shared} linked groups" if shared else ""
        for words, hidden in (
            (long, 0),
            (f"{shared} linked" if shared else "", 0),
            *((f"{shared} linked" if shared else "", n) for n in range(1, len(steps) - 1)),
        ):
            self._fill(steps, hidden, words, long)
            if self._row.sizeHint().width() <= room:
                break
        self.resize(min(room, self._row.sizeHint().width()), self._row.sizeHint().height())
        view.headroom = self.height() + 2 * MARGIN
        view.hud.place()

    def _steps(self, scope: str) -> tuple[tuple[str, str], ...]:
        """Title and path of each level, from the whole network on."""
        if not scope:
            return ()
        groups = self._view.document.network.groups
        paths = (*prefixes(scope), scope)
        titles = ((groups[path].title if path in groups else "") or path.rpartition(".")[2] for path in paths)
        return (("Network", ""), *zip(titles, paths, strict=True))

    def _fill(self, steps: tuple[tuple[str, str], ...], hidden: int, shared: str, tip: str) -> None:
        """Put the levels into the row, so many of the middle ones behind dots."""
        while (item := self._row.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        parts: list[QWidget] = [self._step(*steps[0])]
        if hidden:
            parts.append(self._dots(steps[1 : 1 + hidden]))
        parts += [self._step(*step) for step in steps[1 + hidden : -1]]
        parts.append(self._here(*steps[-1]))
        for i, part in enumerate(parts):
            if i:
                self._row.addWidget(label("›", "muted"))
            self._row.addWidget(part)
        if shared:
            self._row.addSpacing(10)
            words: QLabel = label(shared, "muted")
            words.setToolTip(tip)
            self._row.addWidget(words)
        for i in range(self._row.count()):
            item = self._row.itemAt(i)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.show()  # a layout shows what is new only later, and the size is wanted now
        self._row.activate()

    def _elided(self, words: str) -> str:
        return self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, WIDEST)

    def _here(self, words: str, path: str) -> QLabel:
        """The level that is shown."""
        here = label(self._elided(words), "strong")
        here.setIndent(8)
        here.setToolTip(path)
        here.setAccessibleName(f"You are in {words}")
        return here

    def _step(self, words: str, path: str) -> QToolButton:
        button = QToolButton()
        button.setText(self._elided(words).replace("&", "&&"))
        button.setToolTip(path or "The whole network")
        button.setAutoRaise(True)
        button.setAccessibleName(f"Go to {words}")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(partial(self._go, path))
        return button

    def _dots(self, steps: tuple[tuple[str, str], ...]) -> QToolButton:
        """The levels for which there is no room, as a menu."""
        button = QToolButton()
        button.setText("…")
        button.setToolTip("More levels")
        button.setAccessibleName("More levels")
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        set_flag(button, "kind", "small")
        menu = QMenu(button)
        for words, path in steps:
            menu.addAction(words.replace("&", "&&")).triggered.connect(partial(self._go, path))
        button.setMenu(menu)
        return button

    def _go(self, path: str, _checked: bool = False) -> None:
        self._view.inside.enter(path)
        self._view.setFocus()

    def _shared(self, scope: str) -> int:
        """How many groups change with what is shown here; 0 where only this one does."""
        network = self._view.document.network
        links = [network.groups[p].link for p in (*prefixes(scope), scope) if p in network.groups]
        count = max((len(network.links[link]) for link in links if link and link in network.links), default=1)
        return count if count > 1 and scope else 0
