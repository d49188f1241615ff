"""torch.compile around a network, with the network itself to fall back on."""

from __future__ import annotations

from typing import Any

import torch

from designer.train.batches import Inputs, answers_of
from designer.train.failures import out_of_memory

__all__ = ["Compiled"]


class Compiled:
    """The network as machine code for full batches; shorter ones are not worth a compilation of their own.

    Where it cannot be compiled, or runs no more, the network itself is used from then on, and ``said`` gets a
    sentence. An error of the network itself is raised as the network raises it.
    """

    def __init__(self, module: torch.nn.Module, batch_size: int, graphs: bool, said: list[str]) -> None:
        self._module, self._batch, self._said = module, batch_size, said
        self.words = "compiled, CUDA graphs" if graphs else "compiled"
        self._graphs = graphs
        self._compiled: Any = torch.compile(module, dynamic=False, mode="reduce-overhead" if graphs else None)

    def __call__(self, x: Inputs) -> Any:
        """The network's answer."""
        first = x[0] if isinstance(x, tuple) else x
        if self._compiled is None or len(first) != self._batch:
            return answers_of(self._module, x)
        try:
            if self._graphs:
                torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
            return answers_of(self._compiled, x)
        except Exception as error:  # compilers raise anything
            if out_of_memory(error):
                raise
            self._compiled = None
            result = answers_of(self._module, x)  # raises what is wrong with the network itself
            self._said.append(
                f"The network could not be compiled and runs as it is, which is slower: {_reason(error)} A C++ "
                "compiler must be installed; some layers cannot be compiled."
            )
            return result


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = lines[0][:200] if lines else type(error).__name__
    return line if line.endswith((".", "!", "?")) else f"{line}."
