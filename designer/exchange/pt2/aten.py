"""Operations of an exported graph as the Python functions of the same meaning, which the converters know by name.

Most have the same name and arguments in torch, torch.nn.functional or as methods; those that differ are written here:
``@aten("batch_norm")`` on a function of the operation's arguments in its own order.
"""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import torch
from torch import nn

__all__ = ["DROPPING", "NOTHING", "function_of"]

F = nn.functional
_Function = TypeVar("_Function", bound=Callable[..., Any])
_written: dict[str, Callable[..., Any]] = {}
_DROPPED = frozenset(("device", "layout", "pin_memory", "memory_format", "non_blocking"))

# Checks and hints that compute nothing.
NOTHING = frozenset(
    "_assert_tensor_metadata _assert_async _assert_scalar sym_constrain_range sym_constrain_range_for_size".split()
)


# Whether these drop is a matter of the mode; training may go on from a program that was exported for use only.
DROPPING = ("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout")


def aten(*names: str) -> Callable[[_Function], _Function]:
    """Declare what stands for these operations."""

    def keep(function: _Function) -> _Function:
        for name in names:
            _written[name] = function
        return function

    return keep


@cache
def function_of(target: Any) -> Callable[..., Any] | None:
    """The Python function of an operation, taking the arguments as the graph has them; None where there is none."""
    if not isinstance(target, torch._ops.OpOverload):
        return target if callable(target) else None  # sums of sizes
    namespace, _, name = target._schema.name.partition("::")
    if namespace != "aten":
        return None
    base = name.rstrip("_") if target._schema.is_mutable else name
    in_place = base != name
    if f"{base}.{target._overloadname}" in _written:
        return _plain(_written[f"{base}.{target._overloadname}"])
    if base in _written:
        return _plain(_written[base])
    if in_place:
        return _in_place(base)
    for holder in (F, torch, torch.Tensor):
        found = getattr(holder, base, None)
        if callable(found) and not (holder is F and _known_to(torch, base)):
            return _plain(found)
    return None


