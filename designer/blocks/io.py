"""Where data enters."""

from __future__ import annotations

from designer.blocks.dims import BATCH, Dim, Expr, Tensor
from designer.blocks.numbers import KINDS
from designer.blocks.spec import LARGEST, Block, Param, Params
from designer.errors import ShapeError

__all__ = ["INPUT"]


def _sizes(p: Params) -> tuple[Dim, ...]:
    """The sizes of a sample; a name stands for one that is left open."""
    value = p["size"]
    assert isinstance(value, tuple)
    return tuple(Expr.symbol(side) if isinstance(side, str) else side for side in value)


def _shape(p: Params, _: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    size, numbers = _sizes(p), 1
    for side in size:
        numbers *= side if isinstance(side, int) else 1
    if numbers > LARGEST:
        raise ShapeError(
            f"at most {LARGEST} numbers a sample at the Input",
            "×".join(map(str, size)),
            "Choose smaller sizes.",
            "size",
        )
    return (Tensor((BATCH, *size) if p.flag("batch") else size, p.text("dtype")),)


INPUT = Block(
    type="input",
    title="Input",
    group="Input and output",
    help="Where samples enter. Give the size of one sample: 1, 28, 28 is a grey picture of 28 by 28 pixels. A capital "
    "leaves a size open: 3, H, W takes colour pictures of any size.",
    params=(
        Param(
            "size",
            "Size",
            "open",
            (1, 28, 28),
            "The size of one sample: channels, height, width. A capital such as H leaves a size open.",
            1,
        ),
        Param(
            "dtype",
            "Data type",
            "choice",
            "float32",
            "float32 for pictures and measurements, int64 for words and categories.",
            choices=KINDS,
        ),
        Param(
            "batch",
            "Batch in front",
            "bool",
            True,
            "Off: one tensor of this very size for all samples, such as a table or a factor. Training needs it on.",
            advanced=True,
        ),
    ),
    inputs=(),
    shape=_shape,
    role="input",
    summary=lambda p: "×".join(map(str, _sizes(p))),
    synonyms=("data", "image", "sequence", "feature", "source", "imageInputLayer", "InputLayer"),
    examples=(({}, ()), ({"size": (16,), "dtype": "int64"}, ()), ({"size": (3, "H", "W")}, ())),
)
