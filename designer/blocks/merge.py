"""Blocks that bring several inputs together."""

from __future__ import annotations

from functools import partial

from designer.blocks.dims import BATCH, Dim, Tensor
from designer.blocks.footprint import Keeps, Reach, Window, pointwise
from designer.blocks.numbers import promoted
from designer.blocks.rules import many, need_axis
from designer.blocks.spec import Block, Call, Param, Params
from designer.errors import ShapeError

__all__ = ["ADD", "CONCATENATE", "MULTIPLY", "STACK", "broadcast", "elementwise", "products"]

_Shapes = tuple[tuple[int, ...], ...]


def _promoted(inputs: tuple[Tensor, ...]) -> str:
    return promoted(x.dtype for x in inputs)


def broadcast(left: tuple[Dim, ...], right: tuple[Dim, ...]) -> tuple[Dim, ...] | None:
    """What torch makes of two shapes for every value of the unknown sizes, or None."""
    rank = max(len(left), len(right))
    sizes: list[Dim] = []
    for a, b in zip((1,) * (rank - len(left)) + left, (1,) * (rank - len(right)) + right, strict=True):
        if a != b and a != 1 and b != 1:
            return None
        sizes.append(b if a == 1 else a)
    return tuple(sizes)


def elementwise(who: str, _: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Inputs of one shape, or of shapes that torch stretches to one."""
    sizes = inputs[0].dims
    for number, x in enumerate(inputs[1:], start=2):
        merged = broadcast(sizes, x.dims)
        if merged is None:
            raise ShapeError(
                f"inputs of the same shape at {who}",
                f"{Tensor(sizes)} and, at input {number}, {Tensor(x.dims)}{_where(sizes, x.dims)}",
                "Bring the inputs to the same shape, for example with a 1×1 convolution or a Linear in one branch.",
                "merge",
            )
        if merged.count(BATCH) > max(sizes.count(BATCH), x.dims.count(BATCH)):
            raise ShapeError(
                f"inputs with the batch in the same place at {who}",
                f"{Tensor(sizes)} and, at input {number}, {Tensor(x.dims)}",
                "Give both inputs the same number of dimensions, for example with a Reshape.",
                "merge",
            )
        sizes = merged
    return (Tensor(sizes, _promoted(inputs)),)


def _where(left: tuple[Dim, ...], right: tuple[Dim, ...]) -> str:
    if len(left) != len(right):
        return ""
    for axis, (a, b) in enumerate(zip(left, right, strict=True)):
        if a != b and a != 1 and b != 1:
            return f" ({a} against {b} in dimension {axis})"
    return ""


def _joined(operator: str, call: Call) -> str:
    return f" {operator} ".join(call.args)


def products(_: Params, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """What lies between when several inputs are joined two by two."""
    # a * b * c is worked out two by two: each product but the last is an input of the next.
    return outputs[:1] * (len(inputs) - 2)


def _merge(kind: str, operator: str, text: str, examples: tuple[_Shapes, ...], *words: str) -> Block:
    return Block(
        type=kind,
        title=kind.capitalize(),
        group="Merge",
        help=text,
        inputs=many(),
        shape=partial(elementwise, f"the {kind.capitalize()}"),
        forward=partial(_joined, operator),
        keeps=Keeps(inputs=kind == "multiply", more=products if kind == "multiply" else None),
        torch=f"torch.{'add' if kind == 'add' else 'mul'}",
        synonyms=("merge", *words),
        examples=tuple(({}, inputs) for inputs in examples),
    )


ADD = _merge(
    "add",
    "+",
    "Adds its inputs number by number: where a skip connection comes back.",
    (((2, 3, 4, 4), (2, 3, 4, 4)), ((2, 5), (1, 5), (2, 1))),
    "sum",
    "plus",
    "residual",
    "skip connection",
    "shortcut",
    "additionLayer",
)
MULTIPLY = _merge(
    "multiply",
    "*",
    "Multiplies its inputs number by number: gates and attention weights.",
    (((2, 3, 4, 4), (2, 3, 1, 1)), ((2, 5), (2, 5), (2, 5))),
    "times",
    "product",
    "gate",
    "scale",
    "squeeze and excitation",
    "multiplicationLayer",
)


def _concatenate_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Concatenate"
    first = inputs[0]
    axis = need_axis(p.whole("dim"), first.rank, who)
    total = first.dims[axis]
    for number, x in enumerate(inputs[1:], start=2):
        others = (*first.dims[:axis], *first.dims[axis + 1 :])
        if x.rank != first.rank or (*x.dims[:axis], *x.dims[axis + 1 :]) != others:
            raise ShapeError(
                f"inputs that differ in dimension {axis} only at {who}",
                f"{Tensor(first.dims)} and, at input {number}, {Tensor(x.dims)}",
                "Bring the other dimensions to the same sizes, or join along another dimension.",
                "concat",
            )
        total = x.dims[axis] + total
    return (Tensor((*first.dims[:axis], total, *first.dims[axis + 1 :]), _promoted(inputs)),)


CONCATENATE = Block(
    type="concatenate",
    title="Concatenate",
    group="Merge",
    help="Lays its inputs one behind the other, usually along the channels: DenseNet, U-Net, Inception.",
    params=(Param("dim", "Dimension", "int", 1, "Along which dimension; 1 are the channels or features.", -12, 11),),
    inputs=many(),
    shape=_concatenate_shape,
    reach=pointwise,
    forward=lambda call: f"torch.cat([{', '.join(call.args)}], dim={call.params.whole('dim')!r})",
    summary=lambda p: f"along dimension {p['dim']}",
    torch="torch.cat",
    synonyms=("merge", "cat", "concat", "join", "stack", "depthConcatenationLayer", "concatenationLayer"),
    examples=(({}, ((2, 3, 4, 4), (2, 5, 4, 4))), ({"dim": -1}, ((2, 3), (2, 1), (2, 4)))),
)


def _stack_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Stack"
    first = inputs[0]
    axis = need_axis(p.whole("dim"), first.rank + 1, who)
    for number, x in enumerate(inputs[1:], start=2):
        if x.dims != first.dims:
            raise ShapeError(
                f"inputs of the same shape at {who}",
                f"{Tensor(first.dims)} and, at input {number}, {Tensor(x.dims)}",
                "Bring the inputs to the same shape, or use Concatenate.",
                "concat",
            )
    return (Tensor((*first.dims[:axis], len(inputs), *first.dims[axis:]), _promoted(inputs)),)


def _stack_reach(p: Params, x: Tensor) -> Reach:
    axis = p.whole("dim") % (x.rank + 1)
    return tuple(Window(d + (d >= axis)) for d in range(x.rank))


STACK = Block(
    type="stack",
    title="Stack",
    group="Merge",
    help="Lays its inputs side by side along a new dimension.",
    params=(Param("dim", "New dimension", "int", 1, "Where the new dimension stands.", -12, 11),),
    inputs=many(),
    shape=_stack_shape,
    reach=_stack_reach,
    forward=lambda call: f"torch.stack([{', '.join(call.args)}], dim={call.params.whole('dim')!r})",
    summary=lambda p: f"along a new dimension {p['dim']}",
    torch="torch.stack",
    synonyms=("merge", "join", "new axis"),
    examples=(({}, ((2, 3, 4), (2, 3, 4))), ({"dim": -1}, ((2, 3), (2, 3), (2, 3)))),
)
