"""Shapes of the whole drawing, kept up to date by looking only downstream of what changed."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from designer.blocks.dims import Tensor
from designer.blocks.spec import Block, Cost, Layer
from designer.errors import ShapeError
from designer.graph.measured import Query, known, query_of, unlike_outputs
from designer.graph.model import Network, Node

__all__ = ["BlockShapes", "Shapes", "infer_block"]

_log = logging.getLogger(__name__)
_NOTHING = Cost()


@dataclass(frozen=True)
class BlockShapes:
    """What is known of one block.

    ``inputs`` maps slots to what arrives (None: unknown because of a problem further up); ``outputs`` has a Tensor
    per output port, or None; ``missing`` are the slots that need a wire.
    """

    inputs: Mapping[int, Tensor | None]
    outputs: tuple[Tensor | None, ...]
    error: ShapeError | None = None
    missing: tuple[int, ...] = ()
    cost: Cost = _NOTHING
    wanted: Query | None = None  # what must be measured before the outputs are known

    @property
    def params(self) -> int:
        """How many learnable numbers the block has; 0 while its shapes are unknown."""
        return self.cost.params

    @property
    def complete(self) -> bool:
        """Whether all outputs are known and nothing is wrong."""
        return self.error is None and not self.missing and None not in self.outputs and None not in self.inputs.values()


def missing_slots(block: Block, wired: Iterable[int]) -> tuple[int, ...]:
    """The slots that need a wire and have none."""
    if not block.inputs:
        return ()
    taken = set(wired)
    if len(taken) == len(block.inputs) and not block.inputs[-1].many:
        return ()
    fixed = len(block.inputs) - block.inputs[-1].many
    missing = [i for i in range(fixed) if i not in taken and not block.inputs[i].optional]
    if block.inputs[-1].many:
        lack = block.inputs[-1].least - sum(slot >= fixed for slot in taken)
        free = (slot for slot in range(fixed, fixed + len(taken) + block.inputs[-1].least) if slot not in taken)
        missing += [slot for slot, _ in zip(free, range(max(lack, 0)), strict=False)]
    return tuple(missing)


def infer_block(node: Node, inputs: Mapping[int, Tensor | None]) -> BlockShapes:
    """Apply a block's rule. An exception of any other kind than ShapeError becomes a red block, never a crash."""
    block = node.block
    unknown: tuple[Tensor | None, ...] = (None,) * len(block.outputs_for(node.params))
    missing = missing_slots(block, inputs)
    if missing or None in inputs.values():
        return BlockShapes(inputs, unknown, missing=missing)
    if block.measured:
        return _told(node, inputs, unknown) or _look_up(node, inputs, unknown)
    arriving = tuple(t for slot in sorted(inputs) if (t := inputs[slot]) is not None)
    params = block.bind(node.params)
    try:
        outputs = block.shape(params, arriving)
        cost = block.cost(params, arriving, outputs) if block.cost else _NOTHING
        if node.shares and cost.params:
            cost = Cost(0, cost.macs)  # the numbers of a layer count where they are owned
    except ShapeError as error:
        return BlockShapes(inputs, unknown, error=error)
    except Exception as error:  # noqa: BLE001  a rule with a bug must not take the window with it
        _log.exception("The shape rule of %s failed", block.type)
        told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return BlockShapes(
            inputs,
            unknown,
            error=ShapeError(
                f"a shape rule that works for {block.title}",
                told[:200],
                "This is a fault of Layerloom; other blocks are not affected. Change the block's parameters.",
                "internal",
            ),
        )
    return BlockShapes(inputs, tuple(outputs), cost=cost)


def _told(node: Node, inputs: Mapping[int, Tensor | None], unknown: tuple[Tensor | None, ...]) -> BlockShapes | None:
    """What the parameters themselves say of the outputs of a block without a rule; None where they are silent."""
    if node.block.told is None:
        return None
    try:
        outputs = node.block.told(node.block.bind(node.params), ())
    except ShapeError as error:
        return BlockShapes(inputs, unknown, error=error)
    if outputs and len(outputs) != len(unknown):
        return BlockShapes(inputs, unknown, error=unlike_outputs(node.block.title, len(unknown), len(outputs)))
    return BlockShapes(inputs, outputs) if outputs else None


def _look_up(node: Node, inputs: Mapping[int, Tensor | None], unknown: tuple[Tensor | None, ...]) -> BlockShapes:
    """What was measured of a block without a rule; otherwise what is to be measured."""
    query = query_of(node.type, node.params, inputs)
    answer = known(query)
    if answer is None:
        return BlockShapes(inputs, unknown, wanted=query)
    if answer.error is not None:
        return BlockShapes(inputs, unknown, error=answer.error)
    if len(answer.outputs) != len(unknown):
        return BlockShapes(inputs, unknown, error=unlike_outputs(node.block.title, len(unknown), len(answer.outputs)))
    return BlockShapes(inputs, answer.outputs, cost=Cost(0, answer.cost.macs) if node.shares else answer.cost)


