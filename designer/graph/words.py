"""Numbers and counts as people read them."""

from __future__ import annotations

from designer.graph.field import Field

__all__ = ["count", "in_bytes", "plural", "seen", "short", "strides"]


def count(number: int) -> str:
    """1234567 -> 1,234,567."""
    return f"{number:,}"


def short(number: float) -> str:
    """Three digits and a magnitude: 431080 -> 431 k, 1.2 M, 3.45 G."""
    for size, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size * 0.9995:
            value = number / size
            digits = 0 if value >= 99.95 else 1 if value >= 9.995 else 2
            text = f"{value:.{digits}f}"
            return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {unit}"
    return f"{number:g}"


def in_bytes(number: float) -> str:
    """How much memory: 512 B, 12.8 MB."""
    words = short(number)
    return f"{words}B" if " " in words else f"{words} B"


def seen(field: Field) -> str:
    """A receptive field: 43×43, or all of the input."""
    return "all" if field.whole else "×".join("all" if side.seen is None else str(side.seen) for side in field.sides)


def strides(field: Field) -> str:
    """How far apart, in the input, two neighbouring results look: 8×8; a dash where they have no place any more."""
    return "×".join("–" if side.stride is None else str(side.stride) for side in field.sides)


def plural(number: int, word: str, many: str = "") -> str:
    """3 blocks, 1 block."""
    return f"{count(number)} {word if number == 1 else many or word + 's'}"
