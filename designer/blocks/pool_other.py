"""Pooling by a power average, and in steps of random length."""

from __future__ import annotations

from functools import partial

from designer.blocks.dims import Dim, Tensor
from designer.blocks.footprint import Keeps, Reach, sliding
from designer.blocks.pool import need_whole_window
from designer.blocks.rules import need_dtype, need_int, need_rank, spell, window
from designer.blocks.spec import Block, Layer, Param, Params
from designer.errors import ShapeError

__all__ = ["FRACTIONAL_MAX_POOL2D", "FRACTIONAL_MAX_POOL3D", "LP_POOL1D", "LP_POOL2D", "LP_POOL3D"]

_INPUTS = {1: (2, 4, 12), 2: (2, 3, 9, 8), 3: (1, 2, 6, 5, 7)}


def _steps(n: int, p: Params) -> tuple[int, ...]:
    return p.size("kernel_size" if p["stride"] is None else "stride", n)


def _lp_shape(n: int, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the power-average pooling"
    (x,) = inputs
    need_rank(x, n + 2, who)
    need_dtype(x, "float32", who)
    sides = []
    for size, k, s in zip(x.dims[2:], p.size("kernel_size", n), _steps(n, p), strict=True):
        if n == 3:
            need_whole_window(size, k, who)
        sides.append(window(size, k, s, 0, 1, who, p.flag("ceil_mode")))
    return (Tensor((*x.dims[:2], *sides)),)


def _lp_layer(n: int, p: Params, _: tuple[Tensor, ...]) -> Layer:
    return Layer(f"nn.LPPool{n}d", (p["norm_type"], p["kernel_size"]), p.options("stride", "ceil_mode"))


def _lp_reach(n: int, p: Params, _: Tensor) -> Reach:
    return sliding(p.size("kernel_size", n), _steps(n, p), (0,) * n, (1,) * n, mixed=False)


def _lp_more(_: Params, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (inputs[0], *outputs * 4)  # the power, and what the root is made of


def _lp(n: int) -> Block:
    return Block(
        type=f"lp_pool{n}d",
        title=f"Power-average pool {n}-D",
        group="Pooling",
        help="Keeps a power sum of each window: 1 adds up, 2 is the root of summed squares, more nears the maximum.",
        params=(
            Param("norm_type", "Power", "float", 2.0, "The exponent: how much large numbers weigh.", 1.0, 10.0),
            Param("kernel_size", "Kernel size", "size", 2, "The window that becomes one number.", 1, ndim=n, short="k"),
            Param(
                "stride",
                "Stride",
                "size",
                None,
                "Steps between windows; empty means as long as the kernel.",
                1,
                ndim=n,
                optional=True,
                implied=None,
                short="s",
            ),
            Param(
                "ceil_mode",
                "Keep the rest",
                "bool",
                False,
                "Keeps a last window that hangs over the edge.",
                implied=False,
                advanced=True,
            ),
        ),
        shape=partial(_lp_shape, n),
        layer=partial(_lp_layer, n),
        reach=partial(_lp_reach, n),
        keeps=Keeps(inputs=True, more=_lp_more),
        summary=lambda p: f"power {p.number('norm_type'):g}, kernel {spell(p['kernel_size'])}",
        torch=f"torch.nn.LPPool{n}d",
        synonyms=("pooling", "LP pool", "norm pooling", "generalised mean", "GeM"),
        examples=(({}, (_INPUTS[n],)), ({"norm_type": 3.0, "kernel_size": 3, "stride": 2}, (_INPUTS[n],))),
    )


LP_POOL1D = _lp(1)
LP_POOL2D = _lp(2)
LP_POOL3D = _lp(3)


def _fractional_shape(n: int, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the fractional max pooling"
    (x,) = inputs
    need_rank(x, n + 2, who)
    need_dtype(x, "float32", who)
    need_int(x.dims[1], "channels", who)
    sides: list[Dim] = []
    for size, kernel in zip(x.dims[2:], p.size("kernel_size", n), strict=True):
        side = need_int(size, "positions", who)
        out = int(side * p.number("output_ratio"))
        if out < 1 or out + kernel - (1 if n == 2 else 0) > side:
            raise ShapeError(
                f"room for {max(out, 1)} windows of {kernel} along each side at {who}",
                f"{side}",
                "Make the kernel smaller, change the ratio, or pool less before it.",
                "window",
            )
        sides.append(out)
    return (Tensor((*x.dims[:2], *sides)),)


def _fractional_layer(n: int, p: Params, _: tuple[Tensor, ...]) -> Layer:
    return Layer(f"nn.FractionalMaxPool{n}d", (p["kernel_size"],), {"output_ratio": p["output_ratio"]})


def _fractional_more(_: Params, __: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (Tensor(outputs[0].dims, "int64"),)


def _fractional(n: int) -> Block:
    return Block(
        type=f"fractional_max_pool{n}d",
        title=f"Fractional max pool {n}-D",
        group="Pooling",
        help="Max pooling in steps of random length, so that sides shrink by any ratio and not only to a half.",
        params=(
            Param("kernel_size", "Kernel size", "size", 2, "The window that becomes one number.", 1, ndim=n, short="k"),
            Param("output_ratio", "Ratio", "float", 0.7, "The new side as a part of the old one.", 0.01, 0.99),
        ),
        shape=partial(_fractional_shape, n),
        layer=partial(_fractional_layer, n),
        reach=lambda _, x: (*_apart(), *(None for _ in x.dims[2:])),
        keeps=Keeps(inputs=True, more=_fractional_more),
        summary=lambda p: f"to {p.number('output_ratio'):g} of each side",
        torch=f"torch.nn.FractionalMaxPool{n}d",
        synonyms=("pooling", "downsample", "random pooling"),
        examples=(({}, (_INPUTS[n],)), ({"output_ratio": 0.5, "kernel_size": 3}, (_INPUTS[n],))),
    )


def _apart() -> Reach:
    return sliding((), (), (), (), mixed=False)


FRACTIONAL_MAX_POOL2D = _fractional(2)
FRACTIONAL_MAX_POOL3D = _fractional(3)
