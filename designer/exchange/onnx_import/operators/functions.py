"""Functions of each number by itself."""

from __future__ import annotations

from functools import partial

from designer.blocks.spec import Value
from designer.exchange.onnx_import.table import Call, operator
from designer.exchange.onnx_import.values import Kinds, Val, kind_of, tensor_of
from designer.exchange.sketch import Unfit

__all__: list[str] = []

# The block and the expression, or the expression alone.
_SIMPLE: dict[str, tuple[str, str]] = {
    "Abs": ("abs", "torch.abs({0})"),
    "Neg": ("neg", "torch.neg({0})"),
    "Sign": ("sign", "torch.sign({0})"),
    "Exp": ("exp", "torch.exp({0})"),
    "Log": ("log", "torch.log({0})"),
    "Sqrt": ("sqrt", "torch.sqrt({0})"),
    "Reciprocal": ("reciprocal", "torch.reciprocal({0})"),
    "Sin": ("sin", "torch.sin({0})"),
    "Cos": ("cos", "torch.cos({0})"),
    "Erf": ("erf", "torch.erf({0})"),
    "Relu": ("relu", "torch.relu({0})"),
    "Sigmoid": ("sigmoid", "torch.sigmoid({0})"),
    "Tanh": ("tanh", "torch.tanh({0})"),
    "Softplus": ("softplus", "F.softplus({0})"),
    "Softsign": ("softsign", "F.softsign({0})"),
    "HardSwish": ("hardswish", "F.hardswish({0})"),
    "Mish": ("mish", "F.mish({0})"),
} | {
    name: ("", f"torch.{text}({{0}})")
    for name, text in {
        "Acos": "acos", "Acosh": "acosh", "Asin": "asin", "Asinh": "asinh", "Atan": "atan", "Atanh": "atanh",
        "Cosh": "cosh", "Sinh": "sinh", "Tan": "tan", "Ceil": "ceil", "Floor": "floor", "Round": "round",
        "Not": "logical_not", "IsNaN": "isnan", "BitwiseNot": "bitwise_not",
    }.items()
}  # fmt: skip


def _simple(block: str, text: str, call: Call) -> Val:
    x = call.need(0)
    return call.block(block, {}, [x], text) if block else call.one(text, x)


for _name, (_block, _text) in _SIMPLE.items():
    operator(_name)(partial(_simple, _block, _text))


@operator("Identity")
def _identity(call: Call) -> Val:
    return call.need(0)


def _sloped(call: Call, block: str, params: dict[str, Value], text: str) -> Val:
    return call.block(block, params, [call.need(0)], text)


@operator("LeakyRelu")
def _leaky_relu(call: Call) -> Val:
    slope = call.attr("alpha", 0.01)
    return _sloped(call, "leaky_relu", {"negative_slope": slope}, f"F.leaky_relu({{0}}, {slope!r})")


@operator("Elu")
def _elu(call: Call) -> Val:
    alpha = call.attr("alpha", 1.0)
    return _sloped(call, "elu", {"alpha": alpha}, f"F.elu({{0}}, {alpha!r})")


@operator("Celu")
def _celu(call: Call) -> Val:
    alpha = call.attr("alpha", 1.0)
    return _sloped(call, "celu", {"alpha": alpha}, f"F.celu({{0}}, {alpha!r})")


@operator("Selu")
def _selu(call: Call) -> Val:
    alpha, gamma = call.attr("alpha", 1.67326319217681884765625), call.attr("gamma", 1.05070102214813232421875)
    if abs(alpha - 1.6732632) < 1e-6 and abs(gamma - 1.0507010) < 1e-6:
        return call.block("selu", {}, [call.need(0)], "F.selu({0})")
    return call.one(f"{gamma!r} * F.elu({{0}}, {alpha!r})", call.need(0))


@operator("ThresholdedRelu")
def _thresholded_relu(call: Call) -> Val:
    alpha = call.attr("alpha", 1.0)
    return _sloped(call, "threshold", {"threshold": alpha, "value": 0.0}, f"F.threshold({{0}}, {alpha!r}, 0.0)")


@operator("HardSigmoid")
def _hard_sigmoid(call: Call) -> Val:
    alpha, beta = call.attr("alpha", 0.2), call.attr("beta", 0.5)
    if abs(alpha - 1 / 6) < 1e-6 and beta == 0.5:
        return call.block("hardsigmoid", {}, [call.need(0)], "F.hardsigmoid({0})")
    return call.one(f"torch.clamp({{0}} * {alpha!r} + {beta!r}, 0.0, 1.0)", call.need(0))


@operator("Gelu")
def _gelu(call: Call) -> Val:
    how = call.attr("approximate", "none")
    return _sloped(call, "gelu", {"approximate": how}, f"F.gelu({{0}}, approximate={how!r})")


@operator("Swish")
def _swish(call: Call) -> Val:
    alpha = call.attr("alpha", 1.0)
    if alpha == 1.0:
        return call.block("silu", {}, [call.need(0)], "F.silu({0})")
    return call.one(f"{{0}} * torch.sigmoid({{0}} * {alpha!r})", call.need(0))


