"""Attention: every step looks at all others."""

from __future__ import annotations

from designer.blocks.dims import Dim, Tensor
from designer.blocks.footprint import Keeps, Reach, mixing
from designer.blocks.rules import fixed, need_dtype, need_floats, need_int, need_rank, per_sample
from designer.blocks.spec import Block, Call, Cost, Layer, Param, Params, Port
from designer.errors import ShapeError

__all__ = ["CAUSAL", "DOT_PRODUCT_ATTENTION", "MULTIHEAD_ATTENTION", "heads", "mask", "need_memory", "need_sequence"]

CAUSAL = Param(
    "causal",
    "Only backwards",
    "bool",
    False,
    "Each step sees itself and the steps before it, as a text generator needs.",
    implied=False,
)


def heads(name: str) -> Param:
    """How many heads an attention has."""
    return Param(name, "Heads", "int", 8, "How many things it attends to at once; divides the features.", 1, short="h")


def need_sequence(x: Tensor, who: str) -> int:
    """The features of a sequence. Raises ShapeError where it is none."""
    need_rank(x, 3, who, "B×steps×features")
    need_dtype(x, "float32", who)
    return need_int(x.dims[2], "features", who)


def need_heads(features: int, count: int, who: str) -> None:
    """Raise ShapeError unless the heads divide the features."""
    if features % count:
        raise ShapeError(
            f"features that divide into {count} heads at {who}",
            f"{features} features",
            "Choose a number of heads that divides the features.",
            "groups",
        )


def need_memory(x: Tensor, memory: Tensor, who: str) -> int:
    """The features of a second sequence with as many samples."""
    features = need_sequence(memory, who)
    if memory.dims[0] != x.dims[0]:
        raise ShapeError(
            f"as many samples in both inputs at {who}",
            f"{x} and {memory}",
            "Both sequences must come from the same batch.",
            "merge",
        )
    return features


def mask(call: Call, x: str) -> str:
    """The text of a mask that hides the steps ahead."""
    return f"nn.Transformer.generate_square_subsequent_mask({x}.shape[1], device={x}.device)"


def _shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Multihead attention"
    x = inputs[0]
    need_heads(need_sequence(x, who), p.whole("num_heads"), who)
    for memory in inputs[1:]:
        need_memory(x, memory, who)
        if p.flag("causal") and memory.dims[1] != x.dims[1]:
            raise ShapeError(
                f"sequences of the same length at {who} that looks only backwards",
                f"{x} and {memory}",
                "Switch Only backwards off, or give both sequences the same length.",
                "merge",
            )
    return (x,)


def _layer(p: Params, inputs: tuple[Tensor, ...]) -> Layer:
    width = fixed(inputs[0].dims[2])
    other = fixed(inputs[-1].dims[2])
    options = p.options("dropout", "bias")
    if other != width:
        options |= {"kdim": other, "vdim": other}
    return Layer("nn.MultiheadAttention", (width, p["num_heads"]), {**options, "batch_first": True})


def _forward(call: Call) -> str:
    x, memory = call.args[0], call.args[-1]
    hidden = f"attn_mask={mask(call, x)}, is_causal=True, " if call.params.flag("causal") else ""
    return f"{call.layer}({x}, {memory}, {memory}, {hidden}need_weights=False)[0]"


