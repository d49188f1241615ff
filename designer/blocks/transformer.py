"""Whole transformer layers, and stacks of them."""

from __future__ import annotations

from functools import partial

from designer.blocks.attention import CAUSAL, heads, mask, need_heads, need_memory, need_sequence
from designer.blocks.dims import Tensor
from designer.blocks.footprint import Keeps, mixing
from designer.blocks.rules import fixed, per_sample
from designer.blocks.spec import Block, Call, Cost, Layer, Param, Params, Port
from designer.errors import ShapeError

__all__ = ["TRANSFORMER_DECODER", "TRANSFORMER_DECODER_LAYER", "TRANSFORMER_ENCODER", "TRANSFORMER_ENCODER_LAYER"]

_PARAMS = (
    heads("nhead"),
    Param("dim_feedforward", "Inner features", "int", 2048, "The width between its Linear layers.", 1, implied=2048),
    CAUSAL,
    Param("dropout", "Dropout", "float", 0.1, "Forgets while training.", 0.0, 1.0, implied=0.1),
    Param(
        "activation",
        "Activation",
        "choice",
        "relu",
        "What stands between its two Linear layers.",
        choices=("relu", "gelu"),
        implied="relu",
        advanced=True,
    ),
    Param(
        "norm_first",
        "Normalise first",
        "bool",
        False,
        "Before attention and Linear instead of after them: steadier in deep stacks.",
        implied=False,
        advanced=True,
    ),
    Param("bias", "Bias", "bool", True, "Adds learnable numbers everywhere.", implied=True, advanced=True),
)
_LAYERS = Param("num_layers", "Layers", "int", 6, "How many of them lie on top of each other.", 1, 1000, short="n")


