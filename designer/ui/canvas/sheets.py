"""Notes in Markdown and titled frames: paper that lies under the wires."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QPainter,
    QPalette,
    QPen,
    QTextDocument,
)

from designer.graph.scenery import Note
from designer.ui.canvas.layers import Layer
from designer.ui.canvas.look import Look, mix, tone
from designer.ui.canvas.note_text import markdown
from designer.ui.theme import font

if TYPE_CHECKING:
    from designer.ui.canvas.scene import CanvasScene

__all__ = ["CORNER", "TITLE", "NoteAt", "Sheets", "rect_of"]

TITLE = 30.0  # the height of a frame's head
CORNER = 18.0  # the part at the bottom right that changes the size
PAD = 12.0
TEXT_FROM = 0.22  # zoom under which a note's text is left out


@dataclass(frozen=True)
class NoteAt:
    """A note or frame under a point, and which part of it."""

    id: str
    part: Literal["sheet", "corner"]


def rect_of(note: Note) -> QRectF:
    """Where a note lies."""
    return QRectF(note.x, note.y, note.width, note.height)


class Sheets(Layer):
    """The notes and frames of a scene; ``chosen`` are the selected ones, ``shifted`` those on their way by a drag."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self.chosen: set[str] = set()
        self.shifted: dict[str, QRectF] = {}
        self.only: frozenset[str] | None = None  # in a picture, those that are wanted
        self.edited: str | None = None  # the note whose text is being written
        self._texts: dict[str, tuple[str, float, QTextDocument]] = {}

    # --- what there is ---------------------------------------------------------------------------------------

    def all(self) -> Iterator[Note]:
        """The notes of what is shown: the frames first, the larger below the smaller."""
        scope = self._scene.scope
        notes = [note for note in self._scene.document.network.notes.values() if note.scope == scope]
        if self.only is not None:
            notes = [note for note in notes if note.id in self.only]
        return iter(sorted(notes, key=lambda n: (n.kind != "frame", -n.width * n.height, n.id)))

    def rect(self, note: Note) -> QRectF:
        """Where a note is seen."""
        return self.shifted.get(note.id, rect_of(note))

    def bounds(self) -> QRectF:
        """Around all of them."""
        whole = QRectF()
        for note in self.all():
            whole = whole.united(self.rect(note))
        return whole

    def at(self, point: QPointF, slack: float) -> NoteAt | None:
        """What lies under a point: the topmost note, or a frame by its head or its edge."""
        for note in reversed(list(self.all())):
            rect = self.rect(note)
            if not rect.adjusted(-slack, -slack, slack, slack).contains(point):
                continue
            corner = QRectF(rect.right() - CORNER, rect.bottom() - CORNER, CORNER + slack, CORNER + slack)
            if corner.contains(point):
                return NoteAt(note.id, "corner")
            inside = rect.adjusted(slack, max(slack, TITLE), -slack, -slack)
            if note.kind == "note" or not inside.contains(point):
                return NoteAt(note.id, "sheet")
        return None

    def within(self, area: QRectF) -> set[str]:
        """Those that lie wholly in an area."""
        return {note.id for note in self.all() if area.contains(self.rect(note))}

    def contents(self, frames: Iterable[str]) -> tuple[set[str], set[str]]:
        """The blocks and the notes that lie wholly on some frames: they go with them."""
        notes = self._scene.document.network.notes
        blocks: set[str] = set()
        others: set[str] = set()
        for key in frames:
            note = notes.get(key)
            if note is not None and note.kind == "frame":
                area = rect_of(note)
                rects = self._scene.cells.rects
                blocks |= {name for name in self._scene.cells.within(area) if area.contains(rects[name])}
                others |= {other.id for other in self.all() if other.id != key and area.contains(rect_of(other))}
        return blocks, others

    def clear(self) -> None:
        """Others are shown from now on."""
        self.chosen = set()
        self.shifted.clear()
        self._texts.clear()

    def forget(self) -> None:
        """The document changed: drop what belongs to notes that are gone."""
        notes = self._scene.document.network.notes
        self.chosen &= notes.keys()
        self.shifted.clear()
        for key in self._texts.keys() - notes.keys():
            del self._texts[key]

    # --- painting --------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, area: QRectF, zoom: float) -> None:
        """Draw those in an area."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for note in self.all():
            rect = self.rect(note)
            if rect.adjusted(-8, -8, 8, 8).intersects(area):
                (self._frame if note.kind == "frame" else self._note)(painter, note, rect, zoom)
                if note.id in self.chosen:
                    self._ring(painter, rect, zoom)

    def _frame(self, painter: QPainter, note: Note, rect: QRectF, zoom: float) -> None:
        look = self._scene.look
        hue = tone(note.colour, look.theme)
        fill, head = QColor(hue), QColor(hue)
        fill.setAlpha(20 if not look.theme.dark else 26)
        head.setAlpha(44 if not look.theme.dark else 60)
        painter.setPen(QPen(mix(hue, look.theme.canvas, 0.55), 1.25))
        painter.setBrush(fill)
        painter.drawRoundedRect(rect, 10, 10)
        grown = max(1.0, min(2.6, 0.85 / zoom))  # the title stays readable from further off
        size = 13 * grown
        if size * zoom < 7 or note.id == self.edited:
            return
        title = QRectF(rect.left() + PAD, rect.top(), rect.width() - 2 * PAD, max(TITLE, size * 1.7))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(head)
        painter.save()
        painter.setClipRect(QRectF(rect.left(), rect.top(), rect.width(), title.height()))
        painter.drawRoundedRect(rect, 10, 10)
        painter.restore()
        shown = font("medium")
        shown.setPixelSize(round(size))
        painter.setFont(shown)
        painter.setPen(mix(look.theme.text, hue, 0.82))
        words = painter.fontMetrics().elidedText(
            note.text.partition("\n")[0] or "Frame", Qt.TextElideMode.ElideRight, int(title.width())
        )
        painter.drawText(title, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)

    def _note(self, painter: QPainter, note: Note, rect: QRectF, zoom: float) -> None:
        look = self._scene.look
        hue = tone(note.colour, look.theme)
        painter.setPen(QPen(mix(hue, look.theme.canvas, 0.5), 1.0))
        painter.setBrush(mix(hue, look.theme.raised, 0.16))
        painter.drawRoundedRect(rect, 8, 8)
        if zoom < TEXT_FROM or note.id == self.edited:
            return
        document = self._text(note, rect.width() - 2 * PAD)
        inside = rect.adjusted(PAD, PAD - 2, -PAD, -4)
        painter.setClipRect(inside, Qt.ClipOperation.IntersectClip)
        painter.translate(inside.topLeft())
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette.setColor(QPalette.ColorRole.Text, look.theme.text if note.text.strip() else look.theme.muted)
        context.palette.setColor(QPalette.ColorRole.Link, look.theme.accent)
        context.clip = QRectF(0, 0, inside.width(), inside.height())
        document.documentLayout().draw(painter, context)
        painter.translate(-inside.topLeft())
        painter.setClipping(False)

    def _text(self, note: Note, width: float) -> QTextDocument:
        invitation = "*Empty note: double-click to write*" if self._scene.outlines is None else ""
        words = note.text.strip() or invitation
        known = self._texts.get(note.id)
        if known is None or known[:2] != (words, width):
            known = self._texts[note.id] = (words, width, markdown(words, width))
        return known[2]

    def _ring(self, painter: QPainter, rect: QRectF, zoom: float) -> None:
        look: Look = self._scene.look
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(look.theme.selection, max(1.5, 1.5 / zoom)))
        painter.drawRoundedRect(rect, 9, 9)
        painter.setPen(QPen(look.theme.selection, max(2.0, 1.5 / zoom)))
        at = rect.bottomRight() - QPointF(4, 4)
        painter.drawLine(at - QPointF(9, 0), at - QPointF(0, 9))
        painter.drawLine(at - QPointF(4, 0), at - QPointF(0, 4))
