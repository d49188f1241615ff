"""torch.nn.functional: activations, pooling, and layers whose weights the model holds itself."""

from __future__ import annotations

from typing import Any

from torch import nn

from designer.blocks.spec import Value
from designer.exchange.converters.table import Call, bound, function
from designer.exchange.sketch import Ref

__all__: list[str] = []


def _home(call: Call, weight: Any, bias: Any) -> tuple[str, dict[str, Any]] | None:
    """The path of the layer whose weight and bias these are, with its tensors; None where they are no layer's."""
    held = call.weight_of(weight)
    if held is None or not held[0].endswith(".weight"):
        return None
    path = held[0].removesuffix(".weight")
    tensors = {"weight": held[1]}
    if bias is not None:
        other = call.weight_of(bias)
        if other is None or other[0] != f"{path}.bias":
            return None
        tensors["bias"] = other[1]
    return path, tensors


@function(
    "relu", "relu6", "silu", "sigmoid", "tanh", "hardswish", "hardsigmoid", "mish", "selu", "softsign", "logsigmoid"
)
def _activation(call: Call) -> tuple[Ref, ...]:
    return call.place(call.name)


@function("gelu")
def _gelu(call: Call) -> tuple[Ref, ...]:
    return call.place("gelu", {"approximate": call.arg(1, "approximate", "none")})


@function("dropout")
def _dropout(call: Call) -> tuple[Ref, ...] | Ref:
    p = float(call.arg(1, "p", 0.5))
    return call.place("dropout", {"p": p}) if p else call.ref(call.args[0])


@function("softmax")
def _softmax(call: Call) -> tuple[Ref, ...]:
    return call.place("softmax", {"dim": call.arg(1, "dim")})


@function("adaptive_avg_pool2d")
def _adaptive(call: Call) -> tuple[Ref, ...]:
    size = call.arg(1, "output_size")
    return call.place("adaptive_avg_pool2d", {"output_size": tuple(size) if isinstance(size, tuple | list) else size})


@function("linear")
def _linear(call: Call) -> tuple[Ref, ...] | None:
    home = _home(call, call.arg(1, "weight"), call.arg(2, "bias", None))
    if home is None:
        return None
    path, tensors = home
    params: dict[str, Value] = {"out_features": tensors["weight"].shape[0], "bias": "bias" in tensors}
    return call.place("linear", params, [call.arg(0, "input")], name=path, weights=tensors)


@function("layer_norm")
def _layer_norm(call: Call) -> tuple[Ref, ...] | None:
    said = bound(nn.functional.layer_norm, call.args, call.kwargs)
    home = _home(call, said["weight"], said["bias"])
    if home is None:
        return None
    path, tensors = home
    params = {"axes": len(said["normalized_shape"]), "eps": said["eps"], "bias": "bias" in tensors}
    return call.place("layer_norm", params, [said["input"]], name=path, weights=tensors)
