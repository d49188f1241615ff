"""Linked groups: an edit inside one instance is done in all, so that they stay equal up to their paths.

Wires across the border of an instance are its own, and so is its place. An edit that would change one instance only
is refused. Deleting a whole instance deletes just that one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

from designer.errors import EditRefused
from designer.graph.edits import (
    AddBlock,
    Applied,
    Batch,
    Bend,
    Carry,
    Connect,
    Disconnect,
    Edit,
    Move,
    Put,
    RemoveBlock,
    Rename,
    SetMarks,
    SetParams,
    Share,
    apply,
    combined,
)
from designer.graph.labels import label_of
from designer.graph.marks import OF_LAYER
from designer.graph.model import Network, Node, Points, Wire
from designer.graph.names import common_parent, prefixes
from designer.graph.scenery import Group

__all__ = ["apply_everywhere", "instances", "twins", "why_unequal"]

Hop = tuple[str, str]  # from one instance to another
Twin = tuple[tuple[str, ...], tuple[Hop, ...]]  # names in another instance, and the way there


def instances(network: Network, path: str) -> list[str]:
    """The paths of all instances of a linked group; only itself where it has no others."""
    group = network.groups.get(path)
    return list(network.links[group.link]) if group is not None and group.link else [path]


def apply_everywhere(network: Network, edit: Edit) -> tuple[Edit, Applied]:
    """Apply an edit, and in the other instances what of it lies inside of one; the whole edit that this amounts to.

    Raises EditRefused, and then nothing has changed.
    """
    if not any(len(paths) > 1 for paths in network.links.values()):
        applied = apply(network, edit)
        if applied.scenery and network.links:
            _need_equal(network, applied)
        return edit, applied
    mirror = _Mirror(network, edit)
    return mirror.edit(edit), mirror.applied


def flat(edit: Edit) -> Iterator[Edit]:
    """The single edits of a batch, in order."""
    if isinstance(edit, Batch):
        for part in edit.edits:
            yield from flat(part)
    else:
        yield edit


class _Mirror:
    """One edit being applied in all instances."""

    def __init__(self, network: Network, edit: Edit) -> None:
        self.network = network
        self._parts = list(flat(edit))
        self._vanishing = self._whole_removals()
        self._done: list[Edit] = []
        self._applied: list[Applied] = []
        self._ahead: Counter[object] = Counter()  # what was mirrored and may still come by itself
        try:
            for part in self._parts:
                self._do(part)
            self.applied = combined(network, label_of(edit), self._applied)
            _check(network, self.applied)
        except EditRefused:
            for applied in reversed(self._applied):
                apply(network, applied.inverse)
            raise

    def edit(self, asked: Edit) -> Edit:
        """What was done as one edit."""
        if self._done == self._parts:
            return asked
        return self._done[0] if len(self._done) == 1 else Batch(label_of(asked), tuple(self._done))

    def _whole_removals(self) -> frozenset[str]:
        """The instances that the edit deletes as a whole."""
        counts: Counter[str] = Counter()
        for part in self._parts:
            if isinstance(part, RemoveBlock):
                counts.update(prefixes(part.name))
        network = self.network
        gone = {p for p, group in network.groups.items() if group.link and counts[p] == network.count(p)}
        return frozenset(gone.union(names[0] for path in gone for names, _ in twins(network, (path,))))

    def _do(self, part: Edit) -> None:
        key = _key(part)
        if key is not None and self._ahead[key]:
            self._ahead[key] -= 1
            return
        network = self.network
        if isinstance(part, Carry):  # says of every block what becomes of its weights, in whatever instance
            self._apply(part)
        elif isinstance(part, Move):
            self._apply(_moved(network, part))
        elif isinstance(part, SetMarks):
            names = dict.fromkeys(part.names)
            for name in part.names:
                names.update(dict.fromkeys(other[0] for other, _ in twins(network, (name,))))
            self._apply(replace(part, names=tuple(names)) if len(names) > len(part.names) else part)
            marks = {key: value for key, value in part.marks.items() if key in OF_LAYER}
            more = [name for name in alike(network, part.names) if name not in names] if marks else []
            if more:
                self._apply(SetMarks(tuple(more), marks))
        elif isinstance(part, SetParams):
            family = network.family(part.name)
            others = [name for name in alike(network, (part.name,)) if name not in family]
            self._apply(part)
            for name in others:
                self._ahead_of(replace(part, name=name))
        elif isinstance(part, Share):
            layers = {k: v for name, owner in part.layers.items() for k, v in _twin_calls(network, name, owner)}
            self._apply(Share({**layers, **part.layers}) if layers.keys() - part.layers.keys() else part)
        else:
            found = self._mirrored(part)
            self._apply(part)
            for twin in found:
                self._follow(twin)

    def _mirrored(self, part: Edit) -> list[Edit]:
        """The same edit in the other instances, before anything is done."""
        network = self.network
        if isinstance(part, Put):
            if part.what != "group":
                return []
            found = twins(network, (part.key,), self._vanishing)
            return [_twin(network, part, names, hops) for names, hops in found] + _shared_inputs(network, part)
        return [_twin(network, part, *found) for found in twins(network, _names(part), self._vanishing)]

    def _follow(self, twin: Edit) -> None:
        """Do the twin of an edit, making room for it where the surroundings of its instance differ."""
        network = self.network
        match twin:
            case RemoveBlock():
                for wire in network.wires_of(twin.name):
                    self._ahead_of(Disconnect(wire))
            case Connect():
                taken = network.wire_at(twin.wire.dst, twin.wire.slot)
                if taken == twin.wire:
                    return
                if taken is not None:
                    self._ahead_of(Disconnect(taken))
            case Disconnect() | Bend():
                if twin.wire.src not in network or not network.has_wire(twin.wire):
                    return
            case Put():
                if twin.value is None and twin.key not in network.groups:
                    return
        self._ahead_of(twin)

    def _ahead_of(self, edit: Edit) -> None:
        try:
            self._apply(edit)
        except EditRefused as error:
            told = "In a linked group this is done in all instances, and one cannot take it"
            raise EditRefused(f"{told}: {error}") from error
        key = _key(edit)
        if key is not None:
            self._ahead[key] += 1

    def _apply(self, edit: Edit) -> None:
        self._applied.append(apply(self.network, edit))
        self._done.append(edit)


# --- names in other instances --------------------------------------------------------------------------------


def twins(network: Network, names: tuple[str, ...], own: Iterable[str] = ()) -> list[Twin]:
    """The same blocks in all other instances that hold them together; instances in ``own`` keep to themselves."""
    found: dict[tuple[str, ...], tuple[Hop, ...]] = {names: ()}
    waiting = [names]
    while waiting:
        here = waiting.pop()
        around = common_parent(here)
        for path in [*prefixes(around), around]:
            if path in own:
                continue
            for other in instances(network, path) if path in network.groups else ():
                if other == path or f"{other}.".startswith(f"{path}.") or f"{path}.".startswith(f"{other}."):
                    continue
                there = tuple(other + name[len(path) :] for name in here)
                if there not in found:
                    found[there] = (*found[here], (path, other))
                    waiting.append(there)
    return [(there, hops) for there, hops in found.items() if hops]


def alike(network: Network, names: Iterable[str]) -> list[str]:
    """These blocks, those that share a layer with them, their twins in other instances, and so on."""
    found = dict.fromkeys(names)
    waiting = list(found)
    while waiting:
        name = waiting.pop()
        twin_names = [other[0] for other, _ in twins(network, (name,)) if other[0] in network]
        for other in (*network.family(name), *twin_names):
            if other not in found:
                found[other] = None
                waiting.append(other)
    return list(found)


def _twin_calls(network: Network, name: str, owner: str) -> Iterator[tuple[str, str]]:
    """Who calls whose layer in the other instances, where one is to call another one's here."""
    for there, _ in twins(network, (name, owner) if owner else (name,)):
        if all(block in network for block in there):
            yield there[0], there[1] if owner else ""


