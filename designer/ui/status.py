"""The status bar: totals, problems, zoom, and what the engine does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QLabel, QStatusBar, QToolButton

from designer.graph.open_sizes import at_size, open_names
from designer.ui.costs import total_words
from designer.ui.parts import label
from designer.ui.theme import icon
from designer.ui.try_size import TrySize
from designer.ui.words import plural, short

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__ = ["Status"]


class _Teller(QObject):
    """Works the tooltip of the totals out when somebody asks for it."""

    def __init__(self, window: MainWindow, totals: QLabel) -> None:
        super().__init__(totals)
        self._window, self._totals = window, totals

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The totals in full."""
        if event.type() == QEvent.Type.ToolTip:
            self._totals.setToolTip(total_words(self._window.bridge.document, self._window.settings.batch))
        return False


class Status(QStatusBar):
    """Follows the window through `refresh`."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.setSizeGripEnabled(False)
        self.engine = label("")
        self.engine.setAccessibleName("State of the training engine")
        self.totals = label("")
        self.totals.installEventFilter(_Teller(window, self.totals))
        self.problems = self._button("Problems of the network: click to see them")
        self.problems.clicked.connect(self._show_problems)
        self.zoom = self._button("Zoom: click for the actual size")
        self.zoom.clicked.connect(self._actual_size)
        self.engine.setContentsMargins(8, 0, 8, 0)
        self.addWidget(self.engine)
        self.sizes = TrySize(window.bridge)
        window.bridge.retried.connect(self.refresh)
        for part in (self.sizes, self.totals, self.problems, self.zoom):
            self.addPermanentWidget(part)

    def _button(self, tip: str) -> QToolButton:
        made = QToolButton()
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.setIconSize(QSize(14, 14))
        made.setToolTip(tip)
        return made

    def refresh(self) -> None:
        """Show the document as it is."""
        window = self._window
        totals = window.bridge.document.totals()
        parts = [plural(totals.blocks, "block"), f"{short(totals.params)} parameters"]
        self.sizes.refresh()
        tried = window.bridge.document.tried
        if totals.macs and tried:
            totals = at_size(window.bridge.document, tried).totals()
        if totals.macs and (tried or not open_names(window.bridge.document.network)):
            parts.append(f"{short(totals.macs)} multiply-adds")
        self.totals.setText("  ·  ".join(parts))
        problems = window.bridge.document.problems
        errors = sum(p.severity == "error" for p in problems)
        warnings = sum(p.severity == "warning" for p in problems)
        words = [plural(errors, "error")] * bool(errors) + [plural(warnings, "warning")] * bool(warnings)
        self.problems.setText(f" {', '.join(words) or 'No problems'}")
        name, role = ("alert-circle", "bad") if errors else ("alert", "warn") if warnings else ("check-circle", "good")
        self.problems.setIcon(icon(f"mdi6.{name}", role))
        self.problems.setAccessibleName(f"Problems: {self.problems.text().strip()}")
        if window.has_editor:
            self.set_zoom(window.canvas.zoom)
        self.set_engine(window.running.state_text())

    def set_zoom(self, zoom: float) -> None:
        """Show the scale of the canvas, 1.0 being 100 %."""
        self.zoom.setText(f"{zoom * 100:.0f} %")
        self.zoom.setAccessibleName(f"Zoom {zoom * 100:.0f} percent")

    def set_engine(self, text: str) -> None:
        """What the worker does."""
        self.engine.setText(text)

    def _show_problems(self) -> None:
        self._window.show_panel("problems")

    def _actual_size(self) -> None:
        self._window.canvas.zoom_reset()
