"""Sizes that an Input leaves open, and concrete ones that are tried for them without changing the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from designer.blocks.spec import Value
from designer.errors import EditRefused
from designer.graph.document import Document
from designer.graph.model import Network, natural

__all__ = ["at_size", "filled_in", "fit_sizes", "open_inputs", "open_names"]

LARGEST = 100_000


def open_inputs(network: Network) -> dict[str, tuple[Value, ...]]:
    """The Inputs that leave a size open, with their sizes: numbers and names."""
    found: dict[str, tuple[Value, ...]] = {}
    for name, node in network.nodes.items():
        size = node.params.get("size") if node.block.role == "input" else None
        if isinstance(size, tuple) and any(isinstance(side, str) for side in size):
            found[name] = size
    return {name: found[name] for name in sorted(found, key=natural)}


def open_names(network: Network) -> tuple[str, ...]:
    """The names of all open sizes."""
    return tuple(dict.fromkeys(s for size in open_inputs(network).values() for s in size if isinstance(s, str)))


def fit_sizes(declared: Sequence[Value], wanted: Sequence[int]) -> dict[str, int]:
    """What open sizes have to be so that a sample of the wanted size fits. Raises EditRefused where none does."""
    told = "×".join(map(str, declared))
    if len(declared) != len(wanted):
        raise EditRefused(f"Expected {len(declared)} sizes like {told}, found {len(wanted)}. Write one for each.")
    found: dict[str, int] = {}
    for side, number in zip(declared, wanted, strict=True):
        if not 1 <= number <= LARGEST:
            raise EditRefused(f"Expected sizes from 1 to {LARGEST:,}, found {number}. Try a smaller picture.")
        if isinstance(side, str) and found.setdefault(side, number) != number:
            raise EditRefused(f"{side} cannot be {found[side]} and {number} at once. Write the same number for both.")
        if not isinstance(side, str) and side != number:
            raise EditRefused(f"The Input fixes {told}, so {number} does not fit. Only what is open can be tried.")
    return found


def filled_in(network: Network, sizes: Mapping[str, int]) -> Network:
    """A copy whose Inputs have these numbers in place of open sizes."""
    twin = network.copy()
    for name, size in open_inputs(network).items():
        node = network[name]
        new = tuple(sizes.get(side, side) if isinstance(side, str) else side for side in size)
        twin.put(replace(node, params=node.block.check({**node.params, "size": new})))
    return twin


def at_size(document: Document, sizes: Mapping[str, int]) -> Document:
    """The document as it would be at these sizes, with its own shapes and problems; itself where nothing is open."""
    if not sizes or not open_inputs(document.network):
        return document
    return Document(filled_in(document.network, sizes))
