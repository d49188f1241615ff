"""Augmentation in a few words: ``flip, crop 4, rotate 10°``. No torch."""

from __future__ import annotations

from collections.abc import Iterable

from designer.blocks.spec import Param
from designer.data.augment.declare import Step, step_called
from designer.data.augment.spec import Augment

__all__ = ["detail", "summary"]

_UNITS = {"degrees": "{}°", "decibels": "{} dB", "padding": "{}", "count": "{}", "strength": "{}"}
_SHARES = ("share", "smallest", "largest", "shift", "scale", "longest")


def summary(steps: Iterable[Augment], mixup: float = 0.0, cutmix: float = 0.0) -> str:
    """One line about what is on; empty where nothing is."""
    words = [_short(step_called(augment.name), augment) for augment in steps if not augment.off]
    words += [f"{name} {strength:g}" for name, strength in (("mixup", mixup), ("cutmix", cutmix)) if strength]
    return ", ".join(words)


def detail(step: Step, params: dict[str, bool | int | float | str]) -> str:
    """The params of a step in a line."""
    return " · ".join(f"{param.label.lower()} {_value(param, params[param.name], step)}" for param in step.params)


def _short(step: Step, augment: Augment) -> str:
    name = step.name.replace("-", " ")
    if not step.params:
        return name
    param = step.params[0]
    value = augment.params[param.name]
    if param.name not in _UNITS and value == param.default:
        return name
    return f"{name} {_value(param, value, step)}"


def _value(param: Param, value: object, step: Step) -> str:
    if not isinstance(value, int | float):
        return str(value)
    if param.name in _SHARES and step.name != "blur":
        return f"{value:.0%}" if value >= 0.01 or not value else f"{value:.1%}"
    return _UNITS.get(param.name, "{}").format(f"{value:.4g}")
