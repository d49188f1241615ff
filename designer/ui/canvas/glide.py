"""Blocks that were moved by a command glide to their places, so that the eye can follow them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractAnimation, QEasingCurve, QObject, QPointF, QVariantAnimation

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["Glide"]

DURATION = 150  # milliseconds
LEAST = 40.0  # pixels: what moves less, such as a nudge, is simply there
MOST = 400  # blocks: laying the wires of more of them again and again would stutter


class Glide(QObject):
    """Shows blocks on their way. The document has them where they go already; a stop puts them there."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._ways: dict[str, tuple[QPointF, QPointF]] = {}
        self._run = QVariantAnimation(self)
        self._run.setStartValue(0.0)
        self._run.setEndValue(1.0)
        self._run.setDuration(DURATION)
        self._run.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._run.valueChanged.connect(self._show)
        self._run.finished.connect(self._arrive)

    @property
    def running(self) -> bool:
        """Whether blocks are on their way."""
        return self._run.state() == QAbstractAnimation.State.Running

    def places(self, names: frozenset[str]) -> dict[str, QPointF]:
        """Where blocks are seen now, for `begin` after they have been moved."""
        blocks = self._view.canvas.blocks
        return {name: QPointF(blocks[name].pos()) for name in names if name in blocks}

    def begin(self, before: Mapping[str, QPointF]) -> None:
        """Let blocks come from where they were seen to where they are."""
        view = self._view
        ways: dict[str, tuple[QPointF, QPointF]] = {}
        for name, old in before.items():
            item = view.canvas.blocks.get(name)
            if item is not None and (item.pos() - old).manhattanLength() > LEAST:
                ways[name] = (old, QPointF(item.pos()))
        if not ways or len(ways) > MOST or not view.isVisible():
            return
        self._ways = ways
        self._show(0.0)
        self._run.start()

    def stop(self) -> None:
        """Be there at once."""
        if self.running:
            self._run.stop()
            self._arrive()

    def _show(self, part: float) -> None:
        blocks = self._view.canvas.blocks
        self._view.canvas.shift({n: a + (b - a) * part for n, (a, b) in self._ways.items() if n in blocks})
        self._view.refresh_far()

    def _arrive(self) -> None:
        ways, self._ways = self._ways, {}
        self._view.canvas.settle(ways)
        self._view.refresh_far()
