"""Blocks, groups and notes as readable JSON text, and back under names that are free."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from designer.errors import FileDamaged
from designer.graph.edits import AddBlock, Batch, Connect, Edit, Put, Share
from designer.graph.marks import OF_LAYER, only
from designer.graph.model import Network, Wire
from designer.graph.names import common_parent, prefixes
from designer.graph.reading import ENTRIES, read_blocks
from designer.graph.scenery import Group, Note, fresh_key
from designer.graph.sharing import shared_by

if TYPE_CHECKING:
    from designer.graph.document import Document

__all__ = ["copy", "outermost", "paste", "whole_groups"]

_LONGEST = 50_000_000
_NOT_BLOCKS = "Expected copied blocks on the clipboard, found something else. Copy blocks first."
_CUT_WIRE = "The copied blocks have a wire to a block that was not copied. Copy them again."


def whole_groups(network: Network, names: Collection[str]) -> list[str]:
    """The groups of which all blocks are among ``names``, the outermost first."""
    counts: dict[str, int] = {}
    for name in names:
        for path in prefixes(name):
            counts[path] = counts.get(path, 0) + 1
    return sorted(path for path in network.groups if counts.get(path) == network.count(path))


def copy(document: Document, names: Iterable[str], notes: Collection[str] = ()) -> str:
    """Blocks, groups (by their paths) and notes with the wires among them, as JSON text for the clipboard."""
    kept = set(document.network.blocks_of(names))
    groups = set(whole_groups(document.network, kept))
    whole = document.network.to_json()
    data: dict[str, Any] = {
        "layerloom": "blocks",
        "classes": whole.get("classes", []),
        "blocks": [b for b in whole["blocks"] if b["name"] in kept],
        "wires": [w for w in whole["wires"] if w[0] in kept and w[2] in kept],
        "bends": [b for b in whole.get("bends", ()) if b["wire"][0] in kept and b["wire"][2] in kept],
        "groups": [g for g in whole.get("groups", ()) if g["path"] in groups],
        "notes": [n for n in whole.get("notes", ()) if n["id"] in notes],
    }
    return json.dumps({key: value for key, value in data.items() if value or key in ("blocks", "wires")}, indent=1)


def paste(document: Document, text: str, x: float, y: float, scope: str | None = None) -> Batch:
    """The edit that adds what ``copy`` wrote, its top left corner at (x, y), under fresh names.

    With ``scope`` it comes to lie in that group, else beside the blocks that were copied. Raises FileDamaged when the
    text is something else.
    """
    edits = read_blocks(_parsed(text))
    blocks = [e for e in edits if isinstance(e, AddBlock)]
    items = [e.value for e in edits if isinstance(e, Put)]
    groups = [item for item in items if isinstance(item, Group)]
    notes = [item for item in items if isinstance(item, Note)]
    names = _names(document, [b.name for b in blocks], [g.path for g in groups], scope)
    left, top = _corner(blocks, groups, notes)
    dx, dy = x - left, y - top
    pasted: list[Edit] = [AddBlock(names[b.name], b.type, b.params, b.x + dx, b.y + dy, b.marks) for b in blocks]
    pasted += _sharing(document.network, blocks, shared_by(edits), names)
    for edit in edits:
        if isinstance(edit, Connect):
            w = edit.wire
            if w.src not in names or w.dst not in names:
                raise FileDamaged(_CUT_WIRE)
            via = tuple((px + dx, py + dy) for px, py in edit.via)
            pasted.append(Connect(Wire(names[w.src], w.out, names[w.dst], w.slot), via))
    links = _links(document.network, groups)
    for group in groups:
        path, link = names[group.path], links.get(group.link, "")
        pasted.append(Put("group", path, replace(group, path=path, x=group.x + dx, y=group.y + dy, link=link)))
    taken = set(document.network.notes)
    for note in notes:
        key = fresh_key("note", taken)
        taken.add(key)
        inside = names.get(note.scope, scope or "")
        pasted.append(Put("note", key, replace(note, id=key, x=note.x + dx, y=note.y + dy, scope=inside)))
    tops = outermost([b.name for b in blocks], [g.path for g in groups])
    label = "Paste" if len(tops) + len(notes) != 1 or notes else f"Paste {names[tops[0]]}"
    return Batch(label, tuple(pasted))


def outermost(names: Iterable[str], groups: Iterable[str]) -> list[str]:
    """The groups and blocks that lie in no other group, each once."""
    among = set(groups)
    return list(dict.fromkeys(next((p for p in prefixes(n) if p in among), n) for n in [*groups, *names]))


def _names(document: Document, names: Sequence[str], groups: Sequence[str], scope: str | None) -> dict[str, str]:
    """New names of blocks and groups: of the outermost ones fresh, of what lies inside them as it was."""
    tops = outermost(names, groups)
    found: dict[str, str] = {}
    parent = common_parent(tops)
    for top in tops:
        wish = top
        if scope is not None:
            own = top[len(parent) + 1 :] if parent else top
            wish = f"{scope}.{own}" if scope else own
        found[top] = document.free_name(wish, set(found.values()))
    for name in [*groups, *names]:
        if name not in found:
            top = next(p for p in prefixes(name) if p in found)
            found[name] = found[top] + name[len(top) :]
    return found


def _corner(blocks: Sequence[AddBlock], groups: Sequence[Group], notes: Sequence[Note]) -> tuple[float, float]:
    """The top left corner of what is seen of them."""
    closed = {g.path for g in groups if g.closed}
    seen = [(b.x, b.y) for b in blocks if closed.isdisjoint(prefixes(b.name))]
    seen += [(g.x, g.y) for g in groups if g.closed and closed.isdisjoint(prefixes(g.path))]
    seen += [(n.x, n.y) for n in notes]
    return min((px for px, _ in seen), default=0.0), min((py for _, py in seen), default=0.0)


def _links(network: Network, groups: Iterable[Group]) -> Mapping[str, str]:
    """New links for the groups that are linked among themselves; a copy of a single instance is no instance."""
    counts: dict[str, int] = {}
    for group in groups:
        counts[group.link] = counts.get(group.link, 0) + 1
    found: dict[str, str] = {}
    for link, count in counts.items():
        if link and count > 1:
            found[link] = fresh_key("link", {*network.links, *found.values()})
    return found


def _sharing(
    network: Network, blocks: Sequence[AddBlock], shares: Mapping[str, str], names: Mapping[str, str]
) -> list[Edit]:
    """The edit by which copies share layers, if any do.

    With the owner of the layer among them they share that of its copy. Without, a copy is one more call of the same
    layer where this drawing still has it, and else copies of blocks that shared one share one of their own.
    """
    found: dict[str, str] = {}
    heirs: dict[str, str] = {}
    for block in blocks:
        owner = shares.get(block.name, "")
        if not owner:
            continue
        if owner in names:
            found[names[block.name]] = names[owner]
        elif _calls(network, owner, block):
            found[names[block.name]] = network.owner(owner)
        elif heirs.setdefault(owner, names[block.name]) != names[block.name]:
            found[names[block.name]] = heirs[owner]
    return [Share(found)] if found else []


def _calls(network: Network, owner: str, block: AddBlock) -> bool:
    """Whether a copied block could still call the layer of a block of that name."""
    if owner not in network or network[owner].block.layer is None:
        return False
    node = network[owner]
    alike = (node.type, dict(node.params)) == (block.type, dict(block.params))
    return alike and only(node.marks, OF_LAYER) == only(block.marks, OF_LAYER)


def _parsed(text: str) -> dict[str, object]:
    """The plain data of the text. Raises FileDamaged when it is no copied blocks."""
    try:
        data = json.loads(text) if len(text) < _LONGEST else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or data.get("layerloom") != "blocks":
        raise FileDamaged(_NOT_BLOCKS)
    return {key: data[key] for key in ENTRIES if key in data and key != "bookmarks"}
