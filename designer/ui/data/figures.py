"""Figures of data, painted: how many samples each class has on each side, and histograms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from designer.data.browse.items import SPLITS
from designer.ui import theme as themes
from designer.ui.parts import Facts, clear_layout, label, section

__all__ = ["ClassBars", "Figures", "HistogramView", "split_colours"]

_ROW, _NAME, _COUNT = 22, 112, 64
_NARROW = 680  # pixels


def split_colours() -> tuple[Any, ...]:
    """Training, validation, not used."""
    t = themes.theme()
    return (t.series[0], t.series[1], t.outline)


class ClassBars(QWidget):
    """A bar a class, its parts the sides of the split. ``chosen`` carries the class that was clicked."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.classes: Sequence[str] = ()
        self.counts: Sequence[Sequence[int]] = ()
        self.setAccessibleName("Samples of each class")
        self.setMinimumWidth(260)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        themes.notifier().changed.connect(self.update)

    def show_counts(self, classes: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        """``counts`` are rows of the splits."""
        self.classes, self.counts = classes, counts
        self.setFixedHeight(max(1, len(classes)) * _ROW + 4)
        self.setAccessibleDescription(
            "; ".join(f"{name} {sum(row[k] for row in counts)}" for k, name in enumerate(classes[:50]))
        )
        self.update()

    def words_at(self, at: QPoint) -> str:
        """What is said of the class at a point."""
        k = at.y() // _ROW
        if not 0 <= k < len(self.classes):
            return ""
        parts = [f"{row[k]:,} {SPLITS[i].lower()}" for i, row in enumerate(self.counts) if row[k]]
        return f"{self.classes[k]}: {', '.join(parts) or 'none'}"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Only the rows that are in sight."""
        t, colours = themes.theme(), split_colours()
        most = max((sum(row[k] for row in self.counts) for k in range(len(self.classes))), default=0)
        width = self.width() - _NAME - _COUNT - 16
        with QPainter(self) as painter:
            painter.setFont(themes.font("small"))
            for k in range(
                max(0, event.rect().top() // _ROW), min(len(self.classes), event.rect().bottom() // _ROW + 1)
            ):
                top = k * _ROW
                name = painter.fontMetrics().elidedText(self.classes[k], Qt.TextElideMode.ElideMiddle, _NAME - 4)
                painter.setPen(t.text)
                painter.drawText(QRect(0, top, _NAME, _ROW), Qt.AlignmentFlag.AlignVCenter, name)
                left = _NAME + 4
                for row, colour in zip(self.counts, colours, strict=False):
                    long = round(width * row[k] / most) if most else 0
                    painter.fillRect(QRect(left, top + 5, max(long, 1 if row[k] else 0), _ROW - 10), colour)
                    left += max(long, 1 if row[k] else 0)
                painter.setPen(t.muted)
                total = sum(row[k] for row in self.counts)
                painter.drawText(QRect(left + 6, top, _COUNT, _ROW), Qt.AlignmentFlag.AlignVCenter, f"{total:,}")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show the samples of a class."""
        k = event.position().toPoint().y() // _ROW
        if 0 <= k < len(self.classes):
            self.chosen.emit(k)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The press was meant."""
        event.accept()

    def event(self, event: QEvent) -> bool:
        """The numbers of a class."""
        if event.type() == QEvent.Type.ToolTip:
            asked = cast(QHelpEvent, event)
            QToolTip.showText(asked.globalPos(), self.words_at(asked.pos()), self)
            return True
        return super().event(event)


class HistogramView(QWidget):
    """One histogram with its title and its ends."""

    def __init__(self, found: Mapping[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found = found
        self.setAccessibleName(str(found["title"]))
        self.setMinimumSize(170, 108)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.notifier().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """A small one."""
        return QSize(200, 112)

    @property
    def place(self) -> QRect:
        """Where the bars stand."""
        return self.rect().adjusted(0, 22, -8, -18)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Title, bars, ends."""
        t, place = themes.theme(), self.place
        counts, edges = self.found["counts"], self.found["edges"]
        most = max(counts) if counts else 0
        unit = f" {self.found['unit']}" if self.found["unit"] else ""
        with QPainter(self) as painter:
            painter.setFont(themes.font("small"))
            painter.setPen(t.text)
            painter.drawText(QRect(0, 0, self.width(), 20), Qt.AlignmentFlag.AlignVCenter, self.found["title"])
            if len(counts) == 1:
                painter.setPen(t.muted)
                words = f"{(edges[0] + edges[1]) / 2:.4g}{unit} everywhere"
                painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, words)
                return
            for k, count in enumerate(counts):
                left = place.left() + place.width() * k // len(counts)
                right = place.left() + place.width() * (k + 1) // len(counts)
                high = round(place.height() * count / most) if most else 0
                painter.fillRect(QRect(left, place.bottom() - high, max(1, right - left - 1), high), t.series[0])
            painter.setPen(t.border)
            painter.drawLine(place.bottomLeft(), place.bottomRight())
            painter.setPen(t.muted)
            below = QRect(place.left(), place.bottom() + 2, place.width(), 16)
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, f"{edges[0]:.4g}{unit}")
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{edges[-1]:.4g}{unit}")

    def event(self, event: QEvent) -> bool:
        """How many there are in a bar."""
        if event.type() == QEvent.Type.ToolTip:
            asked = cast(QHelpEvent, event)
            counts, edges, place = self.found["counts"], self.found["edges"], self.place
            k = (asked.pos().x() - place.left()) * len(counts) // max(1, place.width())
            if 0 <= k < len(counts):
                words = f"{edges[k]:.4g} to {edges[k + 1]:.4g}: {counts[k]:,}"
                QToolTip.showText(asked.globalPos(), words, self)
            return True
        return super().event(event)


