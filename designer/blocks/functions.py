"""Functions of each number by itself."""

from __future__ import annotations

from functools import partial

from designer.blocks.dims import Tensor
from designer.blocks.footprint import NOTHING, Keeps
from designer.blocks.rules import floats, need_dtype
from designer.blocks.spec import Block, Call, Param, Params
from designer.errors import ShapeError

__all__ = [
    "ABS",
    "CLAMP",
    "COS",
    "ERF",
    "EXP",
    "EXPM1",
    "LOG",
    "LOG1P",
    "NEG",
    "POWER",
    "RECIPROCAL",
    "RSQRT",
    "SCALE",
    "SIGN",
    "SIN",
    "SQRT",
    "SQUARE",
]

_IN, _OUT = Keeps(inputs=True), Keeps(outputs=True)


def _call(name: str, call: Call) -> str:
    return f"torch.{name}({call.args[0]})"


def _function(name: str, title: str, text: str, keeps: Keeps, *synonyms: str) -> Block:
    return Block(
        type=name,
        title=title,
        group="Math",
        help=text,
        shape=floats(f"the {title}"),
        forward=partial(_call, name),
        keeps=keeps,
        torch=f"torch.{name}",
        synonyms=("function", *synonyms),
        examples=(({}, ((2, 5),)), ({}, ((2, 3, 4, 4),))),
    )


ABS = _function("abs", "Absolute value", "Takes the sign away.", _IN, "magnitude", "modulus")
NEG = _function("neg", "Negate", "Turns the sign around.", NOTHING, "minus", "negative")
SIGN = _function("sign", "Sign", "-1, 0 or 1; it passes no gradient on.", NOTHING, "signum", "binarize")
EXP = _function("exp", "Exponential", "e to the power of each number.", _OUT, "e", "exponent")
EXPM1 = _function("expm1", "Exponential minus one", "e to the power of each number, minus 1.", _OUT, "exp", "small")
LOG = _function("log", "Logarithm", "The natural logarithm; numbers must be above 0.", _IN, "ln", "natural log")
LOG1P = _function("log1p", "Logarithm of one plus", "The logarithm of 1 plus each number.", _IN, "log", "counts")
SQRT = _function("sqrt", "Square root", "The root of each number; numbers must be above 0.", _OUT, "root")
RSQRT = _function(
    "rsqrt", "Reciprocal square root", "1 divided by the root of each number.", _OUT, "inverse root", "norm"
)
SQUARE = _function("square", "Square", "Each number times itself.", _IN, "power 2", "x²")
RECIPROCAL = _function("reciprocal", "Reciprocal", "1 divided by each number.", _OUT, "inverse", "one over")
SIN = _function("sin", "Sine", "The sine of each number; periodic features.", _IN, "wave", "periodic", "SIREN")
COS = _function("cos", "Cosine", "The cosine of each number; periodic features.", _IN, "wave", "periodic")
ERF = _function("erf", "Error function", "The Gaussian error function, from -1 to 1.", _IN, "gauss", "normal")


def _scale_forward(call: Call) -> str:
    scale, shift = call.params.number("scale"), call.params.number("shift")
    text = f"{call.args[0]} * {scale!r}" if scale != 1.0 or shift == 0.0 else call.args[0]
    return f"{text} + {shift!r}" if shift else text


SCALE = Block(
    type="scale",
    title="Scale and shift",
    group="Math",
    help="Multiplies each number by a constant and adds another one.",
    params=(
        Param("scale", "Scale", "float", 1.0, "What each number is multiplied by."),
        Param("shift", "Shift", "float", 0.0, "What is added then."),
    ),
    shape=floats("the Scale and shift"),
    forward=_scale_forward,
    summary=lambda p: f"× {p.number('scale'):g}, + {p.number('shift'):g}",
    torch="torch.mul",
    synonyms=("constant", "offset", "affine", "Rescaling", "multiply by a number", "add a number"),
    examples=(({"scale": 0.5, "shift": -1.0}, ((2, 5),)), ({"shift": 2.0}, ((2, 3, 4),)), ({}, ((2, 3),))),
)

POWER = Block(
    type="power",
    title="Power",
    group="Math",
    help="Each number to the power of a constant.",
    params=(Param("exponent", "Exponent", "float", 2.0, "Whole for numbers below 0.", -100.0, 100.0),),
    shape=floats("the Power"),
    forward=lambda call: f"torch.pow({call.args[0]}, {call.params.number('exponent')!r})",
    keeps=lambda p: Keeps(inputs=p["exponent"] != 0.0),
    summary=lambda p: f"to the power of {p.number('exponent'):g}",
    torch="torch.pow",
    synonyms=("function", "pow", "exponent", "square", "root"),
    examples=(({}, ((2, 5),)), ({"exponent": 0.5}, ((2, 3, 4),)), ({"exponent": -1.0}, ((2, 3),))),
)


def _clamp_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Clamp"
    need_dtype(inputs[0], "float32", who)
    if p["min"] is None and p["max"] is None:
        raise ShapeError(f"at least one bound at {who}", "none", "Set the lower or the upper bound.", "range")
    return (inputs[0],)


def _clamp_forward(call: Call) -> str:
    bounds = ", ".join(f"{name}={call.params[name]!r}" for name in ("min", "max") if call.params[name] is not None)
    return f"torch.clamp({call.args[0]}, {bounds})"


def _clamp_summary(p: Params) -> str:
    low, high = ("open" if p[name] is None else f"{p.number(name):g}" for name in ("min", "max"))
    return f"{low} to {high}"


CLAMP = Block(
    type="clamp",
    title="Clamp",
    group="Math",
    help="Cuts off what lies below or above two bounds.",
    params=(
        Param("min", "Lower bound", "float", 0.0, "Nothing below it comes out; empty: no bound.", optional=True),
        Param("max", "Upper bound", "float", 1.0, "Nothing above it comes out; empty: no bound.", optional=True),
    ),
    shape=_clamp_shape,
    forward=_clamp_forward,
    keeps=_IN,
    summary=_clamp_summary,
    torch="torch.clamp",
    synonyms=("clip", "limit", "bound", "function"),
    examples=(({}, ((2, 5),)), ({"min": None}, ((2, 3, 4),)), ({"max": None, "min": -1.0}, ((2, 3),))),
)
