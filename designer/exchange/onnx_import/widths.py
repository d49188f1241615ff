"""Numbers that torch stores and does not compute with: computed as int64, and stored again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from designer.exchange.onnx_import.table import Call
from designer.exchange.onnx_import.values import Known, Sizes, Val, Wired, tensor_of

__all__ = ["widened"]

_LARGE = ("uint16", "uint32", "uint64")
_STORED = frozenset(
    {
        "Cast", "CastLike", "BitCast", "Identity", "Shape", "Size", "Reshape", "Flatten", "Squeeze", "Unsqueeze",
        "Transpose", "Expand", "Concat", "Split", "Gather", "Slice", "QuantizeLinear", "DequantizeLinear",
        "DynamicQuantizeLinear",
    }
)  # fmt: skip


def widened(call: Call, convert: Callable[[Call], Val | Sequence[Val | None]]) -> Val | Sequence[Val | None]:
    """What a converter makes, with int64 in the place of unsigned numbers that torch does not compute with."""
    kinds = {tensor_of(value).dtype for value in call.inputs if isinstance(value, Known | Wired)} & set(_LARGE)
    if len(kinds) != 1 or call.op in _STORED or any(a.HasField("g") for a in call.node.attribute):
        return convert(call)
    (kind,) = kinds
    wide = [value if value is None else _cast(call, value, "int64", kind) for value in call.inputs]
    inner = Call(call.reader, call.node, wide, call.opset)
    found = convert(inner)
    results: list[Val | None] = [found] if isinstance(found, Known | Sizes | Wired) else list(found)
    places = {"ArgMax": {0}, "ArgMin": {0}, "TopK": {1}}.get(call.op, set())  # these are int64 by themselves
    return [
        value if value is None or number in places else _cast(call, value, kind, "int64")
        for number, value in enumerate(results)
    ]


def _cast(call: Call, value: Val, to: str, of: str) -> Val:
    if tensor_of(value).dtype != of:
        return value
    return call.one(f"{{0}}.to(torch.{to})", value)