class Figures(QScrollArea):
    """All figures of the data; ``classChosen`` carries a class that was clicked."""

    classChosen = Signal(int)  # noqa: N815

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self._targets: list[dict[str, Any]] = []
        self.bars = ClassBars()
        self.bars.chosen.connect(self.classChosen)
        self.legend = _Legend()
        self.looked = label("", "small", wrap=True)
        self.channels = Facts(name_width=72)
        self._grid_holder = QWidget()
        self.grid = QGridLayout(self._grid_holder)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(16)
        left, right = QWidget(), QWidget()
        first, second = QVBoxLayout(left), QVBoxLayout(right)
        for column in (first, second):
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(6)
        self._title = section("Samples of each class")
        for part in (self._title, self.legend, self.bars):
            first.addWidget(part)
        first.addStretch(1)
        self._channel_title = section("Channels")
        for widget in (self._grid_holder, self._channel_title, self.channels, self.looked):
            second.addWidget(widget)
        second.addStretch(1)
        inside = QWidget()
        row = self._row = QHBoxLayout(inside)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(24)
        row.addWidget(left, 2)
        row.addWidget(right, 3)
        self.setWidget(inside)
        for area in (self.viewport(), inside):
            area.setAutoFillBackground(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Below each other where it is narrow."""
        super().resizeEvent(event)
        narrow = self.width() < _NARROW
        self._row.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)

    def show_distribution(self, found: Mapping[str, Any]) -> None:
        """Classes by split, or histograms of the numbers to predict."""
        known = "classes" in found
        for part in (self.bars, self.legend, self._title):
            part.setVisible(known)
        if known:
            self.bars.show_counts(found["classes"], found["counts"])
            self.legend.show_splits([any(row) for row in found["counts"]])
        self._targets = [{**h, "title": f"To predict: {h['title']}"} for h in found.get("histograms", ())]
        self.show_figures({})

    def show_figures(self, found: Mapping[str, Any]) -> None:
        """What a look at some of the items gave."""
        clear_layout(self._grid_holder)
        for k, histogram in enumerate([*self._targets, *found.get("histograms", ())]):
            self.grid.addWidget(HistogramView(histogram), k // 2, k % 2)
        rows = found.get("channels", ())
        self._channel_title.setVisible(bool(rows))
        self.channels.set_rows(
            [
                (
                    row["name"],
                    f"mean {row['mean']:.4g}, deviation {row['std']:.4g}, {row['low']:.4g} to {row['high']:.4g}",
                )
                for row in rows
            ]
        )
        looked, of = found.get("looked", 0), found.get("of", 0)
        if looked:
            of_all = "all" if looked == of else f"{looked:,} of {of:,}, evenly spread,"
            self.looked.setText(
                f"Of {of_all} items as they lie there. Training subtracts mean and divides by deviation, measured on "
                "its own samples."
            )
        else:
            self.looked.setText("Measuring…")


class _Legend(QWidget):
    """The colours of the sides."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = [True, True, False]
        self.setFixedHeight(18)
        themes.notifier().changed.connect(self.update)

    def show_splits(self, shown: list[bool]) -> None:
        """Only those that there are."""
        self._shown = shown
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A square and a word each."""
        t, left = themes.theme(), 0
        with QPainter(self) as painter:
            painter.setFont(themes.font("small"))
            for name, colour, shown in zip(SPLITS, split_colours(), self._shown, strict=True):
                if shown:
                    painter.fillRect(QRect(left, 4, 10, 10), colour)
                    painter.setPen(t.muted)
                    painter.drawText(QRect(left + 15, 0, 120, 18), Qt.AlignmentFlag.AlignVCenter, name)
                    left += 24 + painter.fontMetrics().horizontalAdvance(name)
