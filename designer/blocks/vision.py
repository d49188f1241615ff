"""Blocks of torchvision that networks for pictures are made of."""

from __future__ import annotations

from functools import partial

from designer.blocks.conv import need_groups
from designer.blocks.dims import Dim, Tensor
from designer.blocks.footprint import Keeps, Reach, mixing, sliding
from designer.blocks.rules import fixed, need_dtype, need_int, need_rank, per_sample, spell, window
from designer.blocks.spec import Argument, Block, Cost, Layer, Named, Param, Params, Port
from designer.errors import ShapeError

__all__ = ["CONV2D_NORM_ACTIVATION", "CONV3D_NORM_ACTIVATION", "DEFORM_CONV2D", "MLP", "SQUEEZE_EXCITATION"]

_ACTIVATIONS = ("ReLU", "ReLU6", "SiLU", "Hardswish", "GELU", "none")


def _activation(text: str) -> Param:
    return Param("activation_layer", "Activation", "choice", "ReLU", text, choices=_ACTIVATIONS, implied="ReLU")


def _sizes(n: int) -> tuple[Param, ...]:
    def size(name: str, label: str, default: int, text: str, short: str, advanced: bool = False) -> Param:
        return Param(name, label, "size", default, text, 1, ndim=n, implied=default, short=short, advanced=advanced)

    return (
        Param("out_channels", "Filters", "int", 32, "How many feature maps it makes.", minimum=1),
        size("kernel_size", "Kernel size", 3, "How far it looks along each side; padding is half of it.", "k"),
        size("stride", "Stride", 1, "Steps between windows; 2 halves each side.", "s"),
        size("dilation", "Dilation", 1, "Gaps inside the kernel.", "d", advanced=True),
        Param("groups", "Groups", "int", 1, "Channel groups apart.", 1, implied=1, advanced=True, short="g"),
    )


