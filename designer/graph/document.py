"""The drawing as a person works on it: edits with undo, shapes and problems kept true. No Qt."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from designer.blocks.catalog import catalog
from designer.blocks.spec import Value
from designer.errors import EditRefused
from designer.graph import clipboard, measured
from designer.graph.check import check_network, check_place, check_shapes
from designer.graph.context import NOTHING_KNOWN, Context
from designer.graph.edits import (
    AddBlock,
    Applied,
    Batch,
    Connect,
    Disconnect,
    Edit,
    Move,
    Put,
    RemoveBlock,
    SetMarks,
    apply,
    why_not_connect,
)
from designer.graph.infer import Shapes, infer_block
from designer.graph.labels import label_of
from designer.graph.links import apply_everywhere, flat
from designer.graph.measured import Answer, Query
from designer.graph.model import Network, Wire, natural
from designer.graph.mute import is_muted
from designer.graph.nearby import look_ups, nearby
from designer.graph.problem import RANK, Problem
from designer.graph.scenery import Kind

__all__ = ["Changed", "Document", "Totals", "label_of"]


@dataclass(frozen=True)
class Changed:
    """What an edit did to the document.

    ``touched``: blocks that were added, removed, edited, moved or rewired; ``reshaped``: blocks whose shapes, cost or
    error are different; ``structure``: whether blocks or wires came or went; ``scenery``: the groups, notes and
    bookmarks that came, went or look different, each as kind and key.
    """

    edit: Edit
    touched: frozenset[str]
    reshaped: frozenset[str]
    problems: tuple[Problem, ...]
    structure: bool
    scenery: frozenset[tuple[Kind, str]] = frozenset()
    measured: bool = False  # no edit: something became known that had to be measured


@dataclass(frozen=True)
class Totals:
    """Sums over the network; ``macs`` are multiply-adds for one sample, ``unknown`` the blocks without shapes."""

    blocks: int
    params: int
    macs: int
    unknown: int


def _placed(edit: Edit) -> frozenset[tuple[str, str]] | None:
    """What an edit puts into another place; None when it does anything else."""
    match edit:
        case Move():
            return frozenset(("block", name) for name in edit.positions)
        case Put():
            return frozenset(((edit.what, edit.key),)) if edit.value is not None else None
        case Batch():
            parts = [_placed(part) for part in edit.edits]
            return None if None in parts else frozenset().union(*(part for part in parts if part is not None))
    return None


class Document:
    """A network with its history, shapes and problems."""

    def __init__(self, network: Network | None = None, context: Context = NOTHING_KNOWN) -> None:
        self.network = network if network is not None else Network()
        self.context = context
        self.shapes = Shapes(self.network)
        self.tried: Mapping[str, int] = {}  # what open sizes are shown as; see open_sizes.py
        self._undo: list[tuple[Edit, Edit]] = []  # (edit, inverse)
        self._redo: list[Edit] = []
        self._merge = ""  # what the last edit may be merged with
        self._listeners: list[Callable[[Changed], None]] = []
        self._of_shapes: dict[str, tuple[Problem, ...]] = {}
        self._of_place: dict[str, tuple[Problem, ...]] = {}
        self._problems: tuple[Problem, ...] = ()
        self._muted: tuple[Problem, ...] = ()
        self._whole: tuple[Problem, ...] = ()
        self._check(self.network.nodes, self.network.nodes)

    def twin(self) -> Document:
        """A copy to try edits on: what is known is taken over, so that an edit costs what it changes. No history."""
        other = Document.__new__(Document)
        other.network, other.context, other.tried = self.network.copy(), self.context, {}
        other.shapes = self.shapes.twin(other.network)
        other._undo, other._redo, other._merge, other._listeners = [], [], "", []
        other._of_shapes, other._of_place = dict(self._of_shapes), dict(self._of_place)
        other._problems, other._muted, other._whole = self._problems, self._muted, self._whole
        return other

    # --- edits -----------------------------------------------------------------------------------------------

    def do(self, edit: Edit, merge: str = "") -> Changed:
        """Apply an edit and remember how to undo it. Raises EditRefused; then nothing has changed.

        What lies inside an instance of a linked group is done in all of them; ``Changed`` tells the whole edit.
        Moves of the same blocks one after the other with the same ``merge`` are undone as one.
        """
        edit, applied = apply_everywhere(self.network, edit)
        inverse = applied.inverse
        if merge and merge == self._merge and _placed(edit) == _placed(self._undo[-1][0]) is not None:
            inverse = self._undo.pop()[1]
        self._merge = merge
        self._undo.append((edit, inverse))
        self._redo.clear()
        return self._tell(edit, applied)

    def replay(self, edit: Edit) -> Changed:
        """Apply an edit exactly as it was told by ``Changed``: what it did in linked groups is part of it."""
        applied = apply(self.network, edit)
        self._merge = ""
        self._undo.append((edit, applied.inverse))
        self._redo.clear()
        return self._tell(edit, applied)

    def undo(self) -> Changed | None:
        """Take back the last edit; None when there is none."""
        if not self._undo:
            return None
        edit, inverse = self._undo.pop()
        self._merge = ""
        applied = apply(self.network, inverse)
        self._redo.append(edit)
        return self._tell(inverse, applied)

    def redo(self) -> Changed | None:
        """Do again what was undone last; None when there is nothing."""
        if not self._redo:
            return None
        edit = self._redo.pop()
        self._merge = ""
        applied = apply(self.network, edit)
        self._undo.append((edit, applied.inverse))
        return self._tell(edit, applied)

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to do again."""
        return bool(self._redo)

    @property
    def undo_label(self) -> str:
        """What undo would take back."""
        return label_of(self._undo[-1][0]) if self._undo else ""

    @property
    def redo_label(self) -> str:
        """What redo would do again."""
        return label_of(self._redo[-1]) if self._redo else ""

    @property
    def depth(self) -> int:
        """How many edits can be taken back."""
        return len(self._undo)

    def subscribe(self, callback: Callable[[Changed], None]) -> Callable[[], None]:
        """Hear of every change; calling the result ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def _tell(self, edit: Edit, applied: Applied) -> Changed:
        gone = [name for name in applied.touched if name not in self.network]
        for name in gone:
            self.shapes.forget(name)
            self._of_shapes.pop(name, None)
            self._of_place.pop(name, None)
        reshaped = self.shapes.update(applied.dirty)
        place = {name for name in applied.touched - applied.moved if name in self.network}
        if applied.structure or applied.dirty:  # a check may look at what stands next to its block
            place |= nearby(self.network, place)
        marks = not applied.dirty and any(isinstance(part, SetMarks) for part in flat(edit))
        self._check(place, place | reshaped | look_ups(self.network, reshaped), structure=applied.structure or marks)
        changed = Changed(
            edit, applied.touched, frozenset(reshaped), self._problems, applied.structure, applied.scenery
        )
        for listener in list(self._listeners):
            listener(changed)
        return changed

    def measured(self, answers: Mapping[Query, Answer]) -> Changed | None:
        """Take over what was measured; what that changes is told like an edit. None when nobody waits for it."""
        measured.keep(answers)
        waiting = [name for name, query in self.shapes.wanted.items() if query in answers]
        return self._look_again(waiting) if waiting else None

    def measure_again(self, concerned: Callable[[Query], bool]) -> Changed | None:
        """Forget what was measured, or said instead, where a condition holds, and want it anew."""
        gone = measured.forget(concerned)
        kinds = {query.type for query in gone}
        names = [name for name, node in self.network.nodes.items() if node.type in kinds]
        return self._look_again(names) if names else None

    def _look_again(self, names: Iterable[str]) -> Changed:
        reshaped = self.shapes.update(names)
        near = reshaped | nearby(self.network, reshaped) | look_ups(self.network, reshaped)
        self._check(near, near)
        changed = Changed(Batch("", ()), frozenset(), frozenset(reshaped), self._problems, False, measured=True)
        for listener in list(self._listeners):
            listener(changed)
        return changed

    # --- reading ---------------------------------------------------------------------------------------------

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems but the muted: errors, warnings, notes; of the network first, then block by block."""
        return self._problems

    @property
    def muted(self) -> tuple[Problem, ...]:
        """The warnings that a person does not want to see, in the same order."""
        return self._muted

    def set_context(self, context: Context) -> bool:
        """Take other facts about the data; whether that changes the problems."""
        if context == self.context:
            return False
        before = self._problems, self._muted
        self.context = context
        self._check(self.network.nodes, self.network.nodes, structure=False)
        return (self._problems, self._muted) != before

    def problems_of(self, name: str) -> tuple[Problem, ...]:
        """The problems of one block."""
        return tuple(p for p in self._problems if p.block == name)

    def _check(self, place: Iterable[str], shapes: Iterable[str], structure: bool = True) -> None:
        """Look again at blocks for what depends on their neighbours, and for what depends on their shapes."""
        for check, names, known in (
            (check_place, place, self._of_place),
            (check_shapes, shapes, self._of_shapes),
        ):
            for name in names:
                found = check(self.network, name, self.shapes[name], self.context, self.shapes)
                if found:
                    known[name] = found
                elif name in known:
                    del known[name]
        if structure:  # what the network as a whole lacks depends on its blocks, wires and marks alone
            self._whole = check_network(self.network, self.shapes)
        own = [p for known in (self._of_shapes, self._of_place) for found in known.values() for p in found]
        positions = self.network.positions()
        rows = [*own, *self._whole]
        rows.sort(key=lambda p: (RANK[p.severity], p.block is not None, positions[p.block] if p.block else 0))
        self._muted = tuple(p for p in rows if is_muted(self.network, p))
        self._problems = tuple(p for p in rows if not is_muted(self.network, p)) if self._muted else tuple(rows)

    @property
    def has_errors(self) -> bool:
        """Whether something forbids compiling."""
        return any(p.severity == "error" for p in self._problems)

    def totals(self) -> Totals:
        """Sums over the network; a broken block hides only what depends on it."""
        unknown = sum(not s.complete for s in self.shapes.values())
        return Totals(len(self.network), self.shapes.params, self.shapes.macs, unknown)

    def why_not(self, src: str, out: int, dst: str, slot: int) -> str | None:
        """The sentence that forbids this wire, or None. A taken slot is no reason: ``connect`` replaces its wire."""
        return why_not_connect(self.network, Wire(src, out, dst, slot), replacing=True)

    def warn(self, src: str, out: int, dst: str, slot: int) -> str | None:
        """What the receiving block would complain about if this wire were drawn; None when it fits or is unknown."""
        arriving = self.shapes[src].outputs[out] if src in self.network else None
        if dst not in self.network or arriving is None:
            return None
        inputs = {**self.shapes.arriving(dst), slot: arriving}
        error = infer_block(self.network[dst], inputs).error
        return str(error) if error else None

    # --- edits that people ask for ---------------------------------------------------------------------------

    def fresh_name(self, block_type: str, taken: Iterable[str] = (), scope: str = "") -> str:
        """A free name for a new block, inside the group ``scope``: conv1, conv2, ..."""
        plain = re.sub(r"^user_[0-9a-f]{10}_", "", block_type)
        stem = re.sub(r"_?\d+d$", "", plain).removesuffix("_output") or block_type
        return self.free_name(f"{scope}.{stem}" if scope else stem, set(taken), always_number=True)

    def free_name(self, stem: str, taken: Collection[str] = (), always_number: bool = False) -> str:
        """The name, or the first like it with a number that neither a block nor a group has, nor is ``taken``."""

        def free(name: str) -> bool:
            return name not in taken and name not in self.network and not self.network.is_prefix(name)

        if not always_number and free(stem):
            return stem
        stem = re.sub(r"_?\d+$", "", stem) or stem
        number = 1
        while not free(f"{stem}{number}"):
            number += 1
        return f"{stem}{number}"

    def new_block(
        self, block_type: str, x: float, y: float, params: Mapping[str, Value] | None = None, scope: str = ""
    ) -> AddBlock:
        """The edit that puts down a block of this type under a fresh name, inside the group ``scope``."""
        if block_type not in catalog():
            raise EditRefused(f"There is no block of type {block_type!r}.")
        name = self.fresh_name(block_type, scope=scope)
        return AddBlock(name, block_type, catalog()[block_type].check(params or {}), x, y)

    def connection(self, src: str, out: int, dst: str, slot: int) -> Edit:
        """The edit that draws a wire, replacing the one that ends at the slot."""
        wire = Wire(src, out, dst, slot)
        taken = self.network.wire_at(dst, slot)
        return Batch("Connect", (Disconnect(taken), Connect(wire))) if taken else Connect(wire)

    def removal(self, names: Iterable[str], wires: Iterable[Wire] = (), notes: Iterable[str] = ()) -> Batch:
        """The edit that deletes blocks and groups with their wires, further wires, and notes."""
        chosen, notes = set(names), sorted(notes)
        gone = sorted(self.network.blocks_of(chosen), key=natural)
        cut = {w for name in gone for w in self.network.wires_of(name)} | set(wires)
        things = [*chosen, *notes]
        label = f"Delete {things[0]}" if len(things) == 1 else f"Delete {len(gone)} blocks" if gone else "Disconnect"
        edits: list[Edit] = [Disconnect(w) for w in sorted(cut)]
        edits += [RemoveBlock(n) for n in gone]
        edits += [Put("note", key, None) for key in notes]
        return Batch(label, tuple(edits))

    def insertion(self, wire: Wire, block_type: str, params: Mapping[str, Value] | None = None) -> Batch:
        """The edit that puts a new block into a wire."""
        src, dst = self.network[wire.src], self.network[wire.dst]
        scope = self.network.group_around(wire.src, wire.dst)
        new = self.new_block(block_type, (src.x + dst.x) / 2, (src.y + dst.y) / 2, params, scope)
        joined = (Connect(Wire(wire.src, wire.out, new.name, 0)), Connect(Wire(new.name, 0, wire.dst, wire.slot)))
        return Batch(f"Insert {new.name}", (Disconnect(wire), new, *joined))

    def copy(self, names: Iterable[str], notes: Collection[str] = ()) -> str:
        """Blocks, groups and notes with the wires among them, as JSON text for the clipboard."""
        return clipboard.copy(self, names, notes)

    def paste(self, text: str, x: float, y: float, scope: str | None = None) -> Batch:
        """The edit that adds what ``copy`` wrote, its top left corner at (x, y), under fresh names, inside ``scope``.

        Raises FileDamaged when the text is something else.
        """
        return clipboard.paste(self, text, x, y, scope)
