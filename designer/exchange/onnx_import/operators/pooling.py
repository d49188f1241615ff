"""Windows that become one number."""

from __future__ import annotations

import math
from collections.abc import Sequence

from designer.blocks.numbers import FLOATS
from designer.blocks.spec import Value
from designer.exchange.onnx_import.operators.convolutions import pads_of, torch_pads
from designer.exchange.onnx_import.table import Call, operator
from designer.exchange.onnx_import.values import Val, tensor_of, whole
from designer.exchange.sketch import Unfit

__all__: list[str] = []


class _Window:
    """Kernel, steps and padding of a pooling operator, padding grown where the last window hangs over."""

    def __init__(self, call: Call) -> None:
        self.kernel = list(call.attr("kernel_shape"))
        self.sides = len(self.kernel)
        if self.sides > 3 or tensor_of(call.need(0)).rank != self.sides + 2:
            raise Unfit(f"its window has {self.sides} sides")
        self.strides = list(call.attr("strides") or [1] * self.sides)
        self.dilations = list(call.attr("dilations") or [1] * self.sides)
        self.pads = pads_of(call, self.kernel, self.strides, self.dilations)
        self.ceil = bool(call.attr("ceil_mode", 0))

    @property
    def even(self) -> bool:
        """Whether torch's pooling pads like this."""
        front, behind = self.pads[: self.sides], self.pads[self.sides :]
        return front == behind and all(2 * pad <= k for pad, k in zip(front, self.kernel, strict=True))

    def over(self, sizes: Sequence[int]) -> list[int]:
        """How far the last windows hang over what is padded, on each side."""
        found = []
        for axis, size in enumerate(sizes):
            front, behind = self.pads[axis], self.pads[axis + self.sides]
            span, stride = self.dilations[axis] * (self.kernel[axis] - 1) + 1, self.strides[axis]
            room = size + front + behind - span
            count = (-(-room // stride) if self.ceil else room // stride) + 1
            if self.ceil and (count - 1) * stride >= size + front:
                count -= 1  # a window that would begin behind the input
            found.append(max((count - 1) * stride + span - (size + front + behind), 0))
        return found

    def grown(self, sizes: Sequence[int]) -> list[int]:
        """The padding with that."""
        over = self.over(sizes) if self.ceil else [0] * self.sides
        behind = [pad + more for pad, more in zip(self.pads[self.sides :], over, strict=True)]
        return [*self.pads[: self.sides], *behind]

    def out(self, sizes: Sequence[int]) -> list[int]:
        """How many windows there are on each side."""
        pads, found = self.grown(sizes), []
        for axis, size in enumerate(sizes):
            span = self.dilations[axis] * (self.kernel[axis] - 1) + 1
            found.append((size + pads[axis] + pads[axis + self.sides] - span) // self.strides[axis] + 1)
        return found


@operator("MaxPool")
def _max_pool(call: Call) -> list[Val | None]:
    x, window = call.need(0), _Window(call)
    if call.wants(1):
        return _max_pool_places(call, x, window)
    row = window.pads[: window.sides]
    kind = tensor_of(x).dtype
    if window.even and kind == "float32":
        params: dict[str, Value] = {
            "kernel_size": tuple(window.kernel), "stride": tuple(window.strides), "padding": tuple(row),
            "dilation": tuple(window.dilations), "ceil_mode": window.ceil,
        }  # fmt: skip
        text = (
            f"F.max_pool{window.sides}d({{0}}, {window.kernel}, {window.strides}, {row}, {window.dilations}, "
            f"{window.ceil})"
        )
        return [call.block(f"max_pool{window.sides}d", params, [x], text)]
    pads = torch_pads(window.grown(whole(tensor_of(x).dims[2:])) if window.ceil else window.pads)
    shown = "{0}" if kind in FLOATS else "{0}.float()"
    shown = f"F.pad({shown}, {pads!r}, value=-torch.inf)" if any(pads) else shown
    text = f"F.max_pool{window.sides}d({shown}, {window.kernel}, {window.strides}, 0, {window.dilations})"
    return [call.one(text if kind in FLOATS else f"{text}.to(torch.{kind})", x)]


def _max_pool_places(call: Call, x: Val, window: _Window) -> list[Val | None]:
    """With the place of each largest number, counted through the whole tensor."""
    if not window.even:
        raise Unfit("it asks for the places of the largest numbers with uneven padding")
    n, c, *sizes = whole(tensor_of(x).dims)
    row = window.pads[: window.sides]
    shown = "{0}" if tensor_of(x).dtype in FLOATS else "{0}.float()"
    text = (
        f"F.max_pool{window.sides}d({shown}, {window.kernel}, {window.strides}, {row}, {window.dilations}, "
        f"{window.ceil}, return_indices=True)"
    )
    values, places = call.expr(text, x, outputs=2)
    inside = math.prod(sizes)
    if call.attr("storage_order", 0) and len(sizes) == 2:
        height, width = sizes
        places = call.one(f"{{0}} % {width} * {height} + torch.floor_divide({{0}}, {width})", places)
    made = values
    if tensor_of(x).dtype not in FLOATS:
        made = call.one(f"{{0}}.to(torch.{tensor_of(x).dtype})", values)
    return [made, _moved(call, places, n * c, inside)]


def _moved(call: Call, places: Val, planes: int, inside: int) -> Val:
    if planes == 1:
        return places
    shape = [size if axis < 2 else 1 for axis, size in enumerate(whole(tensor_of(places).dims))]
    row = f"torch.arange(0, {planes * inside}, {inside}, device={{0}}.device).reshape({shape!r})"
    return call.one(f"{{0}} + {row}", places)


@operator("AveragePool")
def _average_pool(call: Call) -> Val:
    x, window = call.need(0), _Window(call)
    row, include = window.pads[: window.sides], bool(call.attr("count_include_pad", 0))
    plain = window.even and set(window.dilations) == {1}
    if plain:
        params: dict[str, Value] = {
            "kernel_size": tuple(window.kernel), "stride": tuple(window.strides), "padding": tuple(row),
            "ceil_mode": window.ceil, "count_include_pad": include or not any(row),
        }  # fmt: skip
        text = (
            f"F.avg_pool{window.sides}d({{0}}, {window.kernel}, {window.strides}, {row}, {window.ceil}, "
            f"{include or not any(row)})"
        )
        return call.block(f"avg_pool{window.sides}d", params, [x], text)
    return _counted(call, x, window, include)


def _counted(call: Call, x: Val, window: _Window, include: bool) -> Val:
    """The sum of each window through the numbers of the input in it."""
    sizes, sides = whole(tensor_of(x).dims[2:]), window.sides
    pads = torch_pads(window.grown(sizes))
    over = torch_pads([*[0] * sides, *(window.over(sizes) if window.ceil else [0] * sides)])
    kind = "dtype={0}.dtype, device={0}.device"
    ones = f"torch.ones({[1, 1, *window.kernel]!r}, {kind})"
    options = f"stride={window.strides}, dilation={window.dilations}"
    planes = f"F.pad({{0}}.reshape({[-1, 1, *sizes]!r}), {pads!r})"
    if include:
        real = torch_pads(window.pads)
        inside = f"F.pad(F.pad(torch.ones({[1, 1, *sizes]!r}, {kind}), {real!r}, value=1.0), {over!r})"
    else:
        inside = f"F.pad(torch.ones({[1, 1, *sizes]!r}, {kind}), {pads!r})"
    total = f"F.conv{sides}d({planes}, {ones}, {options})"
    count = f"F.conv{sides}d({inside}, {ones}, {options})"
    return call.one(f"({total} / {count}).reshape({[*_planes(x), *window.out(sizes)]!r})", x)


def _planes(x: Val) -> list[int]:
    n, c = tensor_of(x).dims[:2]
    return [n if isinstance(n, int) else -1, *whole([c])]


@operator("GlobalAveragePool")
def _global_average_pool(call: Call) -> Val:
    return _global(call, "avg", "mean")


@operator("GlobalMaxPool")
def _global_max_pool(call: Call) -> Val:
    return _global(call, "max", "amax")


def _global(call: Call, name: str, function: str) -> Val:
    x = call.need(0)
    rank = tensor_of(x).rank
    axes = tuple(range(2, rank))
    text = f"torch.{function}({{0}}, dim={axes!r}, keepdim=True)"
    if 3 <= rank <= 5:
        return call.block(f"adaptive_{name}_pool{rank - 2}d", {"output_size": 1}, [x], text)
    return call.one(text, x)


@operator("LpPool")
def _lp_pool(call: Call) -> Val:
    x, window, p = call.need(0), _Window(call), call.attr("p", 2)
    sizes, sides = whole(tensor_of(x).dims[2:]), window.sides
    pads = torch_pads(window.grown(sizes))
    ones = f"torch.ones({[1, 1, *window.kernel]!r}, dtype={{0}}.dtype, device={{0}}.device)"
    powers = f"torch.pow(torch.abs(F.pad({{0}}.reshape({[-1, 1, *sizes]!r}), {pads!r})), {p})"
    total = f"F.conv{sides}d({powers}, {ones}, stride={window.strides}, dilation={window.dilations})"
    return call.one(f"torch.pow({total}, {1 / p!r}).reshape({[*_planes(x), *window.out(sizes)]!r})", x)


@operator("GlobalLpPool")
def _global_lp_pool(call: Call) -> Val:
    axes = tuple(range(2, call.rank()))
    text = f"torch.linalg.vector_norm({{0}}, ord={call.attr('p', 2)}, dim={axes!r}, keepdim=True)"
    return call.one(text, call.need(0))


@operator("MaxUnpool")
def _max_unpool(call: Call) -> Val:
    x, places = call.need(0), call.need(1)
    kernel = list(call.attr("kernel_shape"))
    strides, pads = list(call.attr("strides") or [1] * len(kernel)), list(call.attr("pads") or [0] * 2 * len(kernel))
    n, c, *sizes = whole(tensor_of(x).dims)
    made = [
        (size - 1) * s + k - pads[a] - pads[a + len(kernel)]
        for a, (size, k, s) in enumerate(zip(sizes, kernel, strides, strict=True))
    ]
    out = list(whole(call.told_sizes(1)[0].dims)) if call.get(2) is not None else [n, c, *made]
    flat = f"torch.zeros({n * c * math.prod(made)}, dtype={{0}}.dtype, device={{0}}.device)"
    placed = f"{flat}.scatter(0, {{1}}.reshape(-1), {{0}}.reshape(-1)).reshape({[n, c, *made]!r})"
    grow = torch_pads([0] * len(made) + [o - m for o, m in zip(out[2:], made, strict=True)])
    return call.one(f"F.pad({placed}, {grow!r})" if any(grow) else placed, x, places)
