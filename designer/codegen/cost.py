"""The parameter and cost table of a network."""

from __future__ import annotations

from dataclasses import dataclass

from designer.graph.infer import Shapes
from designer.graph.model import Network

__all__ = ["Row", "table"]


@dataclass(frozen=True)
class Row:
    """One block: what it gives, its learnable numbers and its multiply-adds for one sample.

    ``output`` is empty where the shape is not known; ``problem`` then says why, where the reason lies here.
    """

    name: str
    type: str
    title: str
    output: str
    params: int
    macs: int
    problem: str = ""


def table(network: Network, shapes: Shapes | None = None) -> list[Row]:
    """A row a block, from inputs to outputs."""
    shapes = shapes if shapes is not None else Shapes(network)
    rows = []
    for name in network.order():
        node, known = network[name], shapes[name]
        given = ", ".join(str(t) for t in known.outputs if t is not None)
        if node.block.role == "output":
            given = ", ".join(str(t) for t in known.inputs.values() if t is not None)
        problem = str(known.error) if known.error else ""
        rows.append(Row(name, node.type, node.block.title, given, known.cost.params, known.cost.macs, problem))
    return rows
