"""Convolutions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from designer.blocks.dims import Dim, Tensor
from designer.blocks.footprint import Keeps, Reach, sliding
from designer.blocks.rules import fixed, need_dtype, need_int, need_rank, per_sample, spell, window
from designer.blocks.spec import Block, Cost, Layer, Param, Params, Value
from designer.errors import ShapeError

__all__ = ["BIAS", "CONV1D", "CONV2D", "CONV3D", "GROUPS", "filters", "need_groups"]

GROUPS = Param(
    "groups",
    "Groups",
    "int",
    1,
    "Channel groups that do not see each other.",
    1,
    implied=1,
    advanced=True,
    short="g",
)
BIAS = Param("bias", "Bias", "bool", True, "Adds a learnable number per filter.", implied=True, advanced=True)


@dataclass(frozen=True)
class _Geometry:
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]


def _geometry(p: Params, n: int) -> _Geometry:
    kernel, stride, dilation = (p.size(k, n) for k in ("kernel_size", "stride", "dilation"))
    padding: tuple[int, ...]
    if p["padding"] == "same":
        if any(s != 1 for s in stride):
            raise ShapeError(
                "a stride of 1 with padding 'same'",
                f"stride {p['stride']}",
                "Set the stride to 1, or give the padding as a number.",
                "same_stride",
            )
        padding = ()
    else:
        padding = (0,) * n if p["padding"] == "valid" else p.size("padding", n)
    return _Geometry(kernel, stride, padding, dilation)


def need_groups(p: Params, channels: int, who: str) -> None:
    """Raise ShapeError unless the groups divide the channels and the filters."""
    groups, filters = p.whole("groups"), p.whole("out_channels")
    if channels % groups or filters % groups:
        raise ShapeError(
            f"channels that divide into {groups} groups at {who}",
            f"{channels} in and {filters} filters",
            "Choose a number of groups that divides both.",
            "groups",
        )


def _shape(n: int, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = f"the {n}-D convolution"
    (x,) = inputs
    need_rank(x, n + 2, who)
    need_dtype(x, "float32", who)
    channels = need_int(x.dims[1], "channels", who)
    need_groups(p, channels, who)
    g = _geometry(p, n)
    _need_room_for_padding(p, x.dims[2:])
    sides = x.dims[2:]
    if g.padding:
        sides = tuple(
            window(size, k, s, pad, d, who)
            for size, k, s, pad, d in zip(sides, g.kernel, g.stride, g.padding, g.dilation, strict=True)
        )
    return (Tensor((x.dims[0], p.whole("out_channels"), *sides)),)


def _need_room_for_padding(p: Params, sides: tuple[Dim, ...]) -> None:
    # reflect and circular padding copy from inside the picture: they cannot reach further than it is wide.
    mode = p.text("padding_mode")
    if mode not in ("reflect", "circular"):
        return
    n = len(sides)
    if p["padding"] == "same":
        kernel, dilation = p.size("kernel_size", n), p.size("dilation", n)
        reach = tuple(d * (k - 1) - d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    else:
        reach = (0,) * n if p["padding"] == "valid" else p.size("padding", n)
    for side, pad in zip(sides, reach, strict=True):
        if isinstance(side, int) and (pad >= side if mode == "reflect" else pad > side):
            raise ShapeError(
                f"padding below the size for {mode} padding",
                f"padding {pad} on a side of {side}",
                "Use a smaller padding, or zeros.",
                "padding_mode",
            )


def _layer(n: int, p: Params, inputs: tuple[Tensor, ...]) -> Layer:
    options = p.options("stride", "padding", "dilation", "groups", "bias", "padding_mode")
    return Layer(f"nn.Conv{n}d", (fixed(inputs[0].dims[1]), p["out_channels"], p["kernel_size"]), options)


def _cost(n: int, p: Params, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> Cost:
    weights = fixed(inputs[0].dims[1]) // p.whole("groups") * p.whole("out_channels")
    for k in p.size("kernel_size", n):
        weights *= k
    places = per_sample((1, *outputs[0].dims[2:]))
    return Cost(weights + (p.whole("out_channels") if p.flag("bias") else 0), weights * places)


def _reach(n: int, p: Params, _: Tensor) -> Reach:
    g = _geometry(p, n)
    # Where padding 'same' is uneven, torch puts the larger half behind.
    padding = g.padding or tuple(d * (k - 1) // 2 for k, d in zip(g.kernel, g.dilation, strict=True))
    return sliding(g.kernel, g.stride, padding, g.dilation, mixed=True)


def _params(n: int) -> tuple[Param, ...]:
    return (
        Param("out_channels", "Filters", "int", 32, "How many feature maps it makes.", minimum=1),
        Param(
            "kernel_size", "Kernel size", "size", 3, "How far it looks along each side.", minimum=1, ndim=n, short="k"
        ),
        Param(
            "stride", "Stride", "size", 1, "Steps between windows; 2 halves each side.", 1, ndim=n, implied=1, short="s"
        ),
        Param(
            "padding",
            "Padding",
            "size",
            "same",
            "Zeros around the input; 'same' keeps the size (stride 1), 'valid' adds none.",
            minimum=0,
            choices=("same", "valid"),
            ndim=n,
            implied=0,
            short="p",
        ),
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
        GROUPS,
        BIAS,
        Param(
            "padding_mode",
            "Padding mode",
            "choice",
            "zeros",
            "What lies in the padding.",
            choices=("zeros", "reflect", "replicate", "circular"),
            implied="zeros",
            advanced=True,
        ),
    )


def filters(p: Params) -> str:
    """A convolution in a few words."""
    stride = "" if p["stride"] == 1 else f", stride {spell(p['stride'])}"
    return f"{p['out_channels']} filters, kernel {spell(p['kernel_size'])}{stride}"


def _typed(n: int, given: Mapping[str, Value]) -> Mapping[str, Value]:
    """With a stride, 'same' is not possible: half the kernel's reach then halves each side, as people expect of s2."""
    if "padding" in given or given.get("stride", 1) == 1:
        return {}

    def sides(name: str, usual: int) -> list[int]:
        value = given.get(name, usual)
        return [int(v) for v in value] if isinstance(value, tuple) else [int(str(value))] * n

    pairs = zip(sides("kernel_size", 3), sides("dilation", 1), strict=True)
    half = tuple(d * (k - 1) // 2 for k, d in pairs)
    return {"padding": half[0] if len(set(half)) == 1 else half}


def _conv(n: int, of: str, sides: tuple[int, ...]) -> Block:
    return Block(
        type=f"conv{n}d",
        title=f"Conv {n}-D",
        group="Convolution",
        help=f"Slides small filters over {of} and learns which local patterns matter.",
        params=_params(n),
        shape=partial(_shape, n),
        layer=partial(_layer, n),
        cost=partial(_cost, n),
        reach=partial(_reach, n),
        keeps=Keeps(inputs=True),
        summary=filters,
        typed=partial(_typed, n),
        torch=f"torch.nn.Conv{n}d",
        synonyms=("convolution", "filter", "kernel", f"Convolution{n}DLayer"),
        examples=(
            ({"out_channels": 8}, ((2, 3, *sides),)),
            ({"out_channels": 4, "kernel_size": 2, "stride": 2, "padding": 0}, ((1, 4, *sides),)),
        ),
    )


CONV1D = _conv(1, "sequences and signals", (16,))
CONV2D = _conv(2, "images", (12, 10))
CONV3D = _conv(3, "volumes and videos", (6, 6, 5))
