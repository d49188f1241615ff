"""Ways in which a weight of another shape can still be used, each declared once: when it fits, what it does, in words.

A declaration is a class with ``name``, ``title``, ``exact`` (nothing is lost or made up), ``fits``, ``words`` and
``apply``; its place in the file is its place among the offers. torch enters with the tensors only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from designer.exchange.mapping.weight import Shape, shape_text

if TYPE_CHECKING:
    import torch

__all__ = ["AS_IS", "TRANSFORMS", "Transform", "default_for", "offers"]


class Transform:
    """``apply`` gives a tensor of the network's shape; ``fresh`` is what the network has there now."""

    name: ClassVar[str]
    title: ClassVar[str]
    exact: ClassVar[bool] = False
    rows: ClassVar[bool] = False  # whether a person may say which rows

    def fits(self, target: Shape, source: Shape) -> bool:
        """Whether it makes the one shape of the other."""
        raise NotImplementedError

    def words(self, target: Shape, source: Shape) -> str:
        """What it does to this weight, as a sentence."""
        raise NotImplementedError

    def apply(self, tensor: torch.Tensor, fresh: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
        """The numbers for the network."""
        raise NotImplementedError


class AsIs(Transform):
    """The same shape."""

    name, title, exact = "as_is", "As it is", True

    def fits(self, target: Shape, source: Shape) -> bool:
        """Equal shapes."""
        return target == source

    def words(self, target: Shape, source: Shape) -> str:
        """Nothing is done."""
        return "The shapes are equal; the numbers are taken as they are."

    def apply(self, tensor: torch.Tensor, fresh: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
        """The tensor."""
        return tensor


class Reshape(Transform):
    """Sizes of 1 more or fewer: a linear layer and a 1×1 convolution hold the same numbers."""

    name, title, exact = "reshape", "Reshape", True

    def fits(self, target: Shape, source: Shape) -> bool:
        """Equal but for sizes of 1."""
        return target != source and [n for n in target if n != 1] == [n for n in source if n != 1]

    def words(self, target: Shape, source: Shape) -> str:
        """The same numbers."""
        return f"The same numbers, written as {shape_text(target)}: nothing is lost."

    def apply(self, tensor: torch.Tensor, fresh: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
        """Another view."""
        return tensor.reshape(fresh.shape)


class Transpose(Transform):
    """Some libraries keep the weight of a linear layer with its inputs first."""

    name, title = "transpose", "Swap inputs and outputs"

    def fits(self, target: Shape, source: Shape) -> bool:
        """A matrix the other way round."""
        return len(target) == 2 and target != source and target == source[::-1]

    def words(self, target: Shape, source: Shape) -> str:
        """A matrix is turned."""
        return (
            f"The matrix is turned from {shape_text(source)} to {shape_text(target)}; right where inputs stand first."
        )

    def apply(self, tensor: torch.Tensor, fresh: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
        """The matrix turned."""
        return tensor.t()


def _channels(target: Shape, source: Shape) -> bool:
    """Whether only the input channels of a convolution differ."""
    return len(target) == len(source) >= 3 and target[:1] + target[2:] == source[:1] + source[2:] and target != source


class SumChannels(Transform):
    """Colour to grey."""

    name, title = "sum_inputs", "Sum over the input channels"

    def fits(self, target: Shape, source: Shape) -> bool:
        """One channel is wanted."""
        return _channels(target, source) and target[1] == 1

    def words(self, target: Shape, source: Shape) -> str:
        """What it means for pictures."""
        return (
            f"The {source[1]} input channels are added up: a grey picture gives exactly what it would give "
            f"as {source[1]} equal channels."
        )

    def apply(self, tensor: torch.Tensor, fresh: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
        """The sum."""
        return tensor.sum(1, keepdim=True)


class MeanChannels(Transform):
    """The same, weaker."""

    name, title = "mean_inputs", "Average over the input channels"

    def fits(self, target: Shape, source: Shape) -> bool:
        """One channel is wanted."""
        return _channels(target, source) and target[1] == 1

    def words(self, target: Shape, source: Shape) -> str:
        """What it means for pictures."""
        return f"The average of the {source[1]} input channels: keeps the filters, answers {source[1]} times as weakly."

    def apply(self, tensor: torch.Tensor, fresh: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
        """The mean."""
        return tensor.mean(1, keepdim=True)


class RepeatChannels(Transform):
    """More input channels than the file knows of."""

    name, title = "repeat_inputs", "Repeat the input channels"

    def fits(self, target: Shape, source: Shape) -> bool:
        """More channels are wanted than there are."""
        return _channels(target, source) and target[1] > source[1] > 0

    def words(self, target: Shape, source: Shape) -> str:
        """What it means for pictures."""
        one = "channel is" if source[1] == 1 else f"{source[1]} channels are"
        return (
            f"The input {one} repeated up to {target[1]} and scaled by {source[1]}/{target[1]}: "
            "the answers stay about as strong."
        )

    def apply(self, tensor: torch.Tensor, fresh: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
        """Round and round, scaled."""
        wanted, there = fresh.shape[1], tensor.shape[1]
        return tensor[:, [i % there for i in range(wanted)]] * (there / wanted)


class PickRows(Transform):
    """Fewer classes, or other ones."""

    name, title, rows = "pick_rows", "Keep some of the rows", True

    def fits(self, target: Shape, source: Shape) -> bool:
        """Fewer rows are wanted; the rest agrees."""
        return bool(target) and len(target) == len(source) and target[1:] == source[1:] and target[0] < source[0]

    def words(self, target: Shape, source: Shape) -> str:
        """Which ones."""
        return (
            f"{target[0]} of the {source[0]} rows (classes, outputs) are kept: the first ones, or those that you name."
        )

    def apply(self, tensor: torch.Tensor, fresh: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
        """The rows."""
        return tensor[list(rows)] if rows else tensor[: fresh.shape[0]]


class ResizePositions(Transform):
    """Position embeddings of another picture size, with or without class tokens before them."""

    name, title = "resize_positions", "Resize the positions"

    def fits(self, target: Shape, source: Shape) -> bool:
        """Both are a square grid of positions after the same few tokens."""
        ranks = len(target) == len(source) and 2 <= len(target) <= 3 and target != source
        if not ranks or target[-1] != source[-1] or (len(target) == 3 and (target[0], source[0]) != (1, 1)):
            return False
        return _grids(target[-2], source[-2]) is not None

    def words(self, target: Shape, source: Shape) -> str:
        """From which grid to which."""
        found = _grids(target[-2], source[-2])
        assert found is not None
        tokens, wanted, there = found
        rest = "" if not tokens else f"; the {tokens} before it are kept" if tokens > 1 else "; the class token is kept"
        return f"The {there}×{there} grid of positions is resized to {wanted}×{wanted} (bicubic){rest}."

    def apply(self, tensor: torch.Tensor, fresh: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
        """Interpolated as a picture."""
        from torch.nn.functional import interpolate

        found = _grids(fresh.shape[-2], tensor.shape[-2])
        assert found is not None
        tokens, wanted, there = found
        flat = tensor.reshape(tensor.shape[-2], tensor.shape[-1])
        grid = flat[tokens:].reshape(1, there, there, -1).permute(0, 3, 1, 2)
        grid = interpolate(grid.float(), size=(wanted, wanted), mode="bicubic", align_corners=False, antialias=False)
        import torch as t

        made = t.cat([flat[:tokens].float(), grid.permute(0, 2, 3, 1).reshape(wanted * wanted, -1)])
        return made.reshape(fresh.shape)


def _grids(target: int, source: int) -> tuple[int, int, int] | None:
    """Tokens before the grid, and the edges of the two grids; None where they are no squares after as many tokens."""
    for tokens in (0, 1, 2):
        wanted, there = math.isqrt(max(target - tokens, 0)), math.isqrt(max(source - tokens, 0))
        if wanted > 1 and there > 1 and wanted * wanted + tokens == target and there * there + tokens == source:
            return tokens, wanted, there
    return None


class CentreKernel(Transform):
    """A convolution with a larger or smaller window."""

    name, title = "centre_kernel", "Keep the middle of the kernel"

    def fits(self, target: Shape, source: Shape) -> bool:
        """Only the window differs, by an even number on each side."""
        if len(target) != len(source) or len(target) < 3 or target == source or target[:2] != source[:2]:
            return False
        return all((a - b) % 2 == 0 and a and b for a, b in zip(target[2:], source[2:], strict=True))

    def words(self, target: Shape, source: Shape) -> str:
        """Cut or framed."""
        grows = any(a > b for a, b in zip(target[2:], source[2:], strict=True))
        what = "framed with zeros: the layer computes the same" if grows else "cut to its middle"
        return f"The {shape_text(source[2:])} kernel becomes {shape_text(target[2:])}, {what}."

    def apply(self, tensor: torch.Tensor, fresh: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
        """Padded with zeros, or cut, evenly."""
        from torch.nn.functional import pad

        sides: list[int] = []
        for wanted, there in zip(reversed(fresh.shape[2:]), reversed(tensor.shape[2:]), strict=True):
            sides += [(wanted - there) // 2] * 2
        return pad(tensor, sides)


class Corner(Transform):
    """As much as both have; the rest stays as the network starts."""

    name, title = "corner", "Take what both have"

    def fits(self, target: Shape, source: Shape) -> bool:
        """As many axes, and something in both."""
        return len(target) == len(source) > 0 and target != source and 0 not in target + source

    def words(self, target: Shape, source: Shape) -> str:
        """How much that is."""
        both = tuple(map(min, target, source))
        share = math.prod(both) / math.prod(target)
        rest = "." if share == 1 else f" ({_percent(share)}); the rest starts anew."
        return f"The first {shape_text(both)} of {shape_text(source)} fill the weight of {shape_text(target)}{rest}"

    def apply(self, tensor: torch.Tensor, fresh: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
        """Copied into what is there."""
        made = fresh.clone()
        corner = tuple(slice(0, min(a, b)) for a, b in zip(fresh.shape, tensor.shape, strict=True))
        made[corner] = tensor[corner].to(made.dtype)
        return made


def _percent(share: float) -> str:
    return f"{share:.0%}" if 0.005 <= share < 0.995 else "nearly all" if share > 0.5 else "less than 1%"


AS_IS = AsIs()
_ALL: tuple[Transform, ...] = (
    AS_IS, Reshape(), SumChannels(), MeanChannels(), RepeatChannels(), PickRows(), ResizePositions(), CentreKernel(),
    Transpose(), Corner(),
)  # fmt: skip
TRANSFORMS: dict[str, Transform] = {one.name: one for one in _ALL}


def offers(target: Shape, source: Shape) -> tuple[Transform, ...]:
    """What can be done with a weight of the one shape where the other is wanted, best first."""
    return tuple(one for one in _ALL if one.fits(target, source))


def default_for(target: Shape, source: Shape) -> Transform | None:
    """What is done unasked: only what keeps every number. None where a person has to choose."""
    return next((one for one in offers(target, source) if one.exact), None)
