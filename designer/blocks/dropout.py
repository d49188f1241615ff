"""Dropout: forget a little while training, so as not to learn by heart."""

from __future__ import annotations

from functools import partial

from designer.blocks.dims import Tensor
from designer.blocks.footprint import Keeps
from designer.blocks.rules import floats, need_dtype, need_rank
from designer.blocks.spec import Block, Layer, Param, Params

__all__ = ["DROPOUT", "DROPOUT2D"]

_P = Param("p", "Probability", "float", 0.5, "How likely it is that a number is set to 0.", 0.0, 1.0, implied=0.5)


def _layer(kind: str, p: Params, _: tuple[Tensor, ...]) -> Layer:
    return Layer(f"nn.{kind}", (), p.options())


def _summary(p: Params) -> str:
    return f"p {p.number('p'):g}"


def _mask(_: Params, inputs: tuple[Tensor, ...], __: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    # Which numbers stay: a byte each on a GPU. (On the CPU torch keeps them as numbers of the input's kind.)
    return (Tensor(inputs[0].dims, "bool"),)


DROPOUT = Block(
    type="dropout",
    title="Dropout",
    group="Regularisation",
    help="Sets random numbers to 0 while training; does nothing afterwards. Helps against overfitting.",
    params=(_P,),
    shape=floats("the dropout"),
    layer=partial(_layer, "Dropout"),
    keeps=Keeps(more=_mask),
    summary=_summary,
    torch="torch.nn.Dropout",
    synonyms=("drop", "regularization", "overfitting", "dropoutLayer"),
    examples=(({}, ((2, 6),)), ({"p": 0.1}, ((2, 3, 4, 4),))),
)


def _shape2d(_: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    need_rank(inputs[0], 4, "the 2-D dropout")
    need_dtype(inputs[0], "float32", "the 2-D dropout")
    return (inputs[0],)


DROPOUT2D = Block(
    type="dropout2d",
    title="Dropout 2-D",
    group="Regularisation",
    help="Sets whole random channels to 0 while training; does nothing afterwards.",
    params=(_P,),
    shape=_shape2d,
    layer=partial(_layer, "Dropout2d"),
    keeps=Keeps(more=lambda _, inputs, __: (Tensor((*inputs[0].dims[:2], 1, 1)),)),
    summary=_summary,
    torch="torch.nn.Dropout2d",
    synonyms=("regularization", "spatial dropout", "SpatialDropout2D", "spatialDropoutLayer"),
    examples=(({}, ((2, 3, 4, 4),)), ({"p": 0.2}, ((1, 2, 3, 3),))),
)
