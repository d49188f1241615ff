"""Many numbers to one, over the dimensions of a sample."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from designer.blocks.dims import Dim, Tensor, product
from designer.blocks.footprint import NOTHING, Keeps, Reach, mixing, reduced
from designer.blocks.rules import need_dtype, need_inner_axes, need_inner_axis
from designer.blocks.spec import Block, Call, Param, Params
from designer.errors import ShapeError

__all__ = [
    "AMAX",
    "AMIN",
    "ARGMAX",
    "CUMSUM",
    "LOGSUMEXP",
    "MEAN",
    "STD",
    "SUM",
    "VAR",
    "VECTOR_NORM",
]

_DIM = Param("dim", "Dimensions", "dims", (-1,), "Which dimensions become one number; -1 is the last.", -12, 11)
_KEEP = Param("keepdim", "Keep them as 1", "bool", False, "Whether they stay with size 1, ready to be joined again.")


def _without(dims: tuple[Dim, ...], axes: tuple[int, ...], keep: bool) -> tuple[Dim, ...]:
    if keep:
        return tuple(1 if axis in axes else d for axis, d in enumerate(dims))
    return tuple(d for axis, d in enumerate(dims) if axis not in axes)


@dataclass(frozen=True)
class _Way:
    """A reduction: its torch name, a parameter of its own, and what backward needs of it."""

    call: str
    title: str
    text: str
    keeps: Keeps
    synonyms: tuple[str, ...]
    option: Param | None = None
    spread: bool = False  # whether it needs more than one number


def _shape(way: _Way, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = f"the {way.title}"
    (x,) = inputs
    need_dtype(x, "float32", who)
    axes = need_inner_axes(p.ints("dim"), x.rank, who)
    count = product(x.dims[axis] for axis in axes)
    least = max(2, p.whole("correction") + 1) if way.spread else 1
    if isinstance(count, int) and count < least:
        raise ShapeError(
            f"at least {least} numbers at {who}",
            f"{count} in {x}",
            "Choose more dimensions, or take the mean instead.",
            "one_value",
        )
    return (Tensor(_without(x.dims, axes, p.flag("keepdim"))),)


def _forward(way: _Way, call: Call) -> str:
    p = call.params
    words = [f"dim={p.ints('dim')!r}"]
    if way.option:
        words.append(f"{way.option.name}={p[way.option.name]!r}")
    if p.flag("keepdim"):
        words.append("keepdim=True")
    return f"{way.call}({call.args[0]}, {', '.join(words)})"


def _summary(p: Params) -> str:
    dims = " ".join(map(str, p.ints("dim")))
    return f"over dimension{'s' if len(p.ints('dim')) > 1 else ''} {dims}"


def _reach(p: Params, x: Tensor) -> Reach:
    return reduced(x, p.ints("dim"), p.flag("keepdim"))


def _reduction(type_: str, way: _Way) -> Block:
    return Block(
        type=type_,
        title=way.title,
        group="Math",
        help=way.text,
        params=(_DIM, _KEEP, *((way.option,) if way.option else ())),
        shape=partial(_shape, way),
        forward=partial(_forward, way),
        reach=_reach,
        keeps=way.keeps,
        summary=_summary,
        torch=way.call,
        synonyms=("reduce", *way.synonyms),
        examples=(({}, ((2, 5),)), ({"dim": (2, 3)}, ((2, 3, 4, 5),)), ({"dim": (1,), "keepdim": True}, ((2, 3, 4),))),
    )


_IN, _BOTH = Keeps(inputs=True), Keeps(inputs=True, outputs=True)
_CORRECTION = Param(
    "correction", "Correction", "int", 1, "1 divides by one less than the count, 0 by the count.", 0, 100, advanced=True
)
MEAN = _reduction("mean", _Way("torch.mean", "Mean", "The mean over some dimensions.", NOTHING, ("average",)))
SUM = _reduction("sum", _Way("torch.sum", "Sum", "The sum over some dimensions.", NOTHING, ("total", "add up")))
AMAX = _reduction(
    "amax", _Way("torch.amax", "Reduce max", "The largest number over some dimensions.", _BOTH, ("max", "largest"))
)
AMIN = _reduction(
    "amin", _Way("torch.amin", "Reduce min", "The smallest number over some dimensions.", _BOTH, ("min", "smallest"))
)
VAR = _reduction(
    "var",
    _Way(
        "torch.var",
        "Variance",
        "The variance over some dimensions.",
        _IN,
        ("spread", "statistics"),
        _CORRECTION,
        spread=True,
    ),
)
STD = _reduction(
    "std",
    _Way(
        "torch.std",
        "Standard deviation",
        "The standard deviation over some dimensions.",
        _BOTH,
        ("spread", "statistics", "sigma"),
        _CORRECTION,
        spread=True,
    ),
)
VECTOR_NORM = _reduction(
    "vector_norm",
    _Way(
        "torch.linalg.vector_norm",
        "Vector norm",
        "The length over some dimensions.",
        _BOTH,
        ("length", "magnitude", "L2", "euclidean"),
        Param("ord", "Order", "float", 2.0, "2 is the usual length, 1 the sum without signs.", 1.0, 100.0),
    ),
)
LOGSUMEXP = _reduction(
    "logsumexp",
    _Way(
        "torch.logsumexp",
        "Log sum exp",
        "A smooth maximum over some dimensions.",
        _BOTH,
        ("smooth max", "LSE"),
    ),
)


def _argmax_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    need_dtype(x, "float32", "the Argmax")
    axis = need_inner_axis(p.whole("dim"), x.rank, "the Argmax")
    return (Tensor(_without(x.dims, (axis,), p.flag("keepdim")), "int64"),)


def _axis(call: Call) -> str:
    return f"dim={call.params.whole('dim')!r}" + (", keepdim=True" if call.params.get("keepdim") else "")


ARGMAX = Block(
    type="argmax",
    title="Argmax",
    group="Math",
    help="The place of the largest number. Nothing before it learns from it: it passes no gradient on.",
    params=(Param("dim", "Dimension", "int", -1, "Along which dimension; -1 is the last.", -12, 11), _KEEP),
    shape=_argmax_shape,
    forward=lambda call: f"torch.argmax({call.args[0]}, {_axis(call)})",
    reach=lambda p, x: reduced(x, (p.whole("dim"),), p.flag("keepdim")),
    summary=lambda p: f"along dimension {p['dim']}",
    torch="torch.argmax",
    synonyms=("index of the maximum", "class", "predict", "decide"),
    examples=(({}, ((2, 5),)), ({"dim": 1, "keepdim": True}, ((2, 3, 4, 4),))),
)


def _cumsum_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    need_dtype(x, "float32", "the Cumulative sum")
    need_inner_axis(p.whole("dim"), x.rank, "the Cumulative sum")
    return (x,)


CUMSUM = Block(
    type="cumsum",
    title="Cumulative sum",
    group="Math",
    help="At each place the sum of all numbers up to it.",
    params=(Param("dim", "Dimension", "int", 1, "Along which dimension; -1 is the last.", -12, 11),),
    shape=_cumsum_shape,
    forward=lambda call: f"torch.cumsum({call.args[0]}, {_axis(call)})",
    reach=lambda p, x: mixing(x, (p.whole("dim"),)),
    summary=lambda p: f"along dimension {p['dim']}",
    torch="torch.cumsum",
    synonyms=("running total", "prefix sum", "integral"),
    examples=(({}, ((2, 5),)), ({"dim": -1}, ((2, 3, 4),))),
)
