"""What is known of the data that a network is drawn for."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NOTHING_KNOWN", "Context"]


@dataclass(frozen=True)
class Context:
    """Facts about the data and the training; None for what is not known.

    ``title`` names the data in a sentence; ``size`` is one picture as it lies on the disk: channels, height, width;
    ``batch`` how many samples a training step takes.
    """

    title: str = ""
    classes: int | None = None
    labels: tuple[str, ...] = ()
    size: tuple[int, int, int] | None = None
    batch: int | None = None


NOTHING_KNOWN = Context()
