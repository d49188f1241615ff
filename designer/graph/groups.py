"""What people do with groups; each function gives the one edit that does it.

A group is all blocks under a path. Grouping renames blocks to a path of their own; closing and opening only changes
what is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from designer.errors import EditRefused
from designer.graph.clipboard import outermost, whole_groups
from designer.graph.edits import Batch, Edit, Move, Put, Rename
from designer.graph.model import Network
from designer.graph.names import check_name, common_parent, natural, prefixes
from designer.graph.ports import ports_of
from designer.graph.scenery import Group, Slot

if TYPE_CHECKING:
    from designer.graph.document import Document

__all__ = [
    "between",
    "close_group",
    "corner",
    "group",
    "need_group",
    "open_group",
    "recolour",
    "relocated",
    "remembered",
    "rename_group",
    "retitle",
    "ungroup",
]


def between(network: Network, names: Iterable[str]) -> list[str]:
    """The blocks through which numbers leave a selection of blocks and groups and come back to it."""
    chosen = set(network.blocks_of(names))
    return sorted((network.downstream(chosen) & network.upstream(chosen)) - chosen, key=natural)


def _need_no_loop(network: Network, names: Iterable[str]) -> None:
    gap = between(network, names)
    if gap:
        told = ", ".join(gap[:5]) + (f" and {len(gap) - 5} more" if len(gap) > 5 else "")
        raise EditRefused(
            f"These blocks cannot be one card: numbers leave them and come back through {told}. "
            "Group those as well, or choose fewer blocks."
        )


def corner(network: Network, blocks: Iterable[str]) -> tuple[float, float]:
    """The top left corner of some blocks."""
    nodes = [network[name] for name in blocks]
    return min((n.x for n in nodes), default=0.0), min((n.y for n in nodes), default=0.0)


def need_group(network: Network, path: str) -> Group:
    """How the blocks under a path are shown; open where nobody has said. Raises EditRefused where there are none."""
    if not network.is_prefix(path):
        raise EditRefused(f"There is no group called {path!r}.")
    return network.groups.get(path) or Group(path, closed=False)


# --- making and dissolving -----------------------------------------------------------------------------------


def group(document: Document, names: Iterable[str], path: str | None = None, colour: str = "grey") -> Batch:
    """Collapse blocks and groups into one closed group, under ``path`` or a fresh one.

    Blocks that are a whole path of their own already keep their names. Raises EditRefused where the card would be part
    of a loop; `between` then gives the blocks that are missing.
    """
    network = document.network
    blocks = network.blocks_of(names)
    if not blocks:
        raise EditRefused("Choose the blocks to group first.")
    _need_no_loop(network, blocks)
    whole = _whole_path(network, blocks)
    if path is None and whole and not (whole in network.groups and network.groups[whole].closed):
        return Batch(f"Group {whole}", close_group(document, whole).edits)
    carried = whole_groups(network, blocks)
    parent = common_parent(outermost(blocks, carried))
    start = len(parent) + 1 if parent else 0
    path = _fresh_path(document, parent, blocks, path)
    together = [entry.slots for entry in ports_of(network, "", blocks).inputs if entry.source]
    inputs = tuple(tuple((name[start:], slot) for name, slot in slots) for slots in together)
    x, y = _seen_corner(network, blocks, carried)
    edits = relocated(network, {b: f"{path}.{b[start:]}" for b in blocks}, {g: f"{path}.{g[start:]}" for g in carried})
    edits.append(Put("group", path, Group(path, colour=colour, x=x, y=y, inputs=inputs)))
    return Batch(f"Group {len(blocks)} blocks" if len(blocks) > 1 else f"Group {blocks[0]}", tuple(edits))


def _whole_path(network: Network, blocks: list[str]) -> str:
    """The innermost path under which exactly these blocks lie; empty where there is none."""
    parent = common_parent(blocks)
    return parent if parent and network.count(parent) == len(blocks) else ""


def _fresh_path(document: Document, parent: str, blocks: list[str], path: str | None) -> str:
    if path is None:
        return document.free_name(f"{parent}.block" if parent else "block", always_number=True)
    check_name(path)
    if document.network.is_prefix(path):
        raise EditRefused(f"There is a group called {path!r} already; choose another name.")
    if path in document.network and path not in blocks:
        raise EditRefused(f"There is a block called {path!r} already; choose another name.")
    return path


def _seen_corner(network: Network, blocks: Iterable[str], groups: Iterable[str]) -> tuple[float, float]:
    """The top left corner of what is seen of some blocks, of which some are in closed groups."""
    closed = {path for path in groups if network.groups[path].closed}
    seen = [(network[b].x, network[b].y) for b in blocks if closed.isdisjoint(prefixes(b))]
    seen += [(network.groups[p].x, network.groups[p].y) for p in closed if closed.isdisjoint(prefixes(p))]
    return min(x for x, _ in seen), min(y for _, y in seen)


def ungroup(document: Document, path: str) -> Batch:
    """Dissolve a group: its blocks come to lie beside it, under their own names where those are free."""
    network = document.network
    need_group(network, path)
    parent, _, leaf = path.rpartition(".")
    blocks = network.inside(path)
    start = len(path) + 1
    found: dict[str, str] = {}
    for child in dict.fromkeys(b[start:].split(".")[0] for b in blocks):
        own = f"{leaf}_{child}" if child.isdigit() and not parent else child
        wish = f"{parent}.{own}" if parent else own
        found[child] = document.free_name(wish, set(found.values()))

    def moved(name: str) -> str:
        child, dot, rest = name[start:].partition(".")
        return found[child] + dot + rest

    inner = [p for p in network.groups if p.startswith(f"{path}.")]
    edits = _shift(network, path)
    edits += relocated(network, {b: moved(b) for b in blocks}, {p: moved(p) for p in inner}, {path: parent})
    return Batch(f"Ungroup {path}", tuple(edits))


def rename_group(document: Document, old: str, new: str) -> Batch:
    """Give a group another path; all its blocks follow."""
    network = document.network
    need_group(network, old)
    check_name(new)
    if new != old and (network.is_prefix(new) or new in network):
        raise EditRefused(f"There is a group or a block called {new!r} already; choose another name.")
    blocks = [] if new == old else network.inside(old)
    inner = [p for p in network.groups if p == old or p.startswith(f"{old}.")]
    edits = relocated(
        network, {b: new + b[len(old) :] for b in blocks}, {p: new + p[len(old) :] for p in inner if blocks}, {old: new}
    )
    return Batch(f"Rename {old}", tuple(edits))


def relocated(
    network: Network, blocks: Mapping[str, str], groups: Mapping[str, str], scopes: Mapping[str, str] | None = None
) -> list[Edit]:
    """The edits that rename blocks, take groups along, and let notes and bookmarks follow groups and ``scopes``.

    A group of which all blocks move loses its record by itself; ``groups`` says under which path it appears again.
    """
    order = sorted(blocks, key=natural)
    clash = any(
        (new in network and new != old)
        or network.is_prefix(new)
        or any(p in network and p != old for p in prefixes(new))
        for old, new in blocks.items()
    )
    edits: list[Edit] = []
    now = {old: old for old in order}
    if clash:  # names that others of them still have: by way of a path that is free
        around = common_parent([*blocks, *blocks.values()])
        stem = f"{around}.moving" if around else "moving"
        number = next(i for i in range(1, 1000) if not network.is_prefix(f"{stem}{i}") and f"{stem}{i}" not in network)
        now = {old: f"{stem}{number}.b{i}" for i, old in enumerate(order)}
        edits += [Rename(old, now[old]) for old in order]
    edits += [Rename(now[old], blocks[old]) for old in order if now[old] != blocks[old]]
    for old, new in groups.items():
        if new != old:
            edits.append(Put("group", new, replace(network.groups[old], path=new)))
    places = {**groups, **(scopes or {})}
    for note in network.notes.values():
        if note.scope in places and places[note.scope] != note.scope:
            edits.append(Put("note", note.id, replace(note, scope=places[note.scope])))
    for mark in network.bookmarks.values():
        if mark.scope in places and places[mark.scope] != mark.scope:
            edits.append(Put("bookmark", mark.name, replace(mark, scope=places[mark.scope])))
    return edits


# --- how it is shown -----------------------------------------------------------------------------------------


def close_group(document: Document, path: str) -> Batch:
    """Show a group as one card, where the corner of its blocks is. Raises EditRefused where it would make a loop."""
    network = document.network
    shown = need_group(network, path)
    _need_no_loop(network, network.inside(path))
    x, y = corner(network, network.inside(path))
    put = Put("group", path, replace(shown, closed=True, x=x, y=y, inputs=remembered(network, path)))
    return Batch(f"Close {path}", (put,))


def remembered(network: Network, path: str) -> tuple[tuple[Slot, ...], ...]:
    """The slots that belong together: what the group remembers, and what one value feeds now."""
    shown = network.groups.get(path)
    known = {slot for together in shown.inputs for slot in together} if shown else set()
    start = len(path) + 1
    found = []
    for entry in ports_of(network, path).inputs:
        slots = tuple((name[start:], slot) for name, slot in entry.slots)
        if entry.source or not known.isdisjoint(slots):
            found.append(slots)
    return tuple(found)


def open_group(document: Document, path: str) -> Batch:
    """Show the blocks of a group again; they come to lie where its card is."""
    network = document.network
    shown = need_group(network, path)
    put = Put("group", path, replace(shown, closed=False))
    return Batch(f"Open {path}", (*_shift(network, path), put))


def _shift(network: Network, path: str) -> list[Edit]:
    """The edits that bring what is inside a closed group to where its card was moved."""
    shown = network.groups.get(path)
    if shown is None or not shown.closed:
        return []
    blocks = network.inside(path)
    left, top = corner(network, blocks)
    dx, dy = shown.x - left, shown.y - top
    if not dx and not dy:
        return []
    places = {name: (network[name].x + dx, network[name].y + dy) for name in blocks}
    start = f"{path}."
    places |= {p: (g.x + dx, g.y + dy) for p, g in network.groups.items() if p.startswith(start)}
    return [Move(places)]


def recolour(document: Document, path: str, colour: str) -> Batch:
    """Give a group another colour."""
    shown = need_group(document.network, path)
    return Batch(f"Colour {path}", (Put("group", path, replace(shown, colour=colour)),))


def retitle(document: Document, path: str, title: str) -> Batch:
    """Give a group another title; its path stays."""
    shown = need_group(document.network, path)
    return Batch(f"Title of {path}", (Put("group", path, replace(shown, title=title)),))
