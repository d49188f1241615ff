"""Sequences: words as vectors, and layers that read step by step. The batch comes first."""

from __future__ import annotations

from functools import partial

from designer.blocks.dims import Tensor
from designer.blocks.footprint import Keeps, Window, mixing
from designer.blocks.rules import fixed, need_dtype, need_int, need_rank, per_sample
from designer.blocks.spec import Block, Call, Cost, Layer, Param, Params, Value
from designer.errors import ShapeError

__all__ = ["EMBEDDING", "EMBEDDING_BAG", "GRU", "LSTM", "RNN"]


def _embedding_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    need_dtype(x, "int64", "the Embedding")
    padding, words = p["padding_idx"], p.whole("num_embeddings")
    if isinstance(padding, int) and padding >= words:
        raise ShapeError(
            f"a padding index below {words} at the Embedding",
            f"{padding}",
            "Lower the padding index, or enlarge the vocabulary.",
            "padding_idx",
        )
    return (Tensor((*x.dims, p.whole("embedding_dim"))),)


EMBEDDING = Block(
    type="embedding",
    title="Embedding",
    group="Sequence",
    help="Looks up a learned vector for each whole number, for example for each word of a text.",
    params=(
        Param("num_embeddings", "Vocabulary", "int", 1000, "How many different numbers may arrive, from 0 on.", 1),
        Param("embedding_dim", "Vector length", "int", 64, "How long each vector is.", 1),
        Param(
            "padding_idx",
            "Padding index",
            "int",
            None,
            "The number that stands for nothing: its vector stays 0.",
            0,
            optional=True,
            implied=None,
            advanced=True,
        ),
    ),
    shape=_embedding_shape,
    layer=lambda p, inputs: Layer("nn.Embedding", (p["num_embeddings"], p["embedding_dim"]), p.options("padding_idx")),
    cost=lambda p, inputs, outputs: Cost(p.whole("num_embeddings") * p.whole("embedding_dim")),
    reach=lambda _, x: tuple(Window(axis) for axis in range(x.rank)),
    keeps=Keeps(inputs=True, for_weights=True),
    summary=lambda p: f"{p['num_embeddings']} to {p['embedding_dim']}",
    torch="torch.nn.Embedding",
    synonyms=("emb", "word", "token", "lookup", "vocabulary", "wordEmbeddingLayer"),
    examples=(
        ({"num_embeddings": 9, "embedding_dim": 4}, ((2, 5),)),
        ({"num_embeddings": 3, "padding_idx": 0}, ((2,),)),
    ),
    in_dtype="int64",
)


def _bag_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who = "the Embedding bag"
    (x,) = inputs
    need_dtype(x, "int64", who)
    need_rank(x, 2, who, "B×words")
    return (Tensor((x.dims[0], p.whole("embedding_dim"))),)


EMBEDDING_BAG = Block(
    type="embedding_bag",
    title="Embedding bag",
    group="Sequence",
    help="Looks up a learned vector for each word of a text and gives their mean, sum or maximum.",
    params=(
        Param("num_embeddings", "Vocabulary", "int", 1000, "How many different numbers may arrive, from 0 on.", 1),
        Param("embedding_dim", "Vector length", "int", 64, "How long each vector is.", 1),
        Param(
            "mode",
            "Together",
            "choice",
            "mean",
            "How the vectors become one.",
            choices=("mean", "sum", "max"),
            implied="mean",
        ),
    ),
    shape=_bag_shape,
    layer=lambda p, inputs: Layer("nn.EmbeddingBag", (p["num_embeddings"], p["embedding_dim"]), p.options("mode")),
    cost=lambda p, inputs, outputs: Cost(p.whole("num_embeddings") * p.whole("embedding_dim")),
    reach=lambda _, x: mixing(x, range(1, x.rank)),
    keeps=Keeps(inputs=True, for_weights=True),
    summary=lambda p: f"{p['num_embeddings']} to {p['embedding_dim']}, {p['mode']}",
    torch="torch.nn.EmbeddingBag",
    synonyms=("emb", "bag of words", "word", "token", "text"),
    examples=(
        ({"num_embeddings": 9, "embedding_dim": 4}, ((2, 5),)),
        ({"num_embeddings": 3, "embedding_dim": 4, "mode": "max"}, ((2, 3),)),
    ),
    in_dtype="int64",
)


def _shape(who: str, p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,) = inputs
    need_rank(x, 3, who, "B×steps×features")
    need_dtype(x, "float32", who)
    need_int(x.dims[2], "features", who)
    width = p.whole("hidden_size") * (2 if p.flag("bidirectional") else 1)
    return (Tensor((x.dims[0], x.dims[1], width) if p["output"] == "sequence" else (x.dims[0], width)),)


def _layer(kind: str, p: Params, inputs: tuple[Tensor, ...]) -> Layer:
    options: dict[str, Value] = p.options("num_layers", "bias", "dropout", "bidirectional")
    if "nonlinearity" in p:
        options |= p.options("nonlinearity")
    if p["num_layers"] == 1:
        options.pop("dropout", None)  # it acts between layers; torch warns where there is only one
    return Layer(f"nn.{kind}", (fixed(inputs[0].dims[2]), p["hidden_size"]), {**options, "batch_first": True})


