"""The fully connected layer."""

from __future__ import annotations

from designer.blocks.dims import Tensor
from designer.blocks.footprint import Keeps, mixing
from designer.blocks.rules import fixed, need_dtype, need_int, need_rank, per_sample
from designer.blocks.spec import Block, Cost, Layer, Param, Params, Port
from designer.errors import ShapeError

__all__ = ["BILINEAR", "LINEAR"]


def _shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Linear layer"
    (x,) = inputs
    if x.rank < 2:
        need_rank(x, 2, who)
    need_dtype(x, "float32", who)
    need_int(x.dims[-1], "features", who)
    return (Tensor((*x.dims[:-1], p.whole("out_features"))),)


def _layer(p: Params, inputs: tuple[Tensor, ...]) -> Layer:
    return Layer("nn.Linear", (fixed(inputs[0].dims[-1]), p["out_features"]), p.options("bias"))


def _cost(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> Cost:
    *places, features = inputs[0].dims
    weights = fixed(features) * p.whole("out_features")
    return Cost(weights + (p.whole("out_features") if p.flag("bias") else 0), weights * per_sample(places))


LINEAR = Block(
    type="linear",
    title="Linear",
    group="Linear",
    help="Every output is a weighted sum of all features (of the last dimension). Also called fully connected.",
    params=(
        Param("out_features", "Output features", "int", 64, "How many numbers it makes.", minimum=1),
        Param("bias", "Bias", "bool", True, "Adds a learnable number to each output.", implied=True, advanced=True),
    ),
    shape=_shape,
    layer=_layer,
    cost=_cost,
    reach=lambda p, x: mixing(x, (-1,)),
    keeps=Keeps(inputs=True, for_weights=True),
    summary=lambda p: f"{p['out_features']} features",
    torch="torch.nn.Linear",
    synonyms=("fully connected", "dense", "FC", "fullyConnectedLayer", "affine", "perceptron", "MLP"),
    examples=(
        ({"out_features": 4}, ((2, 6),)),
        ({"out_features": 3, "bias": False}, ((2, 5, 6),)),
    ),
)


def _bilinear_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Bilinear layer"
    for x in inputs:
        if x.rank < 2:
            need_rank(x, 2, who)
        need_dtype(x, "float32", who)
        need_int(x.dims[-1], "features", who)
    left, right = inputs
    if left.dims[:-1] != right.dims[:-1]:
        raise ShapeError(
            f"inputs that differ in their features only at {who}",
            f"{left} and {right}",
            "Bring all dimensions but the last one to the same sizes.",
            "merge",
        )
    return (Tensor((*left.dims[:-1], p.whole("out_features"))),)


def _bilinear_cost(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> Cost:
    weights = fixed(inputs[0].dims[-1]) * fixed(inputs[1].dims[-1]) * p.whole("out_features")
    return Cost(weights + (p.whole("out_features") if p.flag("bias") else 0))


BILINEAR = Block(
    type="bilinear",
    title="Bilinear",
    group="Linear",
    help="Every output is a weighted sum of all products of a feature of one input with one of the other.",
    params=(
        Param("out_features", "Output features", "int", 64, "How many numbers it makes.", minimum=1),
        Param("bias", "Bias", "bool", True, "Adds a learnable number to each output.", implied=True, advanced=True),
    ),
    inputs=(Port("first"), Port("second")),
    shape=_bilinear_shape,
    layer=lambda p, inputs: Layer(
        "nn.Bilinear",
        (fixed(inputs[0].dims[-1]), fixed(inputs[1].dims[-1]), p["out_features"]),
        p.options("bias"),
    ),
    cost=_bilinear_cost,
    reach=lambda p, x: mixing(x, (-1,)),
    keeps=Keeps(inputs=True),
    summary=lambda p: f"{p['out_features']} features",
    torch="torch.nn.Bilinear",
    synonyms=("two inputs", "product", "tensor product", "interaction"),
    examples=(
        ({"out_features": 4}, ((2, 6), (2, 5))),
        ({"out_features": 3, "bias": False}, ((2, 5, 6), (2, 5, 2))),
    ),
)
