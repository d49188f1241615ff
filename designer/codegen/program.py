"""A compiled network as plain data: the text that runs, and what training needs to know of its ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["CodeFile", "InputInfo", "OutputInfo", "Program"]


@dataclass(frozen=True)
class CodeFile:
    """A person's own file that the network imports as ``module``. ``text`` is there once somebody trusts it."""

    module: str
    sha256: str
    text: bytes | None = None


@dataclass(frozen=True)
class InputInfo:
    """An argument of ``forward``. ``dims`` has None for the batch and other open sizes."""

    name: str
    dims: tuple[int | None, ...]
    dtype: str


@dataclass(frozen=True)
class OutputInfo:
    """A result of ``forward``, and the loss that training takes of it, with its ``weight`` beside those of others."""

    name: str
    kind: str
    loss: str
    classes: int | None = None
    labels: tuple[str, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True)
class Program:
    """Python text that defines the network as ``class_name``, an ``nn.Module``.

    ``lines`` maps a line of the text to the block it stands for, so that a traceback names the block. ``files`` are
    the files of people's own that it imports from.
    """

    source: str
    class_name: str
    inputs: tuple[InputInfo, ...]
    outputs: tuple[OutputInfo, ...]
    lines: Mapping[int, str] = field(default_factory=dict)
    files: tuple[CodeFile, ...] = ()

    @property
    def main(self) -> OutputInfo | None:
        """The output that counts most, of several alike the first; None where no output has a loss."""
        return max((output for output in self.outputs if output.loss), key=lambda output: output.weight, default=None)
