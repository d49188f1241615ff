"""Activations: what makes a network more than one big sum. Every one keeps the shape."""

from __future__ import annotations

from functools import partial

from designer.blocks.dims import Tensor
from designer.blocks.footprint import Keeps, mixing
from designer.blocks.rules import fixed, floats, need_axis, need_dtype, need_int, need_rank
from designer.blocks.spec import Block, Cost, Layer, Param, Params

__all__ = [
    "ELU",
    "GELU",
    "HARDSIGMOID",
    "HARDSWISH",
    "LEAKY_RELU",
    "LOG_SOFTMAX",
    "MISH",
    "PRELU",
    "RELU",
    "RELU6",
    "SELU",
    "SIGMOID",
    "SILU",
    "SOFTMAX",
    "SOFTPLUS",
    "TANH",
]


def _plain_layer(kind: str, p: Params, _: tuple[Tensor, ...]) -> Layer:
    return Layer(f"nn.{kind}", (), p.options())


_FROM_RESULTS = ("ReLU", "Sigmoid", "Tanh")  # their slope follows from what came out


def _activation(kind: str, title: str, text: str, *params: Param, synonyms: tuple[str, ...] = ()) -> Block:
    others: tuple[dict[str, str | float], ...] = tuple(
        {p.name: p.choices[-1] if p.choices else 0.5} for p in params if p.kind in ("choice", "float")
    )
    return Block(
        type=kind.lower() if kind != "LeakyReLU" else "leaky_relu",
        title=title,
        group="Activation",
        help=text,
        params=params,
        shape=floats(f"the {title} activation"),
        layer=partial(_plain_layer, kind),
        keeps=Keeps(outputs=True) if kind in _FROM_RESULTS else Keeps(inputs=True),
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


def _softmax_shape(title: str, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    need_dtype(x, "float32", f"the {title}")
    need_axis(p.whole("dim"), x.rank, f"the {title}")
    return (x,)


def _softmax(kind: str, title: str, text: str, synonyms: tuple[str, ...]) -> Block:
    return Block(
        type="softmax" if kind == "Softmax" else "log_softmax",
        title=title,
        group="Activation",
        help=f"{text} Training adds it by itself: a Classification output takes the numbers before it.",
        params=(Param("dim", "Dimension", "int", 1, "Along which dimension; 1 are the classes or channels.", -12, 11),),
        shape=partial(_softmax_shape, title),
        layer=partial(_plain_layer, kind),
        reach=lambda p, x: mixing(x, (p.whole("dim"),)),
        keeps=Keeps(outputs=True),
        summary=lambda p: f"along dimension {p['dim']}",
        torch=f"torch.nn.{kind}",
        synonyms=("probabilities", "normalized exponential", *synonyms),
        examples=(({}, ((2, 5),)), ({"dim": -1}, ((2, 3, 4),))),
    )


SOFTMAX = _softmax(
    "Softmax", "Softmax", "Turns numbers into probabilities that sum to 1.", ("softmaxLayer", "activation")
)
LOG_SOFTMAX = _softmax("LogSoftmax", "Log softmax", "The logarithm of Softmax, computed safely.", ("NLL", "activation"))
