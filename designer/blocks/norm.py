"""Normalisation: keep the numbers in a range that trains well."""

from __future__ import annotations

from functools import partial

from designer.blocks.dims import Tensor, product
from designer.blocks.footprint import Keeps
from designer.blocks.rules import fixed, need_dtype, need_int, need_rank
from designer.blocks.spec import Block, Cost, Layer, Param, Params
from designer.errors import ShapeError

__all__ = [
    "BATCH_NORM1D",
    "BATCH_NORM2D",
    "BATCH_NORM3D",
    "EPS",
    "GROUP_NORM",
    "LAYER_NORM",
    "affine",
    "trailing_layer",
    "trailing_shape",
]

EPS = Param(
    "eps",
    "Epsilon",
    "float",
    1e-5,
    "A small number that keeps the division safe.",
    1e-12,
    1.0,
    implied=1e-5,
    advanced=True,
)


def affine(name: str) -> Param:
    """Whether a normalisation learns a scale and a shift."""
    return Param(name, "Learn scale and shift", "bool", True, "Two learnable numbers.", implied=True, advanced=True)


def _batch_shape(n: int, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = f"the {n}-D batch normalisation"
    (x,) = inputs
    if n > 1:
        need_rank(x, n + 2, who)
    elif x.rank not in (2, 3):
        need_rank(x, 2 if x.rank > 3 else 3, who, "B×features or B×channels×length")
    need_dtype(x, "float32", who)
    need_int(x.dims[1], "channels", who)
    return (x,)


def _batch_layer(n: int, p: Params, inputs: tuple[Tensor, ...]) -> Layer:
    return Layer(f"nn.BatchNorm{n}d", (fixed(inputs[0].dims[1]),), p.options())


def _channel_cost(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> Cost:
    return Cost(2 * fixed(inputs[0].dims[1]) if p.flag("affine") else 0)


def _channel_statistics(_: Params, inputs: tuple[Tensor, ...], __: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (Tensor((2, inputs[0].dims[1])),)


def _batch(n: int, of: str, examples: tuple[tuple[int, ...], ...]) -> Block:
    return Block(
        type=f"batch_norm{n}d",
        title=f"Batch norm {n}-D",
        group="Normalisation",
        help=f"Brings each channel of {of} to mean 0 and spread 1 over the batch; training gets faster and steadier.",
        params=(
            EPS,
            Param(
                "momentum",
                "Momentum",
                "float",
                0.1,
                "How fast the running mean follows; empty takes the plain average of all batches.",
                0.0,
                1.0,
                optional=True,
                implied=0.1,
                advanced=True,
            ),
            affine("affine"),
        ),
        shape=partial(_batch_shape, n),
        layer=partial(_batch_layer, n),
        cost=_channel_cost,
        keeps=Keeps(inputs=True, more=_channel_statistics),
        torch=f"torch.nn.BatchNorm{n}d",
        synonyms=("normalization", "BN", "batchNormalizationLayer", "BatchNormalization"),
        examples=(({"affine": False, "momentum": None}, (examples[0],)), *(({}, (dims,)) for dims in examples)),
    )


BATCH_NORM1D = _batch(1, "features or sequences", ((3, 6), (2, 4, 5)))
BATCH_NORM2D = _batch(2, "images", ((2, 4, 5, 3),))
BATCH_NORM3D = _batch(3, "volumes and videos", ((2, 4, 3, 4, 2),))


def trailing_shape(who: str, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The rule of what normalises the last dimensions; ``who`` names it in sentences."""
    (x,) = inputs
    axes = p.whole("axes")
    need_dtype(x, "float32", who)
    if axes >= x.rank:
        raise ShapeError(
            f"more than {axes} dimensions at {who}, which normalises the last {axes}",
            str(x),
            "Lower the number of trailing dimensions: the batch stays out.",
            "dim",
        )
    for dim in x.dims[-axes:]:
        need_int(dim, "features", who)
    return (x,)


def trailing_layer(call: str, options: tuple[str, ...], p: Params, inputs: tuple[Tensor, ...]) -> Layer:
    """Its module: torch takes the sizes of the last dimensions, one of them as a plain number."""
    last = tuple(fixed(d) for d in inputs[0].dims[-p.whole("axes") :])
    return Layer(call, (last[0] if len(last) == 1 else last,), p.options(*options))


def _layer_cost(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> Cost:
    numbers = fixed(product(inputs[0].dims[-p.whole("axes") :]))
    return Cost(numbers * (1 + p.flag("bias")) if p.flag("elementwise_affine") else 0)


LAYER_NORM = Block(
    type="layer_norm",
    title="Layer norm",
    group="Normalisation",
    help="Brings the features of each sample to mean 0 and spread 1, whatever the batch; usual in transformers.",
    params=(
        Param("axes", "Trailing dimensions", "int", 1, "How many dimensions, from the last one, it covers.", 1, 11),
        EPS,
        affine("elementwise_affine"),
        Param("bias", "Learn shift", "bool", True, "Whether the shift is learned too.", implied=True, advanced=True),
    ),
    shape=partial(trailing_shape, "the layer normalisation"),
    layer=partial(trailing_layer, "nn.LayerNorm", ("eps", "elementwise_affine", "bias")),
    cost=_layer_cost,
    keeps=Keeps(inputs=True, more=lambda p, inputs, _: (Tensor((2, *inputs[0].dims[: -p.whole("axes")])),)),
    summary=lambda p: "last dimension" if p["axes"] == 1 else f"last {p['axes']} dimensions",
    torch="torch.nn.LayerNorm",
    synonyms=("normalization", "LN", "layerNormalizationLayer", "LayerNormalization"),
    examples=(
        ({}, ((2, 5, 8),)),
        ({"axes": 3}, ((2, 3, 4, 5),)),
        ({"bias": False}, ((2, 6),)),
        ({"elementwise_affine": False}, ((2, 6),)),
    ),
)


def _group_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the group normalisation"
    (x,) = inputs
    if x.rank < 2:
        need_rank(x, 2, who, "B×channels×...")
    need_dtype(x, "float32", who)
    groups, channels = p.whole("num_groups"), need_int(x.dims[1], "channels", who)
    if channels % groups:
        raise ShapeError(
            f"channels that divide into {groups} groups at {who}",
            f"{channels} channels",
            "Choose a number of groups that divides the channels.",
            "groups",
        )
    if channels == groups and all(d == 1 for d in x.dims[2:]):
        # torch refuses this for a batch of 1; for larger ones every number would silently become 0.
        raise ShapeError(
            f"more than one number in each group at {who}",
            f"{x} in {groups} groups",
            "Use fewer groups, or normalise before the pooling.",
            "one_value",
        )
    return (x,)


GROUP_NORM = Block(
    type="group_norm",
    title="Group norm",
    group="Normalisation",
    help="Brings groups of channels of each sample to mean 0 and spread 1; works with small batches.",
    params=(
        Param("num_groups", "Groups", "int", 1, "Groups of channels; must divide the channels.", 1),
        EPS,
        affine("affine"),
    ),
    shape=_group_shape,
    layer=lambda p, inputs: Layer(
        "nn.GroupNorm", (p["num_groups"], fixed(inputs[0].dims[1])), p.options("eps", "affine")
    ),
    cost=_channel_cost,
    keeps=Keeps(inputs=True, more=lambda p, inputs, _: (Tensor((2, inputs[0].dims[0], p.whole("num_groups"))),)),
    summary=lambda p: f"{p['num_groups']} group" + ("s" if p["num_groups"] != 1 else ""),
    torch="torch.nn.GroupNorm",
    synonyms=("normalization", "GN", "instance norm", "groupNormalizationLayer", "GroupNormalization"),
    examples=(({"num_groups": 2}, ((2, 4, 5, 3),)), ({"affine": False}, ((2, 6),))),
)
