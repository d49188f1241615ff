"""Networks with weights that have something to say, as module, file and drawing."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.graph.document import Document
from designer.graph.edits import Connect, Edit
from designer.graph.lineage import steps_since
from designer.graph.model import Network, Wire
from designer.project.carry import Carried, bake


def trained(network: Network, batch: int = 6) -> tuple[nn.Module, tuple[torch.Tensor, ...]]:
    """The network with random weights and lived-in statistics, in eval mode, and a batch for it."""
    program = compile_network(network)
    module = build(program, 3)
    generator = torch.Generator().manual_seed(5)
    inputs = []
    for info in program.inputs:
        shape = (batch, *(size if size is not None else 16 for size in info.dims[1:]))
        if info.dtype == "float32":
            inputs.append(torch.randn(shape, generator=generator))
        else:
            inputs.append(torch.randint(0, 7, shape, generator=generator))
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
        module.train()
        for _ in range(2):
            module(*inputs)
    return module.eval(), tuple(inputs)


def carried_to(
    before: Network, module: nn.Module, edits: list[Edit], after: Network, folder: Path
) -> tuple[nn.Module, Carried]:
    """The network after the edits with the weights carried along, loaded strictly; and what was told."""
    source, target = folder / "before.safetensors", folder / "after.safetensors"
    save_file({k: v.contiguous().clone() for k, v in module.state_dict().items()}, source)
    report = bake(source, steps_since(before, edits), after, target)
    fresh = build(compile_network(after), 9)
    fresh.load_state_dict(load_file(target), strict=True)
    return fresh.eval(), report


def edited(document: Document, edit: Edit) -> tuple[Network, list[Edit]]:
    """The network before the edit, and what was told when it was done."""
    before = document.network.copy()
    return before, [document.do(edit).edit]


def drawn(*lines: str) -> Document:
    """A drawing from lines such as ``conv1: conv2d out_channels=8 < in`` (what comes after < feeds it, in order)."""
    document = Document()
    for line in lines:
        head, _, feeds = line.partition("<")
        name, _, rest = head.partition(":")
        kind, *pairs = rest.split()
        params = {key: _value(value) for key, value in (pair.split("=") for pair in pairs)}
        block = document.new_block(kind, 0.0, 90.0 * len(document.network), params)
        document.do(type(block)(name.strip(), kind, block.params, block.x, block.y))
        for slot, source in enumerate(feeds.split()):
            document.do(Connect(Wire(source, 0, name.strip(), slot)))
    errors = [p.message for p in document.problems if p.severity == "error" and p.block is not None]
    assert not errors, errors
    return document


def _value(text: str) -> object:
    if "," in text:
        return tuple(int(part) for part in text.strip(",").split(","))
    if text in ("True", "False"):
        return text == "True"
    try:
        return int(text)
    except ValueError:
        return text
