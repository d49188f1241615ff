"""Python text to a torch module. The only module of this room that knows torch."""

from __future__ import annotations

import hashlib
import linecache
import traceback
from typing import Any

import torch
from torch import nn

from designer.codegen.program import Program

__all__ = ["block_of", "build"]


def _filename(program: Program) -> str:
    return f"<layerloom {hashlib.sha256(program.source.encode()).hexdigest()[:16]}>"


def build(program: Program, seed: int = 0) -> nn.Module:
    """Execute the program's text and make the module, on the CPU, in float32, in training mode.

    The same text and seed give the same weights; the caller's random state is left as it was.
    ``program`` must come from ``compile_network``: its text is run as it stands.
    """
    filename = _filename(program)
    lines = program.source.splitlines(keepends=True)
    linecache.cache[filename] = (len(program.source), None, lines, filename)  # tracebacks show the text
    names: dict[str, Any] = {"__name__": "layerloom_network"}
    exec(compile(program.source, filename, "exec"), names)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = names[program.class_name]()
    assert isinstance(module, nn.Module)
    return module


def block_of(program: Program, error: BaseException) -> str | None:
    """The block in whose line an exception arose; None where it arose elsewhere."""
    filename = _filename(program)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename == filename and frame.lineno is not None and frame.lineno in program.lines:
            return program.lines[frame.lineno]
    return None
