"""Numbers that no input brings: learned, fixed, or made of another kind of number."""

from __future__ import annotations

from designer.blocks.dims import Tensor
from designer.blocks.footprint import Reach, Window, straight
from designer.blocks.numbers import FLOATS, KINDS
from designer.blocks.rules import fixed, need_dtype, need_int, need_rank
from designer.blocks.spec import LARGEST, Block, Call, Cost, Layer, Named, Param, Params, Value
from designer.errors import ShapeError

__all__ = ["CAST", "CLASS_TOKEN", "CONSTANT", "ONE_HOT", "PARAMETER", "POSITION_EMBEDDING"]

_START = Param(
    "start",
    "First values",
    "choice",
    "normal",
    "Small random numbers (spread 0.02), zeros or ones.",
    choices=("normal", "zeros", "ones"),
)


def _count(sizes: tuple[int, ...], who: str) -> int:
    total = 1
    for size in sizes:
        total *= size
    if total > LARGEST:
        raise ShapeError(
            f"at most {LARGEST} numbers at {who}", "×".join(map(str, sizes)), "Choose smaller sizes.", "size"
        )
    return total


def _learned(p: Params, sizes: tuple[int, ...]) -> Layer:
    start = p.text("start")
    if start == "normal":
        return Layer("nn.Parameter", (Layer("nn.init.normal_", (Layer("torch.empty", (sizes,)),), {"std": 0.02}),))
    return Layer("nn.Parameter", (Layer(f"torch.{start}", (sizes,)),))


def _held_shape(who: str, p: Params) -> tuple[Tensor, ...]:
    _count(p.ints("shape"), who)
    return (Tensor(p.ints("shape")),)


_SHAPE = Param("shape", "Sizes", "dims", (1, 64), "All sizes; start with 1 to have the same for every sample.", 1)


def _filled(p: Params) -> Layer:
    dtype, value = p.text("dtype"), p.number("value")
    if dtype == "float32":
        return Layer("torch.full", (p.ints("shape"), value))
    plain: Value = value if dtype in FLOATS else bool(value) if dtype == "bool" else int(value)
    return Layer("torch.full", (p.ints("shape"), plain), {"dtype": Named(f"torch.{dtype}")})


PARAMETER = Block(
    type="parameter",
    title="Parameter",
    group="Values",
    help="Numbers that are learned and need no input: class tokens, queries, scales. Add or multiply them to samples.",
    params=(_SHAPE, _START),
    inputs=(),
    shape=lambda p, _: _held_shape("the Parameter", p),
    layer=lambda p, _: _learned(p, p.ints("shape")),
    forward=lambda call: call.layer,
    cost=lambda p, _, __: Cost(_count(p.ints("shape"), "the Parameter")),
    summary=lambda p: "×".join(map(str, p.ints("shape"))),
    torch="torch.nn.parameter.Parameter",
    synonyms=("learnable", "weight", "class token", "query", "layer scale", "positional embedding"),
    examples=(({}, ()), ({"shape": (1, 3, 4), "start": "zeros"}, ())),
)

CONSTANT = Block(
    type="constant",
    title="Constant",
    group="Values",
    help="The same fixed number in every place; nothing is learned.",
    params=(
        _SHAPE,
        Param("value", "Value", "float", 0.0, "The number; weights that are loaded may bring others."),
        Param(
            "dtype",
            "Data type",
            "choice",
            "float32",
            "float32 to compute, int64 for places and classes, bool for masks.",
            choices=KINDS,
            implied="float32",
            advanced=True,
        ),
    ),
    inputs=(),
    shape=lambda p, _: (Tensor(_held_shape("the Constant", p)[0].dims, p.text("dtype")),),
    layer=lambda p, _: Layer("nn.Buffer", (_filled(p),)),
    forward=lambda call: call.layer,
    summary=lambda p: f"{p.number('value'):g}",
    torch="torch.full",
    synonyms=("fixed", "number", "buffer", "zeros", "ones"),
    examples=(({}, ()), ({"shape": (1, 3, 4), "value": 0.5}, ()), ({"dtype": "int64", "value": 2.0}, ())),
)


def _sequence(x: Tensor, who: str) -> None:
    need_rank(x, 3, who, "B×steps×features")
    need_dtype(x, "float32", who)
    need_int(x.dims[2], "features", who)


