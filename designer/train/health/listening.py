"""Hear what every block of a network puts out, also those that are a line of arithmetic and no module.

Each call of a torch function is traced to the block whose line of the network's text it was made from. Only while one
listens: at other times the network runs as if this file did not exist.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

__all__ = ["Call", "Listening", "Whose", "owner_of", "tensors_in", "whose_modules"]

Whose = Callable[[FrameType | None], str | None]
"""The block in whose line a frame (or one that called it) is; None where it is in none."""

Heard = Callable[[str, torch.Tensor], None]


class Call:
    """One torch function that a block called: what went in and what came out."""

    __slots__ = ("block", "function", "inputs", "result")

    def __init__(self, block: str, function: str, inputs: Sequence[torch.Tensor], result: torch.Tensor) -> None:
        self.block, self.function, self.inputs, self.result = block, function, inputs, result


class Listening(TorchFunctionMode):
    """Inside it, ``heard(block, output)`` is called for every block once its output is there, before the next begins.

    A block's output is what the last torch function of its line gave; of several tensors the first. ``called`` hears
    of each function by itself.
    """

    def __init__(self, whose: Whose, heard: Heard, called: Callable[[Call], None] | None = None) -> None:
        super().__init__()
        self._whose, self._heard, self._called = whose, heard, called
        self._block: str | None = None
        self._output: torch.Tensor | None = None

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Let the function do its work, and note what it gave."""
        block = self._whose(sys._getframe(1))
        if block != self._block:
            self._tell()
        # Before the call: it may change its inputs in place.
        inputs = tuple(tensors_in((args, kwargs))) if self._called is not None and block is not None else ()
        result = func(*args, **(kwargs or {}))
        if block is not None:
            found = next(tensors_in(result), None)
            if found is not None:
                self._block, self._output = block, found
                if self._called is not None:
                    self._called(Call(block, getattr(func, "__name__", "?"), inputs, found))
        return result

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        super().__exit__(kind, error, trace)  # type: ignore[no-untyped-call]
        if kind is None:
            self._tell()
        self._output = None

    def _tell(self) -> None:
        block, output = self._block, self._output
        self._block = self._output = None
        if block is not None and output is not None:
            with torch._C.DisableTorchFunction():  # what is measured is not to be heard
                self._heard(block, output)


def tensors_in(value: Any) -> Iterator[torch.Tensor]:
    """The tensors of floating-point numbers in nested tuples, lists and dicts."""
    if isinstance(value, torch.Tensor):
        if value.is_floating_point():
            yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from tensors_in(item)


def whose_modules(module: torch.nn.Module) -> Whose:
    """Blocks of a module that was written by hand: its innermost modules."""
    names: dict[int, str] = {id(layer): name for name, layer in module.named_modules() if name}

    def whose(frame: FrameType | None) -> str | None:
        while frame is not None:
            if frame.f_code.co_name == "forward":
                name = names.get(id(frame.f_locals.get("self")), "")
                if name:
                    return name
            frame = frame.f_back
        return None

    return whose


def owner_of(weight: str, blocks: Mapping[str, Any]) -> str:
    """The block that a weight belongs to, by its path: the longest beginning that is one."""
    own = path = weight.rpartition(".")[0]
    while path and path not in blocks:
        path = path.rpartition(".")[0]
    return path or own or weight
