"""All blocks, found by looking through this folder once."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType

import designer.blocks
from designer.blocks.spec import TYPE, Block

__all__ = ["add", "catalog", "forget", "modules", "offer", "on_change", "put_away"]

_added: dict[str, Block] = {}  # at run time, by type
_offered: set[str] = set()  # of those, the ones to choose from; a project may hold more
_listeners: list[Callable[[], object]] = []


def modules() -> list[str]:
    """The modules that may declare blocks (the packager asks too)."""
    return [f"designer.blocks.{m.name}" for m in pkgutil.iter_modules(designer.blocks.__path__)]


@cache
def catalog() -> Mapping[str, Block]:
    """Every block by its type, in the order of declaration; what is added later comes last."""
    return MappingProxyType(_all())


@cache
def _all() -> dict[str, Block]:
    found: dict[str, Block] = {}
    for name in modules():
        for value in vars(importlib.import_module(name)).values():
            if not isinstance(value, Block) or found.get(value.type) is value:
                continue
            if value.type in found or not TYPE.fullmatch(value.type):
                raise RuntimeError(f"Block type {value.type!r} in {name} is taken or not lower_case.")
            found[value.type] = value
    return found


def add(block: Block) -> None:
    """Take a block that was declared at run time. It can be used, but is not yet among those to choose from."""
    if (block.type in _all() and block.type not in _added) or not TYPE.fullmatch(block.type):
        raise RuntimeError(f"Block type {block.type!r} is taken or not lower_case.")
    _added[block.type] = _all()[block.type] = block


def offer(types: Iterable[str]) -> None:
    """The added blocks that people can choose from now on, in place of those before."""
    chosen = {kind for kind in types if kind in _added}
    if chosen != _offered:
        _offered.clear()
        _offered.update(chosen)
        for listener in _listeners:
            listener()


def put_away(block_type: str) -> bool:
    """Whether an added block is not to choose from."""
    return block_type in _added and block_type not in _offered


def forget() -> None:
    """Take out all that was added, as at the start of the program."""
    for kind in _added:
        _all().pop(kind, None)
    offer(())
    _added.clear()


def on_change(listener: Callable[[], object]) -> None:
    """Hear, for as long as the program runs, when there are other blocks to choose from."""
    _listeners.append(listener)