def _token_shape(_: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    _sequence(x, "the Class token")
    return (Tensor((x.dims[0], x.dims[1] + 1, x.dims[2])),)


def _token_forward(call: Call) -> str:
    x = call.args[0]
    return f"torch.cat([{call.layer}.expand({x}.shape[0], -1, -1), {x}], dim=1)"


CLASS_TOKEN = Block(
    type="class_token",
    title="Class token",
    group="Values",
    help="Puts one learned step in front of every sequence; a transformer gathers its answer there.",
    params=(_START,),
    shape=_token_shape,
    layer=lambda p, inputs: _learned(p, (1, 1, fixed(inputs[0].dims[2]))),
    forward=_token_forward,
    cost=lambda p, inputs, _: Cost(fixed(inputs[0].dims[2])),
    reach=lambda _, x: (Window(0), Window(1, first=-1), Window(2)),
    torch="torch.nn.parameter.Parameter",
    synonyms=("CLS", "cls token", "vision transformer", "ViT", "prepend"),
    examples=(({}, ((2, 4, 6),)), ({"start": "zeros"}, ((1, 3, 2),))),
)


def _position_shape(_: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    _sequence(x, "the Position embedding")
    need_int(x.dims[1], "steps", "the Position embedding")
    return (x,)


def _position_sizes(inputs: tuple[Tensor, ...]) -> tuple[int, int, int]:
    return (1, fixed(inputs[0].dims[1]), fixed(inputs[0].dims[2]))


POSITION_EMBEDDING = Block(
    type="position_embedding",
    title="Position embedding",
    group="Values",
    help="Adds a learned vector to each step, which tells a transformer where the step stands.",
    params=(_START,),
    shape=_position_shape,
    layer=lambda p, inputs: _learned(p, _position_sizes(inputs)),
    forward=lambda call: f"{call.args[0]} + {call.layer}",
    cost=lambda p, inputs, _: Cost(_position_sizes(inputs)[1] * _position_sizes(inputs)[2]),
    reach=lambda _, x: straight(x.rank),
    torch="torch.nn.parameter.Parameter",
    synonyms=("positional encoding", "position", "vision transformer", "ViT", "order"),
    examples=(({}, ((2, 4, 6),)), ({"start": "ones"}, ((1, 3, 2),))),
)


def _one_hot_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    need_dtype(x, "int64", "the One hot")
    return (Tensor((*x.dims, p.whole("num_classes"))),)


def _one_hot_reach(_: Params, x: Tensor) -> Reach:
    return straight(x.rank)


ONE_HOT = Block(
    type="one_hot",
    title="One hot",
    group="Values",
    help="A row of zeros with a single 1 for each whole number: categories without an order.",
    params=(Param("num_classes", "Classes", "int", 10, "How many different numbers may arrive, from 0 on.", 2),),
    shape=_one_hot_shape,
    forward=lambda call: f"F.one_hot({call.args[0]}, {call.params['num_classes']!r}).to(torch.float32)",
    reach=_one_hot_reach,
    summary=lambda p: f"{p['num_classes']} classes",
    torch="torch.nn.functional.one_hot",
    synonyms=("category", "dummy variable", "indicator", "CategoryEncoding"),
    examples=(({}, ((2, 5),)), ({"num_classes": 3}, ((2,),))),
    in_dtype="int64",
)

CAST = Block(
    type="cast",
    title="Change type",
    group="Values",
    help="Turns numbers into another kind. Only float32 lets what stands before it learn.",
    params=(
        Param(
            "dtype",
            "Data type",
            "choice",
            "float32",
            "float32 to compute, int64 for words and classes, bool for masks.",
            choices=KINDS,
        ),
    ),
    shape=lambda p, inputs: (Tensor(inputs[0].dims, p.text("dtype")),),
    forward=lambda call: f"{call.args[0]}.to(torch.{call.params.text('dtype')})",
    reach=lambda _, x: straight(x.rank),
    summary=lambda p: f"to {p['dtype']}",
    torch="torch.Tensor.to",
    synonyms=("cast", "convert", "float", "dtype", "astype"),
    examples=(({}, ((2, 5),)), ({"dtype": "bool"}, ((2, 3, 4),))),
)
