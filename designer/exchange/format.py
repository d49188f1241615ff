"""What a format is, and finding them: one ``FORMAT`` per file in ``formats/``. No torch at import."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from designer import __version__
from designer.codegen.program import Program
from designer.data.augment.spec import Augment
from designer.data.spec import Normalisation
from designer.errors import UsageError
from designer.exchange.options import ExportOptions

if TYPE_CHECKING:
    import torch
    from torch import nn

__all__ = ["Bundle", "Format", "Inputs", "Outputs", "format_named", "formats"]

if TYPE_CHECKING:
    Inputs = tuple[torch.Tensor, ...]
    Outputs = tuple[torch.Tensor, ...]
else:
    Inputs = Outputs = tuple


@dataclass(frozen=True)
class Bundle:
    """What is exported: a network in evaluation mode on the CPU, and what its user must know.

    ``example`` is a batch of two empty samples, one tensor per input. ``normalisation`` is what was
    done to the pictures (None: nothing), ``classes`` the names behind the logits (empty: none).
    """

    module: nn.Module
    program: Program
    example: Inputs
    classes: tuple[str, ...] = ()
    normalisation: Normalisation | None = None
    options: ExportOptions = field(default_factory=ExportOptions)
    calibration: Inputs = ()  # real training samples, for formats that round numbers
    augment: tuple[Augment, ...] = ()  # what was done to training samples at random

    def metadata(self) -> dict[str, str]:
        """Text for the metadata of a file; lists are JSON."""
        found = {"layerloom_version": __version__, "classes": json.dumps(list(self.classes), ensure_ascii=False)}
        if self.normalisation is not None:
            found["mean"] = json.dumps(list(self.normalisation.mean))
            found["std"] = json.dumps(list(self.normalisation.std))
            found["normalised_inside"] = json.dumps(self.options.preprocessing)
        if self.options.probabilities:
            found["probabilities"] = "true"
        return found


@dataclass(frozen=True)
class Format:
    """A file format of networks or weights.

    ``write(bundle, path)`` makes the file (a folder, if ``folder``); ``run(bundle, path, batches)`` runs
    what was just written in the format's own engine and gives the outputs of each batch; ``read(path)`` gives
    tensors by name. ``exact``: the outputs must be equal to the last bit, not only within a tolerance; ``lossy``:
    precision is given up on purpose, so that differences are told and not refused. ``opened(bundle, path)`` gives a
    function that runs one batch, to take its time; ``inside(bundle, path, batch)`` what comes out of each block.
    ``options`` are those of ExportOptions that it heeds, ``engine`` is what runs it; ``calibrated``: it needs real
    samples of the training data. ``tail`` is put behind a proposed name.
    """

    name: str
    title: str
    suffix: str
    help: str
    write: Callable[[Bundle, Path], None] | None = None
    run: Callable[[Bundle, Path, Sequence[Inputs]], list[Outputs]] | None = None
    read: Callable[[Path], dict[str, torch.Tensor]] | None = None
    opened: Callable[[Bundle, Path], Callable[[Inputs], Outputs]] | None = None
    inside: Callable[[Bundle, Path, Inputs], dict[str, torch.Tensor]] | None = None
    options: frozenset[str] = frozenset()
    engine: str = ""
    exact: bool = False
    lossy: bool = False
    calibrated: bool = False
    deprecated: str = ""  # why, and what to take instead
    tail: str = ""
    folder: bool = False
    order: int = 100


@cache
def formats() -> dict[str, Format]:
    """Every format by name, in the order a dialog lists them."""
    from designer.exchange import formats as room

    found: list[Format] = []
    for info in pkgutil.iter_modules(room.__path__):
        found.append(importlib.import_module(f"{room.__name__}.{info.name}").FORMAT)
    found.sort(key=lambda fmt: (fmt.order, fmt.name))
    return {fmt.name: fmt for fmt in found}


def format_named(name: str) -> Format:
    """The format to export to. Raises UsageError that lists those that can be written."""
    known = {fmt.name: fmt for fmt in formats().values() if fmt.write is not None}
    if name not in known:
        raise UsageError(f"There is no export format “{name}”. Choose one of {', '.join(known)}.")
    return known[name]
