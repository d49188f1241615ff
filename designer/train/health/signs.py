"""What the figures of a block mean, in words: fine, vanishing, exploding or dying, and what to do. No torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["FIGURES", "STATES", "Figures", "Sign", "figures_of", "judge"]

FIGURES = ("mean", "spread", "low", "high", "dead", "gradient", "weight", "update")
STATES = ("Fine", "Dying", "Vanishing", "Exploding")
FINE, DYING, VANISHING, EXPLODING = STATES

_DEAD = 0.5  # share of units from which on a block counts as dying
_STILL = 1e-7  # an update of less than this share of the weights is none in float32
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

    @property
    def learns(self) -> bool:
        """Whether it has weights that move."""
        return self.update is not None


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


def judge(name: str, found: Figures, activates: bool = False, early: bool = False) -> Sign:
    """What the figures say. ``activates``: it is an activation, whose units can die. ``early``: the first iteration,
    in which steps are large."""
    largest = max(abs(found.low or 0.0), abs(found.high or 0.0))
    if largest > _LARGE:
        return Sign(
            EXPLODING,
            _short(largest),
            f"The values of {name} reach {_short(largest)}: lower the learning rate, or add a normalisation before it.",
        )
    if found.update is not None and found.update > _WILD and not early:
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
    if found.gradient is not None and found.update is not None and found.gradient < _NO_GRADIENT:
        return Sign(
            VANISHING,
            f"∇ {_short(found.gradient)}",
            f"Hardly any gradient reaches {name} ({_short(found.gradient)}), so it does not learn. Add skip "
            "connections or normalisation, or use ReLU instead of Sigmoid or Tanh.",
        )
    if found.update is not None and 0 < found.update < _STILL:
        return Sign(
            VANISHING,
            _percent(found.update),
            f"The weights of {name} hardly move (by {_short(found.update)} of their size in a step): raise the "
            "learning rate, or look at the blocks behind it.",
        )
    return Sign(FINE, _usual(found), _good(name, found))


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
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.2g} %"


def _short(value: float) -> str:
    return (
        f"{value:.2g}"
        if 1e-3 <= abs(value) < 1e4 or value == 0
        else f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    )