def _cost(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> Cost:
    width, other = fixed(inputs[0].dims[2]), fixed(inputs[-1].dims[2])
    weights = 2 * width * width + 2 * width * other
    steps, seen = per_sample((1, inputs[0].dims[1])), per_sample((1, inputs[-1].dims[1]))
    macs = 2 * steps * width * width + 2 * seen * width * other + 2 * steps * seen * width
    return Cost(weights + (4 * width if p.flag("bias") else 0), macs)


def _kept(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    # Queries, keys and values with the heads apart, what the heads found, and one number a head and step.
    x, seen = inputs[0], inputs[-1]
    width = x.dims[2]
    logs = Tensor((x.dims[0], x.dims[1], p.whole("num_heads")))
    own = Tensor((*seen.dims[:2], width))
    again = (seen,) if seen.dims[2] != width else ()  # keys and values by weights of their own: the input twice
    return (x, x, own, own, logs, *again)


MULTIHEAD_ATTENTION = Block(
    type="multihead_attention",
    title="Multihead attention",
    group="Attention",
    help="Every step gathers what it needs from all steps: of its own sequence, or of a second one that is wired in.",
    params=(
        heads("num_heads"),
        CAUSAL,
        Param("dropout", "Dropout", "float", 0.0, "Forgets while training.", 0.0, 1.0, implied=0.0, advanced=True),
        Param("bias", "Bias", "bool", True, "Adds learnable numbers.", implied=True, advanced=True),
    ),
    inputs=(Port("query"), Port("key and value", optional=True, help="Without a wire, the query looks at itself.")),
    shape=_shape,
    layer=_layer,
    forward=_forward,
    cost=_cost,
    reach=lambda _, x: mixing(x, (1, 2)),
    keeps=Keeps(inputs=True, more=_kept),
    summary=lambda p: f"{p['num_heads']} heads" + (", backwards" if p["causal"] else ""),
    torch="torch.nn.MultiheadAttention",
    synonyms=("MHA", "self-attention", "cross-attention", "selfAttentionLayer", "transformer"),
    examples=(
        ({"num_heads": 2}, ((2, 5, 8),)),
        ({"num_heads": 2, "causal": True}, ((2, 4, 6),)),
        ({"num_heads": 1, "bias": False}, ((2, 5, 4), (2, 3, 6))),
        ({"num_heads": 2}, ((2, 5, 4), (2, 3, 4))),
    ),
)


def _dot_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Dot-product attention"
    need_floats(inputs, who)
    query, key, value = inputs
    if query.rank < 3:
        need_rank(query, 3, who, "B×steps×features")
    alike = len({x.dims[:-2] for x in inputs}) == 1 and len({x.rank for x in inputs}) == 1
    if not alike or query.dims[-1] != key.dims[-1] or key.dims[-2] != value.dims[-2]:
        raise ShapeError(
            f"a query and key with the same features, and a key and value with the same steps, at {who}",
            f"{query}, {key} and {value}",
            "Make all three with a Linear from sequences of the same batch.",
            "merge",
        )
    need_int(query.dims[-1], "features", who)
    dims: tuple[Dim, ...] = (*query.dims[:-1], value.dims[-1])
    return (Tensor(dims),)


def _dot_forward(call: Call) -> str:
    causal = ", is_causal=True" if call.params.flag("causal") else ""
    return f"F.scaled_dot_product_attention({', '.join(call.args)}{causal})"


def _dot_cost(_: Params, inputs: tuple[Tensor, ...], __: tuple[Tensor, ...]) -> Cost:
    query, key, value = inputs
    pairs = per_sample(query.dims[:-1]) * per_sample((1, key.dims[-2]))
    return Cost(0, pairs * (per_sample((1, query.dims[-1])) + per_sample((1, value.dims[-1]))))


def _dot_reach(_: Params, x: Tensor) -> Reach:
    return mixing(x, (-2, -1))


def _dot_kept(_: Params, inputs: tuple[Tensor, ...], __: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (Tensor(inputs[0].dims[:-1]),)


DOT_PRODUCT_ATTENTION = Block(
    type="dot_product_attention",
    title="Dot-product attention",
    group="Attention",
    help="Mixes the values by how well each query fits each key. It learns nothing itself.",
    params=(CAUSAL,),
    inputs=(Port("query"), Port("key"), Port("value")),
    shape=_dot_shape,
    forward=_dot_forward,
    cost=_dot_cost,
    reach=_dot_reach,
    keeps=Keeps(inputs=True, outputs=True, more=_dot_kept),
    summary=lambda p: "backwards" if p["causal"] else "all steps",
    torch="torch.nn.functional.scaled_dot_product_attention",
    synonyms=("SDPA", "scaled dot product", "flash attention", "softmax attention"),
    examples=(
        ({}, ((2, 2, 5, 4), (2, 2, 5, 4), (2, 2, 5, 4))),
        ({"causal": True}, ((2, 2, 3, 4), (2, 2, 3, 4), (2, 2, 3, 4))),
        ({}, ((2, 5, 4), (2, 3, 4), (2, 3, 4))),
    ),
)
