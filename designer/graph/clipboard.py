"""Blocks as readable JSON text, and back under names that are free."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from designer.errors import FileDamaged
from designer.graph.edits import AddBlock, Batch, Connect, Edit
from designer.graph.model import Wire
from designer.graph.reading import read_blocks

if TYPE_CHECKING:
    from designer.graph.document import Document

__all__ = ["copy", "paste"]

_LONGEST = 50_000_000
_NOT_BLOCKS = "Expected copied blocks on the clipboard, found something else. Copy blocks first."
_CUT_WIRE = "The copied blocks have a wire to a block that was not copied. Copy them again."


def copy(document: Document, names: Iterable[str]) -> str:
    """Blocks and the wires among them as JSON text for the clipboard."""
    kept = set(names)
    whole = document.network.to_json()
    data = {
        "layerloom": "blocks",
        "blocks": [b for b in whole["blocks"] if b["name"] in kept],
        "wires": [w for w in whole["wires"] if w[0] in kept and w[2] in kept],
    }
    bends = [b for b in whole.get("bends", ()) if b["wire"][0] in kept and b["wire"][2] in kept]
    if bends:
        data["bends"] = bends
    return json.dumps(data, indent=1)


def paste(document: Document, text: str, x: float, y: float) -> Batch:
    """The edit that adds what ``copy`` wrote, its top left corner at (x, y), under fresh names.

    Raises FileDamaged when the text is something else.
    """
    edits = read_blocks(_parsed(text))
    blocks = [e for e in edits if isinstance(e, AddBlock)]
    names: dict[str, str] = {}
    for block in blocks:
        names[block.name] = document.free_name(block.name, set(names.values()))
    dx, dy = x - min((b.x for b in blocks), default=0.0), y - min((b.y for b in blocks), default=0.0)
    pasted: list[Edit] = [AddBlock(names[b.name], b.type, b.params, b.x + dx, b.y + dy, b.marks) for b in blocks]
    for edit in edits:
        if isinstance(edit, Connect):
            w = edit.wire
            if w.src not in names or w.dst not in names:
                raise FileDamaged(_CUT_WIRE)
            via = tuple((px + dx, py + dy) for px, py in edit.via)
            pasted.append(Connect(Wire(names[w.src], w.out, names[w.dst], w.slot), via))
    return Batch("Paste" if len(blocks) != 1 else f"Paste {names[blocks[0].name]}", tuple(pasted))


def _parsed(text: str) -> dict[str, object]:
    """The plain data of the text. Raises FileDamaged when it is no copied blocks."""
    try:
        data = json.loads(text) if len(text) < _LONGEST else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or data.get("layerloom") != "blocks":
        raise FileDamaged(_NOT_BLOCKS)
    return {key: data[key] for key in ("blocks", "wires", "bends") if key in data}
