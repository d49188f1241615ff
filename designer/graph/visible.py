"""What a canvas shows of a network: the blocks of a scope, closed groups as cards, and the wires between them.

Shown wires are Wires too, between shown names and port numbers. Inside a group, values that come in or go out start
or end at stubs. Without a closed group, at the top, what is shown is the network itself, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from designer.graph.document import Changed
from designer.graph.model import Network, Wire
from designer.graph.names import common_parent, prefixes
from designer.graph.nesting import Value
from designer.graph.ports import Ports, ports_of
from designer.graph.scenery import Note, Slot
from designer.graph.words import plural

__all__ = ["Difference", "Stub", "Visible"]


@dataclass(frozen=True)
class Stub:
    """Where a value comes into the scope, or leaves it; ``key`` is how shown wires name it.

    ``said`` is what it says: where the value comes from or goes to, and its ``title`` where that is nowhere.
    """

    key: str
    title: str
    comes_in: bool
    number: int
    said: str


@dataclass(frozen=True)
class Difference:
    """What looks different after a change: shown names that came, went or changed, and real wires likewise.

    While all is plain nothing is remembered: wires that came or went are then those at the names that changed.
    ``stubs``: whether the stubs are others; ``scope``: whether another scope is shown, because the old one is gone.
    """

    names: frozenset[str]
    wires: frozenset[Wire]
    stubs: bool = False
    scope: bool = False


class _Face:
    """A group seen from outside."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        slots, values = ports.numbers()
        self.slots: Mapping[Slot, int] = slots
        self.values: Mapping[Value, int] = values