def _padding(p: Params, n: int) -> tuple[int, ...]:
    pairs = zip(p.size("kernel_size", n), p.size("dilation", n), strict=True)
    return tuple((k - 1) // 2 * d for k, d in pairs)


def _swept(p: Params, n: int, x: Tensor, padding: tuple[int, ...], who: str) -> tuple[Dim, ...]:
    kernel, stride, dilation = (p.size(name, n) for name in ("kernel_size", "stride", "dilation"))
    return tuple(window(x.dims[2 + i], kernel[i], stride[i], padding[i], dilation[i], who) for i in range(n))


def _weights(p: Params, n: int, x: Tensor) -> int:
    weights = fixed(x.dims[1]) // p.whole("groups") * p.whole("out_channels")
    for k in p.size("kernel_size", n):
        weights *= k
    return weights


def _chain_shape(n: int, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = f"the {n}-D convolution with norm"
    (x,) = inputs
    need_rank(x, n + 2, who)
    need_dtype(x, "float32", who)
    need_groups(p, need_int(x.dims[1], "channels", who), who)
    return (Tensor((x.dims[0], p.whole("out_channels"), *_swept(p, n, x, _padding(p, n), who))),)


def _chain_layer(n: int, p: Params, inputs: tuple[Tensor, ...]) -> Layer:
    options: dict[str, Argument] = {**p.options("kernel_size", "stride", "groups")}
    if not p.flag("norm"):
        options["norm_layer"] = None
    kind = p.text("activation_layer")
    if kind != "ReLU":
        options["activation_layer"] = None if kind == "none" else Named(f"nn.{kind}")
    options |= p.options("dilation")
    if kind == "GELU":
        options["inplace"] = None  # it has no such switch
    return Layer(f"torchvision.ops.Conv{n}dNormActivation", (fixed(inputs[0].dims[1]), p["out_channels"]), options)


def _chain_cost(n: int, p: Params, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> Cost:
    weights = _weights(p, n, inputs[0])
    extra = p.whole("out_channels") * (2 if p.flag("norm") else 1)
    return Cost(weights + extra, weights * per_sample((1, *outputs[0].dims[2:])))


def _chain_reach(n: int, p: Params, _: Tensor) -> Reach:
    sizes = (p.size(name, n) for name in ("kernel_size", "stride"))
    kernel, stride = sizes
    return sliding(kernel, stride, _padding(p, n), p.size("dilation", n), mixed=True)


def _chain_keeps(p: Params) -> Keeps:
    return Keeps(inputs=True, outputs=p["activation_layer"] == "ReLU", more=_chain_more)


def _chain_more(p: Params, _: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    kept: tuple[Tensor, ...] = ()
    if p.flag("norm"):
        kept += (outputs[0], Tensor((2, outputs[0].dims[1])))
    if p["activation_layer"] not in ("ReLU", "none"):
        kept += (outputs[0],)
    return kept


def _chain(n: int, of: str, sides: tuple[int, ...]) -> Block:
    return Block(
        type=f"conv{n}d_norm_activation",
        title=f"Conv norm activation {n}-D",
        group="Convolution",
        help=f"A convolution over {of} with batch normalisation and an activation, in one block.",
        params=(
            *_sizes(n),
            Param("norm", "Batch norm", "bool", True, "Whether it normalises; without it the filters get a bias."),
            _activation("What stands at the end."),
        ),
        shape=partial(_chain_shape, n),
        layer=partial(_chain_layer, n),
        cost=partial(_chain_cost, n),
        reach=partial(_chain_reach, n),
        keeps=_chain_keeps,
        summary=lambda p: f"{p['out_channels']} filters, kernel {spell(p['kernel_size'])}, {p['activation_layer']}",
        torch=f"torchvision.ops.Conv{n}dNormActivation",
        synonyms=("ConvBNReLU", "conv bn relu", "convolution", "ConvBNAct"),
        examples=(
            ({"out_channels": 4}, ((2, 3, *sides),)),
            ({"out_channels": 4, "stride": 2, "norm": False, "activation_layer": "SiLU"}, ((2, 3, *sides),)),
            ({"out_channels": 2, "activation_layer": "GELU", "kernel_size": 1}, ((2, 2, *sides),)),
            ({"out_channels": 2, "activation_layer": "none"}, ((2, 2, *sides),)),
        ),
    )


CONV2D_NORM_ACTIVATION = _chain(2, "pictures", (8, 7))
CONV3D_NORM_ACTIVATION = _chain(3, "volumes", (4, 5, 4))


def _squeeze_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Squeeze and excitation"
    (x,) = inputs
    need_rank(x, 4, who)
    need_dtype(x, "float32", who)
    need_int(x.dims[1], "channels", who)
    return (x,)


def _squeeze_layer(p: Params, inputs: tuple[Tensor, ...]) -> Layer:
    options: dict[str, Argument] = {}
    if p["activation"] != "ReLU":
        options["activation"] = Named(f"nn.{p['activation']}")
    if p["scale_activation"] != "Sigmoid":
        options["scale_activation"] = Named(f"nn.{p['scale_activation']}")
    channels = fixed(inputs[0].dims[1])
    return Layer("torchvision.ops.SqueezeExcitation", (channels, p["squeeze_channels"]), options)


def _squeeze_cost(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> Cost:
    channels, inner = fixed(inputs[0].dims[1]), p.whole("squeeze_channels")
    return Cost(2 * channels * inner + channels + inner, 2 * channels * inner)


def _squeeze_more(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    x, inner = inputs[0], p.whole("squeeze_channels")
    means, hidden = Tensor(x.dims[:2]), Tensor((x.dims[0], inner))
    first = (hidden,) if p["activation"] == "ReLU" else (hidden, hidden)
    last = (means,) if p["scale_activation"] == "Sigmoid" else (means, means)
    return (means, *first, *last)


SQUEEZE_EXCITATION = Block(
    type="squeeze_excitation",
    title="Squeeze and excitation",
    group="Attention",
    help="Looks at the mean of every channel and decides how much of each one passes.",
    params=(
        Param("squeeze_channels", "Inner channels", "int", 8, "The narrow place; a quarter of all is usual.", 1),
        Param(
            "activation",
            "Inner activation",
            "choice",
            "ReLU",
            "What stands in the narrow place.",
            choices=("ReLU", "SiLU"),
            implied="ReLU",
            advanced=True,
        ),
        Param(
            "scale_activation",
            "Gate",
            "choice",
            "Sigmoid",
            "What turns the decision into a factor.",
            choices=("Sigmoid", "Hardsigmoid"),
            implied="Sigmoid",
            advanced=True,
        ),
    ),
    shape=_squeeze_shape,
    layer=_squeeze_layer,
    cost=_squeeze_cost,
    reach=lambda _, x: mixing(x, range(1, x.rank)),
    keeps=Keeps(inputs=True, more=_squeeze_more),
    summary=lambda p: f"{p['squeeze_channels']} inner channels",
    torch="torchvision.ops.SqueezeExcitation",
    synonyms=("SE", "SENet", "channel attention", "squeeze-excite", "gate"),
    examples=(
        ({"squeeze_channels": 2}, ((2, 4, 5, 3),)),
        ({"squeeze_channels": 3, "activation": "SiLU", "scale_activation": "Hardsigmoid"}, ((2, 6, 4, 4),)),
    ),
)


def _deform_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Deformable convolution"
    x, offset = inputs
    for tensor in inputs:
        need_rank(tensor, 4, who)
        need_dtype(tensor, "float32", who)
    need_groups(p, need_int(x.dims[1], "channels", who), who)
    sides = _swept(p, 2, x, p.size("padding", 2), who)
    height, width = p.size("kernel_size", 2)
    wanted = Tensor((x.dims[0], 2 * height * width, *sides))
    if (offset.dims[0], *offset.dims[2:]) != (x.dims[0], *sides) or not _bends(x, offset, 2 * height * width):
        raise ShapeError(
            f"offsets of {wanted} at {who}: two numbers for each place of the kernel",
            str(offset),
            f"Make them with a convolution of {2 * height * width} filters and the same kernel, stride and padding.",
            "merge",
        )
    return (Tensor((x.dims[0], p.whole("out_channels"), *sides)),)


def _bends(x: Tensor, offset: Tensor, each: int) -> bool:
    """Whether there are offsets for all channels together, or for each of several groups of them."""
    numbers, channels = offset.dims[1], fixed(x.dims[1])
    return isinstance(numbers, int) and numbers > 0 and numbers % each == 0 and channels % (numbers // each) == 0


def _deform_layer(p: Params, inputs: tuple[Tensor, ...]) -> Layer:
    options = p.options("stride", "padding", "dilation", "groups", "bias")
    args = (fixed(inputs[0].dims[1]), p["out_channels"], p["kernel_size"])
    return Layer("torchvision.ops.DeformConv2d", args, options)


def _deform_cost(p: Params, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> Cost:
    return Cost(_weights(p, 2, inputs[0]) + (p.whole("out_channels") if p.flag("bias") else 0))


_FILTERS, _KERNEL, _STRIDE, _DILATION, _GROUPS = _sizes(2)
DEFORM_CONV2D = Block(
    type="deform_conv2d",
    title="Deformable conv 2-D",
    group="Convolution",
    help="A convolution whose windows bend: a second input says where each place of the kernel looks.",
    params=(
        _FILTERS,
        Param("kernel_size", "Kernel size", "size", 3, "How far it looks along each side.", 1, ndim=2, short="k"),
        _STRIDE,
        Param("padding", "Padding", "size", 1, "Zeros around the input.", 0, ndim=2, implied=0, short="p"),
        _DILATION,
        _GROUPS,
        Param("bias", "Bias", "bool", True, "Adds a learnable number per filter.", implied=True, advanced=True),
    ),
    inputs=(
        Port("picture"),
        Port(
            "offsets", help="Two numbers for each place of the kernel and each result; twice as many bend two halves."
        ),
    ),
    shape=_deform_shape,
    layer=_deform_layer,
    cost=_deform_cost,
    reach=lambda _, x: mixing(x, range(1, x.rank)),
    keeps=Keeps(inputs=True, more=lambda _, inputs, __: (Tensor((inputs[0].dims[0], 1)),)),
    summary=lambda p: f"{p['out_channels']} filters, kernel {spell(p['kernel_size'])}",
    torch="torchvision.ops.DeformConv2d",
    synonyms=("DCN", "deformable convolution", "offset"),
    examples=(
        ({"out_channels": 4}, ((2, 3, 5, 4), (2, 18, 5, 4))),
        ({"out_channels": 2, "kernel_size": 2, "padding": 0, "stride": 2, "groups": 2}, ((1, 4, 4, 6), (1, 8, 2, 3))),
    ),
)


def _mlp_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the MLP"
    (x,) = inputs
    if x.rank < 2:
        need_rank(x, 2, who)
    need_dtype(x, "float32", who)
    need_int(x.dims[-1], "features", who)
    widths = p.ints("hidden_channels")
    if not widths:
        raise ShapeError(f"at least one width at {who}", "none", "Write the width of each of its layers.", "size")
    return (Tensor((*x.dims[:-1], widths[-1])),)


def _mlp_layer(p: Params, inputs: tuple[Tensor, ...]) -> Layer:
    options: dict[str, Argument] = {}
    if p["activation_layer"] != "ReLU":
        options["activation_layer"] = Named(f"nn.{p['activation_layer']}")
    options |= p.options("bias", "dropout")
    return Layer("torchvision.ops.MLP", (fixed(inputs[0].dims[-1]), p["hidden_channels"]), options)


def _mlp_cost(p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> Cost:
    *places, before = inputs[0].dims
    weights = biases = 0
    for width in p.ints("hidden_channels"):
        weights, biases, before = weights + fixed(before) * width, biases + width, width
    return Cost(weights + (biases if p.flag("bias") else 0), weights * per_sample(places))


def _mlp_more(p: Params, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    lead, kept = inputs[0].dims[:-1], []
    bends = 1 if p["activation_layer"] == "ReLU" else 2
    for width in p.ints("hidden_channels")[:-1]:
        hidden = Tensor((*lead, width))
        kept += [hidden] * bends
        if p["dropout"] != 0.0:
            kept += [hidden, Tensor(hidden.dims, "bool")]
    if p["dropout"] != 0.0:
        kept.append(Tensor(outputs[0].dims, "bool"))
    return tuple(kept)


MLP = Block(
    type="mlp",
    title="MLP",
    group="Linear",
    help="Several Linear layers with an activation between them, and dropout if you like.",
    params=(
        Param("hidden_channels", "Widths", "dims", (64, 64), "The width of each layer; the last is what comes out.", 1),
        Param(
            "activation_layer",
            "Activation",
            "choice",
            "ReLU",
            "What stands between the layers.",
            choices=("ReLU", "GELU", "SiLU", "Tanh"),
            implied="ReLU",
        ),
        Param("dropout", "Dropout", "float", 0.0, "Forgets after each layer.", 0.0, 1.0, implied=0.0),
        Param("bias", "Bias", "bool", True, "Adds a learnable number to each output.", implied=True, advanced=True),
    ),
    shape=_mlp_shape,
    layer=_mlp_layer,
    cost=_mlp_cost,
    reach=lambda _, x: mixing(x, (-1,)),
    keeps=Keeps(inputs=True, for_weights=True, more=_mlp_more),
    summary=lambda p: " to ".join(map(str, p.ints("hidden_channels")))[:40] or "no layers",
    torch="torchvision.ops.MLP",
    synonyms=("multilayer perceptron", "feed forward", "hidden layers"),
    examples=(
        ({"hidden_channels": (6, 4)}, ((2, 5),)),
        ({"hidden_channels": (3,), "bias": False}, ((2, 3, 4),)),
        ({"hidden_channels": (6, 5, 2), "activation_layer": "GELU"}, ((2, 5),)),
    ),
)
