"""Numbers around a tensor, or cut from its edges."""

from __future__ import annotations

from designer.blocks.dims import Tensor
from designer.exchange.onnx_import.operators.convolutions import padded, torch_pads
from designer.exchange.onnx_import.table import Call, operator
from designer.exchange.onnx_import.values import Known, Val, Wired, tensor_of, whole
from designer.exchange.sketch import Unfit

__all__: list[str] = []


@operator("Pad")
def _pad(call: Call) -> Val:
    x, mode = call.need(0), call.attr("mode", "constant")
    if isinstance(call.get(1), Wired):
        return _pad_told(call, x, mode)
    rank = tensor_of(x).rank
    pads = call.whole("pads", 1)
    axes = call.whole("axes", 3)
    if pads is None:
        raise Unfit("its pads are missing")
    axes = tuple(call.axis(axis) for axis in axes) if axes is not None else tuple(range(rank))
    if len(pads) != 2 * len(axes):
        raise Unfit(f"{len(pads)} pads for {len(axes)} dimensions")
    full = [0] * (2 * rank)
    for number, axis in enumerate(axes):
        full[axis], full[axis + rank] = pads[number], pads[number + len(axes)]
    if not any(full):
        return x
    if mode == "constant":
        return _constant(call, x, full)
    return _mirrored(call, x, full, mode)


def _constant(call: Call, x: Val, pads: list[int]) -> Val:
    filling = call.get(2)
    if filling is None or isinstance(filling, Known):
        value = filling.tensor.reshape(()).item() if isinstance(filling, Known) else call.attr("value", 0.0)
        return padded(call, x, pads, float(value))
    line = call.line()
    return line.makes(
        f"F.pad({line.of(x)}, {torch_pads(pads)!r}, value={line.number(filling)})", sizes=call.told_sizes(1)
    )[0]


_MODES = {"reflect": "reflect", "edge": "replicate", "wrap": "circular"}


def _mirrored(call: Call, x: Val, pads: list[int], mode: str) -> Val:
    if mode not in _MODES:
        raise Unfit(f"its mode {mode[:40]!r} is not known")
    rank = len(pads) // 2
    around = [axis for axis in range(rank) if pads[axis] or pads[axis + rank]]
    inner = torch_pads([*pads[2:rank], *pads[rank + 2 :]])
    if min(around) >= 2 and min(pads) >= 0 and rank <= 5 and tensor_of(x).dtype == "float32" and isinstance(x, Wired):
        try:
            return call.block("pad", {"pad": inner, "mode": _MODES[mode]}, [x])
        except Unfit:
            pass
    for axis in around:
        (size,) = whole(tensor_of(x).dims[axis : axis + 1])
        places = [_place(n, size, mode) for n in range(-pads[axis], size + pads[axis + rank])]
        x = call.one(f"{{0}}[{':, ' * axis}{places!r}]", x)
    return x


def _place(number: int, size: int, mode: str) -> int:
    """Where the number that stands at a place outside comes from."""
    if mode == "edge":
        return min(max(number, 0), size - 1)
    if mode == "wrap":
        return number % size
    period = max(2 * (size - 1), 1)
    number %= period
    return min(number, period - number) if size > 1 else 0


def _pad_told(call: Call, x: Val, mode: str) -> Val:
    """Pads that come in as numbers: what is made of them the file has declared."""
    (told,) = call.told_sizes(1)
    rank = told.rank
    pads = _for_all(call, rank)
    if mode == "constant":
        line = call.line()
        row = f"{line.of(pads)}.reshape(2, {rank}).t().flip(0).reshape(-1).tolist()"
        filling = call.get(2)
        value = line.number(filling) if filling is not None else "0"
        return line.makes(f"F.pad({line.of(x)}, {row}, value={value})", sizes=[told])[0]
    dims = list(whole(tensor_of(x).dims))
    for axis, count in enumerate(whole(told.dims)):
        line = call.line()
        name, size = line.of(x), dims[axis]
        at = f"(torch.arange({count}, device={name}.device) - {line.of(pads)}[{axis}])"
        dims[axis] = count
        sizes = [Tensor(tuple(dims), tensor_of(x).dtype)]
        x = line.makes(f"{name}[{':, ' * axis}{_mirror(at, size, mode)}]", sizes=sizes)[0]
    return x


def _for_all(call: Call, rank: int) -> Val:
    """Pads of some dimensions as pads of all."""
    pads, axes = call.need(1), call.get(3)
    if axes is None:
        return pads
    (count,) = whole(tensor_of(axes).dims)
    line = call.line()
    name, place = line.of(pads), f"torch.remainder({line.of(axes)}.long(), {rank})"
    both = f"torch.cat([{place}, {place} + {rank}])"
    full = f"torch.zeros({2 * rank}, dtype=torch.int64, device={name}.device)"
    return line.makes(f"{full}.scatter(0, {both}, {name}[:{2 * count}])", sizes=[Tensor((2 * rank,), "int64")])[0]


def _mirror(at: str, size: int, mode: str) -> str:
    """Where the numbers outside come from, as text."""
    if mode == "edge":
        return f"torch.clamp({at}, 0, {size - 1})"
    if mode == "wrap":
        return f"torch.remainder({at}, {size})"
    period = max(2 * (size - 1), 1)
    return f"torch.minimum(torch.remainder({at}, {period}), {period} - torch.remainder({at}, {period}))"


@operator("CenterCropPad")
def _center_crop_pad(call: Call) -> Val:
    x = call.need(0)
    rank = tensor_of(x).rank
    axes = [call.axis(axis) for axis in call.attr("axes") or range(rank)]
    if isinstance(call.get(1), Wired):
        (told,) = call.told_sizes(1)
        wanted = whole(told.dims[axis] for axis in axes)
    else:
        wanted = call.whole("shape", 1) or ()
    pads = [0] * (2 * rank)
    for axis, want in zip(axes, wanted, strict=True):
        (size,) = whole(tensor_of(x).dims[axis : axis + 1])
        more = want - size
        front = more // 2 if more >= 0 else -((size - want) // 2)
        pads[axis], pads[axis + rank] = front, more - front
    return padded(call, x, pads)
