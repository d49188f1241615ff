"""Padding: a frame around what arrives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from designer.blocks.dims import Dim, Tensor
from designer.blocks.footprint import NOTHING, Keeps, Reach, Window
from designer.blocks.rules import need_dtype, need_rank, spell
from designer.blocks.spec import Block, Call, Layer, Param, Params
from designer.errors import ShapeError

__all__ = [
    "CIRCULAR_PAD1D",
    "CIRCULAR_PAD2D",
    "CIRCULAR_PAD3D",
    "CONSTANT_PAD1D",
    "CONSTANT_PAD2D",
    "CONSTANT_PAD3D",
    "PAD",
    "REFLECTION_PAD1D",
    "REFLECTION_PAD2D",
    "REFLECTION_PAD3D",
    "REPLICATION_PAD1D",
    "REPLICATION_PAD2D",
    "REPLICATION_PAD3D",
    "ZERO_PAD1D",
    "ZERO_PAD2D",
    "ZERO_PAD3D",
]


@dataclass(frozen=True)
class _Way:
    """One way to fill the frame: torch's names of it, what it says of itself, and the words that find it."""

    torch: str
    type: str
    title: str
    text: str
    synonyms: tuple[str, ...]
    least: int | None = 0
    keeps: Keeps = NOTHING


_ZERO = _Way("Zero", "zero", "Zero", "Puts zeros around what arrives.", ("zeros", "border", "margin"), None)
_CONSTANT = _Way(
    "Constant", "constant", "Constant", "Puts a fixed number around what arrives.", ("border", "margin"), None
)
_REFLECTION = _Way(
    "Reflection",
    "reflection",
    "Reflection",
    "Mirrors what arrives at its edges, without repeating the edge itself.",
    ("mirror", "border", "reflect"),
    keeps=Keeps(inputs=True),
)
_REPLICATION = _Way(
    "Replication",
    "replication",
    "Replication",
    "Repeats the numbers at the edges.",
    ("edge", "border", "replicate", "nearest"),
    keeps=Keeps(inputs=True),
)
_CIRCULAR = _Way("Circular", "circular", "Circular", "Goes on at the other end, as on a ring.", ("wrap", "border"))


