"""Blocks of a drawing by name, type or title."""

from __future__ import annotations

from designer.graph.fuzzy import fuzzy, plain
from designer.graph.model import Network, natural

__all__ = ["by_name", "matches"]


def matches(network: Network, text: str) -> list[str]:
    """The blocks whose name, type or title holds the text, from inputs to outputs.

    Where the text is a name, or the last part of one, only names count; where nothing holds it, scattered letters of
    names do.
    """
    wanted = text.strip().lower()
    if not wanted:
        return []
    bare = plain(wanted)
    if any(n.lower() == wanted or n.lower().endswith(f".{wanted}") for n in network.nodes):
        found = {n for n in network.nodes if wanted in n.lower()}
        return [n for n in network.order() if n in found]
    found = {n for n, node in network.nodes.items() if _holds(n, node.block.title, node.type, wanted, bare)}
    if not found and len(wanted) > 1:
        found = {n for n in network.nodes if fuzzy(wanted, n) is not None}
    return [n for n in network.order() if n in found] if found else []


def _holds(name: str, title: str, kind: str, wanted: str, bare: str) -> bool:
    if wanted in name.lower() or wanted in title.lower() or wanted in kind:
        return True
    return len(bare) > 1 and (bare in plain(title) or bare in plain(kind))


def by_name(network: Network, text: str, most: int) -> list[tuple[str, tuple[int, ...]]]:
    """The names that answer best to some letters, with the places of the letters."""
    found = []
    for name in network.nodes:
        match = fuzzy(text, name)
        if match is not None:
            found.append((-match.points, natural(name), name, match.hits))
    return [(name, hits) for _, _, name, hits in sorted(found)[:most]]
