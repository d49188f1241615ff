"""Words and sums that many shape rules share."""

from __future__ import annotations

from collections.abc import Iterable

from designer.blocks.dims import Dim, Tensor, known, product
from designer.blocks.spec import Params, Port, ShapeRule, Value
from designer.errors import ShapeError

__all__ = [
    "fixed",
    "floats",
    "many",
    "need_axis",
    "need_dtype",
    "need_floats",
    "need_inner_axes",
    "need_inner_axis",
    "need_int",
    "need_own_axis",
    "need_rank",
    "per_sample",
    "same",
    "spell",
    "window",
]

_AXES = {
    2: "B×features",
    3: "B×channels×length",
    4: "B×channels×height×width",
    5: "B×channels×depth×height×width",
}


def same(_: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """What comes in goes out, in the same shape."""
    return (inputs[0],)


def floats(who: str) -> ShapeRule:
    """The rule of a block that keeps the shape and computes with float32 numbers."""

    def rule(_: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        need_dtype(inputs[0], "float32", who)
        return (inputs[0],)

    return rule


def need_rank(tensor: Tensor, rank: int, who: str, wanted: str = "") -> None:
    """Raise ShapeError unless the tensor has ``rank`` dimensions, the batch included.

    ``wanted`` spells the dimensions where they are not the usual ones. The code is ``needs_flatten`` where a Flatten
    helps, else ``needs_reshape``.
    """
    if tensor.rank == rank:
        return
    wanted = wanted or _AXES[rank]
    if tensor.rank > rank == 2:
        advice, code = "Insert a Flatten or a global pooling before it.", "needs_flatten"
    else:
        advice, code = f"Feed it a block that keeps {wanted}, or insert a Reshape before it.", "needs_reshape"
    raise ShapeError(f"{rank} dimensions ({wanted}) at {who}", str(tensor), advice, code)


def need_axis(axis: int, rank: int, who: str) -> int:
    """The axis counted from the front. Raises ShapeError when the tensor has no such axis."""
    if -rank <= axis < rank:
        return axis % rank
    raise ShapeError(
        f"a dimension between {-rank} and {rank - 1} at {who}",
        f"{axis}",
        f"Its input has {rank} dimensions, counted from 0 (the batch).",
        "dim",
    )


def need_inner_axis(axis: int, rank: int, who: str) -> int:
    """The axis counted from the front, which may not be the batch: that would mix the samples."""
    found = need_axis(axis, rank, who)
    if found == 0:
        raise ShapeError(
            f"a dimension after the batch at {who}",
            f"{axis}",
            "Each sample stands for itself: choose a dimension from 1 on.",
            "batch",
        )
    return found


def need_own_axis(axis: int, x: Tensor, who: str) -> int:
    """The same where the first dimension may be a plain number, and so no batch: parts of a table, stacked heads."""
    if x.dims and isinstance(x.dims[0], int):
        return need_axis(axis, x.rank, who)
    return need_inner_axis(axis, x.rank, who)


def need_inner_axes(axes: tuple[int, ...], rank: int, who: str) -> tuple[int, ...]:
    """The same for several axes: at least one, and none twice."""
    found = tuple(need_inner_axis(axis, rank, who) for axis in axes)
    if not found:
        raise ShapeError(
            f"at least one dimension at {who}",
            "none",
            "Without one it would reach over the batch too: write the dimensions from 1 on.",
            "batch",
        )
    if len(set(found)) < len(found):
        raise ShapeError(
            f"each dimension once at {who}",
            " ".join(map(str, axes)),
            "Write every dimension a single time; -1 is the last one.",
            "dim",
        )
    return found


def need_floats(inputs: tuple[Tensor, ...], who: str) -> None:
    """Raise ShapeError unless all inputs carry float32 numbers."""
    for x in inputs:
        need_dtype(x, "float32", who)


def fixed(dim: Dim) -> int:
    """A size that the shape rule has already found to be a number."""
    assert isinstance(dim, int)
    return dim


def spell(value: Value) -> str:
    """A size in words: 3, or 3×5."""
    return "×".join(str(v) for v in value) if isinstance(value, tuple) else str(value)


def need_dtype(tensor: Tensor, dtype: str, who: str) -> None:
    """Raise ShapeError unless the tensor carries ``dtype``."""
    if tensor.dtype != dtype:
        advice = (
            "Set the Input's data type to int64."
            if dtype == "int64"
            else "Put an Embedding between, or set the Input's data type to float32."
        )
        found = f"{tensor} float32" if tensor.dtype == "float32" else str(tensor)
        raise ShapeError(f"{dtype} numbers at {who}", found, advice, "dtype")


def need_int(dim: Dim, what: str, who: str) -> int:
    """The size as a number. Raises ShapeError where it is not known while drawing."""
    if isinstance(dim, int):
        return dim
    raise ShapeError(
        f"a fixed number of {what} at {who}",
        str(dim),
        f"Give the Input a fixed size, or bring {what} to a fixed number by an adaptive pooling before it.",
        "needs_fixed",
    )


def window(size: Dim, kernel: int, stride: int, padding: int, dilation: int, who: str, ceil: bool = False) -> Dim:
    """The length that a sliding window leaves of ``size`` (torch.nn.Conv2d and MaxPool2d, section Shape).

    Raises ShapeError when the window does not fit.
    """
    span = dilation * (kernel - 1) + 1
    # With ceil, a last window may hang over the end, but torch drops one that would start in the right-hand padding.
    over = min(stride - 1, span - padding - 1) if ceil else 0
    out = (size + (2 * padding - span + over)) // stride + 1
    if isinstance(out, int) and out < 1:
        reach = f"a kernel spanning {span}" if dilation > 1 else f"a kernel of {kernel}"
        raise ShapeError(
            f"at least {span} along each side for {reach} at {who}",
            f"{size}" + (f" (with padding {size + 2 * padding})" if padding else ""),
            "Make the kernel smaller, add padding, or pool less before it.",
            "window",
        )
    return out


def per_sample(dims: Iterable[Dim]) -> int:
    """How many numbers a sample has: the product of all known sizes after the batch."""
    total = product(d for d in tuple(dims)[1:] if known(d))
    assert isinstance(total, int)
    return total


def many(name: str = "in", least: int = 2) -> tuple[Port, ...]:
    """The ports of a block that merges any number of inputs."""
    return (Port(name, many=True, least=least),)
