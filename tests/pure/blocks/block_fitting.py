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


@fits("reshape_all")
def same_count_in_all(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """All sizes in another order, one of them left to be worked out."""
    sizes = list(draw(st.permutations(shapes[0])))
    if draw(st.integers(0, 3)):
        sizes[draw(st.integers(0, len(sizes) - 1))] = -1
    values["shape"] = tuple(sizes)
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


@fits("mean", "sum", "amax", "amin", "var", "std", "vector_norm", "logsumexp")
def some_dims(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """Dimensions that the input has, counted from either end."""
    values["dim"] = _axes(draw, len(shapes[0]))
    return shapes


@fits("flip")
def turned_dims(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """The same under the name that torch.flip has for it."""
    values["dims"] = _axes(draw, len(shapes[0]))
    return shapes


def _axes(draw: st.DrawFn, rank: int) -> tuple[int, ...]:
    axes = draw(st.lists(st.integers(1, max(1, rank - 1)), min_size=1, max_size=3, unique=True))
    return tuple(axis - rank if draw(st.booleans()) else axis for axis in axes)


@fits("unflatten")
def a_division(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """A dimension that the sizes divide."""
    sizes = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    total = 1
    for size in sizes:
        total *= size
    values |= {"dim": 1, "unflattened_size": (*sizes, -1) if draw(st.booleans()) else sizes}
    return [(shapes[0][0], total, *shapes[0][2:])]


@fits("expand")
def stretched(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """Sizes of 1, some of which become larger."""
    shape = tuple(1 if i and draw(st.booleans()) else d for i, d in enumerate(shapes[0]))
    values["sizes"] = tuple(draw(st.sampled_from((-1, d, 3))) if d == 1 else -1 for d in shape[1:])
    return [shape]


@fits("repeat")
def copies(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """A number for each dimension after the batch."""
    values["repeats"] = tuple(draw(st.integers(1, 3)) for _ in shapes[0][1:])
    return shapes


@fits("expand_batch")
def one_for_all(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """A first size of 1."""
    return [(1, *shapes[0][1:]), shapes[1]]


@fits("pixel_shuffle")
def enough_channels(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """Channels that the square of the factor divides."""
    values["upscale_factor"] = factor = draw(st.integers(1, 3))
    sides = tuple(draw(st.lists(st.integers(1, 4), min_size=2, max_size=2)))
    return [(shapes[0][0], factor * factor * draw(st.integers(1, 2)), *sides)]


@fits("pixel_unshuffle")
def sides_that_divide(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """Sides that the factor divides."""
    values["downscale_factor"] = factor = draw(st.integers(1, 3))
    return [(*(shapes[0] + (2, 3))[:2], factor * draw(st.integers(1, 3)), factor * draw(st.integers(1, 3)))]


@fits("fold")
def its_patches(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """As many patches as a picture of that size has."""
    kernel, stride, side = draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.integers(1, 6))
    values.clear()
    values |= {"kernel_size": kernel, "stride": stride, "output_size": (side, side + 1)}
    count = ((side - kernel) // stride + 1) * ((side + 1 - kernel) // stride + 1)
    return [(shapes[0][0], kernel * kernel * draw(st.integers(1, 2)), max(1, count))]


@fits("resize_like")
def as_many_sides(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """A second input with as many sides."""
    return [shapes[0], (*shapes[0][:2], *(draw(st.integers(1, 6)) for _ in shapes[0][2:]))]


@fits("multihead_attention")
def a_second_sequence(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """Features that the heads divide, and a second sequence of the same batch."""
    values["num_heads"] = draw(st.sampled_from((1, 2, 3)))
    lead, steps = shapes[0][0], draw(st.integers(1, 4))
    query = (lead, steps, draw(st.sampled_from((2, 4, 6))))
    return [query, *((lead, draw(st.integers(1, 4)), draw(st.sampled_from((2, 4)))) for _ in shapes[1:])]


@fits("transformer_encoder_layer", "transformer_encoder", "transformer_decoder_layer", "transformer_decoder")
def small_sequences(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """Features that the heads divide, alike in both sequences."""
    values["nhead"] = draw(st.sampled_from((1, 2, 3)))
    lead, width = shapes[0][0], draw(st.sampled_from((2, 4, 6)))
    return [(lead, draw(st.integers(1, 4)), width) for _ in shapes]


@fits("dot_product_attention")
def three_alike(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """Queries, keys and values that fit."""
    lead = shapes[0][:1] if draw(st.booleans()) else (shapes[0][0], draw(st.integers(1, 3)))
    steps, seen, width = (draw(st.integers(1, 4)) for _ in range(3))
    return [(*lead, steps, width), (*lead, seen, width), (*lead, seen, draw(st.integers(1, 4)))]


@fits("deform_conv2d")
def its_offsets(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """Two numbers for each place of the kernel, for all channels or for groups of them."""
    kernel, height, width = draw(st.integers(1, 3)), draw(st.integers(3, 6)), draw(st.integers(3, 6))
    values.clear()
    values |= {"kernel_size": kernel, "padding": 0, "out_channels": 4, "groups": draw(st.sampled_from((1, 2, 3)))}
    lead, channels = shapes[0][0], draw(st.sampled_from((2, 3, 4)))
    numbers = 2 * kernel * kernel * draw(st.sampled_from((1, 1, 2, 3)))
    return [(lead, channels, height, width), (lead, numbers, height - kernel + 1, width - kernel + 1)]


@fits("chunk")
def enough_for_the_parts(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """A dimension of several numbers, and parts that it has numbers for."""
    shape = shapes[0] if len(shapes[0]) > 1 else (*shapes[0], 4)
    axis = draw(st.integers(1, len(shape) - 1))
    values |= {"dim": draw(st.sampled_from((axis, axis - len(shape)))), "chunks": draw(st.integers(1, shape[axis] + 1))}
    return [shape]


@fits("split")
def sizes_that_add_up(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """A dimension as long as the parts together."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    values |= {"dim": 1, "split_size": tuple(sizes)}
    return [(shapes[0][0], sum(sizes), *shapes[0][2:])]


@fits("unbind")
def an_output_for_each(draw: st.DrawFn, values: dict[str, Any], shapes: Shapes) -> Shapes:
    """As many outputs as the dimension has numbers."""
    shape = shapes[0] if len(shapes[0]) > 1 else (*shapes[0], 3)
    axis = draw(st.integers(1, len(shape) - 1))
    values |= {"dim": axis, "count": shape[axis]}
    return [shape]