class Visible:
    """What is shown of one scope of a network; `follow` keeps it true after each change."""

    def __init__(self, network: Network, scope: str = "") -> None:
        self.network = network
        self.scope = scope
        self._closed = {path for path, group in network.groups.items() if group.closed}
        self._build()

    @property
    def plain(self) -> bool:
        """Whether everything is shown as it is."""
        return not self.scope and not self._closed

    # --- reading ---------------------------------------------------------------------------------------------

    def shown(self, name: str) -> str | None:
        """The block or card that stands for a block, a group or what lies at a path; None outside of the scope."""
        if self.scope and not name.startswith(f"{self.scope}."):
            return None
        if self._closed:
            for path in prefixes(name):
                if path in self._closed and len(path) > len(self.scope):
                    return path
        return name

    def home(self, name: str) -> str:
        """The scope in which a block or a group's card is seen by itself: this one, where it is seen here."""
        if self.shown(name) == name:
            return self.scope
        return next((path for path in reversed(prefixes(name)) if path in self._closed), "")

    def names(self) -> frozenset[str]:
        """The shown blocks, and the paths of the shown cards."""
        return frozenset(self.network.nodes if self.plain else self._members)

    def __contains__(self, name: object) -> bool:
        return name in (self.network.nodes if self.plain else self._members)

    def cards(self) -> Mapping[str, Ports]:
        """The ports of the closed groups that are shown, by path."""
        return {path: face.ports for path, face in self._faces.items() if path != self.scope}

    def blocks(self, name: str) -> list[str]:
        """The blocks that a shown name stands for."""
        return sorted(self._members.get(name, ())) if name in self._faces else [name]

    def wire(self, wire: Wire) -> Wire | None:
        """How a wire of the network is shown; None where it is not."""
        return wire if self.plain else self._wires.get(wire)

    def wires(self) -> dict[Wire, Wire]:
        """All wires that are shown: the real one, and how. Several real ones can be shown as the same."""
        if self.plain:
            return {wire: wire for wire in self.network.wires()}
        return {wire: shown for wire, shown in self._wires.items() if shown is not None}

    def stubs(self) -> tuple[Stub, ...]:
        """Where values come in and go out; none at the top."""
        return self._stubs

    def _make_stubs(self) -> tuple[Stub, ...]:
        if not self.scope:
            return ()
        ports = self._faces[self.scope].ports
        inputs = (
            Stub(_in(i), entry.name, True, i, self._origin(entry.source) or entry.name)
            for i, entry in enumerate(ports.inputs)
        )
        outputs = (
            Stub(_out(i), end.name, False, i, self._readers(end.value) or end.name)
            for i, end in enumerate(ports.outputs)
        )
        return (*inputs, *outputs)

    def _origin(self, value: Value | None) -> str:
        return f"from {self._near(value[0])}" if value is not None else ""

    def _readers(self, value: Value) -> str:
        wires = [w.dst for w in self.network.outputs_of(value[0]) if w.out == value[1]]
        outside = sorted({name for name in wires if not name.startswith(f"{self.scope}.")})
        if len(outside) > 1:
            return f"to {plural(len(outside), 'block')}"
        return f"to {self._near(outside[0])}" if outside else ""

    def _near(self, name: str) -> str:
        """A block's name as one beside the scope calls it."""
        around = common_parent((self.scope, name))
        return name[len(around) + 1 :] if around else name

    def notes(self) -> list[Note]:
        """The notes and frames that lie here and in no closed group."""
        inside = f"{self.scope}." if self.scope else ""
        return [
            note
            for note in self.network.notes.values()
            if (f"{note.scope}." if note.scope else "").startswith(inside) and self._is_open(note.scope)
        ]

    def _is_open(self, scope: str) -> bool:
        outside = {*prefixes(self.scope), self.scope}
        return all(path in outside or path not in self._closed for path in (*prefixes(scope), scope))

    # --- keeping it true -------------------------------------------------------------------------------------

    def enter(self, scope: str) -> None:
        """Show another scope: the path of a group, or the top (empty)."""
        self.scope = scope
        self._build()

    def follow(self, changed: Changed) -> Difference:
        """Take in a change of the network; what looks different."""
        if self.scope and not self.network.is_prefix(self.scope):
            return self._leave()
        groups = {key for kind, key in changed.scenery if kind == "group"}
        closed = {path for path in groups if path in self.network.groups and self.network.groups[path].closed}
        if closed != groups & self._closed:
            return self._anew(closed, groups, changed)
        if self.plain:
            return Difference(changed.touched, frozenset())
        return self._update(changed.touched, groups)

    def _leave(self) -> Difference:
        """The scope is gone: show the nearest one around it."""
        self._closed = {path for path, group in self.network.groups.items() if group.closed}
        before = set(self._members)
        wires = set(self._wires)
        self.enter(next((p for p in reversed(prefixes(self.scope)) if self.network.is_prefix(p)), ""))
        return Difference(self.names() | before, frozenset(wires | self.wires().keys()), stubs=True, scope=True)

    def _anew(self, closed: set[str], groups: set[str], changed: Changed) -> Difference:
        """A group was closed or opened."""
        names, wires, stubs = self.names(), self.wires(), self._stubs
        self._closed = (self._closed - groups) | closed
        self._build()
        after = self.wires()
        differ = {w for w in wires.keys() | after.keys() if wires.get(w) != after.get(w)}
        seen = {n for name in changed.touched if (n := self.shown(name)) is not None}
        looked_at = (names ^ self.names()) | changed.touched | seen | (groups & self.names())
        return Difference(looked_at, frozenset(differ), self._stubs != stubs)

    def _build(self) -> None:
        self._members: dict[str, set[str]] = {}  # by shown name, the blocks that it stands for
        self._holder: dict[str, str] = {}
        self._faces: dict[str, _Face] = {}
        self._wires: dict[Wire, Wire | None] = {}
        self._at: dict[str, set[Wire]] = {}
        self._stubs: tuple[Stub, ...] = ()
        if self.plain:
            return
        for name in self.network.nodes:
            self._place(name)
        for path in self._members.keys() & self._closed:
            self._faces[path] = _Face(ports_of(self.network, path, self._members[path]))
        if self.scope:
            self._faces[self.scope] = _Face(ports_of(self.network, self.scope))
        # Inside a group only the wires at its blocks matter: of large models there are many groups.
        own = dict.fromkeys(w for n in self._holder for w in self.network.wires_of(n)) if self.scope else None
        for wire in self.network.wires() if own is None else own:
            self._map(wire)
        self._stubs = self._make_stubs()

    def _place(self, name: str) -> str | None:
        """Note where a block is shown, or no longer; the shown name that changed."""
        old = self._holder.pop(name, None)
        if old is not None:
            self._members[old].discard(name)
            if not self._members[old]:
                del self._members[old]
                self._faces.pop(old, None)
        new = self.shown(name) if name in self.network else None
        if new is not None:
            self._holder[name] = new
            self._members.setdefault(new, set()).add(name)
        return new or old

    def _update(self, touched: Iterable[str], groups: set[str]) -> Difference:
        network = self.network
        names: set[str] = set(groups & self._members.keys())
        stale = set(groups & self._faces.keys())
        around = set(touched)
        for name in touched:
            if name in network:
                around.update(network.successors(name), network.predecessors(name))
            around.update(end for wire in self._at.get(name, ()) for end in (wire.src, wire.dst))
        for name in touched:
            names.update(n for n in (self._holder.get(name), self._place(name)) if n is not None)
        stubs = self._stubs
        met = names | {self._holder[name] for name in around if name in self._holder}
        stale |= met & self._closed
        if self.scope and met:
            stale.add(self.scope)
        doubtful = set(touched)
        for path in stale & {*self._members, self.scope}:
            blocks = self._members[path] if path != self.scope else set(self._holder)
            old = self._faces.get(path)
            self._faces[path] = _Face(ports_of(network, path, blocks))
            if old is None or old.ports != self._faces[path].ports:
                doubtful |= blocks
                names.add(path)
        names.discard(self.scope)
        self._stubs = self._make_stubs()
        return Difference(frozenset(names), frozenset(self._remap(doubtful)), self._stubs != stubs)

    def _remap(self, names: Iterable[str]) -> Iterable[Wire]:
        """Look at the wires of these blocks again; those that are shown in another way."""
        for name in names:
            old = self._at.get(name, set())
            new = set(self.network.wires_of(name)) if name in self.network else set()
            for wire in old - new:
                for end in (wire.src, wire.dst):
                    self._at.get(end, set()).discard(wire)
                if self._wires.pop(wire, None) is not None:
                    yield wire
            for wire in new:
                before = self._wires.get(wire)
                self._map(wire)
                if self._wires[wire] != before:
                    yield wire
            if name not in self.network:
                self._at.pop(name, None)

    def _map(self, wire: Wire) -> None:
        for name in (wire.src, wire.dst):
            self._at.setdefault(name, set()).add(wire)
        src, dst = self._holder.get(wire.src), self._holder.get(wire.dst)
        value, slot = (wire.src, wire.out), (wire.dst, wire.slot)
        if src == dst:
            self._wires[wire] = None
            return
        if src is None:
            start = (_in(self._faces[self.scope].slots[slot]), 0)
        else:
            start = (src, self._faces[src].values[value] if src in self._faces else wire.out)
        if dst is None:
            end = (_out(self._faces[self.scope].values[value]), 0)
        else:
            end = (dst, self._faces[dst].slots[slot] if dst in self._faces else wire.slot)
        self._wires[wire] = Wire(*start, *end)


def _in(number: int) -> str:
    return f":in:{number}"


def _out(number: int) -> str:
    return f":out:{number}"
