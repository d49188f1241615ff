"""Tensor arithmetic as people write it, for what has no block of its own. Its sizes are measured with torch."""

from __future__ import annotations

import re

from designer.blocks.dims import Dim, Expr, Tensor
from designer.blocks.expression import inputs_of, with_inputs
from designer.blocks.footprint import Keeps
from designer.blocks.numbers import KINDS
from designer.blocks.spec import LARGEST, OPEN, Block, Call, Param, Params, Port
from designer.errors import ShapeError

__all__ = ["OPERATION"]


def _unknown(params: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    raise ShapeError("measured sizes", "an operation without a rule", "Wait until it was measured.", "measured")


def _ports(p: Params) -> tuple[Port, ...]:
    count = p.whole("outputs")
    return tuple(Port("out" if count == 1 else f"out {n + 1}") for n in range(count))


def _told(p: Params, _: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return tuple(_read(text) for text in p.words("sizes"))


def _read(text: str) -> Tensor:
    """The tensor that ``str`` has written. Raises ShapeError."""
    sizes, _, dtype = text.strip().partition(" ")
    dims: list[Dim] = []
    for part in [] if sizes == "scalar" else re.split("[×x]", sizes):
        if part.isdigit() and part.isascii() and int(part) <= LARGEST:
            dims.append(int(part))
        elif OPEN.fullmatch(part):
            dims.append(Expr.symbol(part))
        else:
            raise ShapeError("sizes such as 3×4, B×5 int64 or scalar", repr(text[:40]), "Write them so.", "operation")
    if (dtype or "float32") not in KINDS:
        raise ShapeError(f"a kind of number: {', '.join(KINDS)}", repr(dtype[:20]), "Write one of them.", "operation")
    return Tensor(tuple(dims), dtype or "float32")


def _forward(call: Call) -> str:
    text = call.params.text("expression")
    read = inputs_of(text)
    if read and read[-1] >= len(call.args):
        raise ShapeError(
            f"{read[-1] + 1} inputs, since the expression reads x{read[-1]}",
            f"{len(call.args)}",
            "Wire the inputs that are missing, or take them out of the expression.",
            "operation",
        )
    return with_inputs(text, call.args)


def _summary(p: Params) -> str:
    text = p.text("expression")
    return text if len(text) <= 28 else f"{text[:27]}…"


OPERATION = Block(
    type="operation",
    title="Operation",
    group="Math",
    help="A line of tensor arithmetic in Python: x0 is the first input, x1 the second. It may use the functions of "
    "torch that compute, and nothing else.",
    shape=_unknown,
    params=(
        Param(
            "expression",
            "Expression",
            "expression",
            "x0 * torch.sigmoid(x0)",
            "For example x0 + 2 * x1, torch.roll(x0, 1, dims=2) or x0[:, :, ::2].",
            short="e",
        ),
        Param(
            "sizes",
            "Sizes that come out",
            "labels",
            (),
            "Empty: they are measured. Needed only where sizes depend on the numbers that arrive: 3×4, B×5 int64.",
            advanced=True,
        ),
        Param("outputs", "Outputs", "int", 1, "How many tensors it gives; more than 1 where it gives several.", 1, 64),
    ),
    inputs=(Port("in", many=True, least=0),),
    gives=_ports,
    forward=_forward,
    keeps=Keeps(inputs=True),
    summary=_summary,
    torch="torch.einsum",
    synonyms=("expression", "formula", "custom", "lambda", "function", "arithmetic", "code"),
    examples=(({}, ((2, 3),)), ({"expression": "torch.roll(x0, 1, dims=2) * x1"}, ((2, 3, 4), (2, 3, 4)))),
    measured=True,
    told=_told,
)
