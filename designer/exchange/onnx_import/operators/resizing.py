"""Pictures of other sizes: by torch's own interpolation where it is the same, else exactly as the standard says."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from designer.blocks.dims import Dim, Tensor
from designer.blocks.spec import Value
from designer.exchange.onnx_import.resample import matrix, nearest
from designer.exchange.onnx_import.table import Call, operator
from designer.exchange.onnx_import.values import Known, Val, Wired, listed, tensor_of, whole
from designer.exchange.sketch import Unfit

__all__: list[str] = []

_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


@operator("Upsample")
def _upsample(call: Call) -> Val:
    if isinstance(call.get(1), Wired):
        (told,) = call.told_sizes(1)
        order = range(call.rank())
        return _nearest_told(call, call.need(0), call.need(1), order, whole(told.dims), "asymmetric", "floor")
    scales = call.known(1)
    if scales is None:
        scales = torch.tensor(call.attr("scales"))
    return _scaled(call, call.need(0), [float(s) for s in scales.tolist()], "asymmetric", "floor")


@operator("Resize")
def _resize(call: Call) -> Val:
    x = call.need(0)
    first = 1 if call.opset < 11 else 2
    scales, sizes = call.get(first), call.get(3)
    coordinates = call.attr("coordinate_transformation_mode", "half_pixel" if call.opset >= 11 else "asymmetric")
    rounding = call.attr("nearest_mode", "round_prefer_floor" if call.opset >= 11 else "floor")
    if isinstance(scales, Wired) or isinstance(sizes, Wired):
        return _told(call, x, scales, sizes, coordinates, rounding)
    rank = tensor_of(x).rank
    axes = [call.axis(axis) for axis in call.attr("axes") or range(rank)]
    dims = tensor_of(x).dims
    if isinstance(scales, Known) and scales.tensor.numel():
        factors = [1.0] * rank
        for axis, factor in zip(axes, scales.tensor.tolist(), strict=True):
            factors[axis] = float(factor)
        return _scaled(call, x, factors, coordinates, rounding)
    wanted = listed(sizes) if sizes is not None else None
    if wanted is None:
        raise Unfit("it says neither sizes nor scales")
    out = list(dims)
    for axis, size in zip(axes, wanted, strict=True):
        out[axis] = dims[axis] if size == dims[axis] or not isinstance(dims[axis], int) else size
    return _sized(call, x, _changed(out, dims), coordinates, rounding)


def _changed(out: Sequence[Dim], dims: Sequence[Dim]) -> list[int | None]:
    """Sizes to make; None where nothing changes."""
    return [None if size == dim else whole([size])[0] for size, dim in zip(out, dims, strict=True)]


def _scaled(call: Call, x: Val, factors: Sequence[float], coordinates: str, rounding: str) -> Val:
    dims = tensor_of(x).dims
    sides = len(dims) - 2
    inner = set(factors[2:])
    if factors[:2] == [1.0, 1.0] and 1 <= sides <= 3 and len(inner) == 1:
        made = _torchs(call, x, {"scale_factor": factors[-1]}, coordinates, rounding, factors[-1])
        if made is not None:
            return made
    out = [None if f == 1.0 else math.floor(s * f) for s, f in zip(_numbers(dims, factors), factors, strict=True)]
    return _by_matrices(call, x, out, factors, coordinates, rounding)


def _numbers(dims: Sequence[Dim], factors: Sequence[float]) -> list[int]:
    return [1 if factor == 1.0 else whole([size])[0] for size, factor in zip(dims, factors, strict=True)]


def _sized(call: Call, x: Val, out: list[int | None], coordinates: str, rounding: str) -> Val:
    dims = tensor_of(x).dims
    policy = call.attr("keep_aspect_ratio_policy", "stretch")
    if policy != "stretch":
        ratios = [size / dims[a] for a, size in enumerate(out) if size is not None]  # type: ignore[operator]
        ratio = min(ratios) if policy == "not_larger" else max(ratios)
        out = [None if size is None else math.floor(dims[a] * ratio + 0.5) for a, size in enumerate(out)]  # type: ignore[operator]
    sides = len(dims) - 2
    if 1 <= sides <= 3 and out[:2] == [None, None] and policy == "stretch":
        full = [size if size is not None else dims[a] for a, size in enumerate(out)][2:]
        single = coordinates == "pytorch_half_pixel" and 1 in full  # a single number is the first one, not the middle
        if all(isinstance(size, int) for size in full) and not single:
            made = _torchs(call, x, {"size": tuple(whole(full))}, coordinates, rounding, None)
            if made is not None:
                return made
    factors = [1.0 if size is None else size / dims[a] for a, size in enumerate(out)]  # type: ignore[operator]
    return _by_matrices(call, x, out, factors, coordinates, rounding)


def _mode(call: Call, sides: int, coordinates: str, rounding: str, factor: float | None) -> tuple[str, bool] | None:
    """The mode of torch's interpolation that does the same, and whether it aligns corners."""
    mode = call.attr("mode", "nearest")
    if call.attr("exclude_outside", 0) or call.attr("antialias", 0):
        return None
    if mode == "nearest":
        if coordinates == "asymmetric" and rounding == "floor":
            return "nearest", False
        whole_factor = factor is not None and factor >= 1 and factor == int(factor)
        return ("nearest", False) if whole_factor and coordinates == "half_pixel" and "round" in rounding else None
    if coordinates not in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        return None
    aligned = coordinates == "align_corners"
    if (aligned or coordinates == "pytorch_half_pixel") and factor is not None and factor != int(factor):
        return None  # they differ in how the last number is placed
    if mode == "linear":
        return _LINEAR[sides], aligned
    if mode == "cubic" and sides == 2 and call.attr("cubic_coeff_a", -0.75) == -0.75:
        return "bicubic", aligned
    return None


