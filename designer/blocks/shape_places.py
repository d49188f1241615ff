"""Parts of a tensor, its numbers in another order, and copies of it; any data type passes."""

from __future__ import annotations

from designer.blocks.dims import Dim, Tensor
from designer.blocks.footprint import ANYWHERE, Reach, Window, mixing
from designer.blocks.rules import need_inner_axes, need_inner_axis, need_int, need_own_axis
from designer.blocks.spec import Block, Call, Param, Params, Port
from designer.errors import ShapeError

__all__ = ["EXPAND", "EXPAND_BATCH", "FLIP", "REPEAT", "REPEAT_INTERLEAVE", "ROLL", "SELECT", "SLICE"]

_DIM = Param("dim", "Dimension", "int", 1, "Along which dimension; 1 are the channels or features.", -12, 11)


def _bounds(p: Params, size: Dim, who: str) -> tuple[int, Dim]:
    """Where a slice begins and ends, counted from the front."""
    start, stop = p.whole("start"), p["stop"]
    if start >= 0 and stop is None:
        return (min(start, size) if isinstance(size, int) else start), size
    length = need_int(size, "numbers", who)
    first, last, _ = slice(start, stop).indices(length)
    return first, last


def _slice_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Slice"
    (x,) = inputs
    axis = need_own_axis(p.whole("dim"), x, who)
    first, last = _bounds(p, x.dims[axis], who)
    step = p.whole("step")
    length = (last - first + (step - 1)) // step
    if isinstance(length, int) and length < 1:
        raise ShapeError(
            f"at least one number along dimension {axis} at {who}",
            f"{x} from {p['start']} to {'the end' if p['stop'] is None else p['stop']}",
            "Lower the start, or raise the stop.",
            "window",
        )
    return (Tensor((*x.dims[:axis], length, *x.dims[axis + 1 :]), x.dtype),)


def _slice_forward(call: Call) -> str:
    p = call.params
    axis = range(call.inputs[0].rank)[p.whole("dim")]
    start = repr(p["start"]) if p["start"] else ""
    stop = "" if p["stop"] is None else repr(p["stop"])
    step = f":{p['step']!r}" if p["step"] != 1 else ""
    return f"{call.args[0]}[{':, ' * axis}{start}:{stop}{step}]"


def _slice_reach(p: Params, x: Tensor) -> Reach:
    axis = p.whole("dim") % x.rank
    size = x.dims[axis]
    first, _ = _bounds(p, size, "the Slice")
    return tuple(Window(d, 1, p.whole("step"), first) if d == axis else Window(d) for d in range(x.rank))


def _slice_summary(p: Params) -> str:
    step = "" if p["step"] == 1 else f", every {p['step']}."
    return f"{p['start']} to {'end' if p['stop'] is None else p['stop']} of dimension {p['dim']}{step}"


SLICE = Block(
    type="slice",
    title="Slice",
    group="Shape",
    help="Keeps the numbers from one place to another along a dimension, as x[start:stop] does.",
    params=(
        _DIM,
        Param("start", "From", "int", 0, "The first one kept; -1 is the last of all."),
        Param("stop", "To", "int", None, "The first one no longer kept; empty: up to the end.", optional=True),
        Param("step", "Step", "int", 1, "2 keeps every second one.", 1, short="s"),
    ),
    shape=_slice_shape,
    forward=_slice_forward,
    reach=_slice_reach,
    view=True,
    summary=_slice_summary,
    torch="torch.narrow",
    synonyms=("narrow", "crop", "cut out", "part", "index range"),
    examples=(
        ({"stop": 2}, ((2, 5),)),
        ({"dim": -1, "start": 1}, ((2, 3, 6),)),
        ({"dim": 2, "start": -3, "step": 2}, ((2, 3, 6, 4),)),
    ),
)


def _select_axis(p: Params, x: Tensor) -> int:
    who = "the Select"
    axis, index = need_own_axis(p.whole("dim"), x, who), p.whole("index")
    size = x.dims[axis]
    if isinstance(size, int) and not -size <= index < size:
        raise ShapeError(
            f"a place between {-size} and {size - 1} at {who}",
            f"{index}",
            f"Dimension {axis} of its input has {size} places, counted from 0; -1 is the last.",
            "dim",
        )
    return axis


