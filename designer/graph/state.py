"""The tensors that a block's layer keeps in the state dict, with their sizes, as far as torch is not needed to tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from designer.blocks.spec import Layer
from designer.graph.model import Network

if TYPE_CHECKING:
    from designer.graph.infer import Shapes

__all__ = ["Tensors", "layer_of", "state_of", "tensors_of"]

Size = tuple[int, ...]
Tensors = Mapping[str, Size]  # by the end of the name, which is empty where the block itself is the tensor


def layer_of(network: Network, shapes: Shapes, name: str) -> Layer | None:
    """The torch module that a block stands for; None where it has none or its sizes are not known."""
    node, known = network[name], shapes[name]
    if node.block.layer is None or not known.complete:
        return None
    arriving = tuple(t for _, t in sorted(known.inputs.items()) if t is not None)
    return node.block.layer(node.block.bind(node.params), arriving)


def state_of(network: Network, shapes: Shapes) -> dict[str, Tensors | None]:
    """For each block that owns a layer, its tensors; None where only torch can tell."""
    found: dict[str, Tensors | None] = {}
    for name, node in network.nodes.items():
        if node.block.layer is None or node.shares:
            continue
        layer = layer_of(network, shapes, name)
        found[name] = tensors_of(layer) if layer is not None else None
        if layer is not None and found[name] is None and layer.origin is None and not shapes[name].cost.params:
            found[name] = {}  # what keeps numbers that are not learned stands in the table
    return found


def tensors_of(layer: Layer) -> Tensors | None:
    """The tensors of a layer; None for one that this table does not know."""
    rule = _RULES.get(layer.call) if layer.origin is None else None
    return rule(layer) if rule is not None else None


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _sizes(value: object, n: int) -> Size:
    return (value,) * n if isinstance(value, int) else tuple(int(v) for v in value)  # type: ignore[attr-defined]


def _flag(layer: Layer, name: str, default: bool = True) -> bool:
    return layer.kwargs.get(name, default) is True


def _conv(n: int, transposed: bool) -> Callable[[Layer], Tensors]:
    def rule(layer: Layer) -> Tensors:
        came, made, kernel = _int(layer.args[0]), _int(layer.args[1]), _sizes(layer.args[2], n)
        groups = _int(layer.kwargs.get("groups", 1))
        sizes = (came, made // groups) if transposed else (made, came // groups)
        return {"weight": (*sizes, *kernel), **({"bias": (made,)} if _flag(layer, "bias") else {})}

    return rule


def _linear(layer: Layer) -> Tensors:
    *came, made = (_int(v) for v in layer.args)
    return {"weight": (made, *came), **({"bias": (made,)} if _flag(layer, "bias") else {})}


def _tracking(learns: bool, tracks: bool) -> Callable[[Layer], Tensors]:
    def rule(layer: Layer) -> Tensors:
        size = (_int(layer.args[0]),)
        found: dict[str, Size] = {"weight": size, "bias": size} if _flag(layer, "affine", learns) else {}
        if _flag(layer, "track_running_stats", tracks):
            found |= {"running_mean": size, "running_var": size, "num_batches_tracked": ()}
        return found

    return rule


def _trailing(bias: bool) -> Callable[[Layer], Tensors]:
    def rule(layer: Layer) -> Tensors:
        if not _flag(layer, "elementwise_affine"):
            return {}
        size = _sizes(layer.args[0], 1)
        return {"weight": size, **({"bias": size} if bias and _flag(layer, "bias") else {})}

    return rule


def _group_norm(layer: Layer) -> Tensors:
    size = (_int(layer.args[1]),)
    return {"weight": size, "bias": size} if _flag(layer, "affine") else {}


def _table(layer: Layer) -> Tensors:
    return {"weight": (_int(layer.args[0]), _int(layer.args[1]))}


def _frozen_norm(layer: Layer) -> Tensors:
    return dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (_int(layer.args[0]),))


def _recurrent(gates: int) -> Callable[[Layer], Tensors]:
    def rule(layer: Layer) -> Tensors:
        came, hidden = _int(layer.args[0]), _int(layer.args[1])
        ways = ("", "_reverse") if _flag(layer, "bidirectional", False) else ("",)
        found: dict[str, Size] = {}
        for level in range(_int(layer.kwargs.get("num_layers", 1))):
            width = came if level == 0 else hidden * len(ways)
            for way in ways:
                found[f"weight_ih_l{level}{way}"] = (gates * hidden, width)
                found[f"weight_hh_l{level}{way}"] = (gates * hidden, hidden)
                if _flag(layer, "bias"):
                    found[f"bias_ih_l{level}{way}"] = found[f"bias_hh_l{level}{way}"] = (gates * hidden,)
        return found

    return rule


def _attention(layer: Layer) -> Tensors:
    width = _int(layer.args[0])
    keys, values = (_int(layer.kwargs.get(name) or width) for name in ("kdim", "vdim"))
    found: dict[str, Size] = {"out_proj.weight": (width, width)}
    if (keys, values) == (width, width):
        found["in_proj_weight"] = (3 * width, width)
    else:
        sizes = {"q": width, "k": keys, "v": values}
        found |= {f"{end}_proj_weight": (width, size) for end, size in sizes.items()}
    if _flag(layer, "bias"):
        found |= {"in_proj_bias": (3 * width,), "out_proj.bias": (width,)}
    return found


def _excitation(layer: Layer) -> Tensors:
    wide, narrow = _int(layer.args[0]), _int(layer.args[1])
    return {
        "fc1.weight": (narrow, wide, 1, 1),
        "fc1.bias": (narrow,),
        "fc2.weight": (wide, narrow, 1, 1),
        "fc2.bias": (wide,),
    }


def _own(layer: Layer) -> Tensors | None:
    """A parameter or buffer that the module owns: the sizes are in what it is made with."""
    inner = layer.args[0]
    while isinstance(inner, Layer) and inner.args:
        if isinstance(inner.args[0], tuple):
            return {"": _sizes(inner.args[0], 1)}
        inner = inner.args[0]
    return None


_RULES: Mapping[str, Callable[[Layer], Tensors | None]] = {
    **{f"nn.Conv{n}d": _conv(n, False) for n in (1, 2, 3)},
    **{f"nn.ConvTranspose{n}d": _conv(n, True) for n in (1, 2, 3)},
    **{f"nn.BatchNorm{n}d": _tracking(True, True) for n in (1, 2, 3)},
    **{f"nn.InstanceNorm{n}d": _tracking(False, False) for n in (1, 2, 3)},
    "nn.Linear": _linear,
    "nn.Bilinear": lambda layer: {
        "weight": (_int(layer.args[2]), _int(layer.args[0]), _int(layer.args[1])),
        **({"bias": (_int(layer.args[2]),)} if _flag(layer, "bias") else {}),
    },
    "nn.LayerNorm": _trailing(True),
    "nn.RMSNorm": _trailing(False),
    "nn.GroupNorm": _group_norm,
    "nn.PReLU": lambda layer: {"weight": (_int(layer.args[0]) if layer.args else 1,)},
    "nn.Embedding": _table,
    "nn.EmbeddingBag": _table,
    "nn.LSTM": _recurrent(4),
    "nn.GRU": _recurrent(3),
    "nn.RNN": _recurrent(1),
    "nn.MultiheadAttention": _attention,
    "nn.Parameter": _own,
    "nn.Buffer": _own,
    "torchvision.ops.FrozenBatchNorm2d": _frozen_norm,
    "torchvision.ops.SqueezeExcitation": _excitation,
}
