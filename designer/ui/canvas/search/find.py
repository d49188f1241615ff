"""Find a block of the drawing: what matches stays bright, Enter goes from one to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton

from designer.graph.find import matches
from designer.ui.canvas.hud import MARGIN
from designer.ui.editors import set_flag
from designer.ui.parts import label
from designer.ui.theme import icon

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["FindBar", "open_find"]

WIDEST, LEAST = 208, 96  # pixels of the line


def open_find(view: CanvasView) -> FindBar:
    """Show the find bar of a canvas and put the cursor into it."""
    bar = view.findChild(FindBar)
    if bar is None:
        bar = FindBar(view)
        view.hud.add(bar, "top right")
    bar.begin()
    return bar


class FindBar(QFrame):
    """One line, a count and two arrows at the upper right corner. Escape puts it away."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._found: list[str] = []
        self._at = -1
        self._moved = False  # whether somebody went to a block, so that Escape stays there
        self._left = (view.visible_area().center(), view.zoom)
        set_flag(self, "frame", "popup")
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setAccessibleName("Find in the network")
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 4, 6, 4)
        row.setSpacing(2)
        self.edit = QLineEdit()
        self.edit.setPlaceholderText("Find a block")
        self.edit.setAccessibleName("Find a block by name or type")
        self.edit.addAction(icon("mdi6.magnify", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.edit.installEventFilter(self)
        self.count: QLabel = label("", "small")
        self.count.setMinimumWidth(64)
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.edit)
        row.addWidget(self.count)
        row.addSpacing(4)
        self.previous = self._button("mdi6.chevron-up", "Previous match (Shift+Enter)")
        self.next = self._button("mdi6.chevron-down", "Next match (Enter)")
        self.shut = self._button("mdi6.close", "Close (Esc)")
        for button in (self.previous, self.next, self.shut):
            row.addWidget(button)
        self.previous.clicked.connect(self.go_back)
        self.next.clicked.connect(self.go_on)
        self.shut.clicked.connect(self.end)
        self.edit.textChanged.connect(self._look)
        self.setFocusProxy(self.edit)
        self._fit()
        self.hide()
        view.installEventFilter(self)
        view.bridge.changed.connect(self._again)
        view.bridge.reset.connect(self.end)
        view.canvas.scoped.connect(self._again)

    def _button(self, name: str, tip: str) -> QToolButton:
        made = QToolButton()
        made.setIcon(icon(name, "muted"))
        made.setToolTip(tip)
        made.setAccessibleName(tip)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        set_flag(made, "kind", "small")
        return made

    def _fit(self) -> None:
        """As wide as is useful, and no wider than the canvas."""
        self.edit.setFixedWidth(WIDEST)
        room = self._view.width() - 2 * MARGIN - (self.sizeHint().width() - WIDEST)
        self.edit.setFixedWidth(max(LEAST, min(WIDEST, room)))
        self.adjustSize()

    def begin(self) -> None:
        """Show the bar; what was looked for last stands there, ready to be typed over."""
        if self.isHidden():
            self._left, self._moved = (self._view.visible_area().center(), self._view.zoom), False
            self.show()
            self._look(self.edit.text())
        self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.edit.selectAll()

    def end(self) -> None:
        """Put the bar away. Whoever went to no block gets the view back as it was."""
        if self.isHidden():
            return
        had = self.edit.hasFocus()
        self.hide()
        self._view.canvas.fade(None)
        self._view.refresh_far()
        if not self._moved and self._found:
            self._view.look_at(*self._left)
        self._found = []
        if had:
            self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- matches ---------------------------------------------------------------------------------------------

    def _look(self, text: str) -> None:
        """Light up what matches, and scroll to the first of it that is seen here."""
        self._found, self._at = matches(self._view.document.network, text), -1
        self._light()
        shown = self._view.canvas.visible.shown
        here = next((name for name in self._found if shown(name) is not None), None)
        if here is not None:
            self._view.reveal_softly(here)

    def _again(self, _what: object = None) -> None:
        """The network changed, or another part of it is shown: what matches may have changed too."""
        if self.isHidden():
            return
        here = self._found[self._at] if 0 <= self._at < len(self._found) else ""
        self._found = matches(self._view.document.network, self.edit.text())
        self._at = self._found.index(here) if here in self._found else -1
        self._light()

    def _light(self) -> None:
        text = self.edit.text().strip()
        shown = (self._view.canvas.visible.shown(name) for name in self._found)  # a card stays bright for its blocks
        self._view.canvas.fade(frozenset(name for name in shown if name is not None) if self._found else None)
        self._view.refresh_far()
        for button in (self.previous, self.next):
            button.setEnabled(bool(self._found))
        of = f"{self._at + 1} of {len(self._found)}" if self._at >= 0 else f"{len(self._found)} found"
        self.count.setText("" if not text else of if self._found else "No match")
        set_flag(self.count, "role", "small" if self._found or not text else "bad")
        self.edit.setAccessibleDescription(self.count.text())

    def go_on(self) -> None:
        """To the next match."""
        self._step(1)

    def go_back(self) -> None:
        """To the one before."""
        self._step(-1)

    def _step(self, by: int) -> None:
        if not self._found:
            return
        self._at = (self._at + by) % len(self._found) if self._at >= 0 or by > 0 else len(self._found) - 1
        self._moved = True
        self._view.reveal(self._found[self._at])
        self._light()  # afterwards: it may lie in a group that is shown only now
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter, Shift+Enter, Down and Up step; Escape ends. The canvas may be wider or narrower now."""
        if watched is self._view:
            if event.type() == QEvent.Type.Resize:
                self._fit()
            return False
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._step(-1 if back else 1)
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._step(1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_Escape:
            self.end()
        else:
            return False
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What the line does not need is not meant for the canvas below."""
        event.accept()
