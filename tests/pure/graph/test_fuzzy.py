"""Letters that are typed find the texts that are meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.graph.composites import offered
from designer.graph.fuzzy import fuzzy, nearest, plain
from designer.graph.search import groups, ordered, search

words = st.text(st.characters(max_codepoint=0x2FF), max_size=12)


@given(words, st.lists(words, max_size=3), words)
def test_what_is_cut_out_of_a_text_is_found_in_it(start, kept, end):
    text = start + "-".join(kept) + end
    query = "".join(kept)
    match = fuzzy(query, text)
    if len(text.lower()) != len(text):
        return  # a few letters change their length in lower case
    assert match is not None
    wanted = [c for c in query.lower() if not c.isspace()]
    assert [text.lower()[i] for i in match.hits] == wanted
    assert list(match.hits) == sorted(set(match.hits))


@given(words, words)
def test_what_is_not_there_is_not_found(query, text):
    rest = iter(text.lower())
    expected = all(c in rest for c in query.lower() if not c.isspace())
    assert (fuzzy(query, text) is not None) == expected or len(text.lower()) != len(text)


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("fit", "Zoom to fit", "Find a point"),
        ("zs", "Zoom to selection", "Freeze"),
        ("exp", "Export model", "Repeat exactly"),
        ("conv", "Conv 2-D", "Uncover"),
        ("undo", "Undo", "Fund donor"),
    ],
)
def test_words_and_their_starts_come_first(query, better, worse):
    a, b = fuzzy(query, better), fuzzy(query, worse)
    assert a is not None
    assert b is None or a > b


def test_the_hits_are_where_a_reader_sees_them():
    match = fuzzy("zs", "Zoom to selection")
    assert match is not None
    assert match.hits == (0, 8)


@pytest.mark.parametrize(("typo", "meant"), [("cnov", "conv"), ("kernal", "kernel_size"), ("drpout", "dropout")])
def test_slips_of_the_finger_are_understood(typo, meant):
    assert meant in nearest(typo, ["conv", "kernel_size", "dropout", "relu", "k", "s"])


def test_nothing_is_near_to_noise():
    assert nearest("qqqqqq", ["conv", "relu"]) == ()
    assert nearest("", ["conv"]) == ()


def test_every_block_is_offered_once_and_found_by_its_names():
    assert sorted(b.type for b in ordered()) == sorted(offered())
    assert next(iter(groups())) == "Input and output"
    for block in ordered():
        assert search(block.title)[0] is block
        assert search(block.type)[0] is block
        for word in block.synonyms:
            assert block in search(word)


def test_scattered_letters_are_enough():
    assert search("cv2")[0].type == "conv2d"
    assert "global_avg_pool" in [b.type for b in search("glavg")][:2]
    assert plain("Max-Pool_2D") == "maxpool2d"
