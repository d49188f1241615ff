"""An ONNX graph walked node by node: what is known is worked out, what is computed becomes blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import onnx
import torch

from designer.blocks.dims import BATCH, Expr, Tensor
from designer.blocks.spec import Value
from designer.errors import EditRefused
from designer.exchange.onnx_import.ends import Entry, declared_sizes, plan
from designer.exchange.onnx_import.expand import body_of
from designer.exchange.onnx_import.file import Model
from designer.exchange.onnx_import.names import Names, generated
from designer.exchange.onnx_import.table import Call, converter
from designer.exchange.onnx_import.values import Known, Sizes, Val, Wired, tensor_of
from designer.exchange.onnx_import.widths import widened
from designer.exchange.sketch import Ref, Sketch, Unfit

__all__ = ["Frame", "Reader"]

_NUMBER_BY_NUMBER = frozenset(["Abs", "Log", "Exp", "Sqrt", "Neg", "Identity", "Cast", "CastLike"])
_MOST_NODES = 20_000  # with the bodies of functions and loops laid out, unless the file itself has as many
_DEEPEST = 24
# What a converter meets where an attribute is missing, or of another kind than the standard has.
_ODD = (KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError, ZeroDivisionError, AssertionError)


@dataclass
class Frame:
    """A graph, or the body of a function or loop, while it is walked."""

    values: dict[str, Val] = field(default_factory=dict)
    uses: Counter[str] = field(default_factory=Counter)
    readers: dict[str, list[onnx.NodeProto]] = field(default_factory=dict)
    opsets: Mapping[str, int] = field(default_factory=dict)
    told: Mapping[str, onnx.TypeProto] = field(default_factory=dict)
    seen: bool = True  # whether names of the graph around it can be read


class Reader:
    """``opened``: the first size of the inputs is taken for the batch although the file has a number there."""

    def __init__(self, model: Model, opened: bool, size: int | None = None) -> None:
        self.model = model
        self.sketch = Sketch()
        self.names = Names(model.proto.graph)
        self.entries = plan(model, opened, size)
        self.frames: list[Frame] = []
        self.inputs: dict[str, str] = {}  # blocks by the names of the inputs
        self.outputs: dict[str, Ref] = {}
        self._carriers: dict[str, tuple[Wired, int]] = {}
        self._held: dict[int, tuple[Val, Wired]] = {}
        self._homes: dict[tuple[str, ...], str] = {}
        self._walked = 0

    # --- the whole -------------------------------------------------------------------------------------------

    def read(self, progress: Callable[[float], None]) -> None:
        """Put everything down. Raises Unfit with a sentence that names the node."""
        graph = self.model.proto.graph
        told = {info.name: info.type for info in (*graph.value_info, *graph.output)}
        frame = self.enter(graph.node, [output.name for output in graph.output], self.model.opsets, told)
        for name, tensor in self.model.weights().items():
            frame.values[name] = Known(tensor, name)
        for entry in self.entries:
            frame.values[entry.name] = self._entered(entry)
        self.run(graph.node, progress)
        for output in graph.output:
            value = frame.values.get(output.name)
            if value is None:
                raise Unfit(f"the output {output.name[:60]!r} is never made")
            self.outputs[output.name] = self.wire(value).ref

    def _entered(self, entry: Entry) -> Val:
        if 0 in entry.size:
            sides = [side for side in entry.size if isinstance(side, int)]
            return Known(torch.empty(sides, dtype=getattr(torch, entry.dtype)))  # there is nothing that could come in
        name = self.sketch.free(entry.name)
        self.inputs[entry.name] = name
        params: dict[str, Value] = {"size": entry.size, "dtype": entry.dtype, "batch": entry.batch}
        (ref,) = self.sketch.place(name, "input", params, ())
        wired = Wired(ref, self.sketch.carried[ref])
        for axis, dim in enumerate(wired.tensor.dims):
            if isinstance(dim, Expr):
                self._carriers.setdefault(str(dim), (wired, axis))
        return wired

    def enter(
        self,
        nodes: Sequence[onnx.NodeProto],
        outputs: Sequence[str],
        opsets: Mapping[str, int],
        told: Mapping[str, onnx.TypeProto] | None = None,
        seen: bool = True,
    ) -> Frame:
        """Begin with a graph or a body. ``leave`` it with ``self.frames.pop()``."""
        if len(self.frames) >= _DEEPEST:
            raise Unfit(f"functions or loops within one another, more than {_DEEPEST} deep")
        frame = Frame(opsets=opsets, told=told or {}, seen=seen)
        frame.uses.update(outputs)
        for node in nodes:
            frame.uses.update(read_by(node))
            for name in node.input:
                frame.readers.setdefault(name, []).append(node)
        self.frames.append(frame)
        return frame

    def run(self, nodes: Sequence[onnx.NodeProto], progress: Callable[[float], None] = lambda part: None) -> None:
        """Walk the nodes of the innermost frame, in an order in which each has its inputs."""
        frame = self.frames[-1]
        for number, node in enumerate(nodes):
            if any(name and frame.uses[name] for name in node.output):
                self._walked += 1
                most = max(_MOST_NODES, 2 * len(self.model.proto.graph.node))
                if self._walked > most:
                    raise Unfit(f"functions and loops make more than {most:,} nodes of it")
                self._convert(node, frame)
            progress((number + 1) / len(nodes))

    def _convert(self, node: onnx.NodeProto, frame: Frame) -> None:
        if all(name in frame.values for name in node.output if name):
            return  # it was drawn together with the one before
        try:
            inputs = [self.value(name) if name else None for name in node.input]
            call = Call(self, node, inputs, frame.opsets.get(node.domain or "", 1))
            results = self._results(call)
        except _Placed:
            raise
        except (Unfit, *_ODD) as found:
            error = found if isinstance(found, Unfit) else Unfit("its settings are not those that the standard has")
            named = f" ({node.name[:60]!r})" if node.name else ""
            raise _Placed(f"the ONNX operator {node.op_type[:60]}{named} cannot be drawn: {error}") from found
        for name, value in zip(node.output, results, strict=False):
            if name and value is not None:
                frame.values[name] = value

    def _results(self, call: Call) -> Sequence[Val | None]:
        convert = converter(call.node.domain, call.op, call.opset)
        function = None if convert else body_of(self.model, call)
        if convert is not None:
            found = widened(call, convert)
            return [found] if isinstance(found, Known | Sizes | Wired) else list(found)
        if function is None:
            raise Unfit("it is not known")
        return self._expanded(call, function)

    def _expanded(self, call: Call, function: onnx.FunctionProto) -> Sequence[Val | None]:
        """An operator that the standard itself writes in terms of others."""
        opsets = {item.domain: item.version for item in function.opset_import} or self.frames[-1].opsets
        outer = {
            n: self.frames[-1].told[name]
            for n, name in zip(function.output, call.node.output, strict=False)
            if name in self.frames[-1].told
        }
        frame = self.enter(function.node, function.output, opsets, outer, seen=False)
        frame.values.update({n: v for n, v in zip(function.input, call.inputs, strict=False) if v is not None})
        self.run(function.node)
        self.frames.pop()
        return [frame.values.get(name) for name in function.output]

    # --- values ----------------------------------------------------------------------------------------------

    def value(self, name: str) -> Val | None:
        """What a name stands for; None for an input of a function that was left out. Raises Unfit."""
        for frame in reversed(self.frames):
            if name in frame.values:
                return frame.values[name]
            if not frame.seen:
                return None
        raise Unfit(f"nothing gives {name[:60]!r}")

    def needed(self, name: str) -> bool:
        """Whether anything reads a name."""
        return self.frames[-1].uses[name] > 0

    def alone(self, name: str) -> onnx.NodeProto | None:
        """The one node that reads a name, if there is just one."""
        frame = self.frames[-1]
        nodes = frame.readers.get(name, [])
        return nodes[0] if len(nodes) == 1 and frame.uses[name] == 1 else None

    def declared(self, name: str) -> Tensor | None:
        """What the file says of a name's sizes, or of what is made of it number by number."""
        info = self.frames[-1].told.get(name)
        if info is not None:
            return declared_sizes(info, self.entries)
        node = self.alone(name)
        return self.declared(node.output[0]) if node is not None and node.op_type in _NUMBER_BY_NUMBER else None

    def carrier(self, symbol: str) -> tuple[Wired, int]:
        """A tensor and the axis at which it has an open size."""
        if symbol not in self._carriers:
            raise Unfit(f"nothing tells the size {symbol}")
        return self._carriers[symbol]

    def wire(self, value: Val) -> Wired:
        """The value as an output of a block: numbers become a Parameter or a Constant."""
        if isinstance(value, Wired):
            return value
        kept = self._held.get(id(value))
        if kept is None:
            kept = self._held[id(value)] = (value, self._hold(value))
        return kept[1]

    def _hold(self, value: Known | Sizes) -> Wired:
        if isinstance(value, Sizes):
            return self._sized(value)
        tensor, origin = value.tensor, value.origin
        if not tensor.numel():
            return self._nothing(tensor)
        learned = tensor.dtype == torch.float32 and tensor.numel() > 1 and bool(origin) and not generated(origin)
        wish = origin if origin and not generated(origin) else "constant"
        name = self.sketch.free(f"{wish}.values" if wish in self.names.inside else wish)
        ref = self.sketch.holds(name, tensor, learned)
        return Wired(ref, self.sketch.carried[ref])

    def _nothing(self, tensor: torch.Tensor) -> Wired:
        """A tensor without a number: no block holds one, so it is made where it is needed."""
        params: dict[str, Value] = {"expression": f"torch.zeros({tuple(tensor.shape)!r}, dtype={tensor.dtype})"}
        given = [tensor_of(Known(tensor))]
        (ref,) = self.sketch.place(self.sketch.free("nothing"), "operation", params, (), given)
        return Wired(ref, self.sketch.carried[ref])

    def _sized(self, value: Sizes) -> Wired:
        call = Call(self, onnx.NodeProto(op_type="Sizes"), (), 1)
        line = call.line()
        inner = line.row(value.array.reshape(-1).tolist())
        text = f"torch.as_tensor({inner}, dtype=torch.int64, device={line.of(line.values[0])}.device)"
        (made,) = line.makes(text if value.array.ndim else f"{text}.reshape(())")
        assert isinstance(made, Wired)
        return made

    # --- blocks ----------------------------------------------------------------------------------------------

    def place(
        self,
        call: Call,
        block_type: str,
        params: Mapping[str, Value],
        values: Sequence[Val],
        weights: Mapping[str, Known],
    ) -> Wired:
        """A block with one output. Raises Unfit, with nothing put down."""
        arriving = [tensor_of(value) for value in values]
        try:
            error = self.sketch.why_not(block_type, params, arriving)
        except EditRefused as refused:
            raise Unfit(refused.message) from refused
        if error is not None:
            raise Unfit(error.message)
        key = (block_type, *(known.origin for known in weights.values())) if weights else ()
        owner = self._homes.get(key, "") if key and all(key) else ""
        path = self.names.path(call.node)
        if owner and path and path != owner:
            owner = ""  # another module with the same numbers: an exporter keeps equal weights once
            name = self.sketch.free(call.wish())
        else:
            first = next(iter(weights.values()), None)
            named = next((known for known in weights.values() if not generated(known.origin)), first)
            name = self.sketch.free(call.wish(named))
        refs = [self.wire(value).ref for value in values]
        tensors = {} if owner else {part: known.tensor for part, known in weights.items()}
        try:
            (ref, *_) = self.sketch.place(name, block_type, params, refs, weights=tensors, shares=owner)
        except Unfit:
            if not owner:
                raise
            tensors = {part: known.tensor for part, known in weights.items()}
            (ref, *_) = self.sketch.place(name, block_type, params, refs, weights=tensors)
        if key:
            self._homes.setdefault(key, name)
        return Wired(ref, self.sketch.carried[ref])

    # --- the batch -------------------------------------------------------------------------------------------

    def keeps_the_batch(self) -> str:
        """Why opening the batch was wrong; empty where every output has it in front, and else the sizes told."""
        batch = next((entry.was for entry in self.entries if entry.was is not None), None)
        for output in self.model.proto.graph.output:
            tensor = self.sketch.carried[self.outputs[output.name]]
            if not tensor.dims or tensor.dims[0] != BATCH:
                return f"the output {output.name[:60]!r} has no batch in front"
            told = declared_sizes(output.type, ())
            sizes = {"B": batch} if batch is not None else {}
            found = tuple(d if isinstance(d, int) or d != BATCH else sizes.get("B", d) for d in tensor.dims)
            if told is not None and batch is not None and found != told.dims:
                return f"the output {output.name[:60]!r} has other sizes"
        return ""


class _Placed(Unfit):
    """It already says where."""


def read_by(node: onnx.NodeProto) -> list[str]:
    """The names that a node reads, those of graphs inside of it included."""
    names = [name for name in node.input if name]
    for attribute in node.attribute:
        for graph in [attribute.g] if attribute.HasField("g") else attribute.graphs:
            for inner in graph.node:
                names += read_by(inner)
            names += [output.name for output in graph.output]
    return names
