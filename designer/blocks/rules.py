"""Words and sums that many shape rules share."""

from __future__ import annotations

from collections.abc import Iterable

from designer.blocks.dims import Dim, Tensor, known, product
from designer.blocks.spec import Params, Port
from designer.errors import ShapeError

__all__ = ["need_dtype", "need_int", "need_rank", "per_sample", "same", "window"]

_AXES = {
    2: "B×features",
    3: "B×channels×length",
    4: "B×channels×height×width",
    5: "B×channels×depth×height×width",
}


def same(_: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """What comes in goes out, in the same shape."""
    return (inputs[0],)


def need_rank(tensor: Tensor, rank: int, who: str) -> None:
    """Raise ShapeError unless the tensor has ``rank`` dimensions, the batch included."""
    if tensor.rank == rank:
        return
    wanted = _AXES[rank]
    if tensor.rank > rank:
        advice, code = "Insert a Flatten or a global pooling before it.", "needs_flatten"
    else:
        advice, code = f"Feed it a block that keeps {wanted}, or insert a Reshape before it.", "needs_reshape"
    raise ShapeError(f"{rank} dimensions ({wanted}) at {who}", str(tensor), advice, code)


def need_dtype(tensor: Tensor, dtype: str, who: str) -> None:
    """Raise ShapeError unless the tensor carries ``dtype``."""
    if tensor.dtype != dtype:
        advice = (
            "Set the Input's data type to int64."
            if dtype == "int64"
            else "Put an Embedding between, or set the Input's data type to float32."
        )
        raise ShapeError(f"{dtype} numbers at {who}", str(tensor), advice, "dtype")


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
    room = size + 2 * padding
    if isinstance(room, int) and room < span:
        reach = f"a kernel spanning {span}" if dilation > 1 else f"a kernel of {kernel}"
        raise ShapeError(
            f"at least {span} along each side for {reach} at {who}",
            f"{size}" + (f" (with padding {room})" if padding else ""),
            "Make the kernel smaller, add padding, or pool less before it.",
            "window",
        )
    if not ceil:
        return (room - span) // stride + 1
    out = (room - span + stride - 1) // stride + 1
    # torch drops a last window that would start in the right-hand padding.
    if isinstance(out, int) and isinstance(size, int) and (out - 1) * stride >= size + padding:
        out -= 1
    return out


def per_sample(dims: Iterable[Dim]) -> int:
    """How many numbers a sample has: the product of all known sizes after the batch."""
    total = product(d for d in tuple(dims)[1:] if known(d))
    assert isinstance(total, int)
    return total


def many(name: str = "in", least: int = 2) -> tuple[Port, ...]:
    """The ports of a block that merges any number of inputs."""
    return (Port(name, many=True, least=least),)
