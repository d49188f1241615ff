"""Warnings that a person does not want to see at a block: kept as a mark, so in the file."""

from __future__ import annotations

from designer.graph.edits import Batch, SetMarks
from designer.graph.marks import mark_of
from designer.graph.model import Network
from designer.graph.problem import Problem

__all__ = ["is_muted", "mute", "unmute"]


def _codes(network: Network, name: str) -> tuple[str, ...]:
    codes = mark_of(network[name].marks, "muted")
    return tuple(str(code) for code in codes) if isinstance(codes, tuple) else ()


def is_muted(network: Network, problem: Problem) -> bool:
    """Whether a person has said "don't warn here"."""
    return problem.block is not None and problem.mutable and problem.code in _codes(network, problem.block)


def mute(network: Network, problem: Problem) -> Batch:
    """The edit that hides a warning at its block."""
    assert problem.block is not None
    codes = tuple(sorted({*_codes(network, problem.block), problem.code}))
    return Batch(f"Don't warn at {problem.block}", (SetMarks((problem.block,), {"muted": codes}),))


def unmute(network: Network, problem: Problem) -> Batch:
    """The edit that shows it again."""
    assert problem.block is not None
    codes = tuple(code for code in _codes(network, problem.block) if code != problem.code)
    return Batch(f"Warn at {problem.block} again", (SetMarks((problem.block,), {"muted": codes}),))
