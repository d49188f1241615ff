"""Activations that look along a dimension: probabilities and gates."""

from __future__ import annotations

from functools import partial

from designer.blocks.dims import Tensor, divisible
from designer.blocks.footprint import Keeps, mixing
from designer.blocks.rules import need_axis, need_dtype, need_inner_axis, need_int, need_rank
from designer.blocks.spec import Block, Layer, Param, Params
from designer.errors import ShapeError

__all__ = ["GLU", "LOG_SOFTMAX", "SOFTMAX", "SOFTMAX2D", "SOFTMIN"]


def _layer(kind: str, p: Params, _: tuple[Tensor, ...]) -> Layer:
    return Layer(f"nn.{kind}", (), p.options())


def _softmax_shape(title: str, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    need_dtype(x, "float32", f"the {title}")
    need_axis(p.whole("dim"), x.rank, f"the {title}")
    return (x,)


def _softmax(type_: str, kind: str, title: str, text: str, synonyms: tuple[str, ...]) -> Block:
    return Block(
        type=type_,
        title=title,
        group="Activation",
        help=f"{text} Training adds it by itself: a Classification output takes the numbers before it.",
        params=(Param("dim", "Dimension", "int", 1, "Along which dimension; 1 are the classes or channels.", -12, 11),),
        shape=partial(_softmax_shape, title),
        layer=partial(_layer, kind),
        reach=lambda p, x: mixing(x, (p.whole("dim"),)),
        keeps=Keeps(outputs=True),
        summary=lambda p: f"along dimension {p['dim']}",
        torch=f"torch.nn.{kind}",
        synonyms=("probabilities", "normalized exponential", *synonyms),
        examples=(({}, ((2, 5),)), ({"dim": -1}, ((2, 3, 4),))),
    )


SOFTMAX = _softmax(
    "softmax", "Softmax", "Softmax", "Turns numbers into probabilities that sum to 1.", ("softmaxLayer", "activation")
)
LOG_SOFTMAX = _softmax(
    "log_softmax", "LogSoftmax", "Log softmax", "The logarithm of Softmax, computed safely.", ("NLL", "activation")
)
SOFTMIN = _softmax(
    "softmin", "Softmin", "Softmin", "A Softmax in which the smallest number gets most.", ("activation", "distance")
)


def _softmax2d_shape(_: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    need_rank(x, 4, "the Softmax 2-D")
    need_dtype(x, "float32", "the Softmax 2-D")
    return (x,)


SOFTMAX2D = Block(
    type="softmax2d",
    title="Softmax 2-D",
    group="Activation",
    help="Turns the channels of each pixel into probabilities that sum to 1.",
    shape=_softmax2d_shape,
    layer=partial(_layer, "Softmax2d"),
    reach=lambda _, x: mixing(x, (1,)),
    keeps=Keeps(outputs=True),
    torch="torch.nn.Softmax2d",
    synonyms=("probabilities", "activation", "per pixel", "spatial softmax"),
    examples=(({}, ((2, 3, 4, 4),)), ({}, ((1, 2, 5, 3),))),
)


def _glu_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the GLU"
    (x,) = inputs
    need_dtype(x, "float32", who)
    axis = need_inner_axis(p.whole("dim"), x.rank, who)
    size = x.dims[axis]
    even = divisible(size, 2)
    if even is None:
        need_int(size, "features", who)
    if not even:
        raise ShapeError(
            f"an even size of dimension {axis} at {who}, which halves it",
            str(x),
            "Give the layer before it an even number of features.",
            "groups",
        )
    return (Tensor((*x.dims[:axis], size // 2, *x.dims[axis + 1 :])),)


GLU = Block(
    type="glu",
    title="GLU",
    group="Activation",
    help="One half of the features decides how much of the other half passes; the size is halved.",
    params=(Param("dim", "Dimension", "int", 1, "Which dimension is halved; 1 are the channels.", -12, 11),),
    shape=_glu_shape,
    layer=partial(_layer, "GLU"),
    reach=lambda p, x: mixing(x, (p.whole("dim"),)),
    keeps=Keeps(inputs=True),
    summary=lambda p: f"along dimension {p['dim']}",
    torch="torch.nn.GLU",
    synonyms=("gated linear unit", "gate", "activation"),
    examples=(({}, ((2, 6),)), ({"dim": -1}, ((2, 3, 4),)), ({"dim": 1}, ((1, 4, 3, 3),))),
)