def _known_to(holder: Any, name: str) -> bool:
    return hasattr(holder, name) and not inspect.isfunction(getattr(F, name, None))


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """Without what says where a result lies, which is another matter in a drawing."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **{key: value for key, value in kwargs.items() if key not in _DROPPED})

    return call


def _in_place(base: str) -> Callable[..., Any] | None:
    functional = getattr(F, base, None)
    if inspect.isfunction(functional) and "inplace" in inspect.signature(functional).parameters:
        return lambda *args, **kwargs: functional(*args, **kwargs, inplace=True)
    method: Callable[..., Any] | None = getattr(torch.Tensor, f"{base}_", None)
    return method


# --- layers whose weights come as arguments ---------------------------------------------------------------------


@aten("batch_norm")
def _batch_norm(
    x: Any, weight: Any, bias: Any, mean: Any, var: Any, training: bool, momentum: float, eps: float, *_: Any
) -> Any:
    return F.batch_norm(x, mean, var, weight, bias, training, momentum, eps)


@aten(
    "_native_batch_norm_legit_no_training",
    "_native_batch_norm_legit",
    "native_batch_norm",
    "_native_batch_norm_legit_functional",
)
def _native_batch_norm(x: Any, weight: Any, bias: Any, mean: Any, var: Any, *rest: Any) -> Any:
    training, momentum, eps = (False, *rest) if len(rest) == 2 else rest
    return F.batch_norm(x, mean, var, weight, bias, training, momentum, eps), None, None, None, None


@aten("layer_norm")
def _layer_norm(x: Any, shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5, *_: Any) -> Any:
    return F.layer_norm(x, shape, weight, bias, eps)


@aten("native_layer_norm")
def _native_layer_norm(x: Any, shape: Any, weight: Any, bias: Any, eps: float) -> Any:
    return F.layer_norm(x, shape, weight, bias, eps), None, None


@aten("group_norm")
def _group_norm(x: Any, groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5, *_: Any) -> Any:
    return F.group_norm(x, groups, weight, bias, eps)


@aten("native_group_norm")
def _native_group_norm(x: Any, weight: Any, bias: Any, n: Any, c: Any, hw: Any, groups: int, eps: float) -> Any:
    return F.group_norm(x, groups, weight, bias, eps), None, None


@aten("instance_norm")
def _instance_norm(
    x: Any, weight: Any, bias: Any, mean: Any, var: Any, own: bool, momentum: float, eps: float, *_: Any
) -> Any:
    return F.instance_norm(x, mean, var, weight, bias, own, momentum, eps)


@aten("embedding")
def _embedding(weight: Any, indices: Any, padding: int = -1, scale: bool = False, sparse: bool = False) -> Any:
    return F.embedding(indices, weight, padding if padding >= 0 else None, None, 2.0, scale, sparse)


@aten("convolution", "_convolution")
def _convolution(
    x: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    turned: bool,
    more: Any,
    groups: int,
    *_: Any,
) -> Any:
    n = weight.dim() - 2
    if turned:
        return _turned(n)(x, weight, bias, stride, padding, more, groups, dilation)
    return _conv(n)(x, weight, bias, stride, padding, dilation, groups)


def _conv(n: int) -> Callable[..., Any]:
    def call(
        x: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
    ) -> Any:
        return getattr(F, f"conv{n}d")(
            x, weight, bias, _every(stride, n), _every(padding, n), _every(dilation, n), groups
        )

    return call


def _turned(n: int) -> Callable[..., Any]:
    def call(
        x: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        more: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
    ) -> Any:
        sizes = (_every(value, n) for value in (stride, padding, more))
        return getattr(F, f"conv_transpose{n}d")(x, weight, bias, *sizes, groups, _every(dilation, n))

    return call


def _every(value: Any, n: int) -> Any:
    """One number for each direction; padding may be a word."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(value) if len(value) == n else tuple(value) * n
    return value if isinstance(value, str) else (value,) * n


for _n in (1, 2, 3):
    aten(f"conv{_n}d")(_conv(_n))
    aten(f"conv_transpose{_n}d")(_turned(_n))


# --- activations and dropout ------------------------------------------------------------------------------------


@aten(*DROPPING)
def _dropout(x: Any, p: float, train: bool | None = None) -> Any:
    return F.dropout(x, p, training=bool(train)) if p else x


@aten("hardtanh")
def _hardtanh(x: Any, least: float = -1, most: float = 1) -> Any:
    return F.relu6(x) if (least, most) == (0, 6) else F.hardtanh(x, least, most)


@aten("softmax", "_softmax", "_safe_softmax")
def _softmax(x: Any, dim: int, dtype: Any = None) -> Any:
    return F.softmax(x, dim, dtype=dtype if isinstance(dtype, torch.dtype) else None)


@aten("log_softmax", "_log_softmax")
def _log_softmax(x: Any, dim: int, dtype: Any = None) -> Any:
    return F.log_softmax(x, dim, dtype=dtype if isinstance(dtype, torch.dtype) else None)


@aten("elu")
def _elu(x: Any, alpha: float = 1, scale: float = 1, input_scale: float = 1) -> Any:
    return F.elu(x, alpha) if scale == input_scale == 1 else F.selu(x)


# --- pooling, sizes ---------------------------------------------------------------------------------------------


def _pool(name: str, tuple_of: int) -> None:
    function = getattr(F, name)

    def call(x: Any, kernel: Any, stride: Any = (), *rest: Any) -> Any:
        found = function(x, _all(kernel), _all(stride) or None, *(_all(value) for value in rest))
        return (found, None) if tuple_of > 1 else found

    aten(name if tuple_of == 1 else f"{name}_with_indices")(call)


