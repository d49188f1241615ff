"""Pooling: fewer positions, the same channels."""

from __future__ import annotations

from functools import partial

from designer.blocks.dims import Dim, Tensor
from designer.blocks.footprint import Keeps, Reach, adaptive, mixing, sliding
from designer.blocks.rules import need_dtype, need_rank, spell, window
from designer.blocks.spec import Block, Call, Layer, Param, Params
from designer.errors import ShapeError

__all__ = [
    "ADAPTIVE_AVG_POOL1D",
    "ADAPTIVE_AVG_POOL2D",
    "ADAPTIVE_AVG_POOL3D",
    "ADAPTIVE_MAX_POOL1D",
    "ADAPTIVE_MAX_POOL2D",
    "ADAPTIVE_MAX_POOL3D",
    "AVG_POOL1D",
    "AVG_POOL2D",
    "AVG_POOL3D",
    "GLOBAL_AVG_POOL",
    "GLOBAL_MAX_POOL",
    "MAX_POOL1D",
    "MAX_POOL2D",
    "MAX_POOL3D",
    "need_whole_window",
    "places",
]

_INPUTS = {1: (2, 4, 12), 2: (2, 3, 9, 8), 3: (1, 2, 6, 5, 7)}
_SHORTER = {1: "sequences get shorter", 2: "pictures get smaller", 3: "volumes get smaller"}
_ANY = {1: "length", 2: "height and width", 3: "depth, height and width"}


def _need_little_padding(kernel: int, padding: int, who: str) -> None:
    # Else a window could hold nothing but padding. Torch counts the kernel without its dilation here.
    if padding > kernel // 2:
        raise ShapeError(
            f"a padding of at most {kernel // 2}, half the kernel, at {who}",
            f"padding {padding}",
            "Lower the padding or enlarge the kernel.",
            "padding",
        )


def need_whole_window(size: Dim, kernel: int, who: str) -> None:
    """torch's average over volumes wants the kernel to fit without padding, and without hanging over the edge."""
    if isinstance(size, int) and size < kernel:
        raise ShapeError(
            f"at least {kernel} along each side for a kernel of {kernel} at {who}",
            f"{size}",
            "Make the kernel smaller, or pool less before it.",
            "window",
        )


