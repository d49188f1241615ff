"""Which block is the first whose numbers differ: what the network computes line by line, beside what a file does."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any

import torch
from torch import nn

from designer.codegen.module import filename_of
from designer.codegen.program import Program
from designer.exchange.format import Inputs

__all__ = ["block_in_trace", "first_difference", "inside"]

_LINE = re.compile(r'File "(<layerloom [0-9a-f]+>)", line (\d+)')


def inside(module: nn.Module, program: Program, batch: Inputs) -> dict[str, torch.Tensor]:
    """What comes out of every block, in the order in which they compute; of a block that runs twice, the last."""
    filename, targets = filename_of(program), _targets(program.source)
    found: dict[str, torch.Tensor] = {}

    def keep(line: int, value: Any) -> None:
        block = program.lines.get(line)
        if block is not None and isinstance(value, torch.Tensor):
            found.pop(block, None)
            found[block] = value.detach().clone()

    def watch(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != filename:
            return None
        last = 0

        def each(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal last
            if last in targets and event in ("line", "return"):  # the line before this one is done
                keep(last, frame.f_locals.get(targets[last]))
            if event == "return":
                keep(last, argument)
            last = frame.f_lineno
            return each

        return each

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        with torch.inference_mode():
            module(*batch)
    finally:
        sys.settrace(before)
    return found


def _targets(source: str) -> dict[int, str]:
    """The name that each line gives its value to."""
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.lineno] = node.targets[0].id
    return found


def block_in_trace(program: Program, trace: str) -> str | None:
    """The block in whose line a stack trace ends, as exporters write it beside each operation."""
    for name, line in reversed(_LINE.findall(trace)):
        if name == filename_of(program) and int(line) in program.lines:
            return program.lines[int(line)]
    return None


def first_difference(
    expected: Mapping[str, torch.Tensor], found: Mapping[str, torch.Tensor], part: float
) -> tuple[str, float] | None:
    """The first block, and by how much, whose numbers differ by more than ``part`` of its largest one."""
    for block, want in expected.items():
        got = found.get(block)
        if got is None or got.shape != want.shape or not want.is_floating_point():
            continue
        off = float((want.double() - got.double()).abs().max()) if want.numel() else 0.0
        allowed = part * max(float(want.abs().max()) if want.numel() else 0.0, 0.1)
        if not off <= allowed:
            return block, off
    return None