def _select_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    axis = _select_axis(p, x)
    return (Tensor((*x.dims[:axis], *x.dims[axis + 1 :]), x.dtype),)


SELECT = Block(
    type="select",
    title="Select",
    group="Shape",
    help="Takes one place along a dimension, which is gone afterwards: the first token, the last step.",
    params=(_DIM, Param("index", "Place", "int", 0, "Counted from 0; -1 is the last.")),
    shape=_select_shape,
    forward=lambda call: f"{call.args[0]}.select({call.params['dim']!r}, {call.params['index']!r})",
    reach=lambda p, x: tuple(
        None if d == p.whole("dim") % x.rank else Window(d - (d > p.whole("dim") % x.rank)) for d in range(x.rank)
    ),
    view=True,
    summary=lambda p: f"place {p['index']} of dimension {p['dim']}",
    torch="torch.select",
    synonyms=("index", "pick", "class token", "last step", "getitem"),
    examples=(({}, ((2, 5, 3),)), ({"dim": -1, "index": -1}, ((2, 3, 4),))),
)


def _flip_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    need_inner_axes(p.ints("dims"), inputs[0].rank, "the Flip")
    return (inputs[0],)


FLIP = Block(
    type="flip",
    title="Flip",
    group="Shape",
    help="Turns the order of the numbers around along some dimensions.",
    params=(Param("dims", "Dimensions", "dims", (-1,), "Which ones are turned around; -1 is the last.", -12, 11),),
    shape=_flip_shape,
    forward=lambda call: f"torch.flip({call.args[0]}, {call.params.ints('dims')!r})",
    reach=lambda p, x: mixing(x, p.ints("dims")),
    summary=lambda p: "dimensions " + " ".join(map(str, p.ints("dims"))),
    torch="torch.flip",
    synonyms=("reverse", "mirror", "backwards"),
    examples=(({}, ((2, 5),)), ({"dims": (2, 3)}, ((2, 3, 4, 4),))),
)


def _roll_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    need_inner_axis(p.whole("dim"), inputs[0].rank, "the Roll")
    return (inputs[0],)


ROLL = Block(
    type="roll",
    title="Roll",
    group="Shape",
    help="Moves the numbers along a dimension; what leaves at one end comes in at the other.",
    params=(
        Param("shifts", "Shift", "int", 1, "How many places; below 0 towards the front."),
        Param("dim", "Dimension", "int", -1, "Along which dimension; -1 is the last.", -12, 11),
    ),
    shape=_roll_shape,
    forward=lambda call: f"torch.roll({call.args[0]}, {call.params['shifts']!r}, dims={call.params['dim']!r})",
    reach=lambda p, x: mixing(x, (p.whole("dim"),)),
    summary=lambda p: f"by {p['shifts']} along dimension {p['dim']}",
    torch="torch.roll",
    synonyms=("shift", "circular shift", "shifted windows"),
    examples=(({}, ((2, 5),)), ({"shifts": -2, "dim": 1}, ((2, 3, 4, 4),))),
)


def _need_sizes(sizes: tuple[int, ...], x: Tensor, who: str) -> None:
    if len(sizes) != x.rank - 1:
        raise ShapeError(
            f"{x.rank - 1} numbers, one for each dimension after the batch, at {who}",
            f"{len(sizes)} for {x}",
            "Write one number for each dimension after the batch.",
            "reshape",
        )


def _expand_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Expand"
    (x,) = inputs
    sizes = p.ints("sizes")
    _need_sizes(sizes, x, who)
    dims: list[Dim] = [x.dims[0]]
    for have, want in zip(x.dims[1:], sizes, strict=True):
        if want == 0 or (want != -1 and have not in (1, want)):
            raise ShapeError(
                f"a size of 1 wherever {who} stretches",
                f"{x} for {' '.join(map(str, sizes))}",
                "Write -1 where the size should stay; only a size of 1 can be stretched.",
                "reshape",
            )
        dims.append(have if want == -1 else want)
    return (Tensor(tuple(dims), x.dtype),)


