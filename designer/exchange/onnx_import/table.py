"""The table of operators, and what a converter is given.

``@operator("Relu")`` on ``(call) -> value or values``; with ``since=13`` it stands for the operator from that version
of the standard on. Raises Unfit where it cannot be drawn.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import onnx
import torch

from designer.blocks.dims import Dim, Tensor
from designer.blocks.spec import Value
from designer.exchange.onnx_import.line import Line
from designer.exchange.onnx_import.values import Known, Val, listed, literal, tensor_of, whole
from designer.exchange.sketch import Unfit

if TYPE_CHECKING:
    from designer.exchange.onnx_import.reader import Reader

__all__ = ["Call", "converter", "operator"]

Result = Val | Sequence[Val | None]
Converter = Callable[["Call"], "Result"]
_TABLE: dict[tuple[str, str], dict[int, Converter]] = {}


def operator(*names: str, since: int = 1, domain: str = "") -> Callable[[Converter], Converter]:
    """Declare the converter of these operators from a version of the standard on."""

    def keep(convert: Converter) -> Converter:
        for name in names:
            _TABLE.setdefault((domain, name), {})[since] = convert
        return convert

    return keep


@cache
def _discovered() -> None:
    from designer.exchange.onnx_import import operators as room

    for info in pkgutil.iter_modules(room.__path__):
        importlib.import_module(f"{room.__name__}.{info.name}")


def converter(domain: str, name: str, opset: int) -> Converter | None:
    """The converter of an operator at a version of the standard."""
    _discovered()
    table = _TABLE.get(("" if domain == "ai.onnx" else domain, name), {})
    versions = [since for since in table if since <= opset]
    return table[max(versions)] if versions else None


class Call:
    """One node: its inputs, attributes, and the drawing that it goes into."""

    def __init__(self, reader: Reader, node: onnx.NodeProto, inputs: Sequence[Val | None], opset: int) -> None:
        self.reader = reader
        self.node = node
        self.inputs = tuple(inputs)
        self.opset = opset
        self.attrs: Mapping[str, Any] = {a.name: _plain(a) for a in node.attribute}

    # --- what the node says ----------------------------------------------------------------------------------

    @property
    def op(self) -> str:
        """The operator's name."""
        return str(self.node.op_type)

    def get(self, slot: int) -> Val | None:
        """An input; None where it is left out."""
        return self.inputs[slot] if slot < len(self.inputs) else None

    def need(self, slot: int) -> Val:
        """An input. Raises Unfit where it is left out."""
        value = self.get(slot)
        if value is None:
            raise Unfit(f"its input {slot + 1} is missing")
        return value

    def attr(self, name: str, default: Any = None) -> Any:
        """An attribute."""
        return self.attrs.get(name, default)

    def tensor(self, slot: int) -> Tensor:
        """Sizes and kind of an input."""
        return tensor_of(self.need(slot))

    def rank(self, slot: int = 0) -> int:
        """How many dimensions an input has."""
        return self.tensor(slot).rank

    def axis(self, value: int, rank: int | None = None) -> int:
        """An axis counted from the front. Raises Unfit where there is none."""
        rank = self.rank() if rank is None else rank
        if not -rank <= value < max(rank, 1):
            raise Unfit(f"axis {value} of {rank} dimensions")
        return value % max(rank, 1)

    def known(self, slot: int) -> torch.Tensor | None:
        """The numbers of an input where they are known; None where it is left out. Raises Unfit."""
        value = self.get(slot)
        if value is None:
            return None
        if isinstance(value, Known):
            return value.tensor
        raise Unfit(f"its input {slot + 1} must be a constant and is computed")

    def dims(self, name: str, slot: int) -> tuple[Dim, ...] | None:
        """Whole numbers that are an attribute or an input. None: left out. Raises Unfit where they are computed."""
        if name in self.attrs:
            value = self.attrs[name]
            return tuple(value) if isinstance(value, list | tuple) else (int(value),)
        given = self.get(slot)
        if given is None:
            return None
        found = listed(given)
        if found is None:
            raise Unfit(f"its {name} must be constant and are computed")
        return found

    def whole(self, name: str, slot: int) -> tuple[int, ...] | None:
        """The same, where none may be open."""
        found = self.dims(name, slot)
        return None if found is None else tuple(whole(found))

    def wants(self, output: int) -> bool:
        """Whether anybody asks for an output."""
        names = self.node.output
        return output < len(names) and bool(names[output]) and self.reader.needed(names[output])

    def told_sizes(self, outputs: int) -> list[Tensor]:
        """What the file says of the sizes of the outputs, where these cannot be worked out. Raises Unfit."""
        names = [name for name in self.node.output if name][:outputs]
        found = [self.reader.declared(name) for name in names]
        told = [tensor for tensor in found if tensor is not None]
        if outputs == 1 and told and self.op.startswith("Reduce"):
            told = [Tensor(told[0].dims, self.tensor(0).dtype)]  # it may be cast before the file says what it is
        if len(told) != outputs:
            raise Unfit("the sizes of what it gives depend on numbers that are only known when it runs")
        return told

    def wish(self, weight: Val | None = None) -> str:
        """The name that its block should have."""
        return self.reader.names.wish(self.node, weight.origin if isinstance(weight, Known) else "")

    # --- what it becomes -------------------------------------------------------------------------------------

    def line(self) -> Line:
        """An expression in the making."""
        return Line(self)

    def expr(self, text: str, *values: Val, outputs: int = 1, sizes: Sequence[Tensor] | None = None) -> list[Val]:
        """An expression with ``{0}``, ``{1}`` for the values."""
        line = self.line()
        return line.makes(text.format(*[line.of(value) for value in values]), outputs, sizes)

    def one(self, text: str, *values: Val) -> Val:
        """The same with one result."""
        return self.expr(text, *values)[0]

    def block(
        self,
        block_type: str,
        params: Mapping[str, Value],
        values: Sequence[Val],
        otherwise: str = "",
        weights: Mapping[str, Known] | None = None,
    ) -> Val:
        """A block with one output; the expression ``otherwise`` where all is known or the block does not fit.

        ``weights`` are known numbers by their names within the block.
        """
        if all(isinstance(value, Known) for value in values) and otherwise:
            return self.one(otherwise, *values)
        try:
            return self.reader.place(self, block_type, params, values, weights or {})
        except Unfit:
            if not otherwise:
                raise
        return self.one(otherwise, *values)

    @staticmethod
    def literal(value: float | int | bool) -> str:
        """A number as text."""
        return literal(value)


def _plain(attribute: onnx.AttributeProto) -> Any:
    value = onnx.helper.get_attribute_value(attribute)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if attribute.type in (onnx.AttributeProto.INTS, onnx.AttributeProto.FLOATS):
        return list(value)
    if attribute.type == onnx.AttributeProto.STRINGS:
        return [item.decode("utf-8", "replace") for item in value]
    return value