@operator("Shrink")
def _shrink(call: Call) -> Val:
    bias, lambd = call.attr("bias", 0.0), call.attr("lambd", 0.5)
    x = call.need(0)
    if bias in (0.0, lambd):
        return call.block(
            "softshrink" if bias else "hardshrink",
            {"lambd": lambd},
            [x],
            f"{{0}} * ({{0}} > {lambd!r}) + {{0}} * ({{0}} < -{lambd!r})"
            if not bias
            else f"F.softshrink({{0}}, {lambd!r})",
        )
    above, below = f"(({{0}} - {bias!r}) * ({{0}} > {lambd!r}))", f"(({{0}} + {bias!r}) * ({{0}} < {-lambd!r}))"
    return call.one(f"({above} + {below}).to({{0}}.dtype)", x)


@operator("IsInf")
def _is_inf(call: Call) -> Val:
    below, above = call.attr("detect_negative", 1), call.attr("detect_positive", 1)
    if below and above:
        return call.one("torch.isinf({0})", call.need(0))
    return call.one(f"{{0}} == {'-torch.inf' if below else 'torch.inf' if above else 'torch.nan'}", call.need(0))


@operator("Clip")
def _clip(call: Call) -> Val:
    x = call.need(0)
    low, high = call.get(1), call.get(2)
    if call.opset < 11:
        bounds = [call.attr("min"), call.attr("max")]
    else:
        bounds = [_constant(call, 1), _constant(call, 2)]
        if (low is not None and bounds[0] is None) or (high is not None and bounds[1] is None):
            return _clip_computed(call, x)
    if bounds == [None, None]:
        return x
    if bounds == [0.0, 6.0]:
        return call.block("relu6", {}, [x], "F.relu6({0})")
    inner = ", ".join(
        f"{name}={call.literal(bound)}" for name, bound in zip(("min", "max"), bounds, strict=True) if bound is not None
    )
    if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
        return call.one(f"torch.clamp(torch.clamp({{0}}, min={bounds[0]!r}), max={bounds[1]!r})", x)
    return call.block("clamp", {"min": bounds[0], "max": bounds[1]}, [x], f"torch.clamp({{0}}, {inner})")


def _constant(call: Call, slot: int) -> float | None:
    try:
        found = call.known(slot)
    except Unfit:
        return None
    return found.reshape(()).item() if found is not None else None


def _clip_computed(call: Call, x: Val) -> Val:
    for slot, name in ((1, "maximum"), (2, "minimum")):
        bound = call.get(slot)
        if bound is not None:
            x = call.one(f"torch.{name}({{0}}, {{1}}.reshape(()))", x, bound)
    return x


# --- kinds of numbers ------------------------------------------------------------------------------------------


def cast(call: Call, x: Val, kind: str) -> Val:
    """Other numbers of the same values."""
    if tensor_of(x).dtype == kind:
        return x
    return call.block("cast", {"dtype": kind}, [x], f"{{0}}.to(torch.{kind})")


@operator("Cast")
def _cast(call: Call) -> Val:
    from designer.exchange.onnx_import.values import Sizes

    kind = kind_of(call.attr("to"))
    x = call.need(0)
    if isinstance(x, Sizes) and kind in ("int64", "int32"):
        return x
    return cast(call, x, kind)


@operator("CastLike")
def _cast_like(call: Call) -> Val:
    return cast(call, call.need(0), call.tensor(1).dtype)


@operator("BitCast")
def _bit_cast(call: Call) -> Val:
    return call.one(f"{{0}}.view(torch.{Kinds[call.attr('to')]})", call.need(0))


@operator("Det")
def _det(call: Call) -> Val:
    return call.one("torch.linalg.det({0})", call.need(0))


@operator("Trilu")
def _trilu(call: Call) -> Val:
    line = call.line()
    k = call.get(1)
    diagonal = line.number(k) if k is not None else "0"
    name = "triu" if call.attr("upper", 1) else "tril"
    sizes = [call.tensor(0)] if "item" in diagonal else None
    return line.makes(f"torch.{name}({line.of(call.need(0))}, {diagonal})", sizes=sizes)[0]


@operator("Dropout")
def _dropout(call: Call) -> list[Val | None]:
    x, training = call.need(0), call.get(2)
    if training is not None and _constant(call, 2) is None:
        raise Unfit("whether it trains must be a constant and is computed")
    ratio = _constant(call, 1) if call.opset >= 12 else call.attr("ratio", 0.5)
    if ratio is None:
        ratio = 0.5 if call.get(1) is None else 0.0  # computed, and of no effect where nothing is trained
    made = call.block("dropout", {"p": float(ratio)}, [x], "torch.clone({0})") if ratio else x
    mask = call.one("torch.ones_like({0}, dtype=torch.bool)", x) if call.wants(1) else None
    return [made, mask]
