"""Dropout: forget a little while training, so as not to learn by heart."""

from __future__ import annotations

from functools import partial

from designer.blocks.dims import Tensor
from designer.blocks.footprint import Keeps
from designer.blocks.rules import floats, need_dtype, need_rank
from designer.blocks.spec import Block, Layer, Param, Params
from designer.errors import ShapeError

__all__ = [
    "ALPHA_DROPOUT",
    "DROPOUT",
    "DROPOUT1D",
    "DROPOUT2D",
    "DROPOUT3D",
    "DROP_BLOCK2D",
    "DROP_BLOCK3D",
    "FEATURE_ALPHA_DROPOUT",
    "STOCHASTIC_DEPTH",
]

_P = Param("p", "Probability", "float", 0.5, "How likely it is that a number is set to 0.", 0.0, 1.0, implied=0.5)


def _layer(kind: str, p: Params, _: tuple[Tensor, ...]) -> Layer:
    return Layer(f"nn.{kind}", (), p.options())


def _summary(p: Params) -> str:
    return f"p {p.number('p'):g}"


def _mask(_: Params, inputs: tuple[Tensor, ...], __: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    # Which numbers stay: a byte each on a GPU. (On the CPU torch keeps them as numbers of the input's kind.)
    return (Tensor(inputs[0].dims, "bool"),)


DROPOUT = Block(
    type="dropout",
    title="Dropout",
    group="Regularisation",
    help="Sets random numbers to 0 while training; does nothing afterwards. Helps against overfitting.",
    params=(_P,),
    shape=floats("the dropout"),
    layer=partial(_layer, "Dropout"),
    keeps=Keeps(more=_mask),
    summary=_summary,
    torch="torch.nn.Dropout",
    synonyms=("drop", "regularization", "overfitting", "dropoutLayer"),
    examples=(({}, ((2, 6),)), ({"p": 0.1}, ((2, 3, 4, 4),))),
)


def _channels_shape(n: int, _: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    need_rank(inputs[0], n + 2, f"the {n}-D dropout")
    need_dtype(inputs[0], "float32", f"the {n}-D dropout")
    return (inputs[0],)


def _channel_mask(_: Params, inputs: tuple[Tensor, ...], __: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (Tensor(inputs[0].dims[:2]),)


def _channels(n: int, synonyms: tuple[str, ...], sides: tuple[int, ...]) -> Block:
    return Block(
        type=f"dropout{n}d",
        title=f"Dropout {n}-D",
        group="Regularisation",
        help="Sets whole random channels to 0 while training; does nothing afterwards.",
        params=(_P,),
        shape=partial(_channels_shape, n),
        layer=partial(_layer, f"Dropout{n}d"),
        keeps=Keeps(more=_channel_mask),
        summary=_summary,
        torch=f"torch.nn.Dropout{n}d",
        synonyms=("regularization", "spatial dropout", f"SpatialDropout{n}D", *synonyms),
        examples=(({}, ((2, 3, *sides),)), ({"p": 0.2}, ((1, 2, *sides),))),
    )


DROPOUT1D = _channels(1, (), (5,))
DROPOUT2D = _channels(2, ("spatialDropoutLayer",), (4, 4))
DROPOUT3D = _channels(3, (), (2, 3, 4))


def _noise(_: Params, inputs: tuple[Tensor, ...], __: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return inputs


ALPHA_DROPOUT = Block(
    type="alpha_dropout",
    title="Alpha dropout",
    group="Regularisation",
    help="A dropout that keeps mean and spread of the numbers; made for SELU.",
    params=(_P,),
    shape=floats("the alpha dropout"),
    layer=partial(_layer, "AlphaDropout"),
    keeps=Keeps(more=_noise),
    summary=_summary,
    torch="torch.nn.AlphaDropout",
    synonyms=("regularization", "SELU", "self-normalizing"),
    examples=(({}, ((2, 6),)), ({"p": 0.1}, ((2, 3, 4, 4),))),
)


def _feature_shape(_: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the feature alpha dropout"
    if inputs[0].rank < 2:
        need_rank(inputs[0], 2, who, "B×channels×...")
    need_dtype(inputs[0], "float32", who)
    return (inputs[0],)


FEATURE_ALPHA_DROPOUT = Block(
    type="feature_alpha_dropout",
    title="Feature alpha dropout",
    group="Regularisation",
    help="An alpha dropout of whole channels; made for SELU.",
    params=(_P,),
    shape=_feature_shape,
    layer=partial(_layer, "FeatureAlphaDropout"),
    keeps=Keeps(more=_channel_mask),
    summary=_summary,
    torch="torch.nn.FeatureAlphaDropout",
    synonyms=("regularization", "SELU", "channels"),
    examples=(({}, ((2, 6),)), ({"p": 0.1}, ((2, 3, 4, 4),))),
)


def _depth_noise(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    if p["p"] == 0.0:
        return ()
    return (Tensor((inputs[0].dims[0],) if p["mode"] == "row" else (1,)),)


STOCHASTIC_DEPTH = Block(
    type="stochastic_depth",
    title="Stochastic depth",
    group="Regularisation",
    help="Drops a whole residual branch of random samples while training; put it before the addition.",
    params=(
        Param("p", "Probability", "float", 0.1, "How likely it is that the branch is dropped.", 0.0, 1.0),
        Param("mode", "Of", "choice", "row", "Each sample by itself, or the whole batch.", choices=("row", "batch")),
    ),
    shape=floats("the stochastic depth"),
    layer=lambda p, _: Layer("torchvision.ops.StochasticDepth", (p["p"], p["mode"])),
    keeps=Keeps(more=_depth_noise),
    summary=_summary,
    torch="torchvision.ops.stochastic_depth",
    synonyms=("DropPath", "drop path", "regularization", "survival"),
    examples=(({}, ((2, 3, 4, 4),)), ({"p": 0.5, "mode": "batch"}, ((2, 6),))),
)


def _block_shape(n: int, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = f"the {n}-D block dropout"
    (x,) = inputs
    need_rank(x, n + 2, who)
    need_dtype(x, "float32", who)
    sides = [d for d in x.dims[2:] if isinstance(d, int)]
    size = min((p.whole("block_size"), *sides))
    if p["p"] == 0.0:
        return (x,)
    if size % 2 == 0:
        raise ShapeError(
            f"blocks with an odd side at {who}",
            f"{size}",
            "Choose an odd block size that is smaller than the sides.",
            "range",
        )
    places = blocks = 1
    for side in sides:
        places, blocks = places * side, blocks * (side - size + 1)
    if len(sides) == n and p.number("p") * places / (size**n * blocks) > 1:
        raise ShapeError(
            f"a share to drop that blocks of {size} can cover at {who}",
            f"{p.number('p'):g}",
            "Lower the probability, or make the blocks larger.",
            "range",
        )
    return (x,)


def _block_noise(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (inputs[0], Tensor((1,))) if p["p"] != 0.0 else ()


def _drop_block(n: int, example: tuple[int, ...]) -> Block:
    return Block(
        type=f"drop_block{n}d",
        title=f"Drop block {n}-D",
        group="Regularisation",
        help="Sets random squares to 0 while training: neighbours give no hint of what is missing."
        if n == 2
        else "Sets random cubes to 0 while training: neighbours give no hint of what is missing.",
        params=(
            Param("p", "Probability", "float", 0.1, "The share of numbers that is set to 0.", 0.0, 1.0),
            Param("block_size", "Block size", "int", 3, "The side of a block; an odd number.", 1),
        ),
        shape=partial(_block_shape, n),
        layer=lambda p, _: Layer(f"torchvision.ops.DropBlock{n}d", (p["p"], p["block_size"])),
        keeps=Keeps(more=_block_noise),
        summary=_summary,
        torch=f"torchvision.ops.drop_block{n}d",
        synonyms=("regularization", "DropBlock", "cutout", "spatial dropout"),
        examples=(({}, (example,)), ({"p": 0.2, "block_size": 1}, (example,)), ({"p": 0.0}, (example,))),
    )


DROP_BLOCK2D = _drop_block(2, (2, 3, 6, 7))
DROP_BLOCK3D = _drop_block(3, (2, 3, 4, 5, 4))
