"""Where models come from: one ``ORIGIN`` per file in ``origins/``. No torch at import."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from designer.data.spec import Normalisation
from designer.errors import UsageError
from designer.graph.model import Network

if TYPE_CHECKING:
    import torch

__all__ = ["Imported", "Origin", "Request", "origin_of", "origins"]


def _silent(fraction: float | None, text: str) -> None:
    """Nobody wants to know how far it is."""


def _no_code(source: str) -> Path | None:
    """Most origins run no Python of a person's own."""
    return None


@dataclass(frozen=True)
class Request:
    """What is asked: ``source`` without the origin's own prefix. ``weights``: "default", "none", a name, or a path.

    ``size`` is the edge of the input where the model leaves it open; ``trust`` says that a person agreed to what the
    file may run. ``progress(fraction, text)`` may raise to stop the import. ``shapes`` are those of one sample of each
    input where no size says them, ``args`` what a class is made with, and ``code`` the trusted text of its file.
    """

    source: str
    weights: str = "default"
    size: int | None = None
    trust: bool = False
    progress: Callable[[float | None, str], None] = _silent
    shapes: tuple[tuple[int, ...], ...] = ()
    args: Mapping[str, Any] = field(default_factory=dict)
    code: bytes | None = None


@dataclass(frozen=True)
class Imported:
    """A foreign model as a network, with its weights by the keys of the drawn network's state dict (None: none).

    ``report`` is plain data: see `exchange.imported.report_of`.
    """

    network: Network
    tensors: Mapping[str, torch.Tensor] | None
    report: Mapping[str, Any]
    normalisation: Normalisation | None = None
    title: str = ""
    labels: Sequence[str] = field(default=())


@dataclass(frozen=True)
class Origin:
    """A library or a file format that models come from.

    ``takes(source)`` says whether a source, as a person writes it, is one of these; ``read(request)`` gives the
    network, or raises a LayerloomError with a sentence. ``runs_code``: reading it may run what is in the file, so that
    a person must have agreed; ``code(source)`` is the file of Python whose very text they must have trusted.
    """

    name: str
    title: str
    help: str
    takes: Callable[[str], bool]
    read: Callable[[Request], Imported]
    prefix: str = ""  # "torchvision:" in front of the name of a model
    runs_code: bool = False
    code: Callable[[str], Path | None] = _no_code
    order: int = 100


@cache
def origins() -> tuple[Origin, ...]:
    """Every origin, in the order in which they are asked."""
    from designer.exchange import origins as room

    found: list[Origin] = []
    for info in pkgutil.iter_modules(room.__path__):
        if not info.name.startswith("_"):
            found.append(importlib.import_module(f"{room.__name__}.{info.name}").ORIGIN)
    return tuple(sorted(found, key=lambda origin: (origin.order, origin.name)))


def origin_of(source: str) -> Origin:
    """The origin that takes a source. Raises UsageError that says what there is."""
    for origin in origins():
        if origin.takes(source):
            return origin
    known = ", ".join(f"{origin.prefix}NAME" if origin.prefix else origin.title for origin in origins())
    raise UsageError(f"“{source[:200]}” is no model that can be imported. Choose one of: {known}.")
