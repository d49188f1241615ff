"""What the figures of a block mean, in words: fine, vanishing, exploding or dying, and what to do. No torch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["EXPLODING", "FIGURES", "STATES", "Figures", "Sign", "figures_of", "judge", "usual_gradient"]

FIGURES = ("mean", "spread", "low", "high", "dead", "gradient", "weight", "update")
STATES = ("Fine", "Vanishing", "Dying", "Exploding")
FINE, VANISHING, DYING, EXPLODING = STATES

_DEAD = 0.5  # share of units from which on a block counts as dying
_LITTLE = 1e-4  # of the gradient that is usual in the network
_WILD = 0.1  # a step by more than this share of the weights
_LARGE = 1e6
_NO_GRADIENT = 1e-10


@dataclass(frozen=True)
class Figures:
    """The figures of one block in one iteration; None for what it does not have, or what was not finite."""

    mean: float | None = None
    spread: float | None = None
    low: float | None = None
    high: float | None = None
    dead: float | None = None
    gradient: float | None = None
    weight: float | None = None
    update: float | None = None


@dataclass(frozen=True)
class Sign:
    """How a block fares: one of `STATES`, the figure that says so, and a sentence with advice."""

    state: str
    short: str
    sentence: str


def figures_of(values: Sequence[float | None]) -> Figures:
    """The figures of a list as the event ``health`` has it; what is missing or no number becomes None."""
    numbers = [v if isinstance(v, int | float) and math.isfinite(v) else None for v in values]
    return Figures(*numbers[: len(FIGURES)])


def usual_gradient(blocks: Iterable[Figures]) -> float:
    """The gradient of the block in the middle; 0 where none has one."""
    found = sorted(block.gradient for block in blocks if block.gradient is not None)
    return found[len(found) // 2] if found else 0.0


def judge(name: str, found: Figures, activates: bool = False, early: bool = False, usual: float = 0.0) -> Sign:
    """What the figures say. ``activates``: it is an activation, whose units can die. ``early``: one of the first
    iterations, in which steps are large. ``usual`` is the gradient of other blocks."""
    largest = max(abs(found.low or 0.0), abs(found.high or 0.0))
    if largest > _LARGE:
        return Sign(
            EXPLODING,
            _short(largest),
            f"The values of {name} reach {_short(largest)}: lower the learning rate, or add a normalisation before it.",
        )
    if found.update is not None and _wild(found.update, found.weight or 0.0, early):
        return Sign(
            EXPLODING,
            _percent(found.update),
            f"One step moves the weights of {name} by {_percent(found.update)} of their size; about 0.1 % is usual. "
            "Lower the learning rate, or clip the gradients.",
        )
    if activates and found.dead is not None and found.dead >= _DEAD:
        return Sign(
            DYING,
            f"{_percent(found.dead)} dead",
            f"{_percent(found.dead)} of the units of {name} are never active: lower the learning rate, or use "
            "LeakyReLU.",
        )
    little = max(_NO_GRADIENT, _LITTLE * usual)
    if found.gradient is not None and found.update is not None and found.gradient < little:
        return Sign(
            VANISHING,
            f"∇ {_short(found.gradient)}",
            f"Hardly any gradient reaches {name} ({_short(found.gradient)}; {_short(usual)} is usual here), so it "
            "learns next to nothing. Add skip connections or normalisation, or use ReLU instead of Sigmoid or Tanh.",
        )
    return Sign(FINE, _usual(found), _good(name, found))


def _wild(update: float, weight: float, early: bool) -> bool:
    """Early, weights that begin near 0 may become many times as large; others at most double."""
    return (update > 1 and weight > 1) if early else update > _WILD


def _usual(found: Figures) -> str:
    if found.update is not None:
        return _percent(found.update)
    return f"σ {_short(found.spread)}" if found.spread is not None else ""


def _good(name: str, found: Figures) -> str:
    if found.update is not None:
        return f"One step moves the weights of {name} by {_percent(found.update)} of their size."
    return f"The values of {name} spread by {_short(found.spread)}." if found.spread is not None else ""


def _percent(share: float) -> str:
    percent = 100 * share
    if percent >= 1000:
        return f"{_short(percent)} %"
    if percent < 0.01:
        return "0 %" if not share else _short(share)
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.2g} %"


def _short(value: float) -> str:
    if 1e-3 <= abs(value) < 1e4 or value == 0:
        return f"{value:.2g}" if abs(value) < 100 else f"{value:,.0f}"
    mantissa, _, power = f"{value:.1e}".partition("e")
    return f"{mantissa}e{int(power)}"