def _sides(x: Tensor, frame: tuple[int, ...], who: str) -> tuple[Dim, ...]:
    """The sizes with a frame, which is given from the last dimension to the first, as torch wants it."""
    dims = list(x.dims)
    for i in range(len(frame) // 2):
        axis = x.rank - 1 - i
        cut = min(frame[2 * i], 0) + min(frame[2 * i + 1], 0)
        left, size = dims[axis] + cut, dims[axis] + (frame[2 * i] + frame[2 * i + 1])
        if (isinstance(size, int) and size < 1) or (isinstance(left, int) and left < 0):
            raise ShapeError(
                f"something left of dimension {axis} at {who}",
                f"{x} with a padding of {frame[2 * i]} and {frame[2 * i + 1]}",
                "Cut off less: negative padding takes away.",
                "window",
            )
        dims[axis] = size
    return tuple(dims)


def _need_room(x: Tensor, frame: tuple[int, ...], mode: str, who: str) -> None:
    """Mirrored and circular padding copy from inside: they cannot reach further than there is something."""
    for i, pad in enumerate(frame):
        side = x.dims[x.rank - 1 - i // 2]
        short = pad >= side if mode == "reflection" and isinstance(side, int) else False
        if isinstance(side, int) and (short or (mode == "circular" and pad > side)):
            limit = "below" if mode == "reflection" else "of at most"
            raise ShapeError(
                f"a padding {limit} the size of each side at {who}",
                f"padding {pad} on a side of {side}",
                "Use a smaller padding, or zeros.",
                "padding_mode",
            )


def _shape(way: _Way, n: int, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = f"the {way.type} padding"
    (x,) = inputs
    need_rank(x, n + 2, who)
    need_dtype(x, "float32", who)
    frame = p.size("padding", 2 * n)
    _need_room(x, frame, way.type, who)
    return (Tensor(_sides(x, frame, who)),)


def _layer(way: _Way, n: int, p: Params, _: tuple[Tensor, ...]) -> Layer:
    more = (p["value"],) if "value" in p else ()
    return Layer(f"nn.{way.torch}Pad{n}d", (p["padding"], *more))


def _framed(x: Tensor, frame: tuple[int, ...]) -> Reach:
    # What mirrored and circular padding copy counts as padding.
    first = {x.rank - 1 - i // 2: -frame[i] for i in range(0, len(frame), 2)}
    return tuple(Window(axis, first=first.get(axis, 0)) for axis in range(x.rank))


_ORDER = {1: "left and right", 2: "left, right, top and bottom", 3: "left, right, top, bottom, front and back"}
_INPUTS = {1: (2, 3, 6), 2: (2, 3, 5, 4), 3: (1, 2, 3, 4, 4)}


def _padding(way: _Way, n: int) -> Block:
    text = f"One number for every side, or {_ORDER[n]}."
    size = Param("padding", "Padding", "size", 1, text, way.least, ndim=2 * n, short="p")
    value = Param("value", "Value", "float", 0.0, "The number that fills the frame.")
    uneven = tuple(range(2 * n)) if way.type != "reflection" else (1, 2) * n
    return Block(
        type=f"{way.type}_pad{n}d",
        title=f"{way.title} pad {n}-D",
        group="Padding",
        help=way.text,
        params=(size, value) if way is _CONSTANT else (size,),
        shape=partial(_shape, way, n),
        layer=partial(_layer, way, n),
        reach=lambda p, x: _framed(x, p.size("padding", 2 * n)),
        keeps=way.keeps,
        summary=lambda p: f"by {spell(p['padding'])}",
        torch=f"torch.nn.{way.torch}Pad{n}d",
        synonyms=("padding", *way.synonyms),
        examples=(({}, (_INPUTS[n],)), ({"padding": tuple(min(v, 3) for v in uneven)}, (_INPUTS[n],))),
    )


ZERO_PAD1D, ZERO_PAD2D, ZERO_PAD3D = (_padding(_ZERO, n) for n in (1, 2, 3))
CONSTANT_PAD1D, CONSTANT_PAD2D, CONSTANT_PAD3D = (_padding(_CONSTANT, n) for n in (1, 2, 3))
REFLECTION_PAD1D, REFLECTION_PAD2D, REFLECTION_PAD3D = (_padding(_REFLECTION, n) for n in (1, 2, 3))
REPLICATION_PAD1D, REPLICATION_PAD2D, REPLICATION_PAD3D = (_padding(_REPLICATION, n) for n in (1, 2, 3))
CIRCULAR_PAD1D, CIRCULAR_PAD2D, CIRCULAR_PAD3D = (_padding(_CIRCULAR, n) for n in (1, 2, 3))

_MODES = {"reflect": "reflection", "circular": "circular"}


def _pad_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Pad"
    (x,) = inputs
    frame, mode = p.ints("pad"), p.text("mode")
    need_dtype(x, "float32", who)
    if len(frame) % 2 or (not frame and mode != "constant"):
        raise ShapeError(
            f"two numbers for each padded dimension at {who}",
            f"{len(frame)} of them",
            "Write before and after for the last dimension, then for the one before it.",
            "padding",
        )
    deep = len(frame) // 2
    if deep >= x.rank:
        raise ShapeError(
            f"a frame around at most {x.rank - 1} dimensions at {who}",
            f"numbers for {deep}",
            "The batch stays as it is: leave its numbers out.",
            "batch",
        )
    if mode != "constant":
        if x.rank != deep + 2:
            need_rank(x, min(deep, 3) + 2, f"{who} with mode {mode} and {len(frame)} numbers")
        if deep > 3 or min(frame) < 0:
            raise ShapeError(
                f"at most 6 numbers of at least 0 with mode {mode} at {who}",
                " ".join(map(str, frame)),
                "Use mode constant for that.",
                "padding",
            )
        _need_room(x, frame, _MODES.get(mode, mode), who)
    return (Tensor(_sides(x, frame, who)),)


def _pad_forward(call: Call) -> str:
    p = call.params
    mode = p.text("mode")
    more = f', mode="{mode}"' if mode != "constant" else f", value={p.number('value')!r}" if p["value"] else ""
    return f"F.pad({call.args[0]}, {p.ints('pad')!r}{more})"


PAD = Block(
    type="pad",
    title="Pad",
    group="Padding",
    help="Puts a frame around any dimensions; negative numbers cut off.",
    params=(
        Param("pad", "Padding", "dims", (1, 1), "Before and after for the last dimension, then for the one before it."),
        Param(
            "mode",
            "Fill",
            "choice",
            "constant",
            "A fixed number, a mirror, the edge again, or the other end.",
            choices=("constant", "reflect", "replicate", "circular"),
        ),
        Param("value", "Value", "float", 0.0, "The fixed number of mode constant.", advanced=True),
    ),
    shape=_pad_shape,
    forward=_pad_forward,
    reach=lambda p, x: _framed(x, p.ints("pad")),
    keeps=lambda p: Keeps(inputs=p["mode"] in ("reflect", "replicate")),
    summary=lambda p: "by " + " ".join(map(str, p.ints("pad"))),
    torch="torch.nn.functional.pad",
    synonyms=("padding", "border", "margin", "crop"),
    examples=(
        ({}, ((2, 3, 5),)),
        ({"pad": (1, 2, 0, -1), "value": 0.5}, ((2, 3, 4, 5),)),
        ({"pad": (1, 2), "mode": "reflect"}, ((2, 3, 5),)),
        ({"pad": (1, 2, 0, 1), "mode": "replicate"}, ((2, 3, 4, 5),)),
        ({"pad": (1, 2), "mode": "circular"}, ((2, 3, 5),)),
    ),
)
