"""Small things that several formats share: a uniform call, names, dynamic shapes. Imports torch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from designer.exchange.format import Bundle, Inputs, Outputs

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # torch writes some of its errors for a terminal

__all__ = ["as_outputs", "dynamic_shapes", "first_line", "input_names", "output_names", "run_module"]


def as_outputs(result: Any) -> Outputs:
    """A module's result as a tuple of tensors on the CPU."""
    found = tuple(result) if isinstance(result, tuple | list) else (result,)
    return tuple(tensor.detach().cpu() for tensor in found)


def run_module(module: nn.Module, batches: Sequence[Inputs]) -> list[Outputs]:
    """The outputs of each batch, without gradients."""
    with torch.inference_mode():
        return [as_outputs(module(*batch)) for batch in batches]


def input_names(bundle: Bundle) -> list[str]:
    """A name per input: the block's, or input_1, input_2, ..."""
    given = [info.name for info in bundle.program.inputs]
    return given if len(given) == len(bundle.example) else [f"input_{i + 1}" for i in range(len(bundle.example))]


def output_names(bundle: Bundle, count: int) -> list[str]:
    """A name per output, different from every input's (ONNX has one space of names)."""
    given = [info.name for info in bundle.program.outputs]
    names = given if len(given) == count else [f"output_{i + 1}" for i in range(count)]
    taken = set(input_names(bundle))
    return [f"{name}_output" if name in taken else name for name in names]


def dynamic_shapes(bundle: Bundle) -> tuple[dict[int, Any], ...]:
    """The batch is open for every input, from one sample on; so are other sizes that the drawing leaves open."""
    batch = torch.export.Dim("batch", min=1, max=1 << 20)
    shapes: list[dict[int, Any]] = []
    for number, tensor in enumerate(bundle.example):
        open_dims: dict[int, Any] = {0: batch}
        if number < len(bundle.program.inputs) and bundle.program.inputs[number].dims[:1] != (None,):
            open_dims = {}  # one tensor for all samples
        if number < len(bundle.program.inputs):
            dims = bundle.program.inputs[number].dims
            if len(dims) == tensor.ndim:
                open_dims |= {axis: torch.export.Dim.AUTO for axis in range(1, len(dims)) if dims[axis] is None}
        if bundle.options.open_size and tensor.ndim == 4:
            open_dims |= {2: torch.export.Dim.AUTO, 3: torch.export.Dim.AUTO}
        shapes.append(open_dims)
    return tuple(shapes)


def first_line(error: BaseException) -> str:
    """The first line of a foreign error, short enough for a message."""
    lines = [line.strip() for line in _COLOURS.sub("", str(error)).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:300]
