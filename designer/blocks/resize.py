"""Larger and smaller pictures: interpolation, and channels laid out as places."""

from __future__ import annotations

from fractions import Fraction

from designer.blocks.dims import Dim, Tensor, divisible
from designer.blocks.footprint import Keeps, Reach, Window
from designer.blocks.rules import need_dtype, need_int, need_rank
from designer.blocks.spec import Block, Call, Layer, Param, Params, Port
from designer.errors import ShapeError

__all__ = ["CHANNEL_SHUFFLE", "PIXEL_SHUFFLE", "PIXEL_UNSHUFFLE", "RESIZE_LIKE", "UPSAMPLE"]

_RANKS = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}
_MODES = ("nearest", "linear", "bilinear", "bicubic", "trilinear", "area", "nearest-exact")
_TAPS = {"nearest": 1, "nearest-exact": 1, "linear": 2, "bilinear": 2, "trilinear": 2, "bicubic": 4}
_MODE = Param(
    "mode",
    "Way",
    "choice",
    "nearest",
    "nearest repeats; linear (sequences), bilinear (pictures) and trilinear (volumes) mix neighbours; area averages.",
    choices=_MODES,
    implied="nearest",
)


def _need_mode(x: Tensor, mode: str, who: str) -> None:
    need_dtype(x, "float32", who)
    rank = _RANKS.get(mode)
    if rank:
        need_rank(x, rank, f"{who} with mode {mode}")
    elif x.rank not in (3, 4, 5):
        need_rank(x, 3 if x.rank < 3 else 5, who, "B×channels×..., at most 5 dimensions")


def _scaled(size: Dim, factor: float, who: str) -> Dim:
    """What torch makes of a side: the product rounded down."""
    if isinstance(size, int):
        out = int(size * factor)
        if out < 1:
            raise ShapeError(
                f"at least 1 along each side after {who}",
                f"{size} × {factor:g}",
                "Use a larger factor, or give the size.",
                "window",
            )
        return out
    num, den = factor.as_integer_ratio()
    if den > 1024:
        need_int(size, "positions", who)
    return (size * num) // den


def _upsample_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Upsample"
    (x,) = inputs
    _need_mode(x, p.text("mode"), who)
    sides = p.ints("size")
    if not sides:
        return (Tensor((*x.dims[:2], *(_scaled(d, p.number("scale_factor"), who) for d in x.dims[2:]))),)
    if len(sides) not in (1, x.rank - 2):
        raise ShapeError(
            f"one size, or {x.rank - 2} of them, at {who}",
            f"{len(sides)} for {x}",
            "Write one number for each side, or a single one for all.",
            "size",
        )
    return (Tensor((*x.dims[:2], *(sides if len(sides) > 1 else sides * (x.rank - 2)))),)


def _upsample_layer(p: Params, _: tuple[Tensor, ...]) -> Layer:
    sides = p.ints("size")
    options = p.options("mode")
    if p.flag("align_corners") and p["mode"] in _RANKS:
        options["align_corners"] = True
    target = {"size": sides if len(sides) > 1 else sides[0]} if sides else {"scale_factor": p["scale_factor"]}
    return Layer("nn.Upsample", (), {**target, **options})


def _enlarged(axis: int, factor: int, taps: int) -> Window:
    """A side that an interpolation enlarges: each place reaches as far as a transposed window of ``taps`` steps."""
    span = taps * factor - 1
    extent = span // factor + 1
    first = Fraction((taps - 1) * factor - span, 2 * factor) - Fraction(extent - 1, 2)
    return Window(axis, extent, Fraction(1, factor), first, spread=span)


