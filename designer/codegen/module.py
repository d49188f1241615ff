"""Python text to a torch module. The only module of this room that knows torch."""

from __future__ import annotations

import hashlib
import linecache
import sys
import traceback
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

import torch
from torch import nn

from designer.codegen.loading import CODE, builtins_with, show_lines, source_of, why
from designer.codegen.program import CodeFile, Program
from designer.errors import JobError

__all__ = ["GENERATED", "block_of", "build", "filename_of", "finder", "load_code"]

GENERATED = "layerloom_network"  # the module that the classes of a network say they are of


def filename_of(program: Program) -> str:
    """What tracebacks call the text of a network."""
    return f"<layerloom {hashlib.sha256(program.source.encode()).hexdigest()[:16]}>"


def build(program: Program, seed: int | None = 0) -> nn.Module:
    """Execute the program's text and make the module, on the CPU, in float32, in training mode.

    The same text and seed give the same weights; the caller's random state is left as it was. With ``seed=None`` no
    random number is drawn and all weights are zero: for weights that are loaded next, while a training may be drawing
    on another thread. ``program`` must come from ``compile_network``: its text is run as it stands. So are the texts
    of its ``files``, which a person has trusted. Raises JobError where one is not there or cannot be run.
    """
    filename = filename_of(program)
    lines = program.source.splitlines(keepends=True)
    linecache.cache[filename] = (len(program.source), None, lines, filename)  # tracebacks show the text
    names: dict[str, Any] = {"__name__": GENERATED}
    if program.files:
        names["__builtins__"] = builtins_with({file.module: load_code(file) for file in program.files})
    exec(compile(program.source, filename, "exec"), names)
    if seed is None:
        module = _blank(names[program.class_name])
    else:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            module = names[program.class_name]()
    assert isinstance(module, nn.Module)
    return module


def load_code(file: CodeFile) -> ModuleType:
    """The module that a file's text makes, run once in this process. Raises JobError with a sentence.

    Only what a person has trusted may come here: ``file.text`` is run.
    """
    text = source_of(file)
    name = f"layerloom_code_{file.sha256[:24]}_{file.module}"
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = filename = f"{CODE}{file.module} {file.sha256[:12]}>"
    sys.modules[name] = module  # dataclasses and torch's tracer look there
    try:
        show_lines(text, filename)
        exec(compile(text, filename, "exec", dont_inherit=True), module.__dict__)
    except BaseException as error:
        del sys.modules[name]
        if not isinstance(error, Exception | SystemExit):
            raise
        told = why(error).rstrip(".")
        raise JobError(f"{file.module}.py cannot be run: {told}. Repair it and add it again.") from error
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
    filename = filename_of(program)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename == filename and frame.lineno is not None and frame.lineno in program.lines:
            return program.lines[frame.lineno]
    return None


def finder(program: Program) -> Callable[[FrameType | None], str | None]:
    """Says in which block's line a frame is, or one that called it; None where that is no part of the program."""
    filename, lines = filename_of(program), program.lines

    def find(frame: FrameType | None) -> str | None:
        while frame is not None:
            if frame.f_code.co_filename == filename and frame.f_lineno in lines:
                return lines[frame.f_lineno]
            frame = frame.f_back
        return None

    return find
