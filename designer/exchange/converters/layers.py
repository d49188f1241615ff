"""Layers of torch.nn and torchvision.ops whose arguments are the block's parameters, by the same names."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn
from torchvision import ops

from designer.blocks.catalog import catalog
from designer.blocks.spec import Value
from designer.exchange.converters.table import Call, Converted, bound, layer, layer_call
from designer.exchange.sketch import Ref

__all__ = ["plain"]


def _size(value: Any) -> Any:
    """A size as blocks have it: one number where all are the same."""
    if isinstance(value, tuple | list):
        return value[0] if len(set(value)) == 1 and value else tuple(value)
    return value


def plain(block_type: str, module: Any, **other: Value) -> Converted:
    """The block with every parameter that the layer has an attribute for; ``other`` are said by the caller."""
    params: dict[str, Value] = {}
    for param in catalog()[block_type].params:
        if param.name in other:
            params[param.name] = other[param.name]
        elif hasattr(module, param.name):
            value = getattr(module, param.name)
            if param.kind == "bool" and not isinstance(value, bool):
                value = value is not None
            params[param.name] = _size(value) if param.kind == "size" else value
    return block_type, params


_SAME = {
    f"{kind}{n}d": f"{snake}{n}d"
    for kind, snake in (
        ("Conv", "conv"),
        ("ConvTranspose", "conv_transpose"),
        ("MaxPool", "max_pool"),
        ("AvgPool", "avg_pool"),
        ("AdaptiveAvgPool", "adaptive_avg_pool"),
        ("AdaptiveMaxPool", "adaptive_max_pool"),
        ("LPPool", "lp_pool"),
        ("Dropout", "dropout"),
        ("InstanceNorm", "instance_norm"),
        ("ZeroPad", "zero_pad"),
        ("ConstantPad", "constant_pad"),
        ("ReflectionPad", "reflection_pad"),
        ("ReplicationPad", "replication_pad"),
        ("CircularPad", "circular_pad"),
    )
    for n in (1, 2, 3)
} | {
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "ReLU6": "relu6",
    "GELU": "gelu",
    "SiLU": "silu",
    "ELU": "elu",
    "SELU": "selu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Hardswish": "hardswish",
    "Hardsigmoid": "hardsigmoid",
    "Mish": "mish",
    "Softplus": "softplus",
    "CELU": "celu",
    "Hardtanh": "hardtanh",
    "LogSigmoid": "logsigmoid",
    "Softsign": "softsign",
    "Tanhshrink": "tanhshrink",
    "Hardshrink": "hardshrink",
    "Softshrink": "softshrink",
    "Threshold": "threshold",
    "RReLU": "rrelu",
    "Softmax": "softmax",
    "LogSoftmax": "log_softmax",
    "Softmin": "softmin",
    "Softmax2d": "softmax2d",
    "GLU": "glu",
    "Dropout": "dropout",
    "AlphaDropout": "alpha_dropout",
    "FeatureAlphaDropout": "feature_alpha_dropout",
    "Linear": "linear",
    "Bilinear": "bilinear",
    "GroupNorm": "group_norm",
    "LocalResponseNorm": "local_response_norm",
    "Flatten": "flatten",
    "Unflatten": "unflatten",
    "Identity": "identity",
    "Upsample": "upsample",
    "PixelShuffle": "pixel_shuffle",
    "PixelUnshuffle": "pixel_unshuffle",
    "ChannelShuffle": "channel_shuffle",
    "Unfold": "unfold",
    "Fold": "fold",
    "Embedding": "embedding",
    "CosineSimilarity": "cosine_similarity",
}


def _declare() -> None:
    for name, block_type in _SAME.items():
        layer(getattr(nn, name))(partial(plain, block_type))


_declare()


@layer(nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
def _batch_norm(module: nn.BatchNorm2d) -> Converted | None:
    if not module.track_running_stats or module.momentum is None:
        return None
    return plain(f"batch_norm{type(module).__name__[-2]}d", module)


@layer(nn.LayerNorm)
def _layer_norm(module: nn.LayerNorm) -> Converted:
    return plain("layer_norm", module, axes=len(module.normalized_shape))


@layer("torchvision.models.convnext.LayerNorm2d")
def _layer_norm2d(module: nn.LayerNorm) -> Converted | None:
    return plain("layer_norm2d", module) if len(module.normalized_shape) == 1 else None


@layer_call(nn.MultiheadAttention)
def _multihead(module: nn.MultiheadAttention, call: Call) -> tuple[Ref, ...] | None:
    said = bound(nn.MultiheadAttention.forward, (module, *call.args), call.kwargs)
    query, key, value = said["query"], said["key"], said["value"]
    plainly = module.batch_first and not module.add_zero_attn and module.bias_k is None and key == value
    if not plainly or said["need_weights"] or any(said[n] is not None for n in ("attn_mask", "key_padding_mask")):
        return None
    params: dict[str, Value] = {
        "num_heads": module.num_heads,
        "dropout": module.dropout,
        "bias": module.in_proj_bias is not None,
    }
    arriving = [query] if key == query else [query, key]
    weights = dict(module.state_dict())
    return call.place("multihead_attention", params, arriving, name=call.path, weights=weights)


@layer(ops.DropBlock2d, ops.DropBlock3d)
def _drop_block(module: ops.DropBlock2d) -> Converted | None:
    block_type = "drop_block3d" if isinstance(module, ops.DropBlock3d) else "drop_block2d"
    return plain(block_type, module) if module.eps == 1e-6 else None


@layer_call(ops.DeformConv2d)
def _deform(module: ops.DeformConv2d, call: Call) -> tuple[Ref, ...] | None:
    picture, offset, mask = (call.arg(n, name, None) for n, name in enumerate(("input", "offset", "mask")))
    if mask is not None:
        return None
    _, params = plain("deform_conv2d", module)
    return call.place("deform_conv2d", params, [picture, offset], name=call.path, weights=dict(module.state_dict()))


@layer(nn.RMSNorm)
def _rms_norm(module: nn.RMSNorm) -> Converted:
    return plain("rms_norm", module, axes=len(module.normalized_shape))


@layer(nn.PReLU)
def _prelu(module: nn.PReLU) -> Converted:
    return plain("prelu", module, per_channel=module.num_parameters > 1)


@layer(ops.StochasticDepth)
def _stochastic_depth(module: ops.StochasticDepth) -> Converted:
    return plain("stochastic_depth", module)


@layer(ops.FrozenBatchNorm2d)
def _frozen_batch_norm(module: ops.FrozenBatchNorm2d) -> Converted:
    return plain("frozen_batch_norm2d", module)


@layer(ops.Permute)
def _permute(module: ops.Permute) -> Converted:
    return "permute", {"dims": tuple(module.dims)}
