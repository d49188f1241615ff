"""Waves, patches and other places of a picture."""

from __future__ import annotations

from designer.exchange.onnx_import.line import Line
from designer.exchange.onnx_import.operators.convolutions import torch_pads
from designer.exchange.onnx_import.table import Call, operator
from designer.exchange.onnx_import.values import Val, Wired, listed, tensor_of, whole
from designer.exchange.sketch import Unfit

__all__: list[str] = []


@operator("DFT")
def _dft(call: Call) -> Val:
    x = call.need(0)
    (parts,) = whole(tensor_of(x).dims[-1:])
    line = call.line()
    inverse, half = bool(call.attr("inverse", 0)), bool(call.attr("onesided", 0))
    axis, length = _along(call, line, inverse and half)
    name = line.of(x)
    shown = f"torch.view_as_complex({name}.double().contiguous())" if parts == 2 else f"{name}.double()[..., 0]"
    kind = tensor_of(x).dtype
    told = call.told_sizes(1) if isinstance(call.get(2), Wired) else None
    if inverse and half:
        return line.makes(f"torch.fft.irfft({shown}, {length}dim={axis}).unsqueeze(-1).to(torch.{kind})", sizes=told)[0]
    way = "ifft" if inverse else "rfft" if half and parts == 1 else "fft"
    text = f"torch.view_as_real(torch.fft.{way}({shown}, {length}dim={axis})).to(torch.{kind})"
    return line.makes(text, sizes=told)[0]


def _along(call: Call, line: Line, half_back: bool) -> tuple[str, str]:
    """The dimension of a transform, and how long it is, as text."""
    rank = call.rank()
    given = call.get(2) if call.opset >= 20 else None
    if isinstance(given, Wired):
        return f"{line.number(given)} % {rank}", ""
    number = int(line.number(given)) if given is not None else -2 if call.opset >= 20 else call.attr("axis", 1)
    axis = call.axis(number)
    told = call.dims("dft_length", 1)
    (size,) = whole(told or call.tensor(0).dims[axis : axis + 1])
    size = 2 * (size - 1) if half_back and told is None else size
    return str(axis), f"n={size}, "


@operator("STFT")
def _stft(call: Call) -> Val:
    signal, window = call.need(0), call.get(2)
    (step,) = whole(_told(call, 1))
    lengths = listed(call.need(3)) if call.get(3) is not None else tensor_of(call.need(2)).dims
    if lengths is None:
        raise Unfit("its frame length must be a constant and is computed")
    (length,) = whole(lengths)
    x = call.one("{0}[..., 0]" if tensor_of(signal).rank == 3 else "{0}", signal)
    line = call.line()
    text = f"{line.of(x)}.unfold(-1, {length}, {step})"
    if window is not None:
        text = f"{text} * {line.of(window)}"
    name = "rfft" if call.attr("onesided", 1) else "fft"
    return line.makes(f"torch.view_as_real(torch.fft.{name}({text}, n={length}, dim=-1))")[0]


def _told(call: Call, slot: int) -> list[int]:
    found = listed(call.need(slot))
    if found is None:
        raise Unfit(f"its input {slot + 1} must be a constant and is computed")
    return list(whole(found))


@operator("Col2Im")
def _col_to_image(call: Call) -> Val:
    x = call.need(0)
    if isinstance(call.get(1), Wired):
        return _patches_told(call, x)
    image = _told(call, 1)
    sides = len(image)
    pads = list(call.attr("pads") or [0] * 2 * sides)
    strides, dilations = list(call.attr("strides") or [1] * sides), list(call.attr("dilations") or [1] * sides)
    if sides != 2:
        raise Unfit(f"its pictures have {sides} sides")
    grown = [size + pads[n] + pads[n + 2] for n, size in enumerate(image)]
    block = _told(call, 2)
    text = f"F.fold({{0}}, {grown}, {block}, dilation={dilations}, stride={strides})"
    cut = torch_pads([-pad for pad in pads])
    return call.one(f"F.pad({text}, {cut!r})" if any(cut) else text, x)


def _patches_told(call: Call, x: Val) -> Val:
    """Sizes that come in as numbers: what is made of them the file has declared."""
    told = call.told_sizes(1)
    pads = list(call.attr("pads") or [0, 0, 0, 0])
    if told[0].rank != 4 or pads[:2] != pads[2:]:
        raise Unfit("its sizes must be constant and are computed")
    strides, dilations = list(call.attr("strides") or [1, 1]), list(call.attr("dilations") or [1, 1])
    line = call.line()
    sizes = f"{line.ints(call.need(1))}, {line.ints(call.need(2))}"
    options = f"dilation={dilations}, padding={pads[:2]}, stride={strides}"
    return line.makes(f"F.fold({line.of(x)}, {sizes}, {options})", sizes=told)[0]


@operator("AffineGrid")
def _affine_grid(call: Call) -> Val:
    line = call.line()
    theta, aligned = line.of(call.need(0)), bool(call.attr("align_corners", 0))
    return line.makes(f"F.affine_grid({theta}, {line.ints(call.need(1))}, align_corners={aligned})")[0]


@operator("TensorScatter")
def _tensor_scatter(call: Call) -> Val:
    past, fresh, at = call.need(0), call.need(1), call.get(2)
    dims, new = whole(tensor_of(past).dims), whole(tensor_of(fresh).dims)
    axis = call.axis(call.attr("axis", -2))
    row = [new[axis] if a == axis else 1 for a in range(len(dims))]
    places = f"torch.arange({new[axis]}, device={{0}}.device).reshape({row!r})"
    values = [past, fresh]
    if at is not None:
        places = f"({places} + {{2}}.reshape({[-1] + [1] * (len(dims) - 1)!r}))"
        values.append(at)
    if call.attr("mode", "linear") == "circular":
        places = f"torch.remainder({places}, {dims[axis]})"
    return call.one(f"torch.scatter({{0}}, {axis}, {places}.expand({tuple(new)!r}), {{1}})", *values)
