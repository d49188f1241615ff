"""The text of a note: Markdown that loads nothing, in the fonts of the application."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QFont, QImage, QTextBlock, QTextCharFormat, QTextCursor, QTextDocument

from designer.ui.theme import font

__all__ = ["markdown"]

SIZE = 13
HEADINGS = (18, 15, 14)  # pixels of the first levels
INDENT = 18.0  # of a list
GAP = 4.0  # between paragraphs


class _Text(QTextDocument):
    """A document that opens no picture and no file, whatever the text asks for."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        # An empty answer would make Qt look for the file by itself.
        nothing = QImage(1, 1, QImage.Format.Format_ARGB32)
        nothing.fill(Qt.GlobalColor.transparent)
        return nothing


def markdown(words: str, width: float) -> QTextDocument:
    """The words as they are drawn, broken to a width."""
    document = _Text()
    document.setDocumentMargin(0)
    base = font("ui")
    base.setPixelSize(SIZE)
    document.setDefaultFont(base)
    document.setIndentWidth(INDENT)
    document.setMarkdown(
        words, QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML
    )
    block = document.begin()
    while block.isValid():
        _dress(block)
        block = block.next()
    document.setTextWidth(width)
    return document


def _dress(block: QTextBlock) -> None:
    """Our own sizes of headings, distances, and the bold letters that the font has; Qt would smear its own."""
    cursor = QTextCursor(block)
    level, shape = block.blockFormat().headingLevel(), block.blockFormat()
    shape.setTopMargin(0.0 if not block.previous().isValid() else GAP + (2.0 if level else 0.0))
    shape.setBottomMargin(0.0)
    cursor.setBlockFormat(shape)
    spans = []
    step = block.begin()
    while not step.atEnd():
        piece = step.fragment()
        spans.append((piece.position(), piece.length(), piece.charFormat()))
        step += 1
    for start, length, dress in spans:
        if level or dress.fontWeight() > QFont.Weight.DemiBold:
            cursor.setPosition(start)
            cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(_letters(dress, level))


def _letters(dress: QTextCharFormat, level: int) -> QTextCharFormat:
    shown = font("title")
    shown.setPixelSize(HEADINGS[min(level, len(HEADINGS)) - 1] if level else SIZE)
    shown.setItalic(dress.fontItalic())
    made = QTextCharFormat(dress)
    made.clearProperty(int(QTextCharFormat.Property.FontSizeAdjustment))
    made.setFont(shown)
    return made
