"""Dimensions put in, taken out, swapped and divided; any data type passes."""

from __future__ import annotations

from designer.blocks.dims import Dim, Tensor, divide_exactly, product
from designer.blocks.footprint import ANYWHERE, Reach, Window
from designer.blocks.rules import need_axis, need_inner_axis, need_int
from designer.blocks.spec import Block, Layer, Param, Params
from designer.errors import ShapeError

__all__ = ["MOVEDIM", "SQUEEZE", "TRANSPOSE", "UNFLATTEN", "UNSQUEEZE"]


def _shifted(x: Tensor, order: tuple[int, ...]) -> tuple[Tensor, ...]:
    return (Tensor(tuple(x.dims[i] for i in order), x.dtype),)


def _swapped(p: Params, x: Tensor) -> tuple[int, ...]:
    order = list(range(x.rank))
    a, b = (need_axis(p.whole(name), x.rank, "the Transpose") for name in ("dim0", "dim1"))
    order[a], order[b] = order[b], order[a]
    return tuple(order)


def _ordered_reach(order: tuple[int, ...]) -> Reach:
    return tuple(Window(order.index(axis)) for axis in range(len(order)))


TRANSPOSE = Block(
    type="transpose",
    title="Transpose",
    group="Shape",
    help="Swaps two dimensions, for example steps and features of a sequence.",
    params=(
        Param("dim0", "First dimension", "int", 1, "0 is the batch, -1 the last.", -12, 11),
        Param("dim1", "Second dimension", "int", 2, "The one that takes its place.", -12, 11),
    ),
    shape=lambda p, inputs: _shifted(inputs[0], _swapped(p, inputs[0])),
    forward=lambda call: f"{call.args[0]}.transpose({call.params['dim0']!r}, {call.params['dim1']!r})",
    reach=lambda p, x: _ordered_reach(_swapped(p, x)),
    view=True,
    summary=lambda p: f"dimensions {p['dim0']} and {p['dim1']}",
    torch="torch.transpose",
    synonyms=("swap axes", "swapaxes", "turn matrix"),
    examples=(({}, ((2, 3, 4),)), ({"dim0": -1, "dim1": 1}, ((2, 3, 4, 5),))),
)


def _moved(p: Params, x: Tensor) -> tuple[int, ...]:
    source = need_axis(p.whole("source"), x.rank, "the Move dimension")
    target = need_axis(p.whole("destination"), x.rank, "the Move dimension")
    order = [axis for axis in range(x.rank) if axis != source]
    order.insert(target, source)
    return tuple(order)


MOVEDIM = Block(
    type="movedim",
    title="Move dimension",
    group="Shape",
    help="Moves one dimension to another place; the others keep their order.",
    params=(
        Param("source", "From", "int", 1, "Which dimension; 0 is the batch, -1 the last.", -12, 11),
        Param("destination", "To", "int", -1, "Where it stands afterwards.", -12, 11),
    ),
    shape=lambda p, inputs: _shifted(inputs[0], _moved(p, inputs[0])),
    forward=lambda call: f"{call.args[0]}.movedim({call.params['source']!r}, {call.params['destination']!r})",
    reach=lambda p, x: _ordered_reach(_moved(p, x)),
    view=True,
    summary=lambda p: f"from {p['source']} to {p['destination']}",
    torch="torch.movedim",
    synonyms=("moveaxis", "move axis", "channels last"),
    examples=(({}, ((2, 3, 4),)), ({"source": -1, "destination": 1}, ((2, 3, 4, 5),))),
)


def _squeeze_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    axis = need_inner_axis(p.whole("dim"), x.rank, "the Squeeze")
    if need_int(x.dims[axis], "numbers", "the Squeeze") != 1:
        return (x,)
    return (Tensor((*x.dims[:axis], *x.dims[axis + 1 :]), x.dtype),)


def _squeeze_reach(p: Params, x: Tensor) -> Reach:
    axis = p.whole("dim") % x.rank
    if x.dims[axis] != 1:
        return tuple(Window(d) for d in range(x.rank))
    return tuple(None if d == axis else Window(d - (d > axis)) for d in range(x.rank))