def _torchs(
    call: Call, x: Val, size: dict[str, Value], coordinates: str, rounding: str, factor: float | None
) -> Val | None:
    found = _mode(call, tensor_of(x).rank - 2, coordinates, rounding, factor)
    if found is None or not isinstance(x, Wired):
        return None
    if found[0] == "nearest" and factor is None:
        return None  # whether the numbers are the same depends on the sizes
    try:
        return call.block("upsample", {**size, "mode": found[0], "align_corners": found[1]}, [x])
    except Unfit:
        return None


def _by_matrices(
    call: Call, x: Val, out: Sequence[int | None], factors: Sequence[float], coordinates: str, rounding: str
) -> Val:
    """One dimension after the other: places for the nearest, a matrix for the others."""
    roi = call.known(1) if coordinates == "tf_crop_and_resize" else None
    if roi is not None:
        raise Unfit("it cuts a part out while it resizes")
    made = x
    for axis, size in enumerate(out):
        if size is None:
            continue
        (before,) = whole(tensor_of(x).dims[axis : axis + 1])
        if call.attr("mode", "nearest") == "nearest":
            places = nearest(before, size, factors[axis], coordinates, rounding)
            made = call.one(f"{{0}}[{':, ' * axis}{places!r}]", made)
            continue
        table = matrix(before, size, factors[axis], coordinates, call.attr("mode"), _settings(call))
        kind = tensor_of(x).dtype
        weights = Known(torch.tensor(table, dtype=torch.float64).to(getattr(torch, kind)))
        last = tensor_of(made).rank - 1
        made = call.one(
            f"torch.matmul({{0}}.transpose({axis}, {last}), {{1}}.t()).transpose({axis}, {last})", made, weights
        )
    return made


def _settings(call: Call) -> tuple[float, bool, bool]:
    return (
        call.attr("cubic_coeff_a", -0.75),
        bool(call.attr("exclude_outside", 0)),
        bool(call.attr("antialias", 0)),
    )


def _told(call: Call, x: Val, scales: Val | None, sizes: Val | None, coordinates: str, rounding: str) -> Val:
    """Scales or sizes that come in as numbers: what is made of them the file has declared."""
    (told,) = call.told_sizes(1)
    dims, out = tensor_of(x).dims, told.dims
    if sizes is not None and call.attr("keep_aspect_ratio_policy", "stretch") == "stretch":
        wanted = _changed(out, dims)
        return _sized(call, x, wanted, coordinates, rounding)
    if scales is None or call.attr("antialias", 0) or call.attr("exclude_outside", 0):
        raise Unfit("its scales must be constant and are computed")
    order = [call.axis(axis) for axis in call.attr("axes") or range(len(dims))]
    if call.attr("mode", "nearest") == "nearest":
        return _nearest_told(call, x, scales, order, whole(out), coordinates, rounding)
    sides = len(dims) - 2
    found = _mode(call, sides, coordinates, rounding, None) if 1 <= sides <= 3 else None
    if found is None or found[1] or order != list(range(len(dims))):
        raise Unfit("its scales must be constant and are computed")
    line = call.line()
    numbers = f"{line.of(x)}, scale_factor={line.of(scales)}.tolist()[2:]"
    return line.makes(f"F.interpolate({numbers}, mode={found[0]!r}, align_corners=False)", sizes=[told])[0]


_ROUNDED = {
    "floor": "torch.floor({})", "ceil": "torch.ceil({})", "round_prefer_ceil": "torch.floor({} + 0.5)",
    "round_prefer_floor": "torch.ceil({} - 0.5)",
}  # fmt: skip


def _nearest_told(
    call: Call, x: Val, scales: Val, order: Sequence[int], out: Sequence[int], coordinates: str, rounding: str
) -> Val:
    """Places worked out while it runs."""
    if coordinates not in ("half_pixel", "asymmetric") or rounding not in _ROUNDED:
        raise Unfit("its scales must be constant and are computed")
    for number, axis in enumerate(order):
        dims = list(whole(tensor_of(x).dims))
        line = call.line()
        name, scale = line.of(x), f"{line.of(scales)}[{number}]"
        row = f"torch.arange({out[axis]}, device={name}.device)"
        place = f"({row} + 0.5) / {scale} - 0.5" if coordinates == "half_pixel" else f"{row} / {scale}"
        index = f"torch.clamp({_ROUNDED[rounding].format(f'({place})')}, 0, {dims[axis] - 1}).long()"
        dims[axis] = out[axis]
        x = line.makes(f"{name}[{':, ' * axis}{index}]", sizes=[Tensor(tuple(dims), tensor_of(x).dtype)])[0]
    return x


@operator("GridSample")
def _grid_sample(call: Call) -> Val:
    mode = {"linear": "bilinear", "cubic": "bicubic"}.get(call.attr("mode", "linear"), call.attr("mode", "linear"))
    if mode not in ("bilinear", "bicubic", "nearest") or call.attr("padding_mode", "zeros") not in _BORDERS:
        raise Unfit(f"its mode {mode!r} is not known")
    border, aligned = call.attr("padding_mode", "zeros"), bool(call.attr("align_corners", 0))
    text = f"F.grid_sample({{0}}, {{1}}, mode={mode!r}, padding_mode={border!r}, align_corners={aligned})"
    return call.one(text, call.need(0), call.need(1))


_BORDERS = ("zeros", "border", "reflection")
