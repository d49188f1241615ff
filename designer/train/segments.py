"""Activation checkpointing: a network cut into parts whose intermediate results are computed again for backward."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch.fx import GraphModule, Node, Proxy, Tracer
from torch.fx.passes.split_module import split_module
from torch.fx.proxy import TraceError
from torch.utils.checkpoint import checkpoint

from designer.codegen.module import GENERATED
from designer.train.batches import Inputs, answers_of
from designer.train.failures import out_of_memory
from designer.train.sparing import buffers_spared

__all__ = ["segmented"]

_LEAST = 4  # layers; below that there is nothing to gain


def segmented(module: torch.nn.Module) -> Callable[[Inputs], Any] | None:
    """The network in about √n parts of its n steps, for training; None where it cannot be cut.

    Weights and layers are the network's own. Random numbers are drawn again as they were, and running statistics
    move once.
    """
    try:
        graph = _Parts().trace(module)
    except (TraceError, TypeError, ValueError, RuntimeError, NotImplementedError):  # code that looks at its numbers
        return None
    steps = [node for node in graph.nodes if node.op.startswith("call_")]
    if len(steps) < _LEAST:
        return None
    count = math.isqrt(len(steps))
    size = -(-len(steps) // count)
    number = {node: index // size for index, node in enumerate(steps)}
    whole = split_module(GraphModule(module, graph), module, lambda node: _part(node, number), keep_original_order=True)
    parts = [(name, part) for name, part in whole.named_children() if name.startswith("submod_")]
    for name, part in parts[:-1]:  # the last one would be computed again at once
        setattr(whole, name, _Again(part))

    def forward(x: Inputs) -> Any:
        try:
            return answers_of(whole, x)
        except Exception as error:
            if out_of_memory(error):
                raise
            answers_of(module, x)  # names the block that is to blame
            raise

    return forward


def _part(node: Node, number: dict[Node, int]) -> int:
    return number.get(node, 0)


class _Parts(Tracer):
    """Goes through the generated classes and containers; whatever else there is stays one step."""

    def is_leaf_module(self, m: torch.nn.Module, module_qualified_name: str) -> bool:
        if type(m).__module__ == GENERATED or isinstance(m, torch.nn.Sequential):
            return False
        return module_qualified_name != ""

    def to_bool(self, obj: Proxy) -> bool:
        raise TraceError("a network that looks at its numbers cannot be cut")


class _Again(torch.nn.Module):
    """A part whose intermediate results are forgotten, and computed again when gradients need them."""

    def __init__(self, part: torch.nn.Module) -> None:
        super().__init__()
        self.part = part

    def forward(self, *inputs: Any) -> Any:
        return checkpoint(self.part, *inputs, use_reentrant=False, context_fn=self._contexts)

    def _contexts(self) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), buffers_spared(self.part)