def _names(edit: Edit) -> tuple[str, ...]:
    match edit:
        case AddBlock() | RemoveBlock():
            return (edit.name,)
        case Rename():
            return edit.old, edit.new
        case Connect() | Disconnect() | Bend():
            return edit.wire.src, edit.wire.dst
    raise TypeError(type(edit).__name__)


def _key(edit: Edit) -> object:
    """What tells an edit that must not be done twice; None for those that may."""
    match edit:
        case AddBlock():
            return edit.kind, edit.name, edit.type, tuple(sorted(edit.params.items(), key=lambda item: item[0]))
        case RemoveBlock() | Rename() | Connect() | Disconnect():
            return edit.kind, *_names(edit), getattr(edit, "wire", None)
    return None


def _twin(network: Network, edit: Any, names: tuple[str, ...], hops: tuple[Hop, ...]) -> Edit:
    """An edit for the same blocks in another instance."""
    match edit:
        case AddBlock():
            dx, dy = _way(network, hops)
            return replace(edit, name=names[0], x=edit.x + dx, y=edit.y + dy)
        case Rename():
            return Rename(names[0], names[1])
        case Connect() | Bend():
            wire = replace(edit.wire, src=names[0], dst=names[1])
            return replace(edit, wire=wire, via=_shifted(edit.via, *_way(network, hops)) if edit.via else ())
        case Disconnect():
            return Disconnect(replace(edit.wire, src=names[0], dst=names[1]))
        case Put(value=Group() as value):
            dx, dy = _way(network, hops)
            return Put("group", names[0], replace(value, path=names[0], x=value.x + dx, y=value.y + dy))
        case Put():
            return Put("group", names[0], None)
    twin: Edit = replace(edit, name=names[0])
    return twin


