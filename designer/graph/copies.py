"""Copies that read from where the originals read."""

from __future__ import annotations

from collections.abc import Iterable

from designer.graph.edits import AddBlock, Batch, Connect
from designer.graph.model import Network, Wire

__all__ = ["with_sources"]


def with_sources(network: Network, names: Iterable[str], copies: Batch) -> Batch:
    """The edit that adds copies of these blocks, with the wires that come from other blocks too.

    ``copies`` is what pasting the blocks gives: one new block for each, in the order of their names.
    """
    among = set(names)
    originals = [name for name in network.names() if name in among]
    added = [edit.name for edit in copies.edits if isinstance(edit, AddBlock)]
    twins = dict(zip(originals, added, strict=True))
    coming = [wire for name in originals for wire in network.inputs_of(name) if wire.src not in among]
    wired = tuple(Connect(Wire(w.src, w.out, twins[w.dst], w.slot)) for w in coming)
    return Batch(copies.label, (*copies.edits, *wired))