def _shape(who: str, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    x = inputs[0]
    width = need_sequence(x, who)
    need_heads(width, p.whole("nhead"), who)
    for memory in inputs[1:]:
        if need_memory(x, memory, who) != width:
            raise ShapeError(
                f"as many features in both inputs at {who}",
                f"{x} and {memory}",
                "Bring them to the same number by a Linear before one of them.",
                "merge",
            )
    return (x,)


def _one(kind: str, p: Params, inputs: tuple[Tensor, ...]) -> Layer:
    options = p.options("dim_feedforward", "dropout", "activation", "norm_first", "bias")
    return Layer(f"nn.Transformer{kind}Layer", (fixed(inputs[0].dims[2]), p["nhead"]), {**options, "batch_first": True})


def _stack(kind: str, p: Params, inputs: tuple[Tensor, ...]) -> Layer:
    # Nested tensors speed up padded texts, which a drawing does not have; torch would warn of them.
    options = {"enable_nested_tensor": False} if kind == "Encoder" else {}
    return Layer(f"nn.Transformer{kind}", (_one(kind, p, inputs), p["num_layers"]), options)


def _forward(names: tuple[str, str], call: Call) -> str:
    hidden = ""
    if call.params.flag("causal"):
        hidden = f", {names[0]}={mask(call, call.args[0])}, {names[1]}=True"
    return f"{call.layer}({', '.join(call.args)}{hidden})"


def _cost(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> Cost:
    x, memory = inputs[0], inputs[-1]
    width, inner = fixed(x.dims[2]), p.whole("dim_feedforward")
    steps, seen = per_sample((1, x.dims[1])), per_sample((1, memory.dims[1]))
    many, crossing = p.whole("num_layers") if "num_layers" in p else 1, len(inputs) > 1
    attention, linear = 4 * width * width, 2 * width * inner
    weights = attention * (1 + crossing) + linear + width * (2 + crossing)
    biases = (4 * width * (1 + crossing) + inner + width + width * (2 + crossing)) if p.flag("bias") else 0
    macs = steps * (attention + linear) + 2 * steps * steps * width
    if crossing:
        macs += 2 * (steps + seen) * width * width + 2 * steps * seen * width
    return Cost(many * (weights + biases), many * macs)


def _kept(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """In every layer what attention, norms and the two Linear layers need; dropout needs masks and a slower kernel."""
    x, memory, count = inputs[0], inputs[-1], p.whole("nhead")
    many, crossing = p.whole("num_layers") if "num_layers" in p else 1, len(inputs) > 1
    lead, steps, seen, width = x.dims[0], x.dims[1], memory.dims[1], fixed(x.dims[2])
    drops = p["dropout"] != 0.0
    inner = 3 if drops else 1 if p["activation"] == "relu" else 2
    each = width * (12 if drops else 8) + 4 + p.whole("dim_feedforward") * inner + (0 if drops else count)
    if crossing:
        each += width * (5 if drops else 4) + 2 + (0 if drops else count)
    kept = [Tensor((lead, steps, each * many - (width if _keeps_input(p, crossing) else 0)))]
    if crossing:
        kept.append(Tensor((lead, seen, (4 if drops else 3) * width * many)))
    if drops:  # the weights before, after and without what was dropped
        kept.append(Tensor((lead, steps, steps, 3 * count * many)))
        if crossing:
            kept.append(Tensor((lead, steps, seen, 3 * count * many)))
    return tuple(kept)


def _keeps_input(p: Params, crossing: bool) -> bool:
    # Else the first thing that attention does is to copy it.
    return p.flag("norm_first") and not crossing


def _keeps(crossing: bool, p: Params) -> Keeps:
    return Keeps(inputs=_keeps_input(p, crossing), more=_kept)


def _summary(p: Params) -> str:
    layers = f"{p['num_layers']} layers, " if "num_layers" in p else ""
    return f"{layers}{p['nhead']} heads" + (", backwards" if p["causal"] else "")


_SMALL = {"nhead": 2, "dim_feedforward": 8}


def _block(kind: str, stacked: bool, text: str, *synonyms: str) -> Block:
    title = f"Transformer {kind.lower()}" + ("" if stacked else " layer")
    crossing = kind == "Decoder"
    names = ("tgt_mask", "tgt_is_causal") if crossing else ("mask" if stacked else "src_mask", "is_causal")
    sizes = {**_SMALL, "num_layers": 2} if stacked else _SMALL
    shapes = ((2, 5, 4), (2, 3, 4)) if crossing else ((2, 5, 4),)
    return Block(
        type=f"transformer_{kind.lower()}" + ("" if stacked else "_layer"),
        title=title,
        group="Attention",
        help=text,
        params=(_LAYERS, *_PARAMS) if stacked else _PARAMS,
        inputs=(Port("target"), Port("memory")) if crossing else (Port(),),
        shape=partial(_shape, f"the {title}"),
        layer=partial(_stack if stacked else _one, kind),
        forward=partial(_forward, names),
        cost=_cost,
        reach=lambda _, x: mixing(x, (1, 2)),
        keeps=partial(_keeps, crossing),
        summary=_summary,
        torch=f"torch.nn.Transformer{kind}" + ("" if stacked else "Layer"),
        synonyms=("attention", "sequence", *synonyms),
        examples=(
            (sizes, shapes),
            ({**sizes, "causal": True, "norm_first": True, "activation": "gelu"}, shapes),
            ({**sizes, "dropout": 0.0, "bias": False}, shapes),
            ({**sizes, "dropout": 0.0, "activation": "gelu", "norm_first": True}, shapes),
        ),
    )


TRANSFORMER_ENCODER_LAYER = _block(
    "Encoder",
    False,
    "Attention over the whole sequence, then two Linear layers for each step, both with skip connections.",
    "BERT",
    "ViT",
    "self-attention",
)
TRANSFORMER_ENCODER = _block(
    "Encoder", True, "Several transformer encoder layers on top of each other.", "BERT", "ViT", "GPT"
)
TRANSFORMER_DECODER_LAYER = _block(
    "Decoder",
    False,
    "Like an encoder layer, and between the two it looks at a second sequence, the memory.",
    "translation",
    "DETR",
    "cross-attention",
)
TRANSFORMER_DECODER = _block(
    "Decoder", True, "Several transformer decoder layers on top of each other.", "translation", "DETR"
)
