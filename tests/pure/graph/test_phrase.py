"""Chains of blocks are read, written, and refused in words that help."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from designer.blocks.catalog import catalog
from designer.errors import EditRefused, PhraseError
from designer.graph.phrase.grammar import MOST_STEPS, Step, parse, parse_front, spell
from designer.graph.phrase.values import spell_step
from designer.graph.phrase.words import family, meant, several, short_words

BLOCKS = sorted(catalog())


def read(text):
    """Type and values that were typed, of the usual option of each step."""
    return [(s.options[0].type, dict(s.options[0].params)) for s in parse(text)]


def test_the_chain_everybody_knows():
    assert read("conv 64 k3 s2 p1 | bn | relu | pool") == [
        ("conv2d", {"out_channels": 64, "kernel_size": 3, "stride": 2, "padding": 1}),
        ("batch_norm2d", {}),
        ("relu", {}),
        ("max_pool2d", {}),
    ]


@pytest.mark.parametrize(
    ("text", "block", "params"),
    [
        ("conv1d 8", "conv1d", {"out_channels": 8}),
        ("Conv 2-D 8", "conv2d", {"out_channels": 8}),
        ("conv 8 k3x5", "conv2d", {"out_channels": 8, "kernel_size": (3, 5)}),
        ("conv 8 kernel_size=3", "conv2d", {"out_channels": 8, "kernel_size": 3}),
        ("conv 8 k=(3, 5)", "conv2d", {"out_channels": 8, "kernel_size": (3, 5)}),
        ("conv 8 3 2", "conv2d", {"out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1}),
        ("conv 8 s2 valid nobias", "conv2d", {"out_channels": 8, "stride": 2, "padding": "valid", "bias": False}),
        ("conv 8 d2 g4 reflect", "conv2d", {"out_channels": 8, "dilation": 2, "groups": 4, "padding_mode": "reflect"}),
        ("fc 10", "linear", {"out_features": 10}),
        ("dropout 0.5", "dropout", {"p": 0.5}),
        ("dropout p.25", "dropout", {"p": 0.25}),
        ("lstm 64 bidirectional", "lstm", {"hidden_size": 64, "bidirectional": True}),
        ("lstm 64 output=last_step n2", "lstm", {"hidden_size": 64, "output": "last step", "num_layers": 2}),
        ("avgpool k2", "avg_pool2d", {"kernel_size": 2}),
        ("global average pool", "global_avg_pool", {}),
        ("gap", "global_avg_pool", {}),
        ("flatten", "flatten", {}),
        ("softmax -1", "softmax", {"dim": -1}),
        ("input 3x32x32", "input", {"size": (3, 32, 32)}),
        ("reshape 4x-1", "reshape", {"shape": (4, -1)}),
        ("pool s=none", "max_pool2d", {"stride": None}),
        ('classify 2 labels=cat,"big dog"', "classification_output", {"classes": 2, "labels": ("cat", "big dog")}),
        ("regress loss=l1", "regression_output", {"loss": "l1"}),
        ("prelu per_channel", "prelu", {"per_channel": True}),
    ],
)
def test_a_step_is_read(text, block, params):
    assert read(text) == [(block, params)]


def test_a_stride_brings_the_padding_that_halves():
    assert read("conv 64 k3 s2")[0][1]["padding"] == 1
    assert read("conv 64 k7x3 s2")[0][1]["padding"] == (3, 1)
    assert read("conv 64 k3 s2 d2")[0][1]["padding"] == 2
    assert read("conv 64 k3 s2 p0")[0][1]["padding"] == 0
    assert read("conv 64 k3 s2 same")[0][1]["padding"] == "same"
    assert "padding" not in read("conv 64 k3")[0][1]
    assert spell_step("conv2d", {"stride": 2, "padding": "same"}) == "conv2d s2 padding=same"


def test_repetition_is_written_out():
    assert [t for t, _ in read("(conv 8 | bn | relu) x2 | pool x3")] == [
        "conv2d", "batch_norm2d", "relu", "conv2d", "batch_norm2d", "relu", "max_pool2d", "max_pool2d", "max_pool2d"
    ]  # fmt: skip
    assert [t for t, _ in read("((relu)x2 | tanh)×2")] == ["relu", "relu", "tanh"] * 2


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("cnov 64", (0, 4), "No block is called “cnov”. Did you mean conv"),
        ("conv64 k3", (0, 6), "Did you mean conv 64?"),
        ("conv 64 | blub", (10, 14), "No block is called “blub”"),
        ("conv 64 kernal=3", (8, 16), "Conv 2-D has no parameter “kernal”. Did you mean kernel_size?"),
        ("conv 64 k", (8, 9), "“k” needs a value"),
        ("conv 64 k3 k5", (11, 13), "Kernel size is given twice"),
        ("conv -3", (5, 7), "Filters must be at least 1"),
        ("conv 6.5", (5, 8), "Filters must be a whole number"),
        ("dropout 2", (8, 9), "Probability must be at most 1"),
        ("relu 3", (5, 6), "ReLU takes no number"),
        ("linear 3 4", (9, 10), "one too many"),
        ("activation", (0, 10), "may be several blocks: ReLU"),
        ("conv 64 |", (9, 9), "Expected a block here"),
        ("conv | | relu", (7, 8), "Expected a block here"),
        ("(conv", (0, 1), "not closed"),
        ("conv)", (4, 5), "without its ("),
        ("conv x0", (5, 7), "at least once"),
        ("conv x9999", (5, 10), "at most 500"),
        ("(conv) relu", (7, 11), "Expected | before “relu”"),
        ('classify labels="cat', (16, 20), "is not closed"),
        ("bn 64", (3, 5), "takes no number"),
        ("conv bias=maybe", (5, 15), "yes or no"),
        ("lstm 8 sideways", (7, 15), "has no parameter “sideways”. It takes"),
        ("relu up", (5, 7), "It takes none. Write | before the next block."),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text, at, words):
    with pytest.raises(PhraseError) as caught:
        parse(text)
    assert words in caught.value.message
    assert (caught.value.start, caught.value.end) == at


_BITS = st.sampled_from(
    ["conv", "bn", "relu", "|", "(", ")", "x3", "64", "k3", "k3x5", "p=same", "=", '"', "x", "labels=", "-", ".", " ",
     "nobias", "input", "3x32x32", "×2", "\\", "k=(", "٣", "²", "e", "1e999", "no", "none", "9" * 20]
)  # fmt: skip


@given(st.one_of(st.text(max_size=40), st.lists(_BITS, max_size=14).map(" ".join), st.lists(_BITS).map("".join)))
@example("k=(")
@example("conv " + "9" * 5000)
@example("(" * 3000)
@example("conv x500 | conv")
def test_any_text_is_read_or_refused_with_a_sentence_and_nothing_else(text):
    try:
        steps = parse(text)
    except PhraseError as error:
        assert error.message.strip()
        assert 0 <= error.start <= error.end <= len(text)
        front, problem = parse_front(text)
        assert problem is not None
        assert all(isinstance(s, Step) for s in front)
        return
    assert 1 <= len(steps) <= MOST_STEPS
    assert parse(spell(steps)) == steps
    assert parse_front(text) == (steps, None)


def _value(draw, param):
    """Some value that a parameter may have."""
    number = st.integers(int(param.minimum or 0), int(min(param.maximum or 99, 99)))
    match param.kind:
        case "int":
            strategy = number
        case "float":
            strategy = st.floats(param.minimum or 0.0, param.maximum or 1e6)
        case "bool":
            strategy = st.booleans()
        case "choice":
            strategy = st.sampled_from(param.choices)
        case "size":
            strategy = st.one_of(number, st.tuples(*[number] * param.ndim), *map(st.just, param.choices))
        case "dims":
            strategy = st.lists(number, max_size=4).map(tuple)
        case _:
            strategy = st.lists(st.text(max_size=6), max_size=3).map(tuple)
    value = draw(st.one_of(st.none(), strategy) if param.optional else strategy)
    try:
        return param.check(value)
    except EditRefused:  # half a surrogate pair, which no file can hold
        return param.default


@st.composite
def a_block(draw):
    block = catalog()[draw(st.sampled_from(BLOCKS))]
    return block.type, {p.name: _value(draw, p) for p in block.params if draw(st.booleans())}


@given(st.lists(a_block(), min_size=1, max_size=4))
def test_every_block_is_written_and_read_again(blocks):
    steps = parse(" | ".join(spell_step(t, p) for t, p in blocks))
    found = [(s.options[0].type, catalog()[s.options[0].type].check(s.options[0].params)) for s in steps]
    assert found == [(t, catalog()[t].check(p)) for t, p in blocks]


@pytest.mark.parametrize("kind", BLOCKS)
def test_a_block_is_meant_by_its_names(kind):
    block = catalog()[kind]
    assert meant(kind) == (kind,)
    assert meant(block.title) == (kind,)
    assert kind in meant(family(kind)) or family(kind) in catalog()
    assert all(kind in meant(word) for word in short_words(kind))
    for word in block.synonyms:  # a synonym names one family, or it is told apart
        assert meant(word) or several(word)


@pytest.mark.parametrize("kind", BLOCKS)
def test_keys_are_distinct_and_leave_room_for_repetition(kind):
    block = catalog()[kind]
    keys = [p.short for p in block.params if p.short]
    names = set(block.param_names)
    assert len(set(keys)) == len(keys)
    assert not names & set(keys) - {p.name for p in block.params if p.short == p.name}
    assert "x" not in keys
    assert "x" not in names
