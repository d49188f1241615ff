"""Python text to a torch module. The only module of this room that knows torch."""

from __future__ import annotations

import hashlib
import linecache
import traceback
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from designer.codegen.program import Program

__all__ = ["block_of", "build"]


def _filename(program: Program) -> str:
    return f"<layerloom {hashlib.sha256(program.source.encode()).hexdigest()[:16]}>"


def build(program: Program, seed: int | None = 0) -> nn.Module:
    """Execute the program's text and make the module, on the CPU, in float32, in training mode.

    The same text and seed give the same weights; the caller's random state is left as it was. With ``seed=None`` no
    random number is drawn and all weights are zero: for weights that are loaded next, while a training may be drawing
    on another thread. ``program`` must come from ``compile_network``: its text is run as it stands.
    """
    filename = _filename(program)
    lines = program.source.splitlines(keepends=True)
    linecache.cache[filename] = (len(program.source), None, lines, filename)  # tracebacks show the text
    names: dict[str, Any] = {"__name__": "layerloom_network"}
    exec(compile(program.source, filename, "exec"), names)
    if seed is None:
        module = _blank(names[program.class_name])
    else:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            module = names[program.class_name]()
    assert isinstance(module, nn.Module)
    return module


def _blank(make: Callable[[], nn.Module]) -> nn.Module:
    with torch.device("meta"):
        module = make()
    module.to_empty(device="cpu")
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            tensor.zero_()
    return module


def block_of(program: Program, error: BaseException) -> str | None:
    """The block in whose line an exception arose; None where it arose elsewhere."""
    filename = _filename(program)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename == filename and frame.lineno is not None and frame.lineno in program.lines:
            return program.lines[frame.lineno]
    return None
