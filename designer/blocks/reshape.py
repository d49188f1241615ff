"""Blocks that only move numbers: any data type passes."""

from __future__ import annotations

from designer.blocks.dims import Dim, Tensor, divide_exactly, product
from designer.blocks.footprint import ANYWHERE, Reach, Window, pointwise
from designer.blocks.rules import need_axis, same
from designer.blocks.spec import Block, Call, Layer, Param, Params
from designer.errors import ShapeError

__all__ = ["FLATTEN", "IDENTITY", "PERMUTE", "RESHAPE", "RESHAPE_ALL"]


def _flatten_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Flatten"
    (x,) = inputs
    first = need_axis(p.whole("start_dim"), x.rank, who)
    last = need_axis(p.whole("end_dim"), x.rank, who)
    if first > last:
        raise ShapeError(
            f"a first dimension that comes before the last one at {who}",
            f"first {first} and last {last}",
            "Lower the first dimension or raise the last one.",
            "dim",
        )
    return (Tensor((*x.dims[:first], product(x.dims[first : last + 1]), *x.dims[last + 1 :]), x.dtype),)


def _flatten_reach(p: Params, x: Tensor) -> Reach:
    first, last = p.whole("start_dim") % x.rank, p.whole("end_dim") % x.rank
    row = range(first, last + 1)
    return tuple(
        Window(min(axis, max(first, axis - len(row) + 1)), folded=axis in row and len(row) > 1)
        for axis in range(x.rank)
    )


def _flatten_forward(call: Call) -> str:
    p = call.params
    end = f", {p.whole('end_dim')!r}" if "end_dim" in p.options() else ""
    return f"torch.flatten({call.args[0]}, {p.whole('start_dim')!r}{end})"


FLATTEN = Block(
    type="flatten",
    title="Flatten",
    group="Shape",
    help="Lays all numbers of a sample in one row, as Linear after a picture needs it.",
    params=(
        Param("start_dim", "First dimension", "int", 1, "Where the row begins; 0 is the batch.", 1, 11, advanced=True),
        Param(
            "end_dim", "Last dimension", "int", -1, "Where it ends; -1 is the last.", -12, 11, implied=-1, advanced=True
        ),
    ),
    shape=_flatten_shape,
    forward=_flatten_forward,
    reach=_flatten_reach,
    view=True,
    torch="torch.flatten",
    synonyms=("vector", "row", "unroll", "flattenLayer"),
    examples=(({}, ((2, 3, 4, 5),)), ({"start_dim": 2}, ((2, 3, 4, 5),)), ({"end_dim": 2}, ((2, 3, 4, 5),))),
)


def _reshape_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    wanted = p.ints("shape")
    if 0 in wanted or wanted.count(-1) > 1:
        raise ShapeError(
            "sizes of at least 1, and -1 at most once, at the Reshape",
            spelled(wanted),
            "Write each size after the batch, with -1 for the one that should be worked out.",
            "reshape",
        )
    held = product(x.dims[1:])
    rest = divide_exactly(held, product(d for d in wanted if d != -1))
    if rest is None or (rest != 1 and -1 not in wanted):
        raise ShapeError(
            f"sizes that hold {held} numbers a sample at the Reshape",
            f"{spelled(wanted)} for an input of {x}",
            "Choose sizes whose product is the same, or write -1 for one of them.",
            "reshape",
        )
    return (Tensor((x.dims[0], *(rest if d == -1 else d for d in wanted)), x.dtype),)


def spelled(sizes: tuple[int, ...]) -> str:
    """The sizes after the batch in words: B×3×-1."""
    return "×".join(("B", *map(str, sizes)))


def _reshape_forward(call: Call) -> str:
    x = call.args[0]
    return f"{x}.reshape({', '.join((f'{x}.shape[0]', *map(repr, call.params.ints('shape'))))})"


RESHAPE = Block(
    type="reshape",
    title="Reshape",
    group="Shape",
    help="Lays the numbers of each sample out in other sizes, in the same order.",
    params=(Param("shape", "Sizes", "dims", (-1,), "The sizes after the batch; -1 is worked out from the rest.", -1),),
    shape=_reshape_shape,
    forward=_reshape_forward,
    reach=lambda p, x: (Window(0), *(Window(ANYWHERE) for _ in x.dims[1:])),
    view=True,
    summary=lambda p: spelled(p.ints("shape")),
    torch="torch.reshape",
    synonyms=("view", "unflatten", "resize", "reshapeLayer", "Reshape"),
    examples=(({"shape": (3, -1)}, ((2, 6, 4),)), ({"shape": (2, 3, 4)}, ((2, 24),)), ({}, ((2, 3, 4),))),
)


