"""One-click repairs, best first. The repairs are in ``repairs/``: one function a way to mend.

A repair is offered only after it was tried on a copy of the network, the problem was gone and no error was new.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from designer.errors import EditRefused
from designer.graph import repairs
from designer.graph.context import Context
from designer.graph.document import Document
from designer.graph.edits import Edit
from designer.graph.problem import Problem

__all__ = ["Fix", "fixes", "fixes_for", "modules"]


@dataclass(frozen=True)
class Fix:
    """A button: what it says, and the edit it does.

    One that leaves the drawing as it is and reads the data otherwise has their fields in ``data``, an empty ``edit``,
    and what is then known of them in ``context``.
    """

    title: str
    edit: Edit
    data: tuple[tuple[str, Any], ...] = ()
    context: Context | None = None


Maker = Callable[[Document, Problem], Iterator[Fix]]
_MAKERS: dict[str, list[tuple[int, Maker]]] = {}


def fixes(*codes: str, rank: int = 50) -> Callable[[Maker], Maker]:
    """A function that gives repairs of these kinds of problems; of several, the lower rank is offered first."""

    def enter(maker: Maker) -> Maker:
        for code in codes:
            _MAKERS.setdefault(code, []).append((rank, maker))
            _MAKERS[code].sort(key=lambda entry: entry[0])
        return maker

    return enter


def modules() -> list[str]:
    """The modules that may declare repairs (the packager asks too)."""
    return [f"{repairs.__name__}.{found.name}" for found in pkgutil.iter_modules(repairs.__path__)]


@cache
def _load() -> None:
    for name in modules():
        importlib.import_module(name)


def fixes_for(document: Document, problem: Problem) -> list[Fix]:
    """The repairs that solve a problem, best first: of those that bring no hidden error to light, then the others."""
    _load()
    found: dict[str, tuple[int, Fix]] = {}
    for _, make in _MAKERS.get(problem.code, ()):
        for fix in make(document, problem):
            left = _left_by(document, problem, fix) if fix.title not in found else None
            if left is not None:
                found[fix.title] = (left, fix)
    return [fix for _, fix in sorted(found.values(), key=lambda entry: entry[0])]


def _left_by(document: Document, problem: Problem, fix: Fix) -> int | None:
    """How many errors come to light by a repair; None where it does not solve the problem or makes a new one."""
    trial = document.twin()
    try:
        if fix.context is not None:
            trial.set_context(fix.context)
        else:
            trial.do(fix.edit)
    except EditRefused:
        return None
    if any(p.block == problem.block and p.code == problem.code for p in (*trial.problems, *trial.muted)):
        return None
    revealed = 0
    for other in (p for p in trial.problems if p.severity == "error" and not _had(document, p)):
        if other.block is None or other.block == problem.block or not _hidden(document, other.block):
            return None
        revealed += 1
    return revealed


def _had(document: Document, problem: Problem) -> bool:
    """Whether the document has this problem already, perhaps in other words."""
    return any(p.block == problem.block and p.code == problem.code for p in document.problems)


def _hidden(document: Document, name: str) -> bool:
    """Whether an error of a block could not be seen, because what arrives at it was unknown."""
    return name in document.network and None in document.shapes[name].inputs.values()