def _upsample_reach(p: Params, x: Tensor) -> Reach:
    factor, taps = p.number("scale_factor"), _TAPS.get(p.text("mode"))
    whole = factor == int(factor) and not p.ints("size") and not p.flag("align_corners")
    if taps is None or not whole:
        return (Window(0), Window(1), *(None for _ in x.dims[2:]))
    if factor == 1:
        taps = taps // 2 * 2 + 1  # the very place, and neighbours that weigh nothing
        return (Window(0), Window(1), *(Window(axis, taps, 1, -(taps // 2)) for axis in range(2, x.rank)))
    return (Window(0), Window(1), *(_enlarged(axis, int(factor), taps) for axis in range(2, x.rank)))


def _upsample_summary(p: Params) -> str:
    sides = p.ints("size")
    return f"to {'×'.join(map(str, sides))}" if sides else f"× {p.number('scale_factor'):g}, {p['mode']}"


UPSAMPLE = Block(
    type="upsample",
    title="Upsample",
    group="Resize",
    help="Enlarges (or shrinks) pictures and sequences by a factor or to a size, without learning anything.",
    params=(
        Param("scale_factor", "Factor", "float", 2.0, "2 doubles each side; not used with a size.", 0.01, 1000.0),
        Param("size", "Size", "dims", (), "The new sides; empty takes the factor.", 1),
        _MODE,
        Param(
            "align_corners",
            "Keep corners",
            "bool",
            False,
            "Keeps the outermost values in place; linear modes and bicubic only.",
            advanced=True,
        ),
    ),
    shape=_upsample_shape,
    layer=_upsample_layer,
    reach=_upsample_reach,
    keeps=lambda p: Keeps(inputs=p["mode"] == "area"),
    summary=_upsample_summary,
    torch="torch.nn.Upsample",
    synonyms=("interpolate", "resize", "enlarge", "UpSampling2D", "resize2dLayer", "bilinear"),
    examples=(
        ({}, ((2, 3, 4, 5),)),
        ({"mode": "bilinear", "scale_factor": 3.0}, ((2, 3, 4, 4),)),
        ({"mode": "linear", "size": (7,), "align_corners": True}, ((2, 3, 5),)),
        ({"mode": "area", "scale_factor": 0.5}, ((2, 3, 4, 6),)),
    ),
)


def _like_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Resize like"
    x, like = inputs
    _need_mode(x, p.text("mode"), who)
    if like.rank != x.rank:
        raise ShapeError(
            f"inputs with the same number of dimensions at {who}",
            f"{x} and {like}",
            "Give it a second input with as many sides.",
            "merge",
        )
    return (Tensor((*x.dims[:2], *like.dims[2:])),)


def _like_forward(call: Call) -> str:
    mode = call.params.text("mode")
    more = "" if mode == "nearest" else f', mode="{mode}"'
    return f"F.interpolate({call.args[0]}, size={call.args[1]}.shape[2:]{more})"


RESIZE_LIKE = Block(
    type="resize_like",
    title="Resize like",
    group="Resize",
    help="Brings the first input to the height and width of the second: where decoders meet their skip connections.",
    params=(_MODE,),
    inputs=(Port("picture"), Port("like", help="Only its size counts.")),
    shape=_like_shape,
    forward=_like_forward,
    reach=lambda _, x: (Window(0), Window(1), *(None for _ in x.dims[2:])),
    keeps=lambda p: Keeps(inputs=p["mode"] == "area"),
    summary=lambda p: p.text("mode"),
    torch="torch.nn.functional.interpolate",
    synonyms=("interpolate", "upsample", "match size", "FPN", "U-Net"),
    examples=(({}, ((2, 3, 4, 5), (2, 6, 8, 9))), ({"mode": "bilinear"}, ((2, 3, 4, 4), (2, 3, 7, 3)))),
)


def _need_picture(x: Tensor, who: str) -> None:
    if x.rank < 4:
        need_rank(x, 4, who)


def _need_division(dim: Dim, by: int, what: str, x: Tensor, who: str) -> None:
    fits = divisible(dim, by)
    if fits is None:
        need_int(dim, what, who)
    if not fits:
        raise ShapeError(
            f"{what} that {by} divides at {who}",
            str(x),
            f"Change the factor, or make the {what} a multiple of {by}.",
            "groups",
        )


def _shuffle_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Pixel shuffle"
    (x,) = inputs
    factor = p.whole("upscale_factor")
    _need_picture(x, who)
    *lead, channels, height, width = x.dims
    _need_division(channels, factor * factor, "channels", x, who)
    return (Tensor((*lead, channels // (factor * factor), height * factor, width * factor), x.dtype),)


def _shuffle_reach(p: Params, x: Tensor) -> Reach:
    sides = tuple(_enlarged(axis, p.whole("upscale_factor"), 1) for axis in (x.rank - 2, x.rank - 1))
    if p["upscale_factor"] == 1:
        sides = (Window(x.rank - 2), Window(x.rank - 1))
    return (*(Window(axis) for axis in range(x.rank - 3)), None, *sides)


PIXEL_SHUFFLE = Block(
    type="pixel_shuffle",
    title="Pixel shuffle",
    group="Resize",
    help="Enlarges a picture by laying groups of channels out as pixels: super-resolution.",
    params=(Param("upscale_factor", "Factor", "int", 2, "2 doubles each side and takes 4 channels for 1.", 1),),
    shape=_shuffle_shape,
    layer=lambda p, _: Layer("nn.PixelShuffle", (p["upscale_factor"],)),
    reach=_shuffle_reach,
    summary=lambda p: f"× {p['upscale_factor']}",
    torch="torch.nn.PixelShuffle",
    synonyms=("sub-pixel", "depth to space", "depthToSpace2dLayer", "super resolution", "upsampling"),
    examples=(({}, ((2, 8, 3, 4),)), ({"upscale_factor": 3}, ((1, 9, 2, 2),))),
)


def _unshuffle_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Pixel unshuffle"
    (x,) = inputs
    factor = p.whole("downscale_factor")
    _need_picture(x, who)
    *lead, channels, height, width = x.dims
    _need_division(height, factor, "height", x, who)
    _need_division(width, factor, "width", x, who)
    return (Tensor((*lead, channels * (factor * factor), height // factor, width // factor), x.dtype),)


def _unshuffle_reach(p: Params, x: Tensor) -> Reach:
    factor = p.whole("downscale_factor")
    sides = (Window(axis, factor, factor) for axis in (x.rank - 2, x.rank - 1))
    return (*(Window(axis) for axis in range(x.rank - 3)), None, *sides)


PIXEL_UNSHUFFLE = Block(
    type="pixel_unshuffle",
    title="Pixel unshuffle",
    group="Resize",
    help="Shrinks a picture by laying neighbouring pixels out as channels; nothing is lost.",
    params=(Param("downscale_factor", "Factor", "int", 2, "2 halves each side and makes 4 channels of 1.", 1),),
    shape=_unshuffle_shape,
    layer=lambda p, _: Layer("nn.PixelUnshuffle", (p["downscale_factor"],)),
    reach=_unshuffle_reach,
    summary=lambda p: f"÷ {p['downscale_factor']}",
    torch="torch.nn.PixelUnshuffle",
    synonyms=("space to depth", "spaceToDepthLayer", "downsample", "patches"),
    examples=(({}, ((2, 3, 4, 6),)), ({"downscale_factor": 3}, ((1, 2, 3, 6),))),
)


def _channels_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Channel shuffle"
    (x,) = inputs
    if x.rank < 3:
        need_rank(x, 3, who, "B×channels×...")
    _need_division(x.dims[1], p.whole("groups"), "channels", x, who)
    return (x,)


CHANNEL_SHUFFLE = Block(
    type="channel_shuffle",
    title="Channel shuffle",
    group="Shape",
    help="Deals the channels of all groups out anew, so that grouped convolutions see each other: ShuffleNet.",
    params=(Param("groups", "Groups", "int", 2, "How many groups of channels there are.", 1, short="g"),),
    shape=_channels_shape,
    layer=lambda p, _: Layer("nn.ChannelShuffle", (p["groups"],)),
    reach=lambda _, x: (Window(0), None, *(Window(axis) for axis in range(2, x.rank))),
    summary=lambda p: f"{p['groups']} groups",
    torch="torch.nn.ChannelShuffle",
    synonyms=("ShuffleNet", "mix groups", "interleave"),
    examples=(({}, ((2, 4, 3, 3),)), ({"groups": 3}, ((1, 6, 5),))),
)
