"""How exact an import is: the drawing of a model, compiled and loaded strictly, against the model itself."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import tree_flatten

from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.exchange.sketch import Sketch
from designer.exchange.tracing.trace import OpaqueBlock, Traced, trace
from designer.graph.infer import Shapes

MAIN = ("", "out")  # what models of torchvision call their first head where it draws first

__all__ = ["Row", "compare", "drawn_of", "ended", "stirred"]


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    model: str
    blocks: int
    operations: int
    opaque: int
    seconds: float
    eval: float
    train: float

    def __str__(self) -> str:
        return (
            f"{self.model:32} {self.blocks:6} {self.operations:6} {self.opaque:6} {self.seconds:7.2f}"
            f" {self.eval:10g} {self.train:10g}"
        )


def stirred(model: nn.Module) -> nn.Module:
    """The model with numbers that tell everything apart: no zeros, no ones, statistics as after a training."""
    random = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn(p.shape, generator=random), alpha=0.02)
        for name, buffer in model.named_buffers():
            if name.endswith("running_mean"):
                buffer.copy_(torch.randn(buffer.shape, generator=random) * 0.1)
            elif name.endswith("running_var"):
                buffer.copy_(torch.rand(buffer.shape, generator=random) + 0.5)
    return model


def ended(traced: Traced) -> tuple[Sketch, list[str]]:
    """The sketch with an Output for each output of the model; their names in the model's order."""
    names = []
    for output, ref in traced.outputs.items():
        # Heads draw their random numbers in the order of the outputs' names.
        names.append(traced.sketch.free("output" if output in MAIN else f"output_{output}"))
        traced.sketch.place(names[-1], "tensor_output", {}, [ref])
    return traced.sketch, names


def drawn_of(traced: Traced) -> tuple[nn.Module, list[int]]:
    """The compiled drawing with its weights, and which of its outputs is which of the model's."""
    sketch, names = ended(traced)
    program = compile_network(sketch.network, shapes=Shapes(sketch.network))
    module = build(program, None)
    module.load_state_dict(sketch.tensors, strict=True)
    told = [output.name for output in program.outputs]
    return module, [told.index(name) for name in names]


def _given(result: Any) -> list[torch.Tensor]:
    return [leaf for leaf in tree_flatten(result)[0] if isinstance(leaf, torch.Tensor)]


def _worst(model: nn.Module, drawn: nn.Module, order: Sequence[int], inputs: Sequence[torch.Tensor]) -> float:
    """The largest difference of all outputs, both run from the same seed. Infinite where they are not alike."""
    results = []
    for module in (model, drawn):
        torch.manual_seed(7)
        with torch.no_grad():
            results.append(_given(module(*(x.clone() for x in inputs))))
    truth, found = results
    # Auxiliary heads come after the others, and only training gives them.
    found = [found[number] for number in (order if model.training else order[: len(truth)])]
    if len(truth) != len(found) or any(a.shape != b.shape for a, b in zip(truth, found, strict=True)):
        return float("inf")
    return max(0.0 if torch.equal(a, b) else _apart(a, b) for a, b in zip(truth, found, strict=True))


def _apart(a: torch.Tensor, b: torch.Tensor) -> float:
    apart = float((a - b).abs().max())
    return apart if apart > 0 else float("nan")  # both are no numbers: the comparison says nothing


def _other_keys(model: nn.Module, traced: Traced) -> tuple[list[str], list[str]]:
    """Keys that were lost, and keys of what the model does not have and is no constant."""
    keys = set(model.state_dict())
    back = {name: path for path, name in traced.sketch.renamed.items()}
    mine = {_back(key, back) for key in traced.sketch.tensors}
    constants = {name for name, node in traced.sketch.network.nodes.items() if node.type == "constant"}
    return sorted(keys - mine), sorted(mine - keys - constants)


def _back(key: str, back: Mapping[str, str]) -> str:
    home = max((name for name in back if key == name or key.startswith(f"{name}.")), key=len, default=None)
    return key if home is None else back[home] + key[len(home) :]


def compare(
    name: str,
    model: nn.Module,
    inputs: Mapping[str, torch.Tensor],
    opaque: OpaqueBlock = lambda path, module: None,
    unused: Sequence[str] = (),
) -> Row:
    """Import the model, compare it at a batch of 1 and 3 and in training; what differs in words or keys is raised.

    ``inputs`` have a batch of 3. ``unused`` are the beginnings of keys that the model holds and never uses.
    """
    started = time.perf_counter()
    traced = trace(stirred(model).train(), inputs, opaque)
    seconds = time.perf_counter() - started
    lost, found = _other_keys(model, traced)
    lost = [key for key in lost if not key.startswith(tuple(unused))] if unused else lost
    assert not lost and not found, f"{name}: lost {lost[:5]}, made up {found[:5]}"
    types = [node.type for node in traced.sketch.network.nodes.values()]
    drawn, order = drawn_of(traced)
    given = list(inputs.values())
    model.eval(), drawn.eval()
    apart = max(_worst(model, drawn, order, [x[:n] for x in given]) for n in (1, 3))
    model.train(), drawn.train()
    learning = _worst(model, drawn, order, given)
    keys, kept = model.state_dict(), drawn.state_dict()
    for key, value in kept.items():  # running statistics, after that one step
        path = _back(key, {n: p for p, n in traced.sketch.renamed.items()})
        if path in keys and not torch.equal(value, keys[path]):
            learning = max(learning, _apart(value.double(), keys[path].double()))
    return Row(name, len(types), types.count("operation"), len(traced.opaque), seconds, apart, learning)
