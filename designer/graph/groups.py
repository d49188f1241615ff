"""What people do with groups; each function gives the one edit that does it.

A group is all blocks under a path. Grouping renames blocks to a path of their own; closing and opening only changes
what is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from designer.errors import EditRefused
from designer.graph.card_places import closing, opening
from designer.graph.card_room import Sizes, nominal
from designer.graph.clipboard import outermost, whole_groups
from designer.graph.edits import Batch, Edit, Put, Rename, apply
from designer.graph.model import Network
from designer.graph.names import check_name, common_parent, natural, prefixes
from designer.graph.ports import ports_of
from designer.graph.scenery import Group, Slot

if TYPE_CHECKING:
    from designer.graph.document import Document

__all__ = [
    "between",
    "close_group",
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


def need_group(network: Network, path: str) -> Group:
    """How the blocks under a path are shown; open where nobody has said. Raises EditRefused where there are none."""
    if not network.is_prefix(path):
        raise EditRefused(f"There is no group called {path!r}.")
    return network.groups.get(path) or Group(path, closed=False)


# --- making and dissolving -----------------------------------------------------------------------------------


def group(
    document: Document,
    names: Iterable[str],
    path: str | None = None,
    colour: str = "grey",
    sizes: Sizes = nominal,
) -> Batch:
    """Collapse blocks and groups into one closed group, under ``path`` or a fresh one, its card where the first was.

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
        return Batch(f"Group {whole}", close_group(document, whole, sizes).edits)
    carried = whole_groups(network, blocks)
    parent = common_parent(outermost(blocks, carried))
    start = len(parent) + 1 if parent else 0
    path = _fresh_path(document, parent, blocks, path)
    together = [entry.slots for entry in ports_of(network, "", blocks).inputs if entry.source]
    inputs = tuple(tuple((name[start:], slot) for name, slot in slots) for slots in together)
    (x, y), edits = closing(network, path, parent, blocks, sizes, framed=False)
    edits += relocated(network, {b: f"{path}.{b[start:]}" for b in blocks}, {g: f"{path}.{g[start:]}" for g in carried})
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


def ungroup(document: Document, path: str, sizes: Sizes = nominal) -> Batch:
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
    edits = _opened(network, path, sizes)
    network = network.copy()
    for edit in edits:
        apply(network, edit)
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


def close_group(document: Document, path: str, sizes: Sizes = nominal) -> Batch:
    """Show a group as one card, where its first block is; what is below takes up the room that it leaves.

    Raises EditRefused where it would make a loop.
    """
    network = document.network
    shown = need_group(network, path)
    _need_no_loop(network, network.inside(path))
    (x, y), edits = closing(network, path, path.rpartition(".")[0], network.inside(path), sizes, framed=True)
    put = Put("group", path, replace(shown, closed=True, x=x, y=y, inputs=remembered(network, path)))
    return Batch(f"Close {path}", (*edits, put))


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


def open_group(document: Document, path: str, sizes: Sizes = nominal) -> Batch:
    """Show the blocks of a group again, the first where its card is; the others make room."""
    network = document.network
    shown = need_group(network, path)
    return Batch(f"Open {path}", (*_opened(network, path, sizes), Put("group", path, replace(shown, closed=False))))


def _opened(network: Network, path: str, sizes: Sizes) -> list[Edit]:
    """The edits that bring what is inside a closed group to where its card is; none where it is open."""
    shown = network.groups.get(path)
    return opening(network, path, sizes) if shown is not None and shown.closed else []


def recolour(document: Document, path: str, colour: str) -> Batch:
    """Give a group another colour."""
    shown = need_group(document.network, path)
    return Batch(f"Colour {path}", (Put("group", path, replace(shown, colour=colour)),))


def retitle(document: Document, path: str, title: str) -> Batch:
    """Give a group another title; its path stays."""
    shown = need_group(document.network, path)
    return Batch(f"Title of {path}", (Put("group", path, replace(shown, title=title)),))