class Shapes(Mapping[str, BlockShapes]):
    """The shapes of every block of one network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._known: dict[str, BlockShapes] = {}
        self._wanted: dict[str, Query] = {}
        self.params = 0
        self.macs = 0
        self.update(network.nodes)

    def __getitem__(self, name: str) -> BlockShapes:
        return self._known[name]

    def __iter__(self) -> object:  # type: ignore[override]
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    @property
    def wanted(self) -> Mapping[str, Query]:
        """What must be measured before all is known, by block."""
        return self._wanted

    def twin(self, network: Network) -> Shapes:
        """The same for a copy of the network, to be updated by itself."""
        other = Shapes.__new__(Shapes)
        other._network = network
        other._known, other._wanted = dict(self._known), dict(self._wanted)
        other.params, other.macs = self.params, self.macs
        return other

    def arriving(self, name: str) -> dict[int, Tensor | None]:
        """What the wires bring to a block, by slot."""
        found: dict[int, Tensor | None] = {}
        wires = self._network.slots_of(name)
        for slot in sorted(wires) if len(wires) > 1 else wires:
            wire = wires[slot]
            source = self._known.get(wire.src)
            found[slot] = source.outputs[wire.out] if source else None
        return found

    def forget(self, name: str) -> None:
        """Drop a block that is no longer in the network."""
        old = self._known.pop(name, None)
        if old:
            self.params -= old.cost.params
            self.macs -= old.cost.macs
            self._wanted.pop(name, None)

    def update(self, dirty: Iterable[str]) -> set[str]:
        """Work out the given blocks and all that follows from them; the blocks whose shapes are now different."""
        positions = self._network.positions()
        heap = [(positions[name], name) for name in dirty]
        heapq.heapify(heap)
        queued = {name for _, name in heap}
        changed: set[str] = set()
        shared: set[str] = set()  # the owners of the layers that were met
        owners = self._network.shared
        while heap:
            _, name = heapq.heappop(heap)
            queued.discard(name)
            old = self._known.get(name)
            node = self._network.nodes[name]
            new = infer_block(node, self.arriving(name))
            if node.shares or name in owners:
                shared.add(node.shares or name)
            if old is None or _differs(old, new):
                changed.add(name)
                self._keep(name, new)
            if old is None or old.outputs != new.outputs:
                for other in self._network.successors(name):
                    if other not in queued:
                        queued.add(other)
                        heapq.heappush(heap, (positions[other], other))
        for owner in shared:
            changed |= self._compare_calls(owner)
        return changed

    def _keep(self, name: str, new: BlockShapes) -> None:
        self.forget(name)
        self._known[name] = new
        self.params += new.cost.params
        self.macs += new.cost.macs
        if new.wanted is not None:
            self._wanted[name] = new.wanted

    def _compare_calls(self, owner: str) -> set[str]:
        """Note at each block that shares a layer whether it needs another one than its owner; those that changed.

        Such a block keeps its outputs: whether it fits does not depend on wires, and so must not travel along them.
        """
        network, changed = self._network, set()
        for name in network.family(owner)[1:]:
            old = self._known[name]
            error = _unlike_call(network.nodes[name], self._known[owner], old)
            ours = old.error is not None and old.error.code == UNLIKE_CALL
            if error is not None if old.error is None else ours and str(error) != str(old.error):
                changed.add(name)
                self._keep(name, replace(old, error=error))
        return changed


UNLIKE_CALL = "shared_layer"


def _unlike_call(node: Node, owner: BlockShapes, caller: BlockShapes) -> ShapeError | None:
    """What is wrong where one layer is called with shapes that need two; None where it is well or unknown."""
    wanted = _layer(node, caller)
    made = _layer(node, owner) if wanted is not None else None
    if made is None or made == wanted:
        return None
    return ShapeError(
        f"an input like {_arrived(owner)} at {node.name}, which shares the layer of {node.shares}",
        _arrived(caller),
        "Bring both inputs to the same sizes, or give it a layer of its own (Unshare layer).",
        UNLIKE_CALL,
    )


def _layer(node: Node, shapes: BlockShapes) -> Layer | None:
    """The layer that a block with this node's parameters and these shapes needs; None while that is unknown."""
    wrong = shapes.error is not None and shapes.error.code != UNLIKE_CALL
    if node.block.layer is None or wrong or shapes.missing or None in shapes.inputs.values():
        return None
    arriving = tuple(t for slot in sorted(shapes.inputs) if (t := shapes.inputs[slot]) is not None)
    return node.block.layer(node.block.bind(node.params), arriving)


def _arrived(shapes: BlockShapes) -> str:
    return ", ".join(str(shapes.inputs[slot]) for slot in sorted(shapes.inputs))


def _differs(old: BlockShapes, new: BlockShapes) -> bool:
    if (old.error is None) != (new.error is None) or (old.error and str(old.error) != str(new.error)):
        return True
    if old.wanted != new.wanted:
        return True
    return (old.inputs, old.outputs, old.missing, old.cost) != (new.inputs, new.outputs, new.missing, new.cost)
