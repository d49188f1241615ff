"""Networks from a few lines of text: ``name type key=value ... < source, other:output``.

Without ``<`` a block reads from the line before; ``<`` with nothing behind it leaves it without a wire.
"""

from __future__ import annotations

import ast

from designer.graph.context import NOTHING_KNOWN, Context
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Connect
from designer.graph.model import Network, Wire

__all__ = ["sketch", "sketched"]


def sketch(text: str) -> Network:
    """The network that the lines describe."""
    document = Document()
    last = ""
    for row, line in enumerate(line for line in text.strip().splitlines() if line.strip()):
        head, arrow, tail = line.partition("<")
        name, kind, *pairs = head.split()
        params = {key: ast.literal_eval(value) for key, _, value in (pair.partition("=") for pair in pairs)}
        marks = {"frozen": True} if params.pop("frozen", False) else {}
        document.do(AddBlock(name, kind, params, 0.0, 124.0 * row, marks))
        sources = [part.strip() for part in tail.split(",") if part.strip()] if arrow else [last] * bool(last)
        for slot, source in enumerate(sources):
            before, _, out = source.partition(":")
            document.do(Connect(Wire(before, int(out or 0), name, slot)))
        last = name
    return document.network


def sketched(text: str, context: Context = NOTHING_KNOWN) -> Document:
    """The same as a document."""
    return Document(sketch(text), context)
