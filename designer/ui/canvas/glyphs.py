"""The little picture on a block: the curve of an activation, a Material Design glyph, or two letters of its title."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QPainterPath, QTransform

from designer.ui import icons
from designer.ui.theme import font

__all__ = ["Glyph", "glyph"]

BOX = 20.0  # every picture fits a square of this side around (0, 0)
Glyph = tuple[
    QPainterPath, bool
]  # the outline, and whether it is a line to be stroked rather than a shape to be filled

_CURVES: dict[str, Callable[[float], float]] = {
    "relu": lambda x: max(0.0, x),
    "relu6": lambda x: min(1.6, max(0.0, x * 1.6)),
    "leaky_relu": lambda x: x if x > 0 else 0.25 * x,
    "prelu": lambda x: x if x > 0 else 0.35 * x,
    "elu": lambda x: x if x > 0 else math.expm1(2 * x) * 0.5,
    "selu": lambda x: x if x > 0 else math.expm1(2 * x) * 0.6,
    "gelu": lambda x: x * 0.5 * (1 + math.erf(x * 1.3)),
    "silu": lambda x: x / (1 + math.exp(-2.2 * x)) * 1.1,
    "mish": lambda x: x * math.tanh(math.log1p(math.exp(2 * x))),
    "hardswish": lambda x: x * min(1.0, max(0.0, x / 2 + 0.5)),
    "hardsigmoid": lambda x: min(1.0, max(-1.0, x)),
    "softplus": lambda x: math.log1p(math.exp(3 * x)) / 2.4,
    "sigmoid": lambda x: 2 / (1 + math.exp(-3 * x)) - 1,
    "tanh": lambda x: 1.25 * math.tanh(2.2 * x),
    "celu": lambda x: x if x > 0 else math.expm1(2.5 * x) * 0.4,
    "hardtanh": lambda x: min(1.0, max(-1.0, 1.6 * x)),
    "softsign": lambda x: 2 * x / (1 + abs(1.6 * x)),
    "logsigmoid": lambda x: -math.log1p(math.exp(-2.5 * x)) / 2,
    "tanhshrink": lambda x: x - 0.7 * math.tanh(1.4 * x),
    "hardshrink": lambda x: x if abs(x) > 0.6 else 0.0,
    "softshrink": lambda x: math.copysign(max(0.0, abs(x) - 0.5), x),
    "threshold": lambda x: x if x > 0.5 else 0.0,
    "rrelu": lambda x: x if x > 0 else 0.2 * x,
    "abs": lambda x: abs(x),
    "exp": lambda x: math.exp(1.1 * x) / 2,
    "square": lambda x: x * x / 1.2,
    "sin": lambda x: math.sin(2.4 * x),
    "cos": lambda x: math.cos(2.4 * x),
    "erf": lambda x: 1.2 * math.erf(1.6 * x),
    "sign": lambda x: (x > 0) - (x < 0),
}

_BY_TYPE = {
    "input": "tray-arrow-down",
    "classification_output": "bullseye-arrow",
    "regression_output": "chart-scatter-plot",
    "multilabel_output": "tag-multiple-outline",
    "segmentation_output": "image-filter-black-white",
    "conv1d": "waveform",
    "conv2d": "grid",
    "conv3d": "cube-outline",
    "conv_transpose1d": "arrow-expand-all",
    "conv_transpose2d": "arrow-expand-all",
    "conv_transpose3d": "arrow-expand-all",
    "deform_conv2d": "grid",
    "avg_pool1d": "blur",
    "avg_pool2d": "blur",
    "adaptive_avg_pool1d": "resize",
    "adaptive_avg_pool2d": "resize",
    "adaptive_max_pool1d": "resize",
    "adaptive_max_pool2d": "resize",
    "global_avg_pool": "image-filter-center-focus",
    "global_max_pool": "image-filter-center-focus",
    "linear": "vector-polyline",
    "flatten": "format-align-justify",
    "residual": "debug-step-over",
    "bottleneck": "timer-sand",
    "inverted_residual": "arrow-expand-horizontal",
    "squeeze_excite": "tune-vertical",
    "dense_block": "transit-connection-variant",
    "inception": "source-branch",
    "transformer_block": "eye-outline",
    "reshape": "vector-square-edit",
    "permute": "swap-horizontal-bold",
    "add": "plus",
    "multiply": "close",
    "subtract": "minus",
    "divide": "division",
    "average": "approximately-equal",
    "maximum": "chevron-up",
    "minimum": "chevron-down",
    "pow": "exponent",
    "matmul": "matrix",
    "bmm": "matrix",
    "stack": "layers-outline",
    "scale": "tune-variant",
    "power": "exponent",
    "sqrt": "square-root",
    "rsqrt": "square-root",
    "sum": "sigma",
    "parameter": "weight",
    "transpose": "swap-horizontal-bold",
    "movedim": "swap-horizontal-bold",
    "slice": "content-cut",
    "select": "select-marker",
    "flip": "flip-horizontal",
    "embedding_bag": "book-alphabet",
    "rnn": "reload",
    "concatenate": "set-merge",
    "embedding": "book-alphabet",
    "lstm": "reload",
    "gru": "reload",
    "softmax": "chart-bar",
    "log_softmax": "chart-bar",
    "dropout": "dots-grid",
    "dropout2d": "checkerboard",
    ":group": "layers-triple-outline",
}

_BY_GROUP = {
    "convolution": "grid",
    "pooling": "arrow-collapse-all",
    "normalisation": "chart-bell-curve",
    "activation": "function-variant",
    "linear": "vector-polyline",
    "regularisation": "dots-grid",
    "shape": "vector-square",
    "merge": "set-merge",
    "sequence": "reload",
    "attention": "eye-outline",
    "padding": "image-frame",
    "resize": "arrow-expand-all",
    "math": "calculator-variant-outline",
    "values": "numeric",
    "input and output": "tray-arrow-down",
}


@cache
def glyph(block_type: str, group: str, title: str) -> Glyph:
    """The picture of a kind of block, centred on (0, 0)."""
    curve = _CURVES.get(block_type)
    if curve is not None:
        return _plot(curve), True
    name = _BY_TYPE.get(block_type) or _BY_GROUP.get(group.lower(), "")
    character = icons.glyphs().get(name)
    if character:
        return _fit(QFont(icons._family()), character, BOX), False
    letters = "".join(word[0] for word in title.split()[:2]).upper() or "?"
    return _fit(font("title"), letters, BOX * 0.8), False


def _fit(font_: QFont, text: str, side: float) -> QPainterPath:
    big = QFont(font_)
    big.setPixelSize(100)
    path = QPainterPath()
    path.addText(QPointF(0, 0), big, text)
    box = path.boundingRect()
    scale = side / max(box.width(), box.height(), 1.0) * 0.94
    return QTransform.fromScale(scale, scale).translate(-box.center().x(), -box.center().y()).map(path)


def _plot(curve: Callable[[float], float]) -> QPainterPath:
    half = BOX / 2 - 1.5
    path = QPainterPath()
    points = [QPointF(x / 12 * half, 0.0) for x in range(-12, 13)]
    heights = [curve(x / 12 * 1.6) / 1.6 for x in range(-12, 13)]
    middle = (max(heights) + min(heights)) / 2
    for i, (point, y) in enumerate(zip(points, heights, strict=True)):
        at = QPointF(point.x(), -(y - middle) * half * 1.15)
        if i:
            path.lineTo(at)
        else:
            path.moveTo(at)
    return path
