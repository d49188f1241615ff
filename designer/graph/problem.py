"""What a problem is, what a check looks at, and the lists that checks enter themselves into."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from designer.blocks.dims import Tensor
from designer.graph.context import Context
from designer.graph.infer import BlockShapes
from designer.graph.model import Network, Node, Wire

__all__ = [
    "BLOCK",
    "NETWORK",
    "NOBODY",
    "OF_SHAPE",
    "OF_TYPE",
    "RANK",
    "Case",
    "Problem",
    "Severity",
    "block_check",
    "network_check",
    "note",
    "shape_check",
    "type_check",
    "warning",
]

Severity = Literal["error", "warning", "note"]
RANK: Mapping[Severity, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class Problem:
    """A row of the problems panel. ``block`` is None for the whole network; ``code`` names the kind for repairs.

    An error forbids running; a warning runs, but will hardly do what is wanted; a note runs well and could be tidier.
    """

    block: str | None
    message: str
    severity: Severity = "error"
    code: str = ""
    slot: int | None = None
    expected: str = ""
    found: str = ""
    advice: str = ""

    @property
    def mutable(self) -> bool:
        """Whether a person may say "don't warn here"."""
        return self.block is not None and self.severity != "error"


def warning(
    block: str, code: str, expected: str, found: str, why: str, advice: str, slot: int | None = None
) -> Problem:
    """A design warning: what was expected, what was found, why it matters, what to do."""
    return Problem(
        block, f"Expected {expected}, found {found}. {why} {advice}", "warning", code, slot, expected, found, advice
    )


def note(block: str, code: str, expected: str, found: str, why: str, advice: str) -> Problem:
    """The same, for what is only untidy."""
    return Problem(
        block, f"Expected {expected}, found {found}. {why} {advice}", "note", code, None, expected, found, advice
    )


NOBODY: Mapping[str, BlockShapes] = {}


class Case:
    """One block as a check sees it: what it is, what arrives, and what stands next to it."""

    def __init__(
        self,
        network: Network,
        node: Node,
        shapes: BlockShapes,
        context: Context,
        around: Mapping[str, BlockShapes] = NOBODY,
    ) -> None:
        self.network = network
        self.node = node
        self.shapes = shapes
        self.context = context
        self.around = around  # the shapes of the others

    @property
    def name(self) -> str:
        """The block's name."""
        return self.node.name

    @property
    def sound(self) -> bool:
        """Whether the block is wired and takes what arrives."""
        return self.shapes.error is None and not self.shapes.missing

    def arriving(self, slot: int = 0) -> Tensor | None:
        """What arrives at a slot."""
        return self.shapes.inputs.get(slot)

    def source(self, slot: int = 0) -> Wire | None:
        """The wire that ends at a slot."""
        return self.network.wire_at(self.name, slot)

    @cached_property
    def before(self) -> Node | None:
        """The block that the first input reads from."""
        wire = self.source()
        return self.network[wire.src] if wire is not None else None

    def readers(self, name: str | None = None) -> list[Node]:
        """The blocks that read from this block, or from another."""
        return [self.network[other] for other in self.network.successors(name or self.name)]

    def behind(self, through: frozenset[str]) -> Node | None:
        """The block that the first input reads from, past blocks of these types."""
        node = self.before
        while node is not None and node.type in through:
            wire = self.network.wire_at(node.name, 0)
            node = self.network[wire.src] if wire is not None else None
        return node


BlockCheck = Callable[[Case], Iterator[Problem]]
NetworkCheck = Callable[[Network, Mapping[str, BlockShapes]], Iterator[Problem]]
BLOCK: list[BlockCheck] = []  # of what is wrong with a block by itself
OF_TYPE: dict[str, list[BlockCheck]] = {}  # of what is unwise, by the type of block that it is about
OF_SHAPE: dict[str, list[BlockCheck]] = {}  # the same, where it depends on shapes
NETWORK: list[NetworkCheck] = []


def block_check(check: BlockCheck) -> BlockCheck:
    """A check of every block that has an error, lacks a wire or is very large."""
    BLOCK.append(check)
    return check


def type_check(*types: str) -> Callable[[BlockCheck], BlockCheck]:
    """A check of some types by what they are and what stands next to them, not by shapes.

    "Next to" is what reads from a block, and what it reads from past the types in `kinds.THROUGH` and `kinds.MOVES`.
    """
    return _entry(OF_TYPE, types)


def shape_check(*types: str) -> Callable[[BlockCheck], BlockCheck]:
    """A check of some types that looks at shapes as well: made again whenever those change."""
    return _entry(OF_SHAPE, types)


def _entry(checks: dict[str, list[BlockCheck]], types: tuple[str, ...]) -> Callable[[BlockCheck], BlockCheck]:
    def enter(check: BlockCheck) -> BlockCheck:
        for block_type in types:
            checks.setdefault(block_type, []).append(check)
        return check

    return enter


def network_check(check: NetworkCheck) -> NetworkCheck:
    """A check of the whole, made again when blocks, wires or marks come or go."""
    NETWORK.append(check)
    return check
