"""Transposed convolutions: the way back up."""

from __future__ import annotations

from functools import partial

from designer.blocks.conv import BIAS, GROUPS, filters, need_groups
from designer.blocks.dims import Dim, Tensor
from designer.blocks.footprint import Keeps, Reach, enlarging
from designer.blocks.rules import fixed, need_dtype, need_int, need_rank, per_sample
from designer.blocks.spec import Block, Cost, Layer, Param, Params
from designer.errors import ShapeError

__all__ = ["CONV_TRANSPOSE1D", "CONV_TRANSPOSE2D", "CONV_TRANSPOSE3D"]


def _shape(n: int, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the transposed convolution"
    (x,) = inputs
    need_rank(x, n + 2, who)
    need_dtype(x, "float32", who)
    need_groups(p, need_int(x.dims[1], "channels", who), who)
    kernel, stride, pad, extra, dilation = (
        p.size(name, n) for name in ("kernel_size", "stride", "padding", "output_padding", "dilation")
    )
    sides: list[Dim] = []
    for i in range(n):
        if extra[i] >= max(stride[i], dilation[i]):
            raise ShapeError(
                "an output padding below the stride or the dilation",
                f"output padding {extra[i]} with stride {stride[i]}",
                "Lower the output padding or raise the stride.",
                "output_padding",
            )
        side = (x.dims[2 + i] - 1) * stride[i] - 2 * pad[i] + dilation[i] * (kernel[i] - 1) + extra[i] + 1
        if isinstance(side, int) and side < 1:
            raise ShapeError(
                "an output of at least 1 along each side",
                f"{side}",
                "Lower the padding or enlarge the kernel.",
                "window",
            )
        sides.append(side)
    return (Tensor((x.dims[0], p.whole("out_channels"), *sides)),)


def _layer(n: int, p: Params, inputs: tuple[Tensor, ...]) -> Layer:
    options = p.options("stride", "padding", "output_padding", "groups", "bias", "dilation")
    return Layer(f"nn.ConvTranspose{n}d", (fixed(inputs[0].dims[1]), p["out_channels"], p["kernel_size"]), options)


def _cost(n: int, p: Params, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> Cost:
    weights = fixed(inputs[0].dims[1]) * (p.whole("out_channels") // p.whole("groups"))
    for k in p.size("kernel_size", n):
        weights *= k
    bias = p.whole("out_channels") if p.flag("bias") else 0
    return Cost(weights + bias, weights * per_sample((1, *inputs[0].dims[2:])))


def _reach(n: int, p: Params, _: Tensor) -> Reach:
    kernel, stride, padding, dilation = (p.size(k, n) for k in ("kernel_size", "stride", "padding", "dilation"))
    return enlarging(kernel, stride, padding, dilation, mixed=True)


def _params(n: int) -> tuple[Param, ...]:
    return (
        Param("out_channels", "Filters", "int", 32, "How many feature maps it makes.", minimum=1),
        Param(
            "kernel_size", "Kernel size", "size", 2, "How far each input number reaches.", minimum=1, ndim=n, short="k"
        ),
        Param("stride", "Stride", "size", 2, "Enlargement; 2 doubles each side.", 1, ndim=n, implied=1, short="s"),
        Param("padding", "Padding", "size", 0, "Cut from each side of the result.", 0, ndim=n, implied=0, short="p"),
        Param(
            "output_padding",
            "Output padding",
            "size",
            0,
            "Added to one side.",
            0,
            ndim=n,
            implied=0,
            advanced=True,
        ),
        GROUPS,
        BIAS,
        Param(
            "dilation",
            "Dilation",
            "size",
            1,
            "Gaps inside the kernel.",
            1,
            ndim=n,
            implied=1,
            advanced=True,
            short="d",
        ),
    )


def _transposed(n: int, what: str, sides: tuple[int, ...]) -> Block:
    return Block(
        type=f"conv_transpose{n}d",
        title=f"Conv transpose {n}-D",
        group="Convolution",
        help=f"Enlarges {what} with learned filters: the way back up in decoders.",
        params=_params(n),
        shape=partial(_shape, n),
        layer=partial(_layer, n),
        cost=partial(_cost, n),
        reach=partial(_reach, n),
        keeps=Keeps(inputs=True),
        summary=filters,
        torch=f"torch.nn.ConvTranspose{n}d",
        synonyms=("deconvolution", "upsampling", "transposed", "fractionally strided", "deconv", "upconv"),
        examples=(
            ({"out_channels": 4}, ((2, 3, *sides),)),
            ({"out_channels": 4, "kernel_size": 3, "padding": 1, "output_padding": 1, "groups": 2}, ((1, 2, *sides),)),
        ),
    )


CONV_TRANSPOSE1D = _transposed(1, "sequences and signals", (7,))
CONV_TRANSPOSE2D = _transposed(2, "feature maps", (5, 4))
CONV_TRANSPOSE3D = _transposed(3, "volumes", (3, 4, 2))