for _kind in ("max_pool", "avg_pool"):
    for _n in (1, 2, 3):
        _pool(f"{_kind}{_n}d", 1)
        if _kind == "max_pool" and _n > 1:
            _pool(f"{_kind}{_n}d", 2)


def _all(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _adaptive(name: str, tuple_of: int) -> None:
    function = getattr(F, name)

    def call(x: Any, size: Any) -> Any:
        found = function(x, tuple(size) if isinstance(size, Sequence) else size)
        return (found, None) if tuple_of > 1 else found

    aten(name, f"_{name}")(call)


for _n in (1, 2, 3):
    _adaptive(f"adaptive_avg_pool{_n}d", 1)
    _adaptive(f"adaptive_max_pool{_n}d", 2)


def _upsample(mode: str, names: Mapping[str, bool]) -> None:
    for name, corners in names.items():

        def call(x: Any, size: Any, *rest: Any, corners: bool = corners) -> Any:
            align = rest[0] if corners else None
            scale = rest[1 if corners else 0] if len(rest) == 1 + corners else None
            scale = tuple(scale) if isinstance(scale, Sequence) else None
            sizes = None if scale is not None or size is None else tuple(size)
            return F.interpolate(x, sizes, scale, mode=mode, align_corners=align)

        aten(name)(call)


_upsample("nearest", {f"upsample_nearest{n}d": False for n in (1, 2, 3)})
_upsample("linear", {"upsample_linear1d": True})
_upsample("bilinear", {"upsample_bilinear2d": True})
_upsample("bicubic", {"upsample_bicubic2d": True})
_upsample("trilinear", {"upsample_trilinear3d": True})


@aten("constant_pad_nd")
def _constant_pad(x: Any, pad: Any, value: float = 0) -> Any:
    return F.pad(x, list(pad), value=value)


@aten("pad")
def _pad_as(x: Any, pad: Any, mode: str = "constant", value: Any = None) -> Any:
    return F.pad(x, list(pad), mode, value)


@aten("slice")
def _slice(x: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    dim %= x.dim()
    stop = None if end is None or end >= x.shape[dim] else end
    part = builtins.slice(start or None, stop, None if step == 1 else step)
    return x if part == builtins.slice(None) else x[(builtins.slice(None),) * dim + (part,)]


@aten("index")
def _index(x: Any, indices: Any) -> Any:
    return x[tuple(builtins.slice(None) if index is None else index for index in indices)]


@aten("sym_size")
def _size(x: Any, dim: int) -> Any:
    return x.shape[dim]


@aten("sym_numel")
def _numel(x: Any) -> Any:
    return x.numel()


@aten("view", "_unsafe_view", "reshape")
def _view(x: Any, size: Any) -> Any:
    return x.reshape(tuple(size))


@aten("as_strided")
def _as_strided(x: Any, size: Any, stride: Any, offset: Any = None) -> Any:
    """Decompositions say in this way how a result lies in memory, which is another matter in a drawing."""
    return x if tuple(size) == tuple(x.shape) else torch.as_strided(x, size, stride, offset)


@aten("expand")
def _expand(x: Any, size: Any, *, implicit: bool = False) -> Any:
    return x.expand(*size)


@aten("permute")
def _permute(x: Any, dims: Any) -> Any:
    return x.permute(*dims)


@aten("rsub")
def _rsub(x: Any, other: Any, alpha: float = 1) -> Any:
    return other - x * alpha if alpha != 1 else other - x


@aten("lift_fresh_copy", "lift_fresh", "detach", "alias", "detach_copy")
def _same(x: Any) -> Any:
    return x


@aten("to", "_to_copy")
def _to(x: Any, *args: Any, **kwargs: Any) -> Any:
    dtype = kwargs.get("dtype") or next((a for a in args if isinstance(a, torch.dtype)), None)
    return x if dtype is None or dtype == x.dtype else x.to(dtype)
