"""The first page: a template, a pretrained model, a recent project, or what a crash left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from designer.graph.model import Network
from designer.graph.templates import Template, templates
from designer.project.journal import Recoverable
from designer.ui.dialogs.shelf import ModelShelf
from designer.ui.editors import set_flag
from designer.ui.parts import clear_layout, label, section
from designer.ui.pressable import Pressable
from designer.ui.theme import group_colour, icon, notifier, theme
from designer.ui.words import plural

__all__ = ["RecentRow", "StartPage", "TemplateCard"]

_PREVIEW = 124


class _Preview(QWidget):
    """A sketch of a network: a bar for each block in the colour of its group, wires between them."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.setFixedHeight(_PREVIEW)
        self._bars, self._lines = _sketch(network)
        notifier().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fit the sketch into the card."""
        t = theme()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.canvas)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, 0), 7, 7)
            painter.setBrush(t.grid)
            for x in range(12, self.width(), 16):
                for y in range(12, self.height(), 16):
                    painter.drawRect(x, y, 1, 1)
            if not self._bars:
                icon("mdi6.plus", "muted").paint(painter, self.rect().adjusted(0, 48, 0, -48))
                return
            area = QRectF(self.rect()).adjusted(16, 16, -16, -16)
            wide = max(x for x, *_ in self._bars) + 1
            high = max(abs(y) for _, y, *_ in self._bars) * 2 + 1.2
            step = min(area.width() / wide, 22.0)
            rise = min(area.height() / high, 36.0 if high > 1.2 else 44.0)
            left, middle = area.center().x() - step * wide / 2, area.center().y()
            bar = QRectF(0, 0, max(3.0, step * 0.62), 0)

            def centre(i: int) -> QPointF:
                x, y, *_ = self._bars[i]
                return QPointF(left + (x + 0.5) * step, middle + y * rise)

            painter.setPen(QPen(t.wire, 1.25))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for a, b in self._lines:
                start, end = centre(a), centre(b)
                way = QPainterPath(start)
                far = self._bars[b][0] - self._bars[a][0] > 1
                if far and start.y() == end.y():  # over what lies between
                    top = start.y() - rise * 0.62
                    way.cubicTo(QPointF(start.x(), top), QPointF(end.x(), top), end)
                elif start.y() == end.y():
                    way.lineTo(end)
                else:
                    half = QPointF(step * 0.7, 0)
                    way.cubicTo(start + half, end - half, end)
                painter.drawPath(way)
            painter.setPen(Qt.PenStyle.NoPen)
            for i, (_, _, group, size) in enumerate(self._bars):
                bar.setHeight(rise * (0.2 + 0.5 * size if high > 1.2 else 0.5 + 1.5 * size))
                bar.moveCenter(centre(i))
                painter.setBrush(group_colour(group))
                painter.drawRoundedRect(bar, 2, 2)


def _sketch(network: Network) -> tuple[list[tuple[int, float, str, float]], list[tuple[int, int]]]:
    """Column, row, group and relative height of each block, and the wires, as indices.

    The first way out of a block goes straight on; every other way gets a row of its own until it joins again.
    """
    order = network.order()
    number = {name: i for i, name in enumerate(order)}
    column: dict[str, int] = {}
    row: dict[str, int] = {}
    for name in order:
        sources = [w.src for w in network.inputs_of(name)]
        column[name] = 1 + max((column[s] for s in sources), default=-1)
        row[name] = min((row[s] for s in sources), default=0)
        if len(sources) == 1:
            mates = [w.dst for w in network.outputs_of(sources[0]) if len(network.inputs_of(w.dst)) == 1]
            row[name] += mates.index(name)
    middle = max(row.values(), default=0) / 2
    bars = []
    for name in order:
        group = network[name].block.group
        tall = 1.0 if group == "Convolution" else 0.75 if group in ("Linear", "Pooling") else 0.45
        bars.append((column[name], row[name] - middle, group, tall))
    return bars, [(number[w.src], number[w.dst]) for w in network.wires()]


class TemplateCard(Pressable):
    """A template with its picture."""

    def __init__(self, template: Template) -> None:
        super().__init__(". ".join(filter(None, (template.title, template.kind, template.description))))
        self.template = template
        set_flag(self, "frame", "card")
        self.setMinimumWidth(168)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 14)
        column.setSpacing(4)
        column.addWidget(_Preview(template.network))
        words = QVBoxLayout()
        words.setContentsMargins(14, 8, 14, 0)
        words.setSpacing(4)
        if template.kind:
            words.addWidget(label(template.kind, "small"))
        words.addWidget(label(template.title, "title"))
        text = label(template.description, "small", wrap=True)
        text.setAlignment(Qt.AlignmentFlag.AlignTop)
        words.addWidget(text, 1)
        column.addLayout(words, 1)


class RecentRow(Pressable):
    """A project that was open before: name, folder, when; or that it is gone."""

    forgotten = Signal(object)

    def __init__(self, path: Path) -> None:
        self.path = path
        self.missing = not path.is_file()
        super().__init__(f"Open {path.stem}" + (", file not found" if self.missing else ""))
        set_flag(self, "frame", "row")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(12)
        mark = label()
        name = "mdi6.file-question-outline" if self.missing else "mdi6.file-outline"
        mark.setPixmap(icon(name, "muted").pixmap(QSize(20, 20)))
        row.addWidget(mark)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label(path.stem, "muted" if self.missing else "strong"))
        folder = str(path.parent).replace(str(Path.home()), "~", 1)
        self._folder = label(folder, "small")
        self._folder.setToolTip(str(path))
        words.addWidget(self._folder)
        row.addLayout(words, 1)
        if self.missing:
            row.addWidget(label("File not found", "small"))
            forget = QPushButton("Remove")
            set_flag(forget, "kind", "quiet")
            forget.setToolTip("Take it off this list")
            forget.clicked.connect(self._forget)
            row.addWidget(forget)
        else:
            row.addWidget(label(_ago(path.stat().st_mtime), "small"))

    def _forget(self) -> None:
        self.forgotten.emit(self.path)


class RecoveredRow(QFrame):
    """Unsaved work of a session that crashed."""

    restored = Signal(object)
    discarded = Signal(object)

    def __init__(self, item: Recoverable) -> None:
        super().__init__()
        self.item = item
        set_flag(self, "frame", "warning")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(12)
        mark = label()
        mark.setPixmap(icon("mdi6.backup-restore", "warn").pixmap(QSize(20, 20)))
        row.addWidget(mark)
        name = item.path.stem if item.path is not None else item.title or "Untitled"
        words = f"{name}: {plural(len(item.edits), 'unsaved edit')}, {_ago(item.when)}"
        row.addWidget(label(words, wrap=True), 1)
        for title, slot in (("Restore", self._restore), ("Discard", self._discard)):
            button = QPushButton(title)
            button.setAccessibleName(f"{title} {name}")
            button.clicked.connect(slot)
            row.addWidget(button)

    def _restore(self) -> None:
        self.restored.emit(self.item)

    def _discard(self) -> None:
        self.discarded.emit(self.item)


class StartPage(QScrollArea):
    """Templates, recent projects, recovered work."""

    chosen = Signal(object)  # a Template
    models = Signal(str)  # the source of a pretrained model to look at; empty: all of them
    opened = Signal(object)  # a Path
    browse = Signal()
    forgotten = Signal(object)
    restored = Signal(object)
    discarded = Signal(object)
    back = Signal()

    def __init__(self, recent: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Start page")
        body = QWidget()
        body.setProperty("plain", True)
        outer = QHBoxLayout(body)
        outer.setContentsMargins(40, 32, 40, 32)
        inner = QWidget()
        inner.setMaximumWidth(1120)
        outer.addStretch(1)
        outer.addWidget(inner, 1000)
        outer.addStretch(1)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        head = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(label("Layerloom", "heading"))
        words.addWidget(label("Draw a neural network, train it on your data, take it with you.", "muted"))
        head.addLayout(words, 1)
        self.back_button = QPushButton("Back to project")
        self.back_button.setIcon(icon("mdi6.arrow-left"))
        self.back_button.clicked.connect(self.back)
        self.back_button.hide()
        head.addWidget(self.back_button, 0, Qt.AlignmentFlag.AlignTop)
        self.open_button = QPushButton("Open…")
        self.open_button.setIcon(icon("mdi6.folder-open-outline"))
        self.open_button.setToolTip("Open a .loom project (Ctrl+O); a file can be dropped on the window too")
        self.open_button.clicked.connect(self.browse)
        head.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignTop)
        head.setSpacing(8)
        self.import_button = QPushButton("Import model…")
        self.import_button.setIcon(icon("mdi6.tray-arrow-down"))
        self.import_button.setToolTip("Open a pretrained model as a drawing (Ctrl+Shift+O)")
        self.import_button.clicked.connect(self._all_models)
        head.insertWidget(head.count() - 1, self.import_button, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        column.addSpacing(8)
        self._recovered = QWidget()
        kept = QVBoxLayout(self._recovered)
        kept.setContentsMargins(0, 0, 0, 8)
        kept.setSpacing(8)
        self._recovered.hide()
        column.addWidget(self._recovered)
        column.addWidget(section("START FROM"))
        self.cards: list[TemplateCard] = []
        self._grid = QGridLayout()
        self._grid.setSpacing(16)
        for template in templates():
            card = TemplateCard(template)
            card.pressed.connect(self._pick)
            self.cards.append(card)
        column.addLayout(self._grid)
        self._columns = 0
        column.addSpacing(16)
        column.addWidget(section("PRETRAINED"))
        self.shelf = ModelShelf()
        self.shelf.chosen.connect(self.models)
        column.addWidget(self.shelf)
        column.addSpacing(16)
        column.addWidget(section("RECENT"))
        self._recent = QWidget()
        rows = QVBoxLayout(self._recent)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2)
        column.addWidget(self._recent)
        column.addStretch(1)
        self.setWidget(body)
        self.rows: list[RecentRow] = []
        self.set_recent(recent)
        self._arrange(4)

    def set_recent(self, paths: Sequence[Path]) -> None:
        """Show these projects."""
        clear_layout(self._recent)
        layout = self._recent.layout()
        assert layout is not None
        self.rows = []
        for path in paths:
            row = RecentRow(path)
            row.pressed.connect(self._reopen)
            row.forgotten.connect(self.forgotten)
            layout.addWidget(row)
            self.rows.append(row)
        if not paths:
            hint = "Projects that you save appear here. Drop a .loom file on this window to open it."
            layout.addWidget(label(hint, "muted", wrap=True))

    def set_recovered(self, items: Sequence[Recoverable]) -> None:
        """Offer unsaved work of sessions that ended badly."""
        clear_layout(self._recovered)
        layout = self._recovered.layout()
        assert layout is not None
        if items:
            layout.addWidget(section("RECOVERED WORK"))
        for item in items:
            row = RecoveredRow(item)
            row.restored.connect(self.restored)
            row.discarded.connect(self.discarded)
            layout.addWidget(row)
        self._recovered.setVisible(bool(items))

    def resizeEvent(self, event: Any) -> None:
        """As many cards beside one another as have room."""
        super().resizeEvent(event)
        width = min(self.width() - 80, 1120)
        self.shelf.fit(width)
        room = (width + 16) // (168 + 16)
        rows = -(-len(self.cards) // max(1, room))
        self._arrange(-(-len(self.cards) // rows))  # rows of the same length

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for i in range(len(self.cards)):
            self._grid.setColumnStretch(i, 1 if i < columns else 0)
        for i, card in enumerate(self.cards):
            self._grid.removeWidget(card)
            self._grid.addWidget(card, i // columns, i % columns)

    def _all_models(self) -> None:
        self.models.emit("")

    def _pick(self) -> None:
        card = self.sender()
        if isinstance(card, TemplateCard):
            self.chosen.emit(card.template)

    def _reopen(self) -> None:
        row = self.sender()
        if isinstance(row, RecentRow):
            self.opened.emit(row.path)


def _ago(when: float) -> str:
    """A time as people say it."""
    seconds = max(0.0, time.time() - when)
    for size, word in ((86400 * 2, ""), (86400, "yesterday"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            if not word:
                return time.strftime("%d %B %Y", time.localtime(when)).lstrip("0")
            return word if word == "yesterday" else f"{plural(int(seconds // size), word)} ago"
    return "just now"
