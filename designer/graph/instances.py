"""Several of the same group: linked copies, and a group repeated in series (×n). Each function gives one edit.

A repeated group P has the instances P.0, P.1, ... one after the other; they have weights of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from designer.errors import EditRefused
from designer.graph.edits import AddBlock, Batch, Connect, Disconnect, Edit, Put, RemoveBlock, Share, apply
from designer.graph.groups import need_group, relocated, remembered
from designer.graph.links import twins
from designer.graph.model import Network, Points, Wire
from designer.graph.nesting import Value
from designer.graph.ports import Ports, ports_of
from designer.graph.scenery import Group, fresh_key

if TYPE_CHECKING:
    from designer.graph.document import Document

__all__ = ["MOST_REPEATS", "link_copy", "repeat", "times", "unlink"]

MOST_REPEATS = 200
_ASIDE = 264.0  # a card and the gap beside it
_BELOW = 124.0  # a card and the gap below it


def link_copy(document: Document, path: str) -> Batch:
    """Another instance of a group: from now on an edit in one of them changes all."""
    network = document.network
    shown = need_group(network, path)
    link = shown.link or fresh_key("link", network.links)
    copy = document.free_name(path)
    across = [network[name].x for name in network.inside(path)]
    aside = _ASIDE if shown.closed else max(across) - min(across) + _ASIDE
    edits = _copies(network, path, copy, aside, 0.0)
    edits.append(Put("group", copy, replace(shown, path=copy, x=shown.x + aside, link=link)))
    if not shown.link:
        edits.append(Put("group", path, replace(shown, link=link)))
    return Batch(f"Link a copy of {path}", tuple(edits))


def unlink(document: Document, path: str) -> Batch:
    """Make an instance a group of its own; the last one that is left has nothing to be linked to either."""
    network = document.network
    shown = need_group(network, path)
    if not shown.link:
        raise EditRefused(f"{path} is not linked to other groups.")
    paths = network.links[shown.link]
    free = paths if len(paths) == 2 else [path]
    return Batch(f"Unlink {path}", tuple(Put("group", p, replace(network.groups[p], link="")) for p in free))


def _copies(network: Network, path: str, copy: str, dx: float, dy: float) -> list[Edit]:
    """The edits that draw the blocks of a path once more under another one, with the wires and groups inside."""
    names = network.inside(path)
    among = set(names)

    def there(name: str) -> str:
        return copy + name[len(path) :]

    nodes = [network[name] for name in names]
    edits: list[Edit] = [AddBlock(there(n.name), n.type, n.params, n.x + dx, n.y + dy, n.marks) for n in nodes]
    # Copies share among themselves, or one more time the layer of a block that is not copied.
    shares = {there(n.name): there(n.shares) if n.shares in among else n.shares for n in nodes if n.shares}
    edits += [Share(shares)] if shares else []
    for wire in (w for name in names for w in network.outputs_of(name) if w.dst in among):
        via = tuple((x + dx, y + dy) for x, y in network.bends.get(wire, ()))
        edits.append(Connect(Wire(there(wire.src), wire.out, there(wire.dst), wire.slot), via))
    for p, group in network.groups.items():
        if p.startswith(f"{path}."):
            edits.append(Put("group", there(p), replace(group, path=there(p), x=group.x + dx, y=group.y + dy)))
    return edits


# --- in series -----------------------------------------------------------------------------------------------


def times(network: Network, path: str) -> int:
    """How often a group is repeated: 1 where it is plain."""
    first = network.groups.get(f"{path}.0")
    if first is None or not first.link:
        return 1
    count = 0
    while (part := network.groups.get(f"{path}.{count}")) is not None and part.link == first.link:
        count += 1
    return count if count > 1 and network.count(f"{path}.0") * count == network.count(path) else 1


def repeat(document: Document, path: str, count: int) -> Batch:
    """Repeat a group so many times in series, its outputs feeding the inputs of the next; 1 makes it plain again.

    Raises EditRefused where a group has not as many outputs as inputs, and so cannot follow itself.
    """
    network = document.network
    need_group(network, path)
    if not 1 <= count <= MOST_REPEATS:
        raise EditRefused(f"A group is repeated 1 to {MOST_REPEATS} times, not {count}.")
    now = times(network, path)
    plan = _Plan(network)
    link = fresh_key("link", network.links)
    inside = f"{path}.0"
    others = [names[0].removesuffix(".0") for names, _ in twins(network, (inside,))]  # each has readers of its own
    for place in (path, *others) if count != now else ():
        plan.repeat(place, now, count, link)
    return Batch(f"Repeat {path} {count} times" if count > 1 else f"Repeat {path} once", tuple(plan.edits))


class _Plan:
    """Edits that build on each other, tried on a copy of the network."""

    def __init__(self, network: Network) -> None:
        self.network = network.copy()
        self.edits: list[Edit] = []

    def do(self, *edits: Edit) -> None:
        """Add edits to the plan."""
        for edit in edits:
            apply(self.network, edit)
            self.edits.append(edit)

    def repeat(self, path: str, now: int, count: int, link: str) -> None:
        """From ``now`` times to ``count`` times."""
        if now == 1:
            self._begin(path, link)
        ports = ports_of(self.network, f"{path}.0")
        if count > now:
            _need_series(path, ports)  # it may have been changed since it was repeated
        readers = self._cut_readers(path, ports, now - 1)
        for number in range(now, count):
            self._append(path, ports, number)
        for number in range(count, now):
            self._drop(f"{path}.{number}")
        for (wire, via), value in readers:
            self.do(Connect(replace(wire, src=value(count - 1)), via))
        if count == 1:
            self._end(path)

    def _begin(self, path: str, link: str) -> None:
        """Make the group the first of a series."""
        network = self.network
        _need_series(path, ports_of(network, path))
        shown = network.groups.get(path) or Group(path)
        inputs = remembered(network, path)
        inner = {p: f"{path}.0{p[len(path) :]}" for p in network.groups if p.startswith(f"{path}.")}
        scopes = {path: f"{path}.0"}
        self.do(*relocated(network, {b: f"{path}.0{b[len(path) :]}" for b in network.inside(path)}, inner, scopes))
        self.do(Put("group", f"{path}.0", Group(f"{path}.0", "", shown.colour, True, shown.x, shown.y, link, inputs)))
        if path not in network.groups:
            self.do(Put("group", path, replace(shown, closed=True)))

    def _cut_readers(
        self, path: str, ports: Ports, last: int
    ) -> list[tuple[tuple[Wire, Points], Callable[[int], str]]]:
        """Take away the wires that read the series; each with the name of its source in an instance of a number."""
        found: list[tuple[tuple[Wire, Points], Callable[[int], str]]] = []
        for end in ports.outputs:
            name, out = end.value
            own = name[len(path) + 2 :]

            def source(number: int, own: str = own) -> str:
                return f"{path}.{number}{own}"

            for wire in self.network.outputs_of(source(last)):
                if wire.out == out and not wire.dst.startswith(f"{path}."):
                    found.append(((wire, self.network.bends.get(wire, ())), source))
                    self.do(Disconnect(wire))
        return found

    def _append(self, path: str, ports: Ports, number: int) -> None:
        """One more instance at the end."""
        first, copy = f"{path}.0", f"{path}.{number}"
        tall = [self.network[name].y for name in self.network.inside(first)]
        down = (max(tall) - min(tall) + _BELOW) * number
        root = self.network.groups[first]
        self.do(*_copies(self.network, first, copy, 0.0, down))
        self.do(Put("group", copy, replace(root, path=copy, y=root.y + _BELOW * number)))
        for entry, end in zip(ports.inputs, ports.outputs, strict=True):
            value: Value = f"{path}.{number - 1}{end.value[0][len(first) :]}", end.value[1]
            self.do(*(Connect(Wire(*value, copy + name[len(first) :], slot)) for name, slot in entry.slots))

    def _drop(self, path: str) -> None:
        """Delete an instance."""
        names = self.network.inside(path)
        self.do(*(Disconnect(w) for w in sorted({w for name in names for w in self.network.wires_of(name)})))
        self.do(*(RemoveBlock(name) for name in names))

    def _end(self, path: str) -> None:
        """Make the only instance a plain group again."""
        network, first = self.network, f"{path}.0"
        inputs = network.groups[first].inputs
        inner = {p: path + p[len(first) :] for p in network.groups if p.startswith(f"{first}.")}
        blocks = {b: path + b[len(first) :] for b in network.inside(first)}
        self.do(*relocated(network, blocks, inner, {first: path}))
        self.do(Put("group", path, replace(need_group(network, path), inputs=inputs)))


def _need_series(path: str, ports: Ports) -> None:
    into, out = len(ports.inputs), len(ports.outputs)
    if into != out or not into:
        raise EditRefused(
            f"{path} has {into} input{'s' * (into != 1)} and {out} output{'s' * (out != 1)}. A group is repeated by "
            "feeding its outputs to its inputs, so it needs as many of each."
        )
