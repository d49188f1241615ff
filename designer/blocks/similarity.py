"""How alike two inputs are."""

from __future__ import annotations

from designer.blocks.dims import Dim, Tensor
from designer.blocks.footprint import Keeps, Reach, reduced
from designer.blocks.merge import elementwise
from designer.blocks.rules import need_floats, need_inner_axis
from designer.blocks.spec import Block, Layer, Param, Params, Port

__all__ = ["COSINE_SIMILARITY", "PAIRWISE_DISTANCE"]

_PAIR = (Port("first"), Port("second"))


def _together(p: Params, inputs: tuple[Tensor, ...], who: str) -> tuple[Dim, ...]:
    need_floats(inputs, who)
    return elementwise(who, p, inputs)[0].dims


def _cosine_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Cosine similarity"
    dims = _together(p, inputs, who)
    axis = need_inner_axis(p.whole("dim"), len(dims), who)
    return (Tensor(dims[:axis] + dims[axis + 1 :]),)


def _all_mixed(x: Tensor) -> Reach:
    return (None,) * x.rank


def _cosine_reach(p: Params, x: Tensor) -> Reach:
    dim = p.whole("dim")
    return reduced(x, (dim,), False) if -x.rank <= dim < x.rank else _all_mixed(x)


def _cosine_more(p: Params, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    lengths = tuple(Tensor(_shorter(x, p.whole("dim"))) for x in inputs)
    return (*inputs, *lengths, *lengths)


def _shorter(x: Tensor, dim: int) -> tuple[Dim, ...]:
    axis = dim % x.rank
    return x.dims[:axis] + x.dims[axis + 1 :]


COSINE_SIMILARITY = Block(
    type="cosine_similarity",
    title="Cosine similarity",
    group="Merge",
    help="How far two vectors point the same way: 1 is the same direction, 0 a right angle, -1 the opposite.",
    params=(
        Param("dim", "Dimension", "int", 1, "Along which dimension the vectors lie.", -12, 11, implied=1),
        Param(
            "eps",
            "Epsilon",
            "float",
            1e-8,
            "A small number that keeps the division safe.",
            1e-12,
            1.0,
            implied=1e-8,
            advanced=True,
        ),
    ),
    inputs=_PAIR,
    shape=_cosine_shape,
    layer=lambda p, _: Layer("nn.CosineSimilarity", (), p.options()),
    reach=_cosine_reach,
    keeps=Keeps(inputs=True, more=_cosine_more),
    summary=lambda p: f"along dimension {p['dim']}",
    torch="torch.nn.CosineSimilarity",
    synonyms=("similarity", "angle", "siamese", "contrastive", "retrieval"),
    examples=(({}, ((2, 5), (2, 5))), ({"dim": -1}, ((2, 3, 4), (2, 3, 4)))),
)


def _distance_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Pairwise distance"
    dims = _together(p, inputs, who)
    need_inner_axis(-1, len(dims), who)
    return (Tensor((*dims[:-1], 1) if p.flag("keepdim") else dims[:-1]),)


def _distance_more(_: Params, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (inputs[0],)  # the difference


PAIRWISE_DISTANCE = Block(
    type="pairwise_distance",
    title="Pairwise distance",
    group="Merge",
    help="How far apart two vectors lie, along the last dimension.",
    params=(
        Param("p", "Order", "float", 2.0, "2 is the usual distance, 1 the sum of differences.", 1.0, 10.0, implied=2.0),
        Param(
            "eps",
            "Epsilon",
            "float",
            1e-6,
            "A small number that keeps the root safe.",
            1e-12,
            1.0,
            implied=1e-6,
            advanced=True,
        ),
        Param("keepdim", "Keep it as 1", "bool", False, "Whether the last dimension stays with size 1.", implied=False),
    ),
    inputs=_PAIR,
    shape=_distance_shape,
    layer=lambda p, _: Layer("nn.PairwiseDistance", (), p.options()),
    reach=lambda p, x: reduced(x, (-1,), p.flag("keepdim")),
    keeps=Keeps(outputs=True, more=_distance_more),
    summary=lambda p: f"order {p.number('p'):g}",
    torch="torch.nn.PairwiseDistance",
    synonyms=("euclidean", "L2", "metric", "siamese", "triplet"),
    examples=(({}, ((2, 5), (2, 5))), ({"p": 1.0, "keepdim": True}, ((2, 3, 4), (2, 3, 4)))),
)
