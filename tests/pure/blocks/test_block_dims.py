"""Sizes with unknowns behave as the numbers that they stand for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from designer.blocks.dims import BATCH, Dim, Expr, Tensor, concrete, divide_exactly, divisible, filled, known, product
from tests.pure.blocks.block_cases import examples

H, W = Expr.symbol("H"), Expr.symbol("W")
NUMBERS = st.fixed_dictionaries({"B": st.integers(1, 40), "H": st.integers(1, 300), "W": st.integers(1, 300)})
SMALL = st.integers(-9, 9)
# A size as people build it: a window over a side, a flattened picture, a joined branch.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("+"), SMALL | st.sampled_from((BATCH, H, W))),
        st.tuples(st.just("-"), SMALL | st.sampled_from((BATCH, H, W))),
        st.tuples(st.just("r-"), SMALL),
        st.tuples(st.just("*"), SMALL | st.sampled_from((H, W))),
        st.tuples(st.just("//"), st.integers(1, 9)),
    ),
    max_size=6,
)
STARTS = st.sampled_from((BATCH, H, W, 0, 1, 7))


def walk(dim: Dim, steps: list[tuple[str, Dim]], sizes: dict[str, int] | None = None) -> Dim:
    """The size after all steps; with ``sizes``, computed in plain numbers."""

    def number(d: Dim) -> Dim:
        return concrete(d, sizes) if sizes else d

    dim = number(dim)
    for sign, other in steps:
        value = number(other)
        if sign == "+":
            dim = dim + value
        elif sign == "-":
            dim = dim - value
        elif sign == "r-":
            dim = value - dim
        elif sign == "*":
            dim = dim * value
        else:
            dim = dim // value  # type: ignore[operator]
    return dim


@examples(50, 20_000)
@given(STARTS, STEPS, NUMBERS)
def test_sums_equal_numbers(start: Dim, steps: list[tuple[str, Dim]], sizes: dict[str, int]) -> None:
    assert concrete(walk(start, steps), sizes) == walk(start, steps, sizes)


@examples(25, 5000)
@given(STARTS, STEPS, STARTS, STEPS)
def test_sums_are_canonical(a: Dim, left: list[tuple[str, Dim]], b: Dim, right: list[tuple[str, Dim]]) -> None:
    x, y = walk(a, left), walk(b, right)
    assert x + y == y + x and hash(x + y) == hash(y + x)
    assert x * y == y * x
    assert x - x == 0 and x + 0 == x and x * 1 == x and x * 0 == 0
    assert (x + y) * 3 == 3 * x + 3 * y
    assert (x + y) - y == x
    assert (6 * x) // 6 == x and (6 * x + 5) // 6 == x
    assert known(x) == isinstance(x, int)
    assert str(x + y) == str(y + x)


@examples(25, 5000)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(-20, 20))
def test_floors_within_floors_become_one(a: int, b: int, c: int) -> None:
    assert (H // a) // b == H // (a * b)
    assert (H // a + c) // b == (H + a * c) // (a * b)
    assert (H - 1) // 2 + 1 == (H + 1) // 2


@examples(25, 5000)
@given(STARTS, STEPS, st.sampled_from((BATCH, H, 3 * H, H * W, 2, 6, BATCH + 1)), NUMBERS)
def test_exact_division(start: Dim, steps: list[tuple[str, Dim]], by: Dim, sizes: dict[str, int]) -> None:
    dim = walk(start, steps)
    assert divide_exactly(dim * by, by) is not None or not isinstance(by, int)
    quotient = divide_exactly(dim, by)
    if quotient is not None:
        assert quotient * by == dim
    if isinstance(by, int) and divisible(dim, by):
        assert concrete(dim, sizes) % by == 0


def test_division_by_nothing() -> None:
    assert divide_exactly(6, 0) is None
    assert divide_exactly(6, 4) is None
    assert divide_exactly(0, H) == 0
    assert divide_exactly(H * W, H) == W
    assert product(()) == 1 and product((2, H, 3)) == 6 * H


def test_sizes_read_well() -> None:
    assert str(Tensor((BATCH, 64, 28, 28))) == "B×64×28×28"
    assert str(Tensor((BATCH, 5), "int64")) == "B×5 int64"
    assert str(Tensor((BATCH, H // 2, H + 1))) == "B×⌊H/2⌋×(H + 1)"
    assert str(Tensor((BATCH, (H - 1) // 4 + 1, (H * W + 2) // 3))) == "B×⌈H/4⌉×⌈H·W/3⌉"
    assert str(Tensor((BATCH, 64, H, W)).at({"H": 7})) == "B×64×7×W"
    assert str(2 * BATCH - 3) == "2·B - 3"
    assert str(Tensor(())) == "scalar"


@examples(25, 5000)
@given(STARTS, STEPS, NUMBERS)
def test_filling_in_some_unknowns_first_changes_nothing(
    start: Dim, steps: list[tuple[str, Dim]], sizes: dict[str, int]
) -> None:
    dim = walk(start, steps)
    assert concrete(filled(dim, {"H": sizes["H"]}), sizes) == concrete(dim, sizes)
