"""torch.nn.functional: activations, pooling, and layers whose weights the model holds itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from designer.blocks.catalog import catalog
from designer.blocks.spec import Value
from designer.exchange.converters.table import Call, bound, function
from designer.exchange.sketch import Ref, Unfit

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


@function("leaky_relu", "elu", "celu")
def _bent(call: Call) -> tuple[Ref, ...]:
    name, usual = {"leaky_relu": ("negative_slope", 0.01)}.get(call.name, ("alpha", 1.0))
    return call.place(call.name, {name: float(call.arg(1, name, usual))})


@function("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")
def _dropout(call: Call) -> tuple[Ref, ...] | Ref | None:
    p, training = float(call.arg(1, "p", 0.5)), call.arg(2, "training", None)
    if not p or training is False:
        return call.ref(call.args[0])
    return call.place(call.name, {"p": p}) if training and call.path not in call.drawing.always else None


@function("softmax")
def _softmax(call: Call) -> tuple[Ref, ...]:
    if call.kwargs.get("dtype") is not None:
        raise Unfit("it changes the kind of number")
    return call.place("softmax", {"dim": call.arg(1, "dim")})


def _size(value: Any) -> Any:
    return tuple(value) if isinstance(value, tuple | list) else value


def _kept(block_type: str, said: Mapping[str, Any]) -> dict[str, Value]:
    """What the block has a parameter for; sizes as it has them."""
    params = {param.name: param.kind for param in catalog()[block_type].params}
    return {n: _size(v) if params[n] == "size" else v for n, v in said.items() if n in params}


@function(*(f"adaptive_{kind}_pool{n}d" for kind in ("avg", "max") for n in (1, 2, 3)))
def _adaptive(call: Call) -> tuple[Ref, ...] | None:
    size = _size(call.arg(1, "output_size"))
    if len(call.given) != 1 or (isinstance(size, tuple) and None in size):
        return None
    return call.place(call.name, {"output_size": size})


_MAX = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
_AVG = ("input", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")


@function(*(f"{kind}_pool{n}d" for kind in ("avg", "max") for n in (1, 2, 3)))
def _pool(call: Call) -> tuple[Ref, ...] | None:
    said = dict(zip(_MAX if call.name.startswith("max") else _AVG, call.args, strict=False)) | call.kwargs
    if len(call.given) != 1 or said.get("divisor_override") is not None:
        return None
    if said.get("stride") == []:
        said["stride"] = None
    return call.place(call.name, _kept(call.name, said), [said["input"]])


@function("interpolate", "upsample")
def _interpolate(call: Call) -> tuple[Ref, ...] | None:
    said = bound(nn.functional.interpolate, call.args, call.kwargs)
    factor, size = said["scale_factor"], _size(said["size"])
    if said["antialias"] or said["recompute_scale_factor"]:
        return None
    params: dict[str, Value] = {"mode": said["mode"], "align_corners": bool(said["align_corners"])}
    if size is not None:
        params["size"] = size if isinstance(size, tuple) else (size,)
    else:
        factors = set(factor) if isinstance(factor, tuple | list) else {factor}
        if len(factors) != 1:
            return None
        params["scale_factor"] = float(factors.pop())
    return call.place("upsample", params, [said["input"]])


@function("scaled_dot_product_attention")
def _attention(call: Call) -> tuple[Ref, ...] | None:
    names = ("query", "key", "value", "attn_mask", "dropout_p", "is_causal")
    said = dict(zip(names, call.args, strict=False)) | call.kwargs
    usual = {"attn_mask": None, "dropout_p": 0.0, "scale": None, "enable_gqa": False}
    if any(said.get(name, value) != value for name, value in usual.items()):
        return None
    params: dict[str, Value] = {"causal": bool(said.get("is_causal", False))}
    return call.place("dot_product_attention", params, [said["query"], said["key"], said["value"]])


@function("normalize")
def _normalize(call: Call) -> tuple[Ref, ...] | None:
    said = bound(nn.functional.normalize, call.args, call.kwargs)
    if said["eps"] != 1e-12 or not isinstance(said["dim"], int):
        return None
    return call.place("normalize", {"dim": said["dim"], "p": float(said["p"])}, [said["input"]])


@function("glu", "log_softmax", "softmin")
def _along(call: Call) -> tuple[Ref, ...]:
    return call.place(call.name, {"dim": call.arg(1, "dim", -1) if call.name == "glu" else call.arg(1, "dim")})


@function("pixel_shuffle", "pixel_unshuffle", "channel_shuffle")
def _shuffled(call: Call) -> tuple[Ref, ...]:
    name = {"pixel_shuffle": "upscale_factor", "pixel_unshuffle": "downscale_factor"}.get(call.name, "groups")
    return call.place(call.name, {name: call.arg(1, name)})


@function("conv1d", "conv2d", "conv3d")
def _conv(call: Call) -> tuple[Ref, ...] | None:
    names = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
    said = dict(zip(names, call.args, strict=False)) | call.kwargs
    home = _home(call, said["weight"], said.get("bias"))
    if home is None:
        return None
    path, tensors = home
    params = _kept(call.name, {k: v for k, v in said.items() if k not in ("input", "weight", "bias")})
    filters, _, *kernel = tensors["weight"].shape
    params |= {"out_channels": filters, "kernel_size": tuple(kernel), "bias": "bias" in tensors}
    return call.place(call.name, params, [said["input"]], name=path, weights=tensors)


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