def _forward(kind: str, call: Call) -> str:
    result = f"{call.layer}({call.args[0]})"
    if call.params["output"] == "sequence":
        return f"{result}[0]"
    if not call.params.flag("bidirectional"):
        return f"{result}[0][:, -1]"
    # The backward reader ends at the first step: take the last state of both readers, side by side.
    states = f"{result}[1][0]" if kind == "LSTM" else f"{result}[1]"
    return f"{states}[-2:].transpose(0, 1).flatten(1)"


def _cost(gates: int, p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> Cost:
    hidden, ways = p.whole("hidden_size"), 2 if p.flag("bidirectional") else 1
    biases = 2 * hidden * gates if p.flag("bias") else 0
    params = macs = 0
    width = fixed(inputs[0].dims[2])
    for _layer_number in range(p.whole("num_layers")):
        weights = gates * hidden * (width + hidden)
        params += ways * (weights + biases)
        macs += ways * weights
        width = ways * hidden
    return Cost(params, macs * per_sample((1, inputs[0].dims[1])))


def _states(each: int, p: Params, inputs: tuple[Tensor, ...], _: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    # For each step, in every layer and direction, gates and states: ``each`` numbers a unit in torch's own kernels;
    # and what one layer hands to the next. A library that runs the layer may keep more.
    ways = 2 if p.flag("bidirectional") else 1
    numbers = ways * p.whole("hidden_size") * ((each + 1) * p.whole("num_layers") - 1)
    states = Tensor((*inputs[0].dims[:2], numbers))
    return (states, inputs[0]) if ways == 2 else (states,)  # the second reader gets a copy in reverse


def _summary(p: Params) -> str:
    layers = "" if p["num_layers"] == 1 else f", {p['num_layers']} layers"
    return f"{p['hidden_size']} units{layers}{', both ways' if p.flag('bidirectional') else ''}"


_PARAMS = (
    Param("hidden_size", "Units", "int", 64, "How many numbers it remembers.", 1),
    Param(
        "num_layers", "Layers", "int", 1, "How many of them lie on top of each other.", 1, 1000, implied=1, short="n"
    ),
    Param(
        "output",
        "Output",
        "choice",
        "sequence",
        "All steps, or only what is known after the last one.",
        choices=("sequence", "last step"),
    ),
    Param("bidirectional", "Both ways", "bool", False, "Reads from both ends; doubles the output.", implied=False),
    Param(
        "dropout",
        "Dropout",
        "float",
        0.0,
        "Forgets between its layers while training; needs at least 2 layers.",
        0.0,
        1.0,
        implied=0.0,
        advanced=True,
    ),
    Param("bias", "Bias", "bool", True, "Adds learnable numbers to each gate.", implied=True, advanced=True),
)


_KEPT = {"RNN": 1, "LSTM": 7, "GRU": 7}
_BEND = Param(
    "nonlinearity",
    "Activation",
    "choice",
    "tanh",
    "What each step ends in.",
    choices=("tanh", "relu"),
    implied="tanh",
    advanced=True,
)


def _recurrent(kind: str, gates: int, text: str, *words: str) -> Block:
    return Block(
        type=kind.lower(),
        title=kind,
        group="Sequence",
        help=text,
        params=(*_PARAMS, _BEND) if kind == "RNN" else _PARAMS,
        shape=partial(_shape, f"the {kind}"),
        layer=partial(_layer, kind),
        forward=partial(_forward, kind),
        cost=partial(_cost, gates),
        reach=lambda _, x: mixing(x, (1, 2)),
        keeps=Keeps(inputs=True, more=partial(_states, _KEPT[kind])),
        summary=_summary,
        torch=f"torch.nn.{kind}",
        synonyms=("recurrent", *(("RNN",) if kind != "RNN" else ()), "sequence", "time series", *words),
        examples=(
            ({"hidden_size": 5}, ((2, 4, 3),)),
            ({"hidden_size": 5, "output": "last step"}, ((2, 4, 3),)),
            ({"hidden_size": 4, "output": "last step", "bidirectional": True, "num_layers": 2}, ((2, 4, 3),)),
            ({"hidden_size": 4, "bidirectional": True, "num_layers": 2, "dropout": 0.3}, ((2, 4, 3),)),
        ),
    )


LSTM = _recurrent(
    "LSTM",
    4,
    "Reads a sequence step by step and learns what to remember and what to forget.",
    "long short-term memory",
    "lstmLayer",
    "bilstmLayer",
)
GRU = _recurrent("GRU", 3, "A lighter LSTM: reads a sequence step by step.", "gated recurrent unit", "gruLayer")
RNN = _recurrent(
    "RNN",
    1,
    "The plainest recurrent layer: each step sees the last one's result.",
    "Elman",
    "simple recurrent",
    "SimpleRNN",
)
