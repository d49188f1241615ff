"""What a weight file holds, told apart by content: names and shapes first, numbers when they are wanted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from designer.errors import FileDamaged, UsageError
from designer.exchange.header import read_header, starts_with, too_large
from designer.exchange.mapping.weight import Weight

if TYPE_CHECKING:
    import torch

__all__ = ["Contents", "is_safetensors", "look", "read_part"]


@dataclass(frozen=True)
class Contents:
    """The state dicts of a file by place, the likeliest first; a safetensors file has one, at ""."""

    kind: str  # safetensors or pth
    parts: dict[str, tuple[Weight, ...]]

    def part(self, name: str = "") -> tuple[Weight, ...]:
        """The weights of a part; of the likeliest without a name. Raises UsageError."""
        if not name:
            return next(iter(self.parts.values()))
        if name not in self.parts:
            known = ", ".join(repr(place) for place in list(self.parts)[:8] if place)
            raise UsageError(f"The file has no part “{name}”. It has {known or 'one only, which needs no name'}.")
        return self.parts[name]


def is_safetensors(path: Path) -> bool:
    """Told by the file's first bytes. Raises FileDamaged where there is no plain file."""
    return starts_with(path, 9)[8:9] == b"{"


def look(path: Path) -> Contents:
    """Names and shapes in a file. Of safetensors only the table is read, without torch. Raises FileDamaged."""
    if is_safetensors(path):
        weights = read_header(path)
        if not weights:
            raise FileDamaged(f"The weights {path} hold no tensors. Choose another file.")
        return Contents("safetensors", {"": weights})
    from designer.exchange.checkpoint import open_checkpoint

    parts = open_checkpoint(path)
    return Contents("pth", {place: tuple(map(_weight, *zip(*t.items(), strict=True))) for place, t in parts.items()})


def _weight(name: str, tensor: torch.Tensor) -> Weight:
    return Weight(name, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))


def read_part(path: Path, part: str, names: Collection[str]) -> dict[str, torch.Tensor]:
    """The named weights of a part, as copies in memory. Raises FileDamaged; UsageError where there are none such."""
    if is_safetensors(path):
        _check_there({weight.name for weight in Contents("safetensors", {"": read_header(path)}).part(part)}, names)
        return _from_safetensors(path, names)
    from designer.exchange.checkpoint import open_checkpoint

    parts = open_checkpoint(path)
    place = part or next(iter(parts))
    _check_there(parts.get(place, {}), names)
    return {name: parts[place][name].detach().clone() for name in names}


def _check_there(there: Collection[str], names: Collection[str]) -> None:
    absent = next((name for name in names if name not in there), None)
    if absent is not None:
        raise UsageError(f"The file has no weight “{absent}”. `layerloom weights … --list` shows what it has.")


def _from_safetensors(path: Path, names: Collection[str]) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            return {name: file.get_tensor(name).clone() for name in names}
    except MemoryError as error:
        raise too_large(path) from error
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise FileDamaged(
            f"The weights {path} cannot be read. The file is damaged or was changed meanwhile."
        ) from error
