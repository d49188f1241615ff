"""What a step of augmentation is: one declaration that command line, dialog and run follow. No torch."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from designer.blocks.spec import Param, Value
from designer.errors import EditRefused

__all__ = ["PICTURES", "SORTS", "Effect", "Sort", "Step", "step_called", "steps"]

Sort = Literal["pictures", "signals", "spectrograms", "maps", "rows"]
"""Sounds as waves are signals; ``maps`` are numbers with three axes that are no sound; ``rows`` those of a table."""

SORTS: tuple[Sort, ...] = get_args(Sort)
PICTURES: tuple[Sort, ...] = ("pictures",)

Effect = Literal["mirrors", "overturns", "turns", "drops colour", "moves", "is a policy"]
"""What a step does that does not suit all data; see hints.py."""


@dataclass(frozen=True)
class Step:
    """One kind of change. ``works`` says on which sorts of samples, ``params`` what can be set, the usual one first.

    ``run`` is "module:function" in compute/, loaded where it is used: the function takes a batch, what is known about
    it and the params by name, and draws for each sample by itself.
    """

    name: str
    title: str
    help: str
    works: tuple[Sort, ...]
    params: tuple[Param, ...]
    run: str
    aliases: tuple[str, ...] = ()
    does: tuple[Effect, ...] = ()

    def complete(self, given: Mapping[str, object]) -> dict[str, Value]:
        """All params, those that are not ``given`` as they are declared. Raises ValueError with a sentence."""
        known = {param.name: param for param in self.params}
        for name in given:
            if name not in known:
                raise ValueError(f"{self.name} has no “{name}”; it takes {self._takes()}")
        try:
            whole = {name: param.check(given.get(name, param.default)) for name, param in known.items()}
        except EditRefused as error:
            raise ValueError(f"{self.name}: {error.message.rstrip('.')}") from error
        for low, high in (("smallest", "largest"),):
            if low in whole and float(str(whole[low])) > float(str(whole[high])):
                raise ValueError(f"{self.name}: {low} ({whole[low]}) must not be above {high} ({whole[high]})")
        return whole

    def read(self, words: list[str]) -> dict[str, object]:
        """Params as people type them: values in the order of ``params``, or name=value. Raises ValueError."""
        found: dict[str, object] = {}
        for place, word in enumerate(words):
            name, equals, value = word.partition("=")
            if not equals:
                if place >= len(self.params):
                    raise ValueError(f"{self.name} takes {self._takes()}, not {len(words)} values")
                name, value = self.params[place].name, word
            param = next((param for param in self.params if param.name == name.strip()), None)
            if param is None:
                raise ValueError(f"{self.name} has no “{name.strip()}”; it takes {self._takes()}")
            if param.name in found:
                raise ValueError(f"{self.name} says {param.name} twice")
            found[param.name] = _value(param, value.strip())
        return found

    def _takes(self) -> str:
        return ", ".join(param.name for param in self.params) or "nothing"


def _value(param: Param, text: str) -> object:
    try:
        if param.kind == "int":
            return int(text)
        if param.kind == "float":
            return float(text)
    except ValueError as error:
        raise ValueError(f"{param.label} must be a number, and “{text}” is none") from error
    return text


@cache
def steps() -> dict[str, Step]:
    """Every step by name, in the order a dialog lists them."""
    from designer.data.augment import steps as room

    found: list[Step] = []
    for info in sorted(pkgutil.iter_modules(room.__path__), key=lambda info: info.name):
        found.extend(importlib.import_module(f"{room.__name__}.{info.name}").STEPS)
    names = [name for step in found for name in (step.name, *step.aliases)]
    if len(set(names)) != len(names):
        raise RuntimeError(f"Two steps of augmentation have one name: {sorted(names)}")
    return {step.name: step for step in found}


def step_called(name: str) -> Step:
    """The step with this name, or with this other name of it. Raises ValueError with a sentence."""
    known = steps()
    if name in known:
        return known[name]
    for step in known.values():
        if name in step.aliases:
            return step
    raise ValueError(f"there is no augmentation called “{name[:40]}”; there are {', '.join(known)}")
