"""The rows of the network report. A broken block hides nothing but what depends on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from designer.blocks.dims import Tensor
from designer.graph.check import Problem
from designer.graph.document import Document
from designer.graph.field import Field, measure_fields
from designer.graph.infer import BlockShapes
from designer.graph.marks import is_frozen
from designer.graph.memory import Memory, measure_memory
from designer.graph.names import prefixes

__all__ = ["Report", "Row", "Sums", "make_report"]


@dataclass(frozen=True)
class Sums:
    """Figures that can be added up.

    ``macs`` are multiply-adds for one sample; ``made`` and ``kept`` the bytes that results take at the report's batch
    size, forward and until backward (memory.py). What is not known counts 0: ``unknown`` blocks have no shapes,
    ``unsized`` ones a cost that depends on an open size.
    """

    blocks: int = 0
    params: int = 0
    frozen: int = 0
    macs: int = 0
    made: int = 0
    kept: int = 0
    unknown: int = 0
    unsized: int = 0

    @property
    def trainable(self) -> int:
        """The parameters that training changes."""
        return self.params - self.frozen


def _total(parts: Iterable[Sums]) -> Sums:
    """All of these together; one pass, because a report of a large network has many."""
    b = p = f = m = a = k = u = s = 0
    for part in parts:
        b, p, f, m = b + part.blocks, p + part.params, f + part.frozen, m + part.macs
        a, k, u, s = a + part.made, k + part.kept, u + part.unknown, s + part.unsized
    return Sums(b, p, f, m, a, k, u, s)


@dataclass(frozen=True)
class Row:
    """A block, or (``group``) the sub-total of all blocks under a path. Words are made when they are asked for."""

    number: int  # its place in the order of the network
    name: str
    depth: int
    sums: Sums
    group: bool = False
    type: str = ""
    title: str = ""
    role: str = "layer"
    shapes: BlockShapes | None = None
    field: Field | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def inputs(self) -> str:
        """The shapes that arrive, ``?`` for those that are not known."""
        return _spelled(self.shapes.inputs.values()) if self.shapes is not None else ""

    @property
    def output(self) -> str:
        """The shapes that it gives; of what ends the network those that arrive."""
        if self.shapes is None:
            return ""
        return self.inputs if self.role == "output" else _spelled(self.shapes.outputs)

    @property
    def known(self) -> bool:
        """Whether its shapes are known, so that its figures count."""
        return self.sums.unknown == 0

    @property
    def worst(self) -> str:
        """``error``, ``warning`` or nothing."""
        kinds = {problem.severity for problem in self.problems}
        return "error" if "error" in kinds else "warning" if kinds else ""


def _spelled(tensors: Iterable[Tensor | None]) -> str:
    return ", ".join("?" if t is None else str(t) for t in tensors)


@dataclass(frozen=True)
class Report:
    """All rows in the order of the network, each group before its blocks.

    ``problems`` are those of the network as a whole, ``tried`` the sizes at which open ones were tried.
    """

    batch: int
    rows: tuple[Row, ...]
    totals: Sums
    problems: tuple[Problem, ...] = ()
    tried: Mapping[str, int] = field(default_factory=dict)

    @property
    def blocks(self) -> tuple[Row, ...]:
        """The rows of blocks."""
        return tuple(row for row in self.rows if not row.group)

    @property
    def groups(self) -> tuple[Row, ...]:
        """The sub-totals."""
        return tuple(row for row in self.rows if row.group)


def make_report(document: Document, batch: int = 32, tried: Mapping[str, int] | None = None) -> Report:
    """The report of a document at a batch size. ``tried`` is told along: the sizes that were put in for open ones."""
    network, shapes = document.network, document.shapes
    memory = measure_memory(network, shapes, {"B": batch})
    fields = measure_fields(network, shapes)
    problems: dict[str | None, list[Problem]] = {}
    for problem in document.problems:
        problems.setdefault(problem.block, []).append(problem)
    sums = {name: _sums(document, name, memory.get(name)) for name in network.nodes}
    rows: list[Row] = []
    for path, depth, inside in _outline(network.order()):
        if inside:
            rows.append(Row(len(rows), path, depth, _total(sums[n] for n in inside), group=True))
            continue
        node = network.nodes[path]
        found = tuple(problems.get(path, ()))
        block = node.block
        rows.append(
            Row(len(rows), path, depth, sums[path], False, node.type, block.title, block.role, shapes[path],
                fields.get(path), found)
        )  # fmt: skip
    return Report(batch, tuple(rows), _total(sums.values()), tuple(problems.get(None, ())), dict(tried or {}))


def _sums(document: Document, name: str, memory: Memory | None) -> Sums:
    known = document.shapes[name]
    cost, complete = known.cost, known.complete
    unsized = cost.macs > 0 and _open(known)
    return Sums(
        1,
        cost.params,
        cost.params if is_frozen(document.network.nodes[name]) else 0,
        0 if unsized else cost.macs,
        memory.made if memory else 0,
        memory.kept if memory else 0,
        int(not complete),
        int(complete and (unsized or memory is None)),
    )


def _open(shapes: BlockShapes) -> bool:
    """Whether a size after the batch is open."""
    tensors = (*shapes.inputs.values(), *shapes.outputs)
    return any(not isinstance(d, int) for t in tensors if t is not None for d in t.dims[1:])


def _outline(order: list[str]) -> list[tuple[str, int, list[str]]]:
    """Groups and blocks with their depths, a group (and what is inside) where its first block stands.

    A path with a single block below it says nothing that the block does not.
    """
    inside: dict[str, list[str]] = {}
    children: dict[str, dict[str, None]] = {"": {}}
    for name in order:
        parent = ""
        for path in prefixes(name):
            children[parent][path] = None
            children.setdefault(path, {})
            inside.setdefault(path, []).append(name)
            parent = path
        children[parent][name] = None
    found: list[tuple[str, int, list[str]]] = []
    stack = [(child, 0) for child in reversed(children[""])]
    while stack:
        path, depth = stack.pop()
        blocks = inside.get(path, [])
        told = len(blocks) > 1
        if told or not blocks:
            found.append((path, depth, blocks if told else []))
        stack += [(child, depth + told) for child in reversed(children.get(path, {}))]
    return found