def _shifted(via: Points, dx: float, dy: float) -> Points:
    return tuple((x + dx, y + dy) for x, y in via)


def _way(network: Network, hops: tuple[Hop, ...]) -> tuple[float, float]:
    """How far another instance lies from the one where the edit is."""
    dx = dy = 0.0
    for here, there in hops:
        first = next((n for n in network.inside(here) if there + n[len(here) :] in network), None)
        if first is not None:
            one, other = network[first], network[there + first[len(here) :]]
            dx, dy = dx + other.x - one.x, dy + other.y - one.y
    return dx, dy


def _shared_inputs(network: Network, part: Put) -> list[Edit]:
    """Which slots of a linked group belong together is the same in all its instances."""
    value = part.value
    old = network.groups.get(part.key)
    if not isinstance(value, Group) or old is None or not value.link or value.link != old.link:
        return []
    others = [network.groups[path] for path in network.links[value.link] if path != part.key]
    return [Put("group", g.path, replace(g, inputs=value.inputs)) for g in others if g.inputs != value.inputs]


def _moved(network: Network, move: Move) -> Move:
    """A move inside one instance moves the same blocks of the others as far; a whole instance moves alone."""
    places = dict(move.positions)
    old = {name: network.groups[name] if name in network.groups else network[name] for name in places}
    steps = {name: (x - old[name].x, y - old[name].y) for name, (x, y) in places.items()}
    for paths in network.links.values():
        met = [path for path in paths if any(name.startswith(f"{path}.") for name in steps)]
        if len(paths) < 2 or len(met) != 1:
            continue
        inner = [name for name in steps if name.startswith(f"{met[0]}.")]
        blocks = [name for name in inner if name in network]
        if len(blocks) == network.count(met[0]) and len({steps[name] for name in blocks}) == 1:
            continue
        for path in paths:
            for name in inner:
                twin = path + name[len(met[0]) :]
                thing = network.groups.get(twin) or network.nodes.get(twin)
                if thing is not None:
                    places.setdefault(twin, (thing.x + steps[name][0], thing.y + steps[name][1]))
    return Move(places) if len(places) > len(move.positions) else move


# --- being equal ---------------------------------------------------------------------------------------------


def _definition(network: Network, path: str) -> object:
    """What the instances of one group share."""
    start = len(path) + 1
    names = network.inside(path)
    among = set(names)
    blocks = {n[start:]: _meaning(network[n], start, among) for n in names}
    wires = {
        Wire(w.src[start:], w.out, w.dst[start:], w.slot): len(network.bends.get(w, ()))
        for n in names
        for w in network.outputs_of(n)
        if w.dst in among
    }
    inner = {p[start:]: g for p, g in network.groups.items() if p.startswith(f"{path}.")}
    groups = {p: (g.title, g.colour, g.closed, g.link, g.inputs) for p, g in inner.items()}
    return blocks, wires, groups


def _meaning(node: Node, start: int, among: Collection[str]) -> object:
    inside = node.shares in among
    return node.type, node.params, node.marks, inside, node.shares[start:] if inside else node.shares


def why_unequal(network: Network, link: str) -> str | None:
    """The sentence that says which instances of a link are not equal; None where all are."""
    first, *others = network.links.get(link, [""])
    for other in others:
        if _definition(network, first) != _definition(network, other):
            return f"{first} and {other} are instances of one group and would no longer be equal. Unlink one first."
    return None


def _check(network: Network, applied: Applied) -> None:
    paths = {p for name in applied.touched for p in prefixes(name)}
    paths |= {p for kind, key in applied.scenery if kind == "group" for p in (*prefixes(key), key)}
    links = {network.groups[p].link for p in paths if p in network.groups}
    for link in sorted(links - {""}):
        why = why_unequal(network, link)
        if why:
            raise EditRefused(why)


def _need_equal(network: Network, applied: Applied) -> None:
    try:
        _check(network, applied)
    except EditRefused:
        apply(network, applied.inverse)
        raise
