"""Parameters and activation memory, block by block. No torch: what autograd keeps follows from the declarations.

The model, which the tests compare with torch's own saved tensors:

- ``made`` are the bytes of the results that a block newly makes. A view (Flatten, Reshape) makes none.
- ``kept`` are the bytes that cannot be freed before backward: a result is kept where its own block or a block that
  reads it needs it for a gradient, and is counted once, at the block that made it; to it come what only that block
  knows (where a pooling found its maximum, which numbers a dropout let through). The data of an Input are counted
  where a layer keeps them.
- Nothing is kept where no gradient flows: above the first block with weights that train.
- Weights, their gradients, an optimiser's state, the loss and the working space of a kernel are not activations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from designer.blocks.dims import BATCH, Tensor, concrete
from designer.graph.infer import BlockShapes, Shapes
from designer.graph.marks import is_frozen
from designer.graph.model import Network, Node

__all__ = ["DTYPES", "Memory", "measure_memory", "size_of"]

DTYPES = {"float32": 4, "float16": 2, "bfloat16": 2, "float64": 8}  # in which a person may compute
_BYTES = {"float64": 8, "int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1, "bool": 1}
_Value = tuple[str, int]


@dataclass(frozen=True)
class Memory:
    """Bytes of one block: its results, and what stays until backward."""

    made: int
    kept: int


def size_of(tensor: Tensor, sizes: Mapping[str, int], width: int = 4) -> int | None:
    """The bytes of a tensor whose real numbers take ``width`` each; None where a size is not known."""
    total = _BYTES.get(tensor.dtype, width)
    for dim in tensor.dims:
        if dim is BATCH:
            total *= sizes["B"]
        elif isinstance(dim, int):
            total *= dim
        else:
            try:
                total *= concrete(dim, sizes)
            except KeyError:
                return None
    return total


class _Count:
    """One pass over the network, from inputs to outputs."""

    def __init__(self, network: Network, shapes: Shapes, sizes: Mapping[str, int], width: int) -> None:
        self.network, self.shapes, self.sizes, self.width = network, shapes, sizes, width
        self.made: dict[str, int] = {}
        self.more: dict[str, int] = {}
        self.kept: set[_Value] = set()
        self.size: dict[_Value, int] = {}
        self._owner: dict[_Value, _Value] = {}  # a view's memory belongs to what it looks at
        self._learns: set[str] = set()  # blocks through which a gradient flows

    def visit(self, name: str) -> None:
        """Count a block whose predecessors have been counted. What is not known counts nothing."""
        node, known = self.network.nodes[name], self.shapes[name]
        if not known.complete or not self._take_results(name, node, known):
            return
        wires = self.network.slots_of(name)
        owned = self.shapes[node.shares] if node.shares else known
        learning = owned.cost.params > 0 and not is_frozen(node)
        if not learning and not any(w.src in self._learns for w in wires.values()):
            return
        self._learns.add(name)
        params = node.block.bind(node.params)
        keeps = node.block.kept(params)
        if keeps.inputs and (learning or not keeps.for_weights):
            self.kept.update(self._owner[w.src, w.out] for w in wires.values() if (w.src, w.out) in self._owner)
        if keeps.outputs:
            self.kept.update(self._owner[name, i] for i in range(len(known.outputs)))
        if keeps.more:
            arriving = tuple(t for slot in sorted(known.inputs) if (t := known.inputs[slot]) is not None)
            given = tuple(t for t in known.outputs if t is not None)
            found = (size_of(t, self.sizes, self.width) for t in keeps.more(params, arriving, given))
            self.more[name] = sum(n for n in found if n is not None)

    def _take_results(self, name: str, node: Node, known: BlockShapes) -> bool:
        made = 0
        wires = self.network.slots_of(name)
        looked_at = next(iter(wires.values()), None) if node.block.view else None
        for index, tensor in enumerate(known.outputs):
            size = size_of(tensor, self.sizes, self.width) if tensor is not None else None
            if size is None:
                return False
            value = (name, index)
            self.size[value] = size
            if looked_at is not None and (looked_at.src, looked_at.out) in self._owner:
                self._owner[value] = self._owner[looked_at.src, looked_at.out]
            else:
                self._owner[value] = value
                made += size
        self.made[name] = made
        return True


def measure_memory(
    network: Network, shapes: Shapes, sizes: Mapping[str, int], dtype: str = "float32"
) -> dict[str, Memory]:
    """The activation memory of each block whose sizes are known; ``sizes`` gives the batch ``B`` and open sizes."""
    count = _Count(network, shapes, sizes, DTYPES[dtype])
    positions = network.positions()
    for name in sorted(network.nodes, key=positions.__getitem__):
        count.visit(name)
    found = {name: count.more.get(name, 0) for name in count.made}
    for value in count.kept:
        found[value[0]] += count.size[value]
    return {name: Memory(made, found[name]) for name, made in count.made.items()}