def _pool_shape(n: int, who: str, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    need_rank(x, n + 2, who)
    need_dtype(x, "float32", who)
    kernel, padding = p.size("kernel_size", n), p.size("padding", n)
    stride = kernel if p["stride"] is None else p.size("stride", n)
    dilation = p.size("dilation", n) if "dilation" in p else (1,) * n
    ceil = p.flag("ceil_mode")
    sides = []
    for size, k, s, pad, d in zip(x.dims[2:], kernel, stride, padding, dilation, strict=True):
        _need_little_padding(k, pad, who)
        if n == 3 and "count_include_pad" in p:
            need_whole_window(size, k, who)
        sides.append(window(size, k, s, pad, d, who, ceil))
    return (Tensor((*x.dims[:2], *sides)),)


def _pool_reach(n: int, p: Params, _: Tensor) -> Reach:
    kernel = p.size("kernel_size", n)
    stride = kernel if p["stride"] is None else p.size("stride", n)
    dilation = p.size("dilation", n) if "dilation" in p else (1,) * n
    return sliding(kernel, stride, p.size("padding", n), dilation, mixed=False)


def places(_: Params, __: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Where each maximum was found."""
    return (Tensor(outputs[0].dims, "int64"),)


def _pool_layer(kind: str, p: Params, _: tuple[Tensor, ...]) -> Layer:
    return Layer(f"nn.{kind}", (p["kernel_size"],), p.options(*(name for name in p if name != "kernel_size")))


def _pool_summary(p: Params) -> str:
    kernel = p["kernel_size"]
    return f"kernel {spell(kernel)}, stride {spell(kernel if p['stride'] is None else p['stride'])}"


def _pool_params(n: int, maximum: bool) -> tuple[Param, ...]:
    first = (
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
        Param("padding", "Padding", "size", 0, "Added around the input.", 0, ndim=n, implied=0, short="p"),
    )
    dilation = Param(
        "dilation", "Dilation", "size", 1, "Gaps inside the window.", 1, ndim=n, implied=1, advanced=True, short="d"
    )
    ceil = Param(
        "ceil_mode",
        "Keep the rest",
        "bool",
        False,
        "Keeps a last window that hangs over the edge.",
        implied=False,
        advanced=True,
    )
    include = Param(
        "count_include_pad",
        "Count padding",
        "bool",
        True,
        "Whether zeros of the padding count in the average.",
        implied=True,
        advanced=True,
    )
    return (*first, dilation, ceil) if maximum else (*first, ceil, include)


def _pool(n: int, maximum: bool) -> Block:
    word, kind = ("Max", f"MaxPool{n}d") if maximum else ("Average", f"AvgPool{n}d")
    what = "the largest number" if maximum else "the average"
    return Block(
        type=f"{'max' if maximum else 'avg'}_pool{n}d",
        title=f"{word} pool {n}-D",
        group="Pooling",
        help=f"Keeps {what} of each window, so that {_SHORTER[n]}.",
        params=_pool_params(n, maximum),
        shape=partial(_pool_shape, n, f"the {word.lower()} pooling"),
        layer=partial(_pool_layer, kind),
        reach=partial(_pool_reach, n),
        keeps=Keeps(inputs=True, more=places if maximum else None),
        summary=_pool_summary,
        torch=f"torch.nn.{kind}",
        synonyms=(
            "pooling",
            "downsample",
            "subsample",
            f"{'max' if maximum else 'average'}Pooling{n}dLayer",
            f"{'Max' if maximum else 'Average'}Pooling{n}D",
            *(("pool",) if maximum else ("mean pool",)),
        ),
        examples=(
            ({}, (_INPUTS[n],)),
            ({"kernel_size": 3, "stride": 2, "padding": 1}, (_INPUTS[n],)),
            ({"kernel_size": 3, "stride": 2, "ceil_mode": True}, (_INPUTS[n],)),
        ),
    )


MAX_POOL1D = _pool(1, True)
MAX_POOL2D = _pool(2, True)
MAX_POOL3D = _pool(3, True)
AVG_POOL1D = _pool(1, False)
AVG_POOL2D = _pool(2, False)
AVG_POOL3D = _pool(3, False)


def _adaptive_shape(n: int, who: str, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    need_rank(x, n + 2, who)
    need_dtype(x, "float32", who)
    return (Tensor((*x.dims[:2], *p.size("output_size", n))),)


def _adaptive_layer(kind: str, p: Params, _: tuple[Tensor, ...]) -> Layer:
    return Layer(f"nn.{kind}", (p["output_size"],))


def _adaptive_summary(p: Params) -> str:
    return f"to {spell(p['output_size'])}"


def _adaptive_mean_keeps(p: Params) -> Keeps:
    return Keeps(inputs=p["output_size"] != 1)  # to one place it is a plain mean, whose slope is everywhere the same


def _adaptive(n: int, maximum: bool) -> Block:
    word, kind = ("max", f"AdaptiveMaxPool{n}d") if maximum else ("average", f"AdaptiveAvgPool{n}d")
    return Block(
        type=f"adaptive_{'max' if maximum else 'avg'}_pool{n}d",
        title=f"Adaptive {word} pool {n}-D",
        group="Pooling",
        help=f"Brings an input of any {_ANY[n]} to the size you choose.",
        params=(
            Param("output_size", "Output size", "size", 1, "The size of what comes out, on each side.", 1, ndim=n),
        ),
        shape=partial(_adaptive_shape, n, f"the adaptive {word} pooling"),
        layer=partial(_adaptive_layer, kind),
        reach=lambda p, x: adaptive(x, p.size("output_size", n)),
        keeps=Keeps(inputs=True, more=places) if maximum else _adaptive_mean_keeps,
        summary=_adaptive_summary,
        torch=f"torch.nn.{kind}",
        synonyms=("pooling", "resize", "any size", "global"),
        examples=(({}, (_INPUTS[n],)), ({"output_size": 5}, (_INPUTS[n],))),
    )


ADAPTIVE_AVG_POOL1D = _adaptive(1, False)
ADAPTIVE_AVG_POOL2D = _adaptive(2, False)
ADAPTIVE_AVG_POOL3D = _adaptive(3, False)
ADAPTIVE_MAX_POOL1D = _adaptive(1, True)
ADAPTIVE_MAX_POOL2D = _adaptive(2, True)
ADAPTIVE_MAX_POOL3D = _adaptive(3, True)


def _global_shape(who: str, _: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    if x.rank < 3:
        raise ShapeError(
            f"at least 3 dimensions (B×channels×...) at {who}",
            str(x),
            "There is nothing left to pool here: remove this block.",
            "needs_reshape",
        )
    need_dtype(x, "float32", who)
    return (Tensor(x.dims[:2]),)


def _global_forward(method: str, call: Call) -> str:
    axes = tuple(range(2, call.inputs[0].rank))
    return f"{call.args[0]}.{method}(dim={axes if len(axes) > 1 else axes[0]})"


def _global(word: str, short: str, method: str, synonyms: tuple[str, ...]) -> Block:
    return Block(
        type=f"global_{short}_pool",
        title=f"Global {word} pool",
        group="Pooling",
        help=f"Keeps one number a channel: its {'mean' if short == 'avg' else 'maximum'} over all positions.",
        shape=partial(_global_shape, f"the global {word} pooling"),
        forward=partial(_global_forward, method),
        reach=lambda _, x: mixing(x, range(2, x.rank)),
        keeps=Keeps(inputs=short == "max", outputs=short == "max"),
        torch=f"torch.{method}",
        synonyms=("pooling", *synonyms),
        examples=(({}, ((2, 5, 4, 3),)), ({}, ((2, 5, 6),))),
    )


GLOBAL_AVG_POOL = _global("average", "avg", "mean", ("GAP", "globalAveragePooling2dLayer", "GlobalAveragePooling2D"))
GLOBAL_MAX_POOL = _global("max", "max", "amax", ("GMP", "globalMaxPooling2dLayer", "GlobalMaxPooling2D"))
