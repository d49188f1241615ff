"""All blocks, found by looking through this folder once."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import designer.blocks
from designer.blocks.spec import TYPE, Block

__all__ = ["catalog", "modules"]


def modules() -> list[str]:
    """The modules that may declare blocks (the packager asks too)."""
    return [f"designer.blocks.{m.name}" for m in pkgutil.iter_modules(designer.blocks.__path__)]


@cache
def catalog() -> Mapping[str, Block]:
    """Every block by its type, in the order of declaration."""
    found: dict[str, Block] = {}
    for name in modules():
        for value in vars(importlib.import_module(name)).values():
            if not isinstance(value, Block) or found.get(value.type) is value:
                continue
            if value.type in found or not TYPE.fullmatch(value.type):
                raise RuntimeError(f"Block type {value.type!r} in {name} is taken or not lower_case.")
            found[value.type] = value
    return MappingProxyType(found)
