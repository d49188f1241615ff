"""Sums with two or more inputs, number by number or as matrices."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from designer.blocks.dims import BATCH, Dim, Expr, Tensor
from designer.blocks.footprint import NOTHING, Keeps, Reach, mixing
from designer.blocks.merge import broadcast, elementwise, products
from designer.blocks.rules import many, need_dtype, need_floats, need_rank, per_sample
from designer.blocks.spec import Block, Call, Cost, Params, Port
from designer.errors import ShapeError

__all__ = ["AVERAGE", "BMM", "DIVIDE", "MATMUL", "MAXIMUM", "MINIMUM", "POW", "SUBTRACT"]

_Shapes = tuple[tuple[int, ...], ...]
_PAIR: tuple[_Shapes, ...] = (((2, 3, 4, 4), (2, 3, 1, 1)), ((2, 5), (2, 5)))
_MANY: tuple[_Shapes, ...] = (((2, 3, 4), (2, 3, 4)), ((2, 5), (1, 5), (2, 5)))


def _rule(who: str, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    need_floats(inputs, who)
    return elementwise(who, p, inputs)


def _nested(function: str, call: Call) -> str:
    text = call.args[0]
    for other in call.args[1:]:
        text = f"{function}({text}, {other})"
    return text


def _binary(
    type_: str,
    title: str,
    text: str,
    forward: Callable[[Call], str],
    torch: str,
    *synonyms: str,
    keeps: Keeps = NOTHING,
    several: bool = False,
) -> Block:
    return Block(
        type=type_,
        title=title,
        group="Merge",
        help=text,
        inputs=many() if several else (Port("first"), Port("second")),
        shape=partial(_rule, f"the {title}"),
        forward=forward,
        keeps=keeps,
        torch=torch,
        synonyms=("merge", *synonyms),
        examples=tuple(({}, shapes) for shapes in (_MANY if several else _PAIR)),
    )


SUBTRACT = _binary(
    "subtract",
    "Subtract",
    "The first input minus the second, number by number.",
    lambda call: f"{call.args[0]} - {call.args[1]}",
    "torch.sub",
    "minus",
    "difference",
    "sub",
)
DIVIDE = _binary(
    "divide",
    "Divide",
    "The first input divided by the second, number by number.",
    lambda call: f"{call.args[0]} / {call.args[1]}",
    "torch.div",
    "quotient",
    "ratio",
    "div",
    keeps=Keeps(inputs=True),
)
POW = _binary(
    "pow",
    "Power of two inputs",
    "The first input to the power of the second, number by number.",
    lambda call: f"torch.pow({call.args[0]}, {call.args[1]})",
    "torch.pow",
    "exponent",
    "raise",
    keeps=Keeps(inputs=True, outputs=True),
)
MAXIMUM = _binary(
    "maximum",
    "Maximum",
    "The larger number at each place of its inputs.",
    partial(_nested, "torch.maximum"),
    "torch.maximum",
    "max",
    "larger",
    "maxout",
    keeps=Keeps(inputs=True, more=products),
    several=True,
)
MINIMUM = _binary(
    "minimum",
    "Minimum",
    "The smaller number at each place of its inputs.",
    partial(_nested, "torch.minimum"),
    "torch.minimum",
    "min",
    "smaller",
    keeps=Keeps(inputs=True, more=products),
    several=True,
)
AVERAGE = _binary(
    "average",
    "Average",
    "The mean of its inputs, number by number: ensembles and model soups.",
    lambda call: f"({' + '.join(call.args)}) / {len(call.args)}",
    "torch.div",
    "mean of inputs",
    "ensemble",
    several=True,
)


def _holds_batch(dim: Dim) -> bool:
    return isinstance(dim, Expr) and any("B" in monomial for monomial, _ in dim.terms)


def _need_inner(left: Dim, right: Dim, inputs: tuple[Tensor, ...], who: str) -> None:
    """The rows of the first matrix are as long as the columns of the second."""
    if left != right:
        raise ShapeError(
            f"a second input with {left} rows at {who}, as many as the first has columns",
            " and ".join(map(str, inputs)),
            "Swap the last two dimensions of one input by a Transpose, or change a layer's width.",
            "merge",
        )
    if _holds_batch(left):
        raise ShapeError(
            f"a sum over features at {who}",
            f"a sum over the batch of {' and '.join(map(str, inputs))}",
            "Each sample stands for itself: bring the batch to the front of both inputs.",
            "batch",
        )


def _matmul_shape(_: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Matrix product"
    need_floats(inputs, who)
    a, b = inputs
    for x in inputs:
        if x.rank < 2:
            need_rank(x, 2, who)
    _need_inner(a.dims[-1], b.dims[-2], inputs, who)
    lead = broadcast(a.dims[:-2], b.dims[:-2])
    if lead is None:
        raise ShapeError(
            f"the same dimensions before the last two at {who}",
            f"{a} and {b}",
            "Bring both inputs to the same number of matrices.",
            "merge",
        )
    dims = (*lead, a.dims[-2], b.dims[-1])
    if dims.count(BATCH) > max(a.dims.count(BATCH), b.dims.count(BATCH)):
        raise ShapeError(
            f"inputs with the batch in the same place at {who}",
            f"{a} and {b}",
            "Every sample would meet every other one: give both inputs the same number of dimensions.",
            "merge",
        )
    return (Tensor(dims),)


def _product_cost(_: Params, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> Cost:
    inner = inputs[0].dims[-1]
    return Cost(0, per_sample(outputs[0].dims) * inner if isinstance(inner, int) else 0)


def _either(_: Params, x: Tensor) -> Reach:
    return mixing(x, (-2, -1))  # rows of one input, columns of the other


MATMUL = Block(
    type="matmul",
    title="Matrix product",
    group="Merge",
    help="Multiplies the matrices in the last two dimensions: rows of the first input with columns of the second.",
    inputs=(Port("first"), Port("second")),
    shape=_matmul_shape,
    forward=lambda call: f"torch.matmul({call.args[0]}, {call.args[1]})",
    cost=_product_cost,
    reach=_either,
    keeps=Keeps(inputs=True),
    torch="torch.matmul",
    synonyms=("merge", "matrix multiplication", "dot", "mm", "attention scores"),
    examples=(({}, ((2, 3, 4), (2, 4, 5))), ({}, ((2, 3, 4, 6), (2, 3, 6, 4)))),
)


def _bmm_shape(_: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Batch matrix product"
    a, b = inputs
    for x in inputs:
        need_dtype(x, "float32", who)
        need_rank(x, 3, who, "B×rows×columns")
    if a.dims[0] != b.dims[0]:
        raise ShapeError(
            f"as many matrices in both inputs at {who}",
            f"{a} and {b}",
            "Use a Matrix product, which repeats the matrices of one of them.",
            "merge",
        )
    _need_inner(a.dims[2], b.dims[1], inputs, who)
    return (Tensor((*a.dims[:2], b.dims[2])),)


BMM = Block(
    type="bmm",
    title="Batch matrix product",
    group="Merge",
    help="Multiplies the matrix of each sample in the first input with its matrix in the second.",
    inputs=(Port("first"), Port("second")),
    shape=_bmm_shape,
    forward=lambda call: f"torch.bmm({call.args[0]}, {call.args[1]})",
    cost=_product_cost,
    reach=_either,
    keeps=Keeps(inputs=True),
    torch="torch.bmm",
    synonyms=("merge", "batched matrix multiplication", "dot", "gram matrix"),
    examples=(({}, ((2, 3, 4), (2, 4, 5))), ({}, ((1, 2, 6), (1, 6, 1)))),
)
