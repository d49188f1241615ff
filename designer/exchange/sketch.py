"""A network that is being read from a foreign model: blocks are put down one by one, with their weights and shapes.

Readers (a torch module run on the meta device, an ONNX graph) work on a Sketch; it looks after names, shapes and the
keys of the state dict. Imports torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch

from designer.blocks.dims import Tensor
from designer.blocks.spec import Cost, Value
from designer.errors import EditRefused, ShapeError
from designer.graph.edits import AddBlock, Connect, Share, apply
from designer.graph.infer import infer_block
from designer.graph.measured import Answer, keep, query_of
from designer.graph.model import Network, Wire, check_name
from designer.graph.names import prefixes

__all__ = ["Ref", "Sketch", "Unfit", "speakable"]


class Unfit(Exception):
    """A block cannot stand for what was found: its rule refuses, or gives other sizes. Carries a sentence."""


class Ref(NamedTuple):
    """An output of a block that was put down."""

    name: str
    out: int = 0


class Sketch:
    """The network so far, what each output carries, and the weights by the keys of the drawn network's state dict."""

    def __init__(self) -> None:
        self.network = Network()
        self.tensors: dict[str, torch.Tensor] = {}
        self.carried: dict[Ref, Tensor] = {}
        self.renamed: dict[str, str] = {}  # module paths that cannot be names here, and what they became

    # --- names -----------------------------------------------------------------------------------------------

    def free(self, wish: str) -> str:
        """A name like the wish that no block or group has; beside a block that the wish lies inside of."""
        stem = speakable(wish)
        while (home := next((path for path in prefixes(stem) if path in self.network), None)) is not None:
            stem = f"{home}_{stem[len(home) + 1 :]}"
        name, number = stem, 1
        while not self._is_free(name):
            number += 1
            parent, dot, last = stem.rpartition(".")
            name = f"{parent}{dot}call{last}_{number}" if last.isdigit() else f"{stem}_{number}"
        return name

    def _is_free(self, name: str) -> bool:
        return (
            name not in self.network
            and not self.network.count(name)
            and not any(path in self.network for path in prefixes(name))
        )

    def exactly(self, path: str) -> str:
        """The name for a module path whose weights keep their keys. Raises Unfit where it is taken."""
        name = speakable(path)
        if name != path:
            self.renamed[path] = name
        if not self._is_free(name):
            raise Unfit(f"the name {name} is taken")
        return name

    # --- blocks ----------------------------------------------------------------------------------------------

    def input(self, name: str, size: Sequence[int | str], dtype: str = "float32") -> Ref:
        """An Input of this size, without the batch."""
        return self.place(name, "input", {"size": tuple(size), "dtype": dtype}, ())[0]

    def place(
        self,
        name: str,
        block_type: str,
        params: Mapping[str, Value],
        inputs: Sequence[Ref | None],
        given: Sequence[Tensor] | None = None,
        weights: Mapping[str, torch.Tensor] | None = None,
        shares: str = "",
    ) -> tuple[Ref, ...]:
        """Put a block down and wire it; its outputs. ``None`` among the inputs leaves that slot without a wire.

        ``given`` is what must come out, ``weights`` has its tensors by their names within the block (empty: the block
        is a tensor itself). Raises Unfit, with nothing put down, where the block's rule says otherwise.
        """
        if not self._is_free(name):
            raise Unfit(f"the name {name} is taken")
        try:
            apply(self.network, AddBlock(check_name(name), block_type, dict(params)))
        except EditRefused as error:
            raise Unfit(error.message) from error
        try:
            return self._wired(name, inputs, given, weights or {}, shares)
        except Unfit:
            self.take_out(name)
            raise

    def _wired(
        self,
        name: str,
        inputs: Sequence[Ref | None],
        given: Sequence[Tensor] | None,
        weights: Mapping[str, torch.Tensor],
        shares: str,
    ) -> tuple[Ref, ...]:
        arriving = {slot: self.carried[ref] for slot, ref in enumerate(inputs) if ref is not None}
        try:
            for slot, ref in enumerate(inputs):
                if ref is not None:
                    apply(self.network, Connect(Wire(ref.name, ref.out, name, slot)))
            if shares:
                apply(self.network, Share({name: shares}))
        except EditRefused as error:
            raise Unfit(error.message) from error
        node = self.network[name]
        if node.block.measured and given is not None:
            keep({query_of(node.type, node.params, arriving): Answer(tuple(given), Cost())})
        found = infer_block(node, dict(arriving))
        if found.error is not None:
            raise Unfit(found.error.message)
        outputs = [tensor for tensor in found.outputs if tensor is not None]
        if found.missing or len(outputs) != len(found.outputs):
            raise Unfit(f"{node.block.title} needs other inputs")
        if given is not None and not _alike(outputs, given):
            told, wanted = ", ".join(map(str, outputs)), ", ".join(map(str, given))
            raise Unfit(f"{node.block.title} gives {told} where {wanted} is needed")
        refs = tuple(Ref(name, out) for out in range(len(outputs)))
        self.carried.update(zip(refs, outputs, strict=True))
        self.tensors.update({f"{name}.{key}" if key else name: tensor for key, tensor in weights.items()})
        return refs

    def take_out(self, name: str) -> None:
        """Undo a ``place`` that nothing was wired to."""
        from designer.graph.edits import Disconnect, RemoveBlock

        for wire in list(self.network.wires_of(name)):
            apply(self.network, Disconnect(wire))
        apply(self.network, RemoveBlock(name))
        for ref in [ref for ref in self.carried if ref.name == name]:
            del self.carried[ref]

    def holds(self, name: str, tensor: torch.Tensor, learned: bool) -> Ref:
        """A Parameter, or a Constant, with the numbers of ``tensor``. Raises Unfit for types that no block has."""
        dtype = str(tensor.dtype).removeprefix("torch.")
        if learned:
            params: dict[str, Value] = {"shape": tuple(tensor.shape), "start": "zeros"}
            return self.place(name, "parameter", params, (), weights={"": tensor})[0]
        return self.place(name, "constant", {"shape": tuple(tensor.shape), "dtype": dtype}, (), weights={"": tensor})[0]

    def why_not(self, block_type: str, params: Mapping[str, Value], inputs: Sequence[Tensor]) -> ShapeError | None:
        """Why a block's rule refuses these inputs; None where it takes them."""
        from designer.blocks.catalog import catalog

        block = catalog()[block_type]
        try:
            block.shape(block.bind(block.check(params)), tuple(inputs))
        except ShapeError as error:
            return error
        return None


def _alike(found: Sequence[Tensor], given: Sequence[Tensor]) -> bool:
    return len(found) == len(given) and all(
        one.dims == other.dims and one.dtype == other.dtype for one, other in zip(found, given, strict=True)
    )


def speakable(path: str) -> str:
    """The path with parts that may stand in a name: one that has a meaning of its own gets an underscore."""
    parts = []
    for number, part in enumerate(path.split(".")):
        told = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in part)[:80] or "block"
        if number == 0 and told[0].isdigit():
            parts.append("net")
        if told.startswith("__") or (told[0].isdigit() and not told.isdigit()):
            told = f"b{told}"
        try:
            check_name(f"a.{told}" if told.isdigit() else told)
        except EditRefused:
            told = f"{told}_"
        parts.append(told)
    return ".".join(parts)
