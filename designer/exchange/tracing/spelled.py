"""A recorded call as the text of an Operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch.nn import functional

from designer.blocks.dims import BATCH, Tensor
from designer.exchange.sketch import Unfit
from designer.exchange.tracing.align import OfBatch
from designer.exchange.tracing.record import Step, Use

__all__ = ["CANONICAL", "canonical", "spelled"]

_BINARY = {
    "add": "+",
    "mul": "*",
    "sub": "-",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "matmul": "@",
    "and": "&",
    "or": "|",
    "xor": "^",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "eq": "==",
    "ne": "!=",
}
_UNARY = {"neg": "-", "pos": "+", "invert": "~"}
CANONICAL: Mapping[str, str] = {
    "truediv": "div",
    "floordiv": "floor_divide",
    "invert": "bitwise_not",
    "multiply": "mul",
}
_RESHAPES = frozenset({"view", "reshape"})
_DROPPED = frozenset({"inplace", "device", "layout", "pin_memory", "memory_format", "requires_grad", "non_blocking"})


def canonical(step: Step) -> tuple[str, bool]:
    """The plain name of a function, and whether its two operands are swapped: ``__rsub__`` is sub, swapped."""
    name = step.name
    if name.startswith("__") and name.endswith("__"):
        bare = name[2:-2]
        if bare in _BINARY or bare in _UNARY or bare == "getitem":
            return CANONICAL.get(bare, bare), False
        if bare[1:] in _BINARY and bare[0] in "ri":
            return CANONICAL.get(bare[1:], bare[1:]), bare[0] == "r"
        return bare, False
    if name.endswith("_") and step.writes is not None:
        name = name.rstrip("_")
    return CANONICAL.get(name, name), False


def spelled(step: Step, tensor: Callable[[Use], Tensor]) -> tuple[str, list[Use], bool]:
    """The expression, the values that it reads as x0, x1 …, and whether one more is read that tells the batch size.

    Raises Unfit for what cannot stand in an expression.
    """
    uses = list(dict.fromkeys(Use(number) for number in step.uses()))
    speller = _Speller(uses, [tensor(use) for use in uses])
    return _text(step, speller), uses, speller.wants_batch


def _text(step: Step, speller: _Speller) -> str:
    args, kwargs = list(step.args), {k: v for k, v in step.kwargs.items() if k not in _DROPPED and v is not None}
    name = step.name
    bare = name[2:-2] if name.startswith("__") and name.endswith("__") else ""
    if bare == "getitem":
        return f"{speller.value(args[0])}[{speller.key(args[1])}]"
    if bare in _UNARY:
        return f"{_UNARY[bare]}{speller.value(args[0])}"
    if bare:
        swapped = bare not in _BINARY and bare[0] == "r"
        sign = _BINARY.get(bare) or _BINARY.get(bare[1:])
        if sign is None or len(args) != 2:
            raise Unfit(f"{name} has no form that can be written down")
        left, right = (args[1], args[0]) if swapped else (args[0], args[1])
        return f"{speller.value(left)} {sign} {speller.value(right)}"
    plain = name.rstrip("_") if step.writes is not None else name
    function = step.target
    speller.folding = plain in _RESHAPES
    told = ", ".join([*(speller.value(a) for a in args), *(f"{k}={speller.value(v)}" for k, v in kwargs.items())])
    if getattr(function, "__module__", "") == "torch.nn.functional" or getattr(functional, plain, None) is function:
        return f"F.{plain}({told})"
    if getattr(torch, plain, None) is function:
        return f"torch.{plain}({told})"
    if args and isinstance(args[0], Use):
        rest = ", ".join(
            [*(speller.value(a) for a in args[1:]), *(f"{k}={speller.value(v)}" for k, v in kwargs.items())]
        )
        if plain in ("T", "mT"):
            return f"{speller.value(args[0])}.{plain}"
        return f"{speller.value(args[0])}.{plain}({rest})"
    if hasattr(torch, plain):
        return f"torch.{plain}({told})"
    raise Unfit(f"{name} has no form that can be written down")


class _Speller:
    def __init__(self, uses: Sequence[Use], tensors: Sequence[Tensor]) -> None:
        self._names = {use: f"x{number}" for number, use in enumerate(uses)}
        self._tensors = tensors
        self.folding = False
        self.wants_batch = False

    def value(self, value: Any) -> str:
        if isinstance(value, Use):
            return self._names[value]
        if isinstance(value, OfBatch):
            return self._batch(value)
        if isinstance(value, tuple | list):
            inner = ", ".join(map(self.value, value))
            return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
        if isinstance(value, torch.dtype):
            return str(value)
        if isinstance(value, float) and value in (float("inf"), float("-inf")):
            return "torch.inf" if value > 0 else "-torch.inf"
        if isinstance(value, bool | int | float | str | None):
            return repr(value)
        raise Unfit(f"an argument of the kind {type(value).__name__} cannot be written down")

    def _batch(self, size: OfBatch) -> str:
        for number, tensor in enumerate(self._tensors):
            if tensor.dims and tensor.dims[0] == size.times * BATCH:
                return f"x{number}.shape[0]"
        for number, tensor in enumerate(self._tensors):
            if tensor.dims and tensor.dims[0] == BATCH:
                return f"{size.times} * x{number}.shape[0]"
        if self.folding:
            return "-1"
        self.wants_batch = True
        told = f"x{len(self._tensors)}.shape[0]"
        return told if size.times == 1 else f"{size.times} * {told}"

    def key(self, key: Any) -> str:
        if isinstance(key, tuple):
            return ", ".join(map(self._part, key)) + ("," if len(key) == 1 else "")
        return self._part(key)

    def _part(self, part: Any) -> str:
        if part is ...:
            return "..."
        if isinstance(part, slice):
            ends = ["" if end is None else self.value(end) for end in (part.start, part.stop)]
            return ":".join(ends) + ("" if part.step is None else f":{self.value(part.step)}")
        return self.value(part)
