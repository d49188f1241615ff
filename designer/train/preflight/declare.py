"""How a check is declared, and how all of them are found. No torch until they are."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from designer.train.preflight.finding import Finding

if TYPE_CHECKING:
    from designer.train.preflight.case import Case

__all__ = ["Check", "check", "checks", "modules"]

Run = Callable[["Case"], Finding]


@dataclass(frozen=True)
class Check:
    """One line. ``seconds`` is the time that it may take; ``order`` its place.

    Where a check that it ``needs`` is red, this one is not run. Where one of ``causes`` is not green, a bad result
    here is most likely its consequence: the line says so and leaves the colour to the cause.
    """

    name: str
    title: str
    order: int
    run: Run
    seconds: float = 1.0
    needs: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()


_FOUND: dict[str, Check] = {}


def check(
    name: str,
    title: str,
    order: int,
    *,
    seconds: float = 1.0,
    needs: tuple[str, ...] = (),
    causes: tuple[str, ...] = (),
) -> Callable[[Run], Run]:
    """Enter the decorated function as a check."""

    def enter(run: Run) -> Run:
        _FOUND[name] = Check(name, title, order, run, seconds, needs, causes)
        return run

    return enter


def modules() -> list[str]:
    """The modules that declare checks (the packager asks too)."""
    from designer.train.preflight import checks as folder

    return [f"{folder.__name__}.{found.name}" for found in pkgutil.iter_modules(folder.__path__)]


@cache
def checks() -> tuple[Check, ...]:
    """Every check, in the order they are run. Loads torch."""
    for name in modules():
        importlib.import_module(name)
    return tuple(sorted(_FOUND.values(), key=lambda one: (one.order, one.name)))
