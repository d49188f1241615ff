"""What opening makes of samples of any kind."""

from __future__ import annotations

from dataclasses import dataclass

from designer.data.batches import Split
from designer.data.skipped import SkippedList
from designer.data.spec import Normalisation
from designer.errors import DataError

__all__ = ["Opened", "check_channels"]


@dataclass(frozen=True)
class Opened:
    """Both splits, ready for a network; ``words`` is what people call the samples."""

    train: Split
    validation: Split
    sample_dims: tuple[int, ...]
    normalisation: Normalisation
    in_memory: bool
    skipped: SkippedList
    words: str


def check_channels(normalisation: Normalisation | None, channels: int, words: str) -> None:
    """Raise DataError when the data have other channels than the network was trained with."""
    if normalisation is not None and len(normalisation.mean) != channels:
        raise DataError(
            f"The network was trained on {words} with {len(normalisation.mean)} channels; its Input now takes "
            f"{channels}. Train it again."
        )
