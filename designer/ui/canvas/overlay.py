"""Words that float above the canvas: the hint at the cursor, and the invitation on an empty one."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QLabel, QWidget

from designer.ui.theme import Theme, font

__all__ = ["Hint", "Invitation"]

AWAY = QPoint(18, 20)  # from the cursor


class Hint(QLabel):
    """A short sentence near the cursor. Tones: plain, good, warn, bad."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self.setAccessibleName("Hint")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFont(font("small"))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self._said = ("", "")
        self._theme: Theme | None = None
        self.hide()

    def restyle(self, theme: Theme) -> None:
        """Use another theme."""
        self._theme = theme
        self._said = ("", "")

    def say(self, words: str, tone: str, at: QPoint) -> None:
        """Show a sentence at a point of the view; no words hide it."""
        if not words:
            self.clear()
            return
        if (words, tone) != self._said:
            self._said = (words, tone)
            self._dress(tone)
            self.setText(words)
            room = QRect(0, 0, 300, 400)
            box = self.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, words)
            self.setFixedSize(box.width() + 24, box.height() + 14)
        parent = self._parent
        x = min(at.x() + AWAY.x(), parent.width() - self.width() - 8)
        y = at.y() + AWAY.y()
        if y + self.height() > parent.height() - 8:
            y = at.y() - self.height() - 12
        self.move(max(8, x), max(8, y))
        self.show()
        self.raise_()

    def clear(self) -> None:
        """Say nothing."""
        self._said = ("", "")
        self.hide()

    def _dress(self, tone: str) -> None:
        t = self._theme
        if t is None:
            return
        back, fore, edge = {
            "good": (t.good_soft, t.good, t.good),
            "warn": (t.warn_soft, t.warn, t.warn),
            "bad": (t.bad_soft, t.bad, t.bad),
        }.get(tone, (t.raised, t.text, t.outline))
        self.setStyleSheet(
            f"QLabel {{ background: {back.name()}; color: {fore.name()}; border: 1px solid {edge.name()};"
            " border-radius: 6px; padding: 4px 9px; }"
        )


class Invitation(QLabel):
    """What an empty canvas says."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self.setAccessibleName("How to begin")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setTextFormat(Qt.TextFormat.RichText)

    def restyle(self, theme: Theme) -> None:
        """Use another theme."""
        self.setFont(font("ui"))
        self.setStyleSheet("background: transparent;")
        self.setText(
            f"<p style='font-size:18px; font-weight:600; color:{theme.text.name()}'>Start with a block</p>"
            f"<p style='color:{theme.muted.name()}; line-height:150%'>Drag one here from the palette,"
            " or double-click it.<br>Then drag from the dot under a block to the dot above the next.</p>"
        )
        self.adjustSize()
        self.centre()

    def centre(self) -> None:
        """Stay in the middle of the canvas."""
        parent = self._parent
        self.move((parent.width() - self.width()) // 2, (parent.height() - self.height()) // 2)
