"""Pictures cut into patches, and patches laid back."""

from __future__ import annotations

from designer.blocks.dims import Dim, Tensor, divisible, product
from designer.blocks.footprint import Reach, Window
from designer.blocks.rules import need_dtype, need_int, need_rank, spell, window
from designer.blocks.spec import Block, Layer, Param, Params
from designer.errors import ShapeError

__all__ = ["FOLD", "UNFOLD"]

_WINDOW = (
    Param("kernel_size", "Patch size", "size", 3, "The sides of a patch.", 1, ndim=2, short="k"),
    Param("dilation", "Dilation", "size", 1, "Gaps inside a patch.", 1, ndim=2, implied=1, advanced=True, short="d"),
    Param("padding", "Padding", "size", 0, "Zeros around the picture.", 0, ndim=2, implied=0, short="p"),
    Param("stride", "Stride", "size", 1, "Steps between patches.", 1, ndim=2, implied=1, short="s"),
)


def _patches(p: Params, sides: tuple[Dim, ...], who: str) -> Dim:
    kernel, stride, padding, dilation = (p.size(n, 2) for n in ("kernel_size", "stride", "padding", "dilation"))
    return product(window(sides[i], kernel[i], stride[i], padding[i], dilation[i], who) for i in (0, 1))


def _area(p: Params) -> int:
    height, width = p.size("kernel_size", 2)
    return height * width


def _mixed(x: Tensor) -> Reach:
    return (Window(0), *(None for _ in x.dims[1:]))


def _unfold_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Unfold"
    (x,) = inputs
    need_rank(x, 4, who)
    need_dtype(x, "float32", who)
    return (Tensor((x.dims[0], x.dims[1] * _area(p), _patches(p, x.dims[2:], who))),)


UNFOLD = Block(
    type="unfold",
    title="Unfold",
    group="Resize",
    help="Cuts a picture into (overlapping) patches and lays each out as one column.",
    params=_WINDOW,
    shape=_unfold_shape,
    layer=lambda p, _: Layer("nn.Unfold", (p["kernel_size"],), p.options("dilation", "padding", "stride")),
    reach=lambda _, x: _mixed(x),
    summary=lambda p: f"patches of {spell(p['kernel_size'])}",
    torch="torch.nn.Unfold",
    synonyms=("im2col", "patches", "sliding window", "extract patches"),
    examples=(({}, ((2, 3, 5, 6),)), ({"kernel_size": 2, "stride": 2, "padding": 1}, ((1, 2, 4, 6),))),
)


def _fold_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Fold"
    (x,) = inputs
    need_rank(x, 3, who, "B×numbers×patches")
    need_dtype(x, "float32", who)
    area, sides = _area(p), p.size("output_size", 2)
    fits = divisible(x.dims[1], area)
    if fits is None:
        need_int(x.dims[1], "numbers", who)
    if not fits:
        raise ShapeError(
            f"columns whose length {area} divides at {who}, as many as a patch has places",
            str(x),
            "Change the patch size, or the number of channels before it.",
            "groups",
        )
    wanted = _patches(p, sides, who)
    if need_int(x.dims[2], "patches", who) != wanted:
        raise ShapeError(
            f"{wanted} patches at {who}, for a picture of {spell(sides)}",
            str(x),
            "Change the output size, the stride or the padding.",
            "size",
        )
    return (Tensor((x.dims[0], x.dims[1] // area, *sides)),)


FOLD = Block(
    type="fold",
    title="Fold",
    group="Resize",
    help="Lays patches back into a picture; where they overlap, they are added.",
    params=(Param("output_size", "Picture size", "size", 8, "The sides of what comes out.", 1, ndim=2), *_WINDOW),
    shape=_fold_shape,
    layer=lambda p, _: Layer(
        "nn.Fold", (p["output_size"], p["kernel_size"]), p.options("dilation", "padding", "stride")
    ),
    reach=lambda _, x: _mixed(x),
    summary=lambda p: f"to {spell(p['output_size'])}",
    torch="torch.nn.Fold",
    synonyms=("col2im", "patches", "put together"),
    examples=(
        ({"output_size": 4, "kernel_size": 2}, ((2, 8, 9),)),
        ({"output_size": (4, 6), "kernel_size": 2, "stride": 2}, ((1, 12, 6),)),
    ),
)
