"""Normalisation of each sample and channel, by the root mean square, and by neighbouring channels."""

from __future__ import annotations

from functools import partial

from designer.blocks.dims import Tensor, product
from designer.blocks.footprint import Keeps, Reach, Window, mixing
from designer.blocks.norm import EPS, affine, trailing_layer, trailing_shape
from designer.blocks.rules import fixed, need_dtype, need_inner_axis, need_int, need_rank
from designer.blocks.spec import Block, Call, Cost, Layer, Param, Params
from designer.errors import ShapeError

__all__ = [
    "FROZEN_BATCH_NORM2D",
    "INSTANCE_NORM1D",
    "INSTANCE_NORM2D",
    "INSTANCE_NORM3D",
    "LAYER_NORM2D",
    "LOCAL_RESPONSE_NORM",
    "NORMALIZE",
    "RMS_NORM",
]


def _instance_shape(n: int, _: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = f"the {n}-D instance normalisation"
    (x,) = inputs
    need_rank(x, n + 2, who)
    need_dtype(x, "float32", who)
    need_int(x.dims[1], "channels", who)
    if all(d == 1 for d in x.dims[2:]):
        raise ShapeError(
            f"more than one number in each channel at {who}",
            str(x),
            "Normalise before the pooling, or use a Layer norm.",
            "one_value",
        )
    return (x,)


def _instance_layer(n: int, p: Params, inputs: tuple[Tensor, ...]) -> Layer:
    return Layer(f"nn.InstanceNorm{n}d", (fixed(inputs[0].dims[1]),), p.options())


def _instance_more(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (Tensor((2 + p.flag("affine"), *inputs[0].dims[:2])),)  # the scale, too, once for each sample


def _instance(n: int, of: str, dims: tuple[int, ...]) -> Block:
    return Block(
        type=f"instance_norm{n}d",
        title=f"Instance norm {n}-D",
        group="Normalisation",
        help=f"Brings each channel of each {of} to mean 0 and spread 1 by itself; usual in style transfer.",
        params=(
            EPS,
            Param("affine", "Learn scale and shift", "bool", False, "Two learnable numbers a channel.", implied=False),
            Param(
                "track_running_stats",
                "Keep running statistics",
                "bool",
                False,
                "Uses the averages of training afterwards, as batch normalisation does.",
                implied=False,
                advanced=True,
            ),
        ),
        shape=partial(_instance_shape, n),
        layer=partial(_instance_layer, n),
        cost=lambda p, inputs, _: Cost(2 * fixed(inputs[0].dims[1]) if p.flag("affine") else 0),
        keeps=Keeps(inputs=True, more=_instance_more),
        torch=f"torch.nn.InstanceNorm{n}d",
        synonyms=("normalization", "IN", "instanceNormalizationLayer", "style transfer", "contrast"),
        examples=(({}, (dims,)), ({"affine": True}, (dims,)), ({"track_running_stats": True}, (dims,))),
    )


INSTANCE_NORM1D = _instance(1, "sequence", (2, 4, 5))
INSTANCE_NORM2D = _instance(2, "image", (2, 4, 5, 3))
INSTANCE_NORM3D = _instance(3, "volume", (2, 4, 3, 4, 2))


def _rms_cost(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> Cost:
    return Cost(fixed(product(inputs[0].dims[-p.whole("axes") :])) if p.flag("elementwise_affine") else 0)


def _rms_more(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    means = Tensor(inputs[0].dims[: -p.whole("axes")])
    return (means, inputs[0]) if p.flag("elementwise_affine") else (means,)


RMS_NORM = Block(
    type="rms_norm",
    title="RMS norm",
    group="Normalisation",
    help="Divides the features of each sample by their root mean square: a Layer norm without the mean.",
    params=(
        Param("axes", "Trailing dimensions", "int", 1, "How many dimensions, from the last one, it covers.", 1, 11),
        Param(
            "eps",
            "Epsilon",
            "float",
            None,
            "A small number that keeps the division safe; empty takes the smallest step of the numbers.",
            1e-12,
            1.0,
            optional=True,
            implied=None,
            advanced=True,
        ),
        affine("elementwise_affine"),
    ),
    shape=partial(trailing_shape, "the RMS normalisation"),
    layer=partial(trailing_layer, "nn.RMSNorm", ("eps", "elementwise_affine")),
    cost=_rms_cost,
    keeps=Keeps(inputs=True, more=_rms_more),
    summary=lambda p: "last dimension" if p["axes"] == 1 else f"last {p['axes']} dimensions",
    torch="torch.nn.RMSNorm",
    synonyms=("normalization", "root mean square", "RMSNorm", "llama"),
    examples=(({}, ((2, 5, 8),)), ({"axes": 2}, ((2, 3, 4, 5),)), ({"elementwise_affine": False}, ((2, 6),))),
)


def _pixel_shape(_: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the 2-D layer normalisation"
    (x,) = inputs
    need_rank(x, 4, who)
    need_dtype(x, "float32", who)
    need_int(x.dims[1], "channels", who)
    return (x,)


def _pixel_cost(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> Cost:
    return Cost(2 * fixed(inputs[0].dims[1]) if p.flag("elementwise_affine") else 0)


def _pixel_layer(p: Params, inputs: tuple[Tensor, ...]) -> Layer:
    return Layer("nn.LayerNorm", (fixed(inputs[0].dims[1]),), p.options("eps", "elementwise_affine"))


LAYER_NORM2D = Block(
    type="layer_norm2d",
    title="Layer norm 2-D",
    group="Normalisation",
    help="Brings the channels of each pixel to mean 0 and spread 1; usual in ConvNeXt.",
    params=(EPS, affine("elementwise_affine")),
    shape=_pixel_shape,
    layer=_pixel_layer,
    forward=lambda call: f"{call.layer}({call.args[0]}.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)",
    cost=_pixel_cost,
    keeps=Keeps(inputs=True, more=lambda p, inputs, _: (Tensor((2, inputs[0].dims[0], *inputs[0].dims[2:])),)),
    torch="torch.nn.LayerNorm",
    synonyms=("normalization", "channels first", "LayerNorm2d", "ConvNeXt", "pixel"),
    examples=(({}, ((2, 4, 5, 3),)), ({"elementwise_affine": False, "eps": 1e-6}, ((1, 3, 4, 4),))),
)


def _response_shape(_: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the local response normalisation"
    (x,) = inputs
    if x.rank < 3:
        need_rank(x, 3, who, "B×channels×...")
    need_dtype(x, "float32", who)
    return (x,)


def _response_more(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    x = inputs[0]
    return (x, x, Tensor((x.dims[0], x.dims[1] + (p.whole("size") - 1), *x.dims[2:])))


def _response_reach(p: Params, x: Tensor) -> Reach:
    size = p.whole("size")
    return (Window(0), Window(1, size, 1, -(size // 2)), *(Window(axis) for axis in range(2, x.rank)))


LOCAL_RESPONSE_NORM = Block(
    type="local_response_norm",
    title="Local response norm",
    group="Normalisation",
    help="Divides each number by the strength of the neighbouring channels at its place, as AlexNet did.",
    params=(
        Param("size", "Channels", "int", 5, "How many neighbouring channels count.", 1),
        Param("alpha", "Alpha", "float", 1e-4, "How much they count.", 0.0, implied=1e-4),
        Param("beta", "Beta", "float", 0.75, "The exponent.", 0.0, implied=0.75),
        Param("k", "Offset", "float", 1.0, "Added before dividing.", 0.001, implied=1.0),
    ),
    shape=_response_shape,
    layer=lambda p, _: Layer("nn.LocalResponseNorm", (p["size"],), p.options("alpha", "beta", "k")),
    reach=_response_reach,
    keeps=Keeps(inputs=True, more=_response_more),
    summary=lambda p: f"{p['size']} channels",
    torch="torch.nn.LocalResponseNorm",
    synonyms=("normalization", "LRN", "crossChannelNormalizationLayer", "AlexNet", "brightness"),
    examples=(({}, ((2, 6, 4, 3),)), ({"size": 2, "k": 2.0}, ((2, 4, 5),)), ({"size": 3}, ((1, 4, 2, 3, 2),))),
)


def _unit_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Unit length"
    (x,) = inputs
    need_dtype(x, "float32", who)
    need_inner_axis(p.whole("dim"), x.rank, who)
    return (x,)


def _unit_forward(call: Call) -> str:
    p = call.params
    words = [f"p={p.number('p')!r}"] * (p["p"] != 2.0) + [f"dim={p.whole('dim')!r}"]
    return f"F.normalize({', '.join([call.args[0], *words])})"


def _unit_reach(p: Params, x: Tensor) -> Reach:
    return mixing(x, (p.whole("dim"),))


def _unit_more(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    x, axis = inputs[0], p.whole("dim") % inputs[0].rank
    return (Tensor((*x.dims[:axis], 1, *x.dims[axis + 1 :])),) * 2  # the lengths, and those that are not too small


NORMALIZE = Block(
    type="normalize",
    title="Unit length",
    group="Normalisation",
    help="Divides vectors by their length, so that only their direction counts: embeddings, cosine attention.",
    params=(
        Param("dim", "Dimension", "int", -1, "Along which dimension the vectors lie; -1 is the last.", -12, 11),
        Param("p", "Order", "float", 2.0, "2 is the usual length, 1 the sum without signs.", 1.0, 2.0, advanced=True),
    ),
    shape=_unit_shape,
    forward=_unit_forward,
    reach=_unit_reach,
    keeps=Keeps(inputs=True, more=_unit_more),
    summary=lambda p: f"along dimension {p['dim']}",
    torch="torch.nn.functional.normalize",
    synonyms=("L2", "normalise", "embedding", "cosine", "unit vector", "sphere"),
    examples=(({}, ((2, 5),)), ({"dim": 1, "p": 1.0}, ((2, 3, 4, 4),))),
)


def _frozen_shape(_: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the frozen batch normalisation"
    (x,) = inputs
    need_rank(x, 4, who)
    need_dtype(x, "float32", who)
    need_int(x.dims[1], "channels", who)
    return (x,)


FROZEN_BATCH_NORM2D = Block(
    type="frozen_batch_norm2d",
    title="Frozen batch norm 2-D",
    group="Normalisation",
    help="A batch norm whose numbers never change: for pretrained backbones in detection.",
    params=(EPS,),
    shape=_frozen_shape,
    layer=lambda p, inputs: Layer("torchvision.ops.FrozenBatchNorm2d", (fixed(inputs[0].dims[1]),), p.options("eps")),
    keeps=Keeps(more=lambda _, inputs, __: (Tensor((inputs[0].dims[1],)),)),
    torch="torchvision.ops.FrozenBatchNorm2d",
    synonyms=("normalization", "pretrained", "detection"),
    examples=(({}, ((2, 4, 5, 3),)), ({"eps": 1e-3}, ((1, 3, 4, 4),))),
)