SQUEEZE = Block(
    type="squeeze",
    title="Squeeze",
    group="Shape",
    help="Takes out a dimension of size 1; one of another size stays.",
    params=(Param("dim", "Dimension", "int", -1, "Which dimension; -1 is the last.", -12, 11),),
    shape=_squeeze_shape,
    forward=lambda call: f"{call.args[0]}.squeeze({call.params['dim']!r})",
    reach=_squeeze_reach,
    view=True,
    summary=lambda p: f"dimension {p['dim']}",
    torch="torch.squeeze",
    synonyms=("remove dimension", "drop axis"),
    examples=(({}, ((2, 3, 1),)), ({"dim": 1}, ((2, 1, 4, 5),)), ({"dim": 1}, ((2, 3),))),
)


def _unsqueeze_axis(p: Params, x: Tensor) -> int:
    return need_axis(p.whole("dim"), x.rank + 1, "the Unsqueeze")


def _unsqueeze_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    axis = _unsqueeze_axis(p, x)
    return (Tensor((*x.dims[:axis], 1, *x.dims[axis:]), x.dtype),)


UNSQUEEZE = Block(
    type="unsqueeze",
    title="Unsqueeze",
    group="Shape",
    help="Puts in a new dimension of size 1, for example a channel for sequences of plain numbers.",
    params=(Param("dim", "Dimension", "int", 1, "Where the new one stands; -1 is the end.", -12, 11),),
    shape=_unsqueeze_shape,
    forward=lambda call: f"{call.args[0]}.unsqueeze({call.params['dim']!r})",
    reach=lambda p, x: tuple(Window(d + (d >= _unsqueeze_axis(p, x))) for d in range(x.rank)),
    view=True,
    summary=lambda p: f"at {p['dim']}",
    torch="torch.unsqueeze",
    synonyms=("add dimension", "new axis", "expand_dims"),
    examples=(({}, ((2, 3),)), ({"dim": -1}, ((2, 3, 4),))),
)


def _unflatten_sizes(p: Params, x: Tensor) -> tuple[int, tuple[Dim, ...]]:
    who = "the Unflatten"
    axis = need_inner_axis(p.whole("dim"), x.rank, who)
    wanted = p.ints("unflattened_size")
    if not wanted or 0 in wanted or wanted.count(-1) > 1:
        raise ShapeError(
            f"sizes of at least 1, and -1 at most once, at {who}",
            " ".join(map(str, wanted)) or "none",
            "Write the sizes that the dimension becomes, with -1 for the one that should be worked out.",
            "reshape",
        )
    rest = divide_exactly(x.dims[axis], product(d for d in wanted if d != -1))
    if rest is None or (rest != 1 and -1 not in wanted):
        raise ShapeError(
            f"sizes that hold {x.dims[axis]} numbers at {who}",
            " × ".join(map(str, wanted)),
            "Choose sizes whose product is the same, or write -1 for one of them.",
            "reshape",
        )
    return axis, tuple(rest if d == -1 else d for d in wanted)


def _unflatten_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    axis, sizes = _unflatten_sizes(p, x)
    return (Tensor((*x.dims[:axis], *sizes, *x.dims[axis + 1 :]), x.dtype),)


def _unflatten_reach(p: Params, x: Tensor) -> Reach:
    axis, sizes = _unflatten_sizes(p, x)
    more = len(sizes) - 1
    return tuple(Window(ANYWHERE) if d == axis else Window(d + (more if d > axis else 0)) for d in range(x.rank))


UNFLATTEN = Block(
    type="unflatten",
    title="Unflatten",
    group="Shape",
    help="Divides one dimension into several, the others stay: features into heads, a row into a picture.",
    params=(
        Param("dim", "Dimension", "int", 1, "Which dimension; -1 is the last.", -12, 11),
        Param("unflattened_size", "Sizes", "dims", (-1, 1), "What it becomes; -1 is worked out from the rest.", -1),
    ),
    shape=_unflatten_shape,
    layer=lambda p, _: Layer("nn.Unflatten", (p["dim"], p["unflattened_size"])),
    reach=_unflatten_reach,
    view=True,
    summary=lambda p: "to " + "×".join(map(str, p.ints("unflattened_size"))),
    torch="torch.nn.Unflatten",
    synonyms=("split dimension", "reshape", "heads", "to picture"),
    examples=(({"unflattened_size": (2, 3)}, ((2, 6),)), ({"dim": -1, "unflattened_size": (-1, 2)}, ((2, 3, 8),))),
)