EXPAND = Block(
    type="expand",
    title="Expand",
    group="Shape",
    help="Stretches dimensions of size 1 by showing the same numbers again; it takes no memory.",
    params=(Param("sizes", "Sizes", "dims", (-1,), "The sizes after the batch; -1 keeps a size.", -1),),
    shape=_expand_shape,
    forward=lambda call: f"{call.args[0]}.expand({', '.join(map(repr, (-1, *call.params.ints('sizes'))))})",
    reach=lambda _, x: tuple(Window(d) if d == 0 or x.dims[d] != 1 else None for d in range(x.rank)),
    view=True,
    summary=lambda p: "to " + "×".join(map(str, p.ints("sizes"))),
    torch="torch.Tensor.expand",
    synonyms=("broadcast", "stretch", "repeat"),
    examples=(({"sizes": (4, -1)}, ((2, 1, 3),)), ({}, ((2, 5),))),
)


def _repeat_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    _need_sizes(p.ints("repeats"), x, "the Repeat")
    dims = tuple(d * n for d, n in zip(x.dims[1:], p.ints("repeats"), strict=True))
    return (Tensor((x.dims[0], *dims), x.dtype),)


REPEAT = Block(
    type="repeat",
    title="Repeat",
    group="Shape",
    help="Lays copies of each sample side by side along its dimensions.",
    params=(Param("repeats", "Copies", "dims", (2,), "How many along each dimension after the batch.", 1),),
    shape=_repeat_shape,
    forward=lambda call: f"{call.args[0]}.repeat({', '.join(map(repr, (1, *call.params.ints('repeats'))))})",
    reach=lambda _, x: (Window(0), *(Window(ANYWHERE) for _ in x.dims[1:])),
    summary=lambda p: "×".join(map(str, p.ints("repeats"))),
    torch="torch.Tensor.repeat",
    synonyms=("tile", "copies", "RepeatVector"),
    examples=(({}, ((2, 5),)), ({"repeats": (1, 2, 3)}, ((2, 3, 4, 2),))),
)


def _interleave_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    axis = need_inner_axis(p.whole("dim"), x.rank, "the Repeat each")
    return (Tensor((*x.dims[:axis], x.dims[axis] * p.whole("repeats"), *x.dims[axis + 1 :]), x.dtype),)


def _interleave_forward(call: Call) -> str:
    return f"{call.args[0]}.repeat_interleave({call.params['repeats']!r}, dim={call.params['dim']!r})"


REPEAT_INTERLEAVE = Block(
    type="repeat_interleave",
    title="Repeat each",
    group="Shape",
    help="Writes every place along a dimension several times in a row: a a b b c c.",
    params=(Param("repeats", "Times", "int", 2, "How many times.", 1), _DIM),
    shape=_interleave_shape,
    forward=_interleave_forward,
    reach=lambda p, x: mixing(x, (p.whole("dim"),)),
    summary=lambda p: f"{p['repeats']} times along dimension {p['dim']}",
    torch="torch.repeat_interleave",
    synonyms=("repeat interleave", "duplicate", "stretch", "grouped attention"),
    examples=(({}, ((2, 5),)), ({"repeats": 3, "dim": -1}, ((2, 3, 4),))),
)


def _batch_shape(_: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    x, like = inputs
    if x.dims[0] not in (1, like.dims[0]):
        raise ShapeError(
            "a first dimension of 1 at the Expand to batch",
            str(x),
            "Give it a Parameter or Constant whose first size is 1.",
            "merge",
        )
    return (Tensor((like.dims[0], *x.dims[1:]), x.dtype),)


def _batch_forward(call: Call) -> str:
    keep = ", -1" * (call.inputs[0].rank - 1)
    return f"{call.args[0]}.expand({call.args[1]}.shape[0]{keep})"


EXPAND_BATCH = Block(
    type="expand_batch",
    title="Expand to batch",
    group="Shape",
    help="Shows a learned tensor once for each sample, so that it can be joined with them: class tokens, queries.",
    inputs=(Port("tensor", help="Its first size is 1."), Port("samples", help="Only their number counts.")),
    shape=_batch_shape,
    forward=_batch_forward,
    reach=lambda _, x: (Window(0), *(Window(ANYWHERE) for _ in x.dims[1:])),
    view=True,
    torch="torch.Tensor.expand",
    synonyms=("class token", "broadcast", "for each sample", "query"),
    examples=(({}, ((1, 1, 4), (2, 5, 4))), ({}, ((1, 3), (2, 6)))),
)
