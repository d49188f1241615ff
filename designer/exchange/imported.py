"""From a traced model to an import: the network's ends, a comparison with the original, and the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from designer.blocks.spec import Value
from designer.codegen.module import build
from designer.codegen.program import Program
from designer.codegen.python import compile_network
from designer.data.spec import Normalisation
from designer.exchange.sketch import Ref, Sketch
from designer.exchange.tracing.draw import Opaque
from designer.graph.infer import Shapes
from designer.graph.model import Network

__all__ = ["End", "add_ends", "difference", "report_of"]

End = tuple[str, str, Mapping[str, Value]]  # the name of the block, its type, its parameters


def add_ends(sketch: Sketch, outputs: Mapping[str, Ref], ends: Mapping[str, End]) -> dict[str, str]:
    """Put an output block behind each output, an Output that is only read where ``ends`` says nothing.

    The blocks by the names of the outputs. Raises Unfit where a block cannot take what comes.
    """
    found = {}
    for output, ref in outputs.items():
        name, block_type, params = ends.get(output, (output or "output", "tensor_output", {}))
        found[output] = sketch.free(name)
        sketch.place(found[output], block_type, params, [ref])
    return found


def difference(
    network: Network,
    tensors: Mapping[str, torch.Tensor],
    original: nn.Module,
    inputs: Sequence[torch.Tensor],
    ends: Mapping[str, str],
    texts: Mapping[str, bytes] | None = None,
    names: Sequence[str] = (),
) -> float:
    """The largest difference between the outputs of the drawing and of the original, both in evaluation mode.

    ``ends`` are the output blocks by the names of the original's outputs. The original's mode is restored.
    ``texts`` are trusted files of Python that the drawing's blocks come from, by their hashes. ``names`` are those of
    the inputs, in the original's order, where there are several: the drawing takes them by name.
    """
    program = compile_network(network, shapes=Shapes(network))
    if texts:
        program = replace(program, files=tuple(replace(f, text=texts.get(f.sha256)) for f in program.files))
    drawn = loaded(program, tensors).eval()
    mode = original.training
    original.eval()
    try:
        with torch.no_grad():
            by_name = dict(zip(names, inputs, strict=True)) if names else {}
            given = [by_name[entry.name] for entry in program.inputs] if names else inputs
            found, truth = drawn(*given), _named(original(*inputs))
    finally:
        original.train(mode)
    by_block = dict(
        zip((end.name for end in program.outputs), found if isinstance(found, tuple) else (found,), strict=True)
    )
    main = next(iter(ends))
    worst = 0.0
    for name, value in truth.items():
        block = ends.get(name, ends[main] if len(truth) == 1 else None)
        if block is not None and value.numel():
            worst = max(worst, float((by_block[block] - value).abs().max()))
    return worst


def loaded(program: Program, tensors: Mapping[str, torch.Tensor]) -> nn.Module:
    """The drawing as a module with these weights, every one of them and no other."""
    module = build(program, None)
    module.load_state_dict(dict(tensors), strict=True, assign=False)
    return module


def _named(result: Any) -> dict[str, torch.Tensor]:
    if isinstance(result, torch.Tensor):
        return {"": result}
    if isinstance(result, Mapping):
        items = list(result.items())
    else:
        names = getattr(result, "_fields", range(len(result)))
        items = list(zip(names, result, strict=True))
    return {str(name): value for name, value in items if isinstance(value, torch.Tensor)}


def report_of(
    network: Network,
    *,
    source: str,
    opaque: Sequence[Opaque] = (),
    weights: Mapping[str, int] | None = None,
    worst: float | None = None,
    compared: str = "",
    size: Sequence[int] = (),
    normalisation: Normalisation | None = None,
    renamed: Mapping[str, str] | None = None,
    seconds: float = 0.0,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """What an import found, as plain data for the window, the command line and the project file.

    ``blocks`` counts the blocks by type; ``opaque`` are the parts that stay closed and why; ``weights`` how many were
    matched, missing and unexpected (None: none were asked for); ``difference`` the largest one of the outputs.
    """
    return {
        "source": source,
        "blocks": dict(Counter(node.type for node in network.nodes.values()).most_common()),
        "opaque": [{"block": part.block, "why": part.why} for part in opaque],
        "weights": dict(weights) if weights is not None else None,
        "difference": worst,
        "compared": compared,
        "input": list(size),
        "normalisation": normalisation.model_dump(mode="json") if normalisation is not None else None,
        "renamed": dict(renamed or {}),
        "seconds": round(seconds, 2),
        "notes": list(notes),
    }
