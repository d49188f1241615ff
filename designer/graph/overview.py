"""A large model as people first look at it: grouped by its module paths, a few cards at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.graph.arrange import arrange_shown
from designer.graph.card_room import Sizes, nominal
from designer.graph.card_size import estimated
from designer.graph.edits import Batch, Edit, Put, apply
from designer.graph.groups import between, remembered
from designer.graph.model import Network
from designer.graph.names import natural, prefixes
from designer.graph.scenery import Group
from designer.graph.visible import Visible

if TYPE_CHECKING:
    from designer.graph.document import Document

__all__ = ["first_look", "overview"]

_WRAPS = 0.8  # a path that holds more of the blocks than this says little: what is in it is shown instead
_ASPECT = 1.6


def overview(document: Document, most: int = 40, sizes: Sizes = nominal, fold: float | None = _ASPECT) -> Batch:
    """The edit that groups a network by its module paths and arranges it, inside the groups too.

    A network of no more than ``most`` blocks is only arranged. Every path of several blocks becomes a closed group;
    those that hold nearly all of it (``features``) are open where that leaves at most ``most`` cards and blocks to see.
    Groups that are there already stay as they are, and so does what would be part of a loop as a card.
    """
    network = document.network.copy()
    edits: list[Edit] = []
    if len(network) > most:
        closed = [p for p in _paths(network) if p not in network.groups and not between(network, [p])]
        opened = _opened(network, closed, most)
        for path in closed:
            if path not in opened:
                group = Group(path, inputs=remembered(network, path))
                edits.append(Put("group", path, group))
                apply(network, edits[-1])
    scopes = sorted((p for p, g in network.groups.items() if g.closed), key=lambda p: (-p.count("."), natural(p)))
    for scope in (*scopes, ""):
        batch = arrange_shown(Visible(network, scope), sizes, fold=fold)
        apply(network, batch)
        edits += batch.edits
    return Batch("Group by modules" if len(edits) > 1 else "Arrange", tuple(edits))


def first_look(network: Network) -> Network:
    """A network as people first see it: grouped and arranged, unless somebody has done either before."""
    from designer.graph.document import Document

    placed = any(node.x or node.y for node in network.nodes.values())
    if not network.groups and not placed:
        apply(network, overview(Document(network), sizes=estimated(network)))
    return network


def _paths(network: Network) -> list[str]:
    """The module paths of several blocks, the outer ones first. Of those that hold the same blocks, the outermost."""
    found: dict[str, None] = {}
    for name in network.nodes:
        around = 0
        for path in prefixes(name):
            count = network.count(path)
            if count > 1 and count != around:
                found[path] = None
            around = count
    return sorted(found, key=lambda p: (p.count("."), natural(p)))


def _opened(network: Network, closed: list[str], most: int) -> set[str]:
    """Those that hold nearly all of what is around them and would hide it behind one card."""
    opened: set[str] = set()
    for path in closed:
        outer = [p for p in prefixes(path) if p in closed]
        if network.count(path) < _WRAPS * len(network) or not opened.issuperset(outer):
            continue
        if _count(network, set(closed) - opened - {path}) <= most:
            opened.add(path)
    return opened


def _count(network: Network, closed: set[str]) -> int:
    """How many cards and blocks one sees at the top."""
    return len({next((p for p in prefixes(name) if p in closed), name) for name in network.nodes})
