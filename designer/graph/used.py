"""Which blocks matter."""

from __future__ import annotations

from designer.graph.model import Network

__all__ = ["used_blocks"]


def used_blocks(network: Network) -> set[str]:
    """The blocks that some output block depends on."""
    return network.upstream(n for n, node in network.nodes.items() if node.block.role == "output")
