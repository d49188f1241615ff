"""Where data enters."""

from __future__ import annotations

from designer.blocks.dims import BATCH, Tensor
from designer.blocks.spec import LARGEST, Block, Param, Params
from designer.errors import ShapeError

__all__ = ["INPUT"]


def _shape(p: Params, _: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    size, numbers = p.ints("size"), 1
    for side in size:
        numbers *= side
    if numbers > LARGEST:
        raise ShapeError(
            f"at most {LARGEST} numbers a sample at the Input",
            "×".join(map(str, size)),
            "Choose smaller sizes.",
            "size",
        )
    return (Tensor((BATCH, *size), p.text("dtype")),)


INPUT = Block(
    type="input",
    title="Input",
    group="Input and output",
    help="Where samples enter. Give the size of one sample: (1, 28, 28) is a grey picture of 28 by 28 pixels.",
    params=(
        Param("size", "Size", "dims", (1, 28, 28), "The size of one sample: channels, height, width.", 1),
        Param(
            "dtype",
            "Data type",
            "choice",
            "float32",
            "float32 for pictures and measurements, int64 for words and categories.",
            choices=("float32", "int64"),
        ),
    ),
    inputs=(),
    shape=_shape,
    role="input",
    summary=lambda p: "×".join(map(str, p.ints("size"))),
    synonyms=("data", "image", "sequence", "feature", "source", "imageInputLayer", "InputLayer"),
    examples=(({}, ()), ({"size": (16,), "dtype": "int64"}, ())),
)
