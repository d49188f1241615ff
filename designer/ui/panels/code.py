"""The network as Python, read-only, following every edit. It is the very text that is trained and exported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QTextEdit, QToolButton, QVBoxLayout, QWidget

from designer.errors import LayerloomError
from designer.graph.document import Changed
from designer.graph.edits import Move
from designer.ui.bridge import DocumentBridge
from designer.ui.editors import set_flag
from designer.ui.parts import label
from designer.ui.theme import Theme, font, icon, notifier, theme

if TYPE_CHECKING:
    from designer.codegen.program import Program

__all__ = ["CodePanel"]

_DELAY = 150  # ms after the last edit; compiling a thousand blocks takes longer than a frame


def _colours(t: Theme) -> dict[str, QColor]:
    """Colours by the names of Pygments' tokens, the longest name that fits counts."""
    return {
        "Keyword": t.keyword,
        "Operator.Word": t.keyword,
        "Literal.String": t.string,
        "Literal.Number": t.number,
        "Comment": t.comment,
        "Name.Function": t.function,
        "Name.Class": t.function,
        "Name.Builtin.Pseudo": t.muted,
    }


class _Highlighter(QSyntaxHighlighter):
    """Pygments on one line at a time; lines that do not change are not looked at again."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._lexer: Any = None
        self._formats: dict[str, QTextCharFormat | None] = {}

    def recolour(self) -> None:
        """After a change of theme."""
        self._formats.clear()
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour a line. A triple-quoted text over several lines is carried from line to line."""
        if not text and self.previousBlockState() != 1:
            self.setCurrentBlockState(0)
            return
        if self._lexer is None:
            from pygments.lexers.python import PythonLexer

            self._lexer = PythonLexer(stripnl=False, ensurenl=False)
        inside = self.previousBlockState() == 1
        quotes = text.count('"""')
        self.setCurrentBlockState(int(inside ^ bool(quotes % 2)))
        if inside or quotes == 1:
            at = 0 if inside else text.index('"""')
            self.setFormat(at, len(text) - at, self._format("Literal.String") or QTextCharFormat())
            return
        for start, token, value in self._lexer.get_tokens_unprocessed(text):
            made = self._format(".".join(token))
            if made is not None:
                self.setFormat(start, len(value), made)

    def _format(self, token: str) -> QTextCharFormat | None:
        if token not in self._formats:
            colour = max(
                ((k, c) for k, c in _colours(theme()).items() if token.startswith(k)),
                key=lambda pair: len(pair[0]),
                default=None,
            )
            made = QTextCharFormat()
            if colour is not None:
                made.setForeground(colour[1])
                made.setFontItalic(colour[0] == "Comment")
            self._formats[token] = made if colour is not None else None
        return self._formats[token]


