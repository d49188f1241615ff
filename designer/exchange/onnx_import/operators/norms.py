"""Normalisation."""

from __future__ import annotations

import torch

from designer.exchange.onnx_import.table import Call, operator
from designer.exchange.onnx_import.values import Known, Val, Wired, tensor_of
from designer.exchange.sketch import Unfit

__all__: list[str] = []


def _row(value: Val | None) -> Known | None:
    """Known float32 numbers in a row."""
    fine = isinstance(value, Known) and value.tensor.dtype == torch.float32 and value.tensor.ndim == 1
    return value if fine and isinstance(value, Known) else None


@operator("BatchNormalization")
def _batch_norm(call: Call) -> list[Val | None]:
    x = call.need(0)
    eps, momentum = call.attr("epsilon", 1e-5), call.attr("momentum", 0.9)
    scale, shift, mean, var = (call.need(slot) for slot in range(1, 5))
    if call.attr("training_mode", 0):
        return _batch_norm_training(call, x, eps, momentum)
    known = [_row(value) for value in (scale, shift, mean, var)]
    sides = {2: 1, 3: 1, 4: 2, 5: 3}.get(tensor_of(x).rank)
    text = f"F.batch_norm({{0}}, {{3}}, {{4}}, {{1}}, {{2}}, False, 0.0, {eps!r})"
    if sides is not None and all(known) and isinstance(x, Wired):
        names = ("weight", "bias", "running_mean", "running_var")
        weights = {name: value for name, value in zip(names, known, strict=True) if value is not None}
        weights["num_batches_tracked"] = Known(torch.tensor(0), "num_batches_tracked")
        params = {"eps": eps, "momentum": min(max(1.0 - momentum, 0.0), 1.0), "affine": True}
        try:
            return [call.block(f"batch_norm{sides}d", params, [x], weights=weights)]
        except Unfit:
            pass
    if tensor_of(x).rank < 2:
        text = f"F.batch_norm({{0}}.reshape(-1, 1), {{3}}, {{4}}, {{1}}, {{2}}, False, 0.0, {eps!r}).reshape(-1)"
    return [call.one(text, x, scale, shift, mean, var)]


def _batch_norm_training(call: Call, x: Val, eps: float, momentum: float) -> list[Val | None]:
    scale, shift, mean, var = (call.need(slot) for slot in range(1, 5))
    axes = [0, *range(2, tensor_of(x).rank)]
    made = call.one(f"F.batch_norm({{0}}, None, None, {{1}}, {{2}}, True, 0.0, {eps!r})", x, scale, shift)
    found: list[Val | None] = [made]
    for slot, (old, new) in enumerate(((mean, "mean({0}, dim={1})"), (var, "var({0}, dim={1}, correction=0)")), 1):
        fresh = "torch." + new.replace("{0}", "{1}").replace("dim={1}", f"dim={axes!r}")
        text = f"{{0}} * {momentum!r} + {fresh} * {1 - momentum!r}"
        found.append(call.one(text, old, x) if call.wants(slot) else None)
    return found


@operator("InstanceNormalization")
def _instance_norm(call: Call) -> Val:
    x, scale, shift = call.need(0), call.need(1), call.need(2)
    eps, sides = call.attr("epsilon", 1e-5), tensor_of(x).rank - 2
    known = [_row(scale), _row(shift)]
    if 1 <= sides <= 3 and known[0] is not None and known[1] is not None and isinstance(x, Wired):
        weights = {"weight": known[0], "bias": known[1]}
        try:
            return call.block(f"instance_norm{sides}d", {"eps": eps, "affine": True}, [x], weights=weights)
        except Unfit:
            pass
    text = f"F.instance_norm({{0}}, None, None, {{1}}, {{2}}, True, 0.0, {eps!r})"
    return call.one(text, x, scale, shift)


@operator("LayerNormalization")
def _layer_norm(call: Call) -> list[Val | None]:
    x, scale, shift = call.need(0), call.need(1), call.get(2)
    eps, rank = call.attr("epsilon", 1e-5), tensor_of(x).rank
    axis = call.axis(call.attr("axis", -1))
    if not (call.wants(1) or call.wants(2)):
        layer = _layer_norm_block(call, x, scale, shift, rank - axis, eps)
        if layer is not None:
            return [layer]
    axes = tuple(range(axis, rank))
    mean = call.one(f"torch.mean({{0}}.float(), dim={axes!r}, keepdim=True)", x)
    var = f"torch.mean(({{0}}.float() - {{1}}) * ({{0}}.float() - {{1}}), dim={axes!r}, keepdim=True)"
    inverse = call.one(f"torch.rsqrt({var} + {eps!r})", x, mean)
    kind = tensor_of(x).dtype
    text = f"(({{0}}.float() - {{1}}) * {{2}}).to(torch.{kind}) * {{3}}"
    values = [x, mean, inverse, scale]
    if shift is not None:
        text, values = f"{text} + {{4}}", [*values, shift]
    return [call.one(text, *values), mean, inverse]


def _layer_norm_block(call: Call, x: Val, scale: Val, shift: Val | None, axes: int, eps: float) -> Val | None:
    fine = isinstance(scale, Known) and (shift is None or isinstance(shift, Known)) and isinstance(x, Wired)
    if not fine or scale.tensor.dtype != torch.float32 or scale.tensor.ndim != axes:  # type: ignore[union-attr]
        return None
    weights = {"weight": scale, "bias": shift}
    kept = {name: value for name, value in weights.items() if isinstance(value, Known)}
    try:
        return call.block("layer_norm", {"axes": axes, "eps": eps, "bias": shift is not None}, [x], weights=kept)
    except Unfit:
        return None


@operator("GroupNormalization", since=21)
def _group_norm(call: Call) -> Val:
    x, scale, shift = call.need(0), call.need(1), call.need(2)
    eps, groups = call.attr("epsilon", 1e-5), call.attr("num_groups")
    known = [_row(scale), _row(shift)]
    if known[0] is not None and known[1] is not None and isinstance(x, Wired):
        weights = {"weight": known[0], "bias": known[1]}
        try:
            return call.block("group_norm", {"num_groups": groups, "eps": eps}, [x], weights=weights)
        except Unfit:
            pass
    return call.one(f"F.group_norm({{0}}, {groups}, {{1}}, {{2}}, {eps!r})", x, scale, shift)


@operator("LRN")
def _lrn(call: Call) -> Val:
    size = call.attr("size")
    numbers = {"alpha": call.attr("alpha", 1e-4), "beta": call.attr("beta", 0.75), "k": call.attr("bias", 1.0)}
    text = f"F.local_response_norm({{0}}, {size}, {numbers['alpha']!r}, {numbers['beta']!r}, {numbers['k']!r})"
    return call.block("local_response_norm", {"size": size, **numbers}, [call.need(0)], text)
