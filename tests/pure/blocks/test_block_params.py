"""Parameters take what fits, in one form, and refuse everything else with a sentence."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.blocks.catalog import catalog
from designer.blocks.spec import LARGEST, Param
from designer.errors import EditRefused, LayerloomError
from tests.pure.blocks.block_cases import examples

PARAMS = [
    Param("n", "Number", "int", 1, minimum=0),
    Param("x", "Factor", "float", 0.5, minimum=-1.0, maximum=1e6),
    Param("b", "Bias", "bool", True),
    Param("c", "Mode", "choice", "a", choices=("a", "b")),
    Param("s", "Size", "size", 1, ndim=2, choices=("same",)),
    Param("s3", "Size", "size", 1, ndim=3, optional=True),
    Param("d", "Sizes", "dims", (1,), minimum=-1),
    Param("t", "Text", "text", ""),
    Param("l", "Names", "labels", ()),
]
NUMBER, FACTOR, BIAS, MODE, SIZE, OPEN_SIZE, SIZES, TEXT, NAMES = PARAMS

ATOMS = (
    st.none()
    | st.booleans()
    | st.integers(-4, 9)
    | st.sampled_from((10**400, -(10**30), LARGEST, LARGEST + 1, 1e308, math.nan, math.inf, -math.inf, 2.0, 2.5, -0.0))
    | st.sampled_from(("", "a", "same", "1", "NaN", "__import__('os')", "\ud800", "x\x00y"))
)
ANYTHING = st.recursive(ATOMS, lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner), max_leaves=6)


@pytest.mark.parametrize("param", PARAMS, ids=lambda p: f"{p.kind}-{p.ndim}")
def test_whatever_comes_is_refused_or_brought_into_one_form(param: Param) -> None:
    @examples(30, 5000)
    @given(ANYTHING)
    def check(value: object) -> None:
        try:
            taken = param.check(value)
        except EditRefused as error:
            assert str(error).startswith(param.label) and str(error).endswith(".")
            return
        assert param.check(taken) == taken
        text = json.dumps(taken, allow_nan=False, ensure_ascii=False)
        text.encode()
        again = param.check(json.loads(text))
        assert again == taken and type(again) is type(taken) and repr(again) == repr(taken)

    check()


@pytest.mark.parametrize(
    ("param", "value", "taken"),
    [
        (NUMBER, 3.0, 3),
        (FACTOR, 1, 1.0),
        (FACTOR, -0.0, 0.0),
        (SIZE, [3, 3], 3),
        (SIZE, [3, 5], (3, 5)),
        (SIZE, "same", "same"),
        (OPEN_SIZE, None, None),
        (OPEN_SIZE, (2, 2, 2), 2),
        (SIZES, [1, 28.0, 28], (1, 28, 28)),
        (NAMES, ["cat", "dog"], ("cat", "dog")),
    ],
)
def test_taken(param: Param, value: object, taken: object) -> None:
    result = param.check(value)
    assert result == taken and repr(result) == repr(taken)


@pytest.mark.parametrize(
    ("param", "value"),
    [
        (NUMBER, True),
        (NUMBER, "3"),
        (NUMBER, 2.5),
        (NUMBER, math.nan),
        (NUMBER, math.inf),
        (NUMBER, -1),
        (NUMBER, LARGEST + 1),
        (NUMBER, 10**400),
        (NUMBER, [3]),
        (NUMBER, None),
        (FACTOR, True),
        (FACTOR, math.nan),
        (FACTOR, -math.inf),
        (FACTOR, 10**400),
        (FACTOR, "0.5"),
        (FACTOR, 1e7),
        (BIAS, 1),
        (BIAS, "true"),
        (MODE, "c"),
        (MODE, ["a"]),
        (SIZE, [3, 3, 3]),
        (SIZE, [[3, 3]]),
        (SIZE, []),
        (SIZE, True),
        (SIZE, [True, 3]),
        (SIZE, "valid"),
        (SIZES, [1] * 13),
        (SIZES, [1, None]),
        (SIZES, [-2]),
        (SIZES, 5),
        (SIZES, {"a": 1}),
        (TEXT, "x" * 10_001),
        (TEXT, b"bytes"),
        (TEXT, "\ud800"),
        (NAMES, "cat"),
        (NAMES, [1]),
        (NAMES, ["x" * 1001]),
        (NAMES, ["\udfff"]),
    ],
)
def test_refused(param: Param, value: object) -> None:
    with pytest.raises(EditRefused):
        param.check(value)


def test_a_block_refuses_a_name_it_does_not_have() -> None:
    with pytest.raises(LayerloomError, match="Conv 2-D has no parameter called 'in_channels'"):
        catalog()["conv2d"].check({"in_channels": 3})


def test_only_what_torch_would_not_take_anyway_is_written() -> None:
    block = catalog()["conv2d"]
    params = block.bind(block.check({"padding": 0, "stride": 2, "groups": 1}))
    assert params.options("stride", "padding", "dilation", "groups", "bias") == {"stride": 2}
