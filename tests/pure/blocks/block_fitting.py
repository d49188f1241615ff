"""Parameters and shapes that go together, for blocks whose rule a blind draw would seldom meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

__all__ = ["FITTING"]

Shapes = list[tuple[int, ...]]
# Given the drawn parameters (which it may change) and shapes, the shapes that fit them.
Fit = Callable[[st.DrawFn, dict[str, Any], Shapes], Shapes]
FITTING: dict[str, Fit] = {}


def fits(*types: str) -> Callable[[Fit], Fit]:
    """Note how the cases of some blocks are brought to fit."""

    def note(fit: Fit) -> Fit:
        FITTING.update(dict.fromkeys(types, fit))
        return fit

    return note


@fits("reshape")
def same_count(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """The sizes of the sample in another order."""
    values["shape"] = draw(st.permutations(shapes[0][1:]).map(tuple))
    return shapes


@fits("permute")
def an_order(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """Every dimension once."""
    values["dims"] = draw(st.permutations(range(len(shapes[0]))).map(tuple))
    return shapes


@fits("classification_output", "multilabel_output", "segmentation_output")
def as_many_classes(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """As many classes as arrive."""
    values["classes"] = max(2, shapes[0][1]) if len(shapes[0]) > 1 else 2
    return shapes


@fits("regression_output")
def as_many_values(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """As many values as arrive."""
    values["values"] = shapes[0][1] if len(shapes[0]) > 1 else 1
    return shapes


@fits("pad")
def a_frame(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """Two numbers for some of the last dimensions."""
    deep = max(1, len(shapes[0]) - 2) if draw(st.booleans()) else draw(st.integers(1, 3))
    values["pad"] = tuple(draw(st.integers(draw(st.sampled_from((0, -2))), 4)) for _ in range(2 * deep))
    return shapes


@fits("bilinear")
def alike_but_the_last(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """Two shapes that differ in their features only."""
    return [shapes[0], (*shapes[0][:-1], draw(st.integers(1, 5)))]


@fits("matmul", "bmm")
def rows_and_columns(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """Matrices that can be multiplied."""
    first = shapes[0] if len(shapes[0]) > 1 else (*shapes[0], 3)
    lead = first[:-2] if draw(st.integers(0, 3)) else first[:-2][draw(st.integers(0, 1)) :]
    return [first, (*lead, first[-1], draw(st.integers(1, 4)))]


@fits("stack")
def all_alike(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """The same shape at every input."""
    return [shapes[0]] * len(shapes)


@fits("mean", "sum", "amax", "amin", "var", "std", "vector_norm", "logsumexp", "flip")
def some_dims(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """Dimensions that the input has, counted from either end."""
    rank = len(shapes[0])
    axes = draw(st.lists(st.integers(1, max(1, rank - 1)), min_size=1, max_size=3, unique=True))
    name = "dim" if "dims" not in values else "dims"
    values[name] = tuple(axis - rank if draw(st.booleans()) else axis for axis in axes)
    return shapes