def _all_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Reshape with the batch"
    (x,) = inputs
    wanted = p.ints("shape")
    if 0 in wanted or wanted.count(-1) > 1:
        raise ShapeError(
            f"sizes of at least 1, and -1 at most once, at {who}",
            "×".join(map(str, wanted)),
            "Write all sizes, with -1 for the one that follows the batch.",
            "reshape",
        )
    held = product(x.dims)
    rest = divide_exactly(held, product(d for d in wanted if d != -1))
    if rest is None or (rest != 1 and -1 not in wanted):
        raise ShapeError(
            f"sizes that hold {held} numbers at {who}",
            f"{'×'.join(map(str, wanted)) or 'none'} for an input of {x}",
            "Choose sizes whose product is the same, with -1 for the one that follows the batch.",
            "reshape",
        )
    return (Tensor(tuple(rest if d == -1 else d for d in wanted), x.dtype),)


def _all_forward(call: Call) -> str:
    sizes = call.params.ints("shape")
    return f"{call.args[0]}.reshape({', '.join(map(repr, sizes)) or '()'})"


RESHAPE_ALL = Block(
    type="reshape_all",
    title="Reshape with the batch",
    group="Shape",
    help="Lays all numbers out in other sizes, across the batch: windows of a picture become samples of their own.",
    params=(
        Param("shape", "All sizes", "dims", (-1, 1), "The first included; -1 is worked out and follows the batch.", -1),
    ),
    shape=_all_shape,
    forward=_all_forward,
    reach=lambda _, x: tuple(Window(ANYWHERE) for _ in x.dims),
    view=True,
    summary=lambda p: "×".join(map(str, p.ints("shape"))) or "scalar",
    torch="torch.reshape",
    synonyms=("view", "fold the batch", "windows", "patches", "merge batch", "tables"),
    examples=(({"shape": (-1, 3)}, ((2, 6, 4),)), ({"shape": (3, -1, 4)}, ((2, 12),)), ({}, ((2, 3),))),
)


def _permute_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    order = p.ints("dims")
    if sorted(order) != list(range(x.rank)):
        raise ShapeError(
            f"each dimension from 0 to {x.rank - 1} once at the Permute",
            f"the order {' '.join(map(str, order)) or 'of nothing'} for {x}",
            f"Write the {x.rank} dimensions in their new order; 0 is the batch.",
            "permute",
        )
    dims: tuple[Dim, ...] = tuple(x.dims[i] for i in order)
    return (Tensor(dims, x.dtype),)


PERMUTE = Block(
    type="permute",
    title="Permute",
    group="Shape",
    help="Changes the order of the dimensions, for example from channels first to channels last.",
    params=(
        Param("dims", "New order", "dims", (0, 2, 1), "The dimensions in their new order; 0 is the batch.", 0, 11),
    ),
    shape=_permute_shape,
    forward=lambda call: f"{call.args[0]}.permute({', '.join(map(repr, call.params.ints('dims')))})",
    reach=lambda p, x: tuple(Window(p.ints("dims").index(axis)) for axis in range(x.rank)),
    view=True,
    summary=lambda p: "order " + " ".join(map(str, p.ints("dims"))),
    torch="torch.permute",
    synonyms=("transpose", "swap axes", "channels last", "Permute"),
    examples=(({}, ((2, 3, 4),)), ({"dims": (0, 2, 3, 1)}, ((2, 3, 4, 5),))),
)


IDENTITY = Block(
    type="identity",
    title="Identity",
    group="Shape",
    help="Lets everything through unchanged: a place holder.",
    shape=same,
    layer=lambda p, inputs: Layer("nn.Identity"),
    reach=pointwise,
    view=True,
    torch="torch.nn.Identity",
    synonyms=("pass through", "no-op", "placeholder"),
    examples=(({}, ((2, 3),)), ({}, ((2, 3, 4, 4),))),
)
