"""Activations: what makes a network more than one big sum. Every one keeps the shape."""

from __future__ import annotations

from functools import partial

from designer.blocks.dims import Tensor
from designer.blocks.footprint import Keeps
from designer.blocks.rules import fixed, floats, need_dtype, need_int, need_rank
from designer.blocks.spec import Block, Cost, Layer, Param, Params, ShapeRule
from designer.errors import ShapeError

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "HARDSHRINK",
    "HARDSIGMOID",
    "HARDSWISH",
    "HARDTANH",
    "LEAKY_RELU",
    "LOGSIGMOID",
    "MISH",
    "PRELU",
    "RELU",
    "RELU6",
    "RRELU",
    "SELU",
    "SIGMOID",
    "SILU",
    "SOFTPLUS",
    "SOFTSHRINK",
    "SOFTSIGN",
    "TANH",
    "TANHSHRINK",
    "THRESHOLD",
]


def _plain_layer(kind: str, p: Params, _: tuple[Tensor, ...]) -> Layer:
    return Layer(f"nn.{kind}", (), p.options())


_FROM_RESULTS = ("ReLU", "Sigmoid", "Tanh")  # their slope follows from what came out


def _same(_: Params, inputs: tuple[Tensor, ...], __: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return inputs


# What the layer computes on the way and needs again.
_MORE: dict[str, Keeps] = {
    "RReLU": Keeps(inputs=True, more=_same),
    "LogSigmoid": Keeps(inputs=True, more=_same),
    "Softsign": Keeps(inputs=True, more=_same),
    "Tanhshrink": Keeps(more=_same),
}


def _ordered(low: str, high: str, who: str, apart: bool = False) -> ShapeRule:
    """Keeps the shape; one number must not lie above another one (``apart``: nor be equal to it)."""

    def rule(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        need_dtype(inputs[0], "float32", who)
        if p.number(low) > p.number(high) or (apart and p.number(low) == p.number(high)):
            raise ShapeError(
                f"a lower bound {'below' if apart else 'that is not above'} the upper one at {who}",
                f"{p.number(low):g} and {p.number(high):g}",
                "Lower the lower bound, or raise the upper one.",
                "range",
            )
        return (inputs[0],)

    return rule


def _activation(
    kind: str,
    title: str,
    text: str,
    *params: Param,
    synonyms: tuple[str, ...] = (),
    shape: ShapeRule | None = None,
) -> Block:
    others: tuple[dict[str, str | float], ...] = tuple(
        {p.name: p.choices[-1] if p.choices else 0.25} for p in params if p.kind in ("choice", "float")
    )
    return Block(
        type=kind.lower() if kind != "LeakyReLU" else "leaky_relu",
        title=title,
        group="Activation",
        help=text,
        params=params,
        shape=shape or floats(f"the {title} activation"),
        layer=partial(_plain_layer, kind),
        keeps=_MORE.get(kind, Keeps(outputs=True) if kind in _FROM_RESULTS else Keeps(inputs=True)),
        torch=f"torch.nn.{kind}",
        synonyms=("activation", "nonlinearity", *synonyms),
        examples=(({}, ((2, 5),)), ({}, ((2, 3, 4, 4),)), *((values, ((2, 5),)) for values in others)),
    )


RELU = _activation(
    "ReLU",
    "ReLU",
    "Sets negative numbers to 0. The usual first choice.",
    synonyms=("rectifier", "rectified linear unit", "reluLayer"),
)
LEAKY_RELU = _activation(
    "LeakyReLU",
    "Leaky ReLU",
    "Like ReLU, but lets a little of the negative numbers through, so that no unit dies.",
    Param("negative_slope", "Negative slope", "float", 0.01, "The factor for negative numbers.", implied=0.01),
    synonyms=("rectifier", "lrelu", "leakyReluLayer"),
)
RELU6 = _activation(
    "ReLU6",
    "ReLU6",
    "ReLU that stops at 6; used in networks for phones.",
    synonyms=("clipped", "clippedReluLayer", "MobileNet"),
)
GELU = _activation(
    "GELU",
    "GELU",
    "A smooth ReLU, usual in transformers.",
    Param("approximate", "Approximation", "choice", "none", "tanh: faster.", choices=("none", "tanh"), implied="none"),
    synonyms=("gaussian error linear unit", "geluLayer"),
)
SILU = _activation(
    "SiLU",
    "SiLU",
    "A smooth ReLU: each number times its own sigmoid. Usual in EfficientNet.",
    synonyms=("swish", "swishLayer"),
)
ELU = _activation(
    "ELU",
    "ELU",
    "Like ReLU, with a smooth curve down to -alpha on the negative side.",
    Param("alpha", "Alpha", "float", 1.0, "Where the negative side levels off.", 0.0, implied=1.0),
    synonyms=("exponential linear unit", "eluLayer"),
)
SELU = _activation(
    "SELU",
    "SELU",
    "An ELU scaled so that deep stacks of Linear blocks keep mean 0 and spread 1 by themselves.",
    synonyms=("self-normalizing",),
)
SIGMOID = _activation(
    "Sigmoid",
    "Sigmoid",
    "Squeezes each number between 0 and 1.",
    synonyms=("logistic", "sigmoidLayer"),
)
TANH = _activation(
    "Tanh",
    "Tanh",
    "Squeezes each number between -1 and 1.",
    synonyms=("hyperbolic tangent", "tanhLayer"),
)
HARDSWISH = _activation(
    "Hardswish",
    "Hardswish",
    "A cheap SiLU made of straight lines and one parabola; used in MobileNetV3.",
    synonyms=("swish", "MobileNet"),
)
HARDSIGMOID = _activation(
    "Hardsigmoid",
    "Hardsigmoid",
    "A cheap Sigmoid made of three straight lines.",
    synonyms=("sigmoid", "MobileNet"),
)
MISH = _activation("Mish", "Mish", "A smooth ReLU that dips a little below 0.", synonyms=("swish",))
SOFTPLUS = _activation(
    "Softplus",
    "Softplus",
    "A smooth ReLU whose results are always above 0.",
    Param("beta", "Beta", "float", 1.0, "How sharp the bend is.", 0.001, implied=1.0),
    Param(
        "threshold",
        "Threshold",
        "float",
        20.0,
        "Above this it is a straight line, to stay within numbers.",
        0.0,
        implied=20.0,
        advanced=True,
    ),
    synonyms=("softplusLayer",),
)


CELU = _activation(
    "CELU",
    "CELU",
    "An ELU whose bend is smooth whatever alpha is.",
    Param("alpha", "Alpha", "float", 1.0, "How far down the negative side goes.", 0.001, implied=1.0),
    synonyms=("continuously differentiable ELU", "exponential linear unit"),
)
HARDTANH = _activation(
    "Hardtanh",
    "Hardtanh",
    "Lets numbers pass between two bounds and cuts off what lies outside.",
    Param("min_val", "Lower bound", "float", -1.0, "Nothing below it comes out.", implied=-1.0),
    Param("max_val", "Upper bound", "float", 1.0, "Nothing above it comes out.", implied=1.0),
    synonyms=("clip", "clamp", "clippedReluLayer"),
    shape=_ordered("min_val", "max_val", "the Hardtanh activation", apart=True),
)
LOGSIGMOID = _activation(
    "LogSigmoid", "Log sigmoid", "The logarithm of Sigmoid, computed safely.", synonyms=("sigmoid", "logistic")
)
SOFTSIGN = _activation(
    "Softsign", "Softsign", "Squeezes each number between -1 and 1, more gently than Tanh.", synonyms=("squash",)
)
TANHSHRINK = _activation("Tanhshrink", "Tanhshrink", "Each number minus its own Tanh.", synonyms=("shrinkage",))
HARDSHRINK = _activation(
    "Hardshrink",
    "Hardshrink",
    "Sets numbers near 0 to 0 and keeps the others.",
    Param("lambd", "Width", "float", 0.5, "Numbers within this distance of 0 become 0.", 0.0, implied=0.5),
    synonyms=("shrinkage", "sparse"),
)
SOFTSHRINK = _activation(
    "Softshrink",
    "Softshrink",
    "Brings every number nearer to 0, and numbers near 0 to 0.",
    Param("lambd", "Width", "float", 0.5, "How much nearer.", 0.0, implied=0.5),
    synonyms=("shrinkage", "sparse", "soft thresholding"),
)
THRESHOLD = _activation(
    "Threshold",
    "Threshold",
    "Keeps numbers above a threshold and sets all others to one value.",
    Param("threshold", "Threshold", "float", 0.1, "What lies above it passes."),
    Param("value", "Value", "float", 0.0, "What all other numbers become."),
    synonyms=("cut-off", "gate"),
)
RRELU = _activation(
    "RReLU",
    "RReLU",
    "A leaky ReLU whose slope is drawn anew for each number while training.",
    Param("lower", "Lower slope", "float", 0.125, "The least slope.", 0.0, implied=0.125),
    Param("upper", "Upper slope", "float", 1 / 3, "The largest slope.", 0.0, implied=1 / 3),
    synonyms=("randomized leaky ReLU", "randomised"),
    shape=_ordered("lower", "upper", "the RReLU activation"),
)


def _prelu_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the PReLU activation"
    (x,) = inputs
    need_dtype(x, "float32", who)
    if p.flag("per_channel"):
        if x.rank < 2:
            need_rank(x, 2, who, "B×channels×...")
        need_int(x.dims[1], "channels", who)
    return (x,)


def _slopes(p: Params, inputs: tuple[Tensor, ...]) -> int:
    return fixed(inputs[0].dims[1]) if p.flag("per_channel") else 1


def _prelu_layer(p: Params, inputs: tuple[Tensor, ...]) -> Layer:
    slopes = _slopes(p, inputs)
    return Layer("nn.PReLU", (slopes,) if slopes > 1 else (), p.options("init"))


PRELU = Block(
    type="prelu",
    title="PReLU",
    group="Activation",
    help="A leaky ReLU that learns its own slope.",
    params=(
        Param("per_channel", "Slope for each channel", "bool", False, "Off: one slope for all channels."),
        Param("init", "First slope", "float", 0.25, "The slope before training.", implied=0.25, advanced=True),
    ),
    shape=_prelu_shape,
    layer=_prelu_layer,
    cost=lambda p, inputs, _: Cost(_slopes(p, inputs)),
    keeps=Keeps(inputs=True),
    torch="torch.nn.PReLU",
    synonyms=("activation", "nonlinearity", "parametric", "preluLayer"),
    examples=(({}, ((2, 5),)), ({"per_channel": True}, ((2, 3, 4, 4),))),
)