class _Gutter(QWidget):
    def __init__(self, view: _View) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:
        return QSize(self._view.gutter_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._view.paint_gutter(event)


class _View(QPlainTextEdit):
    """Text with line numbers. ``lineClicked`` carries a line from 1."""

    lineClicked = Signal(int)  # noqa: N815

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setFont(font("mono"))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        set_flag(self, "kind", "code")
        self.setAccessibleName("Python code of the network")
        self._gutter = _Gutter(self)
        self.blockCountChanged.connect(self._place)
        self.updateRequest.connect(self._scrolled)
        self._place()

    def gutter_width(self) -> int:
        """Pixels for the largest line number."""
        return 28 + self.fontMetrics().horizontalAdvance("9") * max(2, len(str(self.blockCount())))

    def _place(self, _count: int = 0) -> None:
        self.setViewportMargins(self.gutter_width(), 0, 0, 0)

    def _scrolled(self, area: QRect, dy: int) -> None:
        if dy:
            self._gutter.scroll(0, dy)
        else:
            self._gutter.update(0, area.y(), self._gutter.width(), area.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        inside = self.contentsRect()
        self._gutter.setGeometry(QRect(inside.left(), inside.top(), self.gutter_width(), inside.height()))

    def paint_gutter(self, event: QPaintEvent) -> None:
        """The numbers of the visible lines."""
        t = theme()
        with QPainter(self._gutter) as painter:
            painter.fillRect(event.rect(), t.field)
            painter.setFont(self.font())
            painter.setPen(t.muted)
            block = self.firstVisibleBlock()
            top = round(self.blockBoundingGeometry(block).translated(self.contentOffset()).top())
            while block.isValid() and top <= event.rect().bottom():
                height = round(self.blockBoundingRect(block).height())
                where = QRect(0, top, self._gutter.width() - 14, height)
                painter.drawText(where, Qt.AlignmentFlag.AlignRight, str(block.blockNumber() + 1))
                top += height
                block = block.next()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self.lineClicked.emit(self.cursorForPosition(event.position().toPoint()).blockNumber() + 1)

    def rows(self, lines: Sequence[int], colour: QColor) -> None:
        """Mark these lines, and scroll to the first when none of them can be seen."""
        marks = []
        for line in lines:
            mark = QTextEdit.ExtraSelection()
            mark.format.setBackground(colour)
            mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            mark.cursor = QTextCursor(self.document().findBlockByNumber(line - 1))
            marks.append(mark)
        self.setExtraSelections(marks)
        if lines:
            first = self.firstVisibleBlock().blockNumber() + 1
            last = self.cursorForPosition(QPoint(0, self.viewport().height() - 1)).blockNumber() + 1
            if not any(first <= line <= last for line in lines):
                self.verticalScrollBar().setValue(max(0, lines[0] - 4))


class CodePanel(QWidget):
    """The code view. ``blockClicked`` carries the block of a line that was clicked."""

    blockClicked = Signal(str)  # noqa: N815
    updated = Signal()

    def __init__(self, bridge: DocumentBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.setAccessibleName("Code")
        self.program: Program | None = None
        self._selected: tuple[str, ...] = ()
        self._stale = True
        self.view = _View()
        self._highlighter = _Highlighter(self.view.document())
        self.note = label("", "warn")
        self.note.setWordWrap(True)
        self.copy_button = QToolButton()
        self.copy_button.setText("Copy")
        self.copy_button.setIcon(icon("mdi6.content-copy", "muted"))
        self.copy_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.copy_button.setToolTip("Copy the whole module")
        self.copy_button.clicked.connect(self.copy_all)
        head = QHBoxLayout()
        head.setContentsMargins(12, 4, 8, 4)
        head.addWidget(self.note, 1)
        head.addWidget(self.copy_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY)
        self._timer.timeout.connect(self.refresh)
        bridge.changed.connect(self._changed)
        bridge.reset.connect(self._later)
        self.view.lineClicked.connect(self._clicked)
        notifier().changed.connect(self._themed)

    def _changed(self, changed: Changed) -> None:
        if not isinstance(changed.edit, Move):
            self._later()

    def _later(self) -> None:
        self._stale = True
        if self.isVisible():
            self._timer.start()

    def showEvent(self, event: Any) -> None:
        """The text is made when somebody looks."""
        super().showEvent(event)
        if self._stale:
            self._timer.start(0)

    def refresh(self) -> None:
        """Compile the drawing, or the sound part of it, and show the text."""
        from designer.codegen.python import compile_network

        self._stale = False
        document = self.bridge.document
        errors = [p for p in document.problems if p.severity == "error"]
        try:
            self.program = compile_network(document.network, shapes=document.shapes, draft=bool(errors))
            text = self.program.source
            self.note.setText(f"Incomplete: {errors[0].message}" if errors else "")
        except LayerloomError as error:
            self.program, text = None, ""
            self.note.setText(error.message)
        set_flag(self.note, "role", "warn" if errors else "muted")
        if not self.note.text() and self.program is not None:
            self.note.setText(f"class {self.program.class_name} — this text is what is trained and exported")
        self._put(text)
        self.select(self._selected)
        self.updated.emit()

    def _put(self, text: str) -> None:
        """Exchange only the lines that differ, so that the place, and the colours of the rest, stay."""
        old, new = self.view.toPlainText().split("\n"), text.split("\n")
        head = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
        if head == len(old) == len(new):
            return
        tail, most = 0, min(len(old), len(new)) - head
        while tail < most and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        document = self.view.document()
        cursor = QTextCursor(document)
        cursor.beginEditBlock()
        if head < len(old):
            cursor.setPosition(document.findBlockByNumber(head).position())
            middle = "\n".join(new[head : len(new) - tail])
            if tail:
                end = document.findBlockByNumber(len(old) - tail).position()
                middle += "\n" if len(new) - tail > head else ""
            else:
                end = document.characterCount() - 1
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText(middle)
        else:
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText("\n" + "\n".join(new[head:]))
        cursor.endEditBlock()
        if self.view.toPlainText() != text:  # never show anything but the text itself
            self.view.setPlainText(text)

    def select(self, names: Sequence[str]) -> None:
        """Mark the lines of these blocks."""
        self._selected = tuple(names)
        wanted, lines = set(names), self.program.lines if self.program is not None else {}
        self.view.rows([n for n in sorted(lines) if lines[n] in wanted], theme().accent_soft)

    def copy_all(self) -> None:
        """Put the text on the clipboard."""
        QGuiApplication.clipboard().setText(self.view.toPlainText())

    def _clicked(self, line: int) -> None:
        block = self.program.lines.get(line) if self.program is not None else None
        if block is not None and block in self.bridge.document.network:
            self.blockClicked.emit(block)

    def _themed(self) -> None:
        self._highlighter.recolour()
        self.select(self._selected)
