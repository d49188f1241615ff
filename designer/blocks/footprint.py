"""What a result sees of its block's input, and what backward needs of it: receptive fields and memory follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from designer.blocks.dims import Tensor

if TYPE_CHECKING:
    from designer.blocks.spec import Params

__all__ = [
    "ANYWHERE",
    "NOTHING",
    "Keeps",
    "Reach",
    "ReachRule",
    "Step",
    "Window",
    "adaptive",
    "aligned",
    "enlarging",
    "mixing",
    "pointwise",
    "reduced",
    "sliding",
    "straight",
]

Step = int | Fraction


ANYWHERE = -1  # a dimension that can no longer be told


@dataclass(frozen=True)
class Window:
    """What becomes of one dimension of an input.

    It is dimension ``to`` of the output, where place ``o`` sees ``extent`` places in a row, the first of them
    ``first + step * o``. ``folded``: it lies in one row with other dimensions, so that neighbours in the row need not
    be neighbours in the input. ``spread``: the block enlarges, one place becomes ``1 / step`` places and reaches
    ``spread`` further ones; then ``extent`` is the most that any result sees and ``first`` centres it.
    """

    to: int
    extent: int = 1
    step: Step = 1
    first: Step = 0
    folded: bool = False
    spread: int | None = None


# For each dimension of an input its Window; None where every result sees the whole of it.
Reach = tuple[Window | None, ...]
ReachRule = Callable[["Params", Tensor], Reach]
More = Callable[["Params", tuple[Tensor, ...], tuple[Tensor, ...]], tuple[Tensor, ...]]


@dataclass(frozen=True)
class Keeps:
    """What autograd keeps of a block from the forward pass until backward has used it.

    ``inputs`` and ``outputs``: all of them; ``more``: further tensors, such as a pooling's places; ``for_weights``:
    the inputs serve the gradient of the weights alone, so that a frozen block keeps none.
    """

    inputs: bool = False
    outputs: bool = False
    more: More | None = None
    for_weights: bool = False


NOTHING = Keeps()


@cache
def straight(rank: int) -> Reach:
    """Every result sees the number at its own place, of an input with so many dimensions."""
    return tuple(Window(axis) for axis in range(rank))


def pointwise(_: Any, x: Tensor) -> Reach:
    """Every result sees the number at its own place."""
    return straight(x.rank)


def mixing(x: Tensor, axes: Sequence[int]) -> Reach:
    """Every result sees all of these dimensions; the others stay apart."""
    return tuple(None if axis in axes or axis - x.rank in axes else Window(axis) for axis in range(x.rank))


def reduced(x: Tensor, axes: Sequence[int], keepdim: bool) -> Reach:
    """Every result sees all of these dimensions, which are gone afterwards unless they are kept with size 1."""
    gone = {axis % x.rank for axis in axes}
    return tuple(
        None if axis in gone else Window(axis if keepdim else axis - sum(g < axis for g in gone))
        for axis in range(x.rank)
    )


def aligned(x: Tensor, out: Tensor) -> Reach:
    """A block that declares nothing: equal sizes, counted from the last, belong together; the rest is mixed."""
    if x.dims == out.dims:
        return straight(x.rank)
    shift = out.rank - x.rank
    if shift < 0:
        return (None,) * x.rank
    return tuple(Window(i + shift) if x.dims[i] == out.dims[i + shift] else None for i in range(x.rank))


def sliding(
    kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int], dilation: Sequence[int], mixed: bool
) -> Reach:
    """A window that slides over all dimensions after the channels; ``mixed``: it looks at all channels at once."""
    sides = zip(kernel, stride, padding, dilation, strict=True)
    places = (Window(2 + i, d * (k - 1) + 1, s, -p) for i, (k, s, p, d) in enumerate(sides))
    return (Window(0), None if mixed else Window(1), *places)


def enlarging(
    kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int], dilation: Sequence[int], mixed: bool
) -> Reach:
    """A transposed window: a place reaches ``kernel`` results, ``stride`` of them on from those of the place before."""
    places = []
    for i, (k, s, p, d) in enumerate(zip(kernel, stride, padding, dilation, strict=True)):
        span = d * (k - 1)
        if s == 1:
            places.append(Window(2 + i, span + 1, 1, p - span))
            continue
        extent = span // s + 1
        first = Fraction(2 * p - span, 2 * s) - Fraction(extent - 1, 2)
        places.append(Window(2 + i, extent, Fraction(1, s), first, spread=span))
    return (Window(0), None if mixed else Window(1), *places)


def adaptive(x: Tensor, sizes: Sequence[int]) -> Reach:
    """Pooling to fixed sizes: a plain window where the size divides, else the most that one of them sees."""
    places: list[Window | None] = []
    for i, (side, out) in enumerate(zip(x.dims[2:], sizes, strict=True)):
        if not isinstance(side, int) or out == 1:
            places.append(None)
        else:
            reach = max(-(-(o + 1) * side // out) - o * side // out for o in range(min(out, side)))
            step = side // out if side % out == 0 else Fraction(side, out)
            places.append(Window(2 + i, reach, step))
    return (Window(0), Window(1), *places)
