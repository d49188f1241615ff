"""Every change to a network. Applying one gives its exact inverse."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from designer.blocks.catalog import catalog
from designer.blocks.spec import Value
from designer.errors import EditRefused
from designer.graph.edit_data import (
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
    edit_from_json,
    edit_to_json,
)
from designer.graph.marks import OF_LAYER, check_marks, only
from designer.graph.model import FAR, MOST_BLOCKS, Network, Node, Points, Wire, check_name
from designer.graph.names import prefixes
from designer.graph.scenery import MOST, TYPES, Group, Kind
from designer.graph.sharing import hand_over, share, take_along

__all__ = [
    "AddBlock",
    "Applied",
    "Batch",
    "Bend",
    "Carry",
    "Connect",
    "Disconnect",
    "Edit",
    "Move",
    "Put",
    "RemoveBlock",
    "Rename",
    "SetMarks",
    "SetParams",
    "Share",
    "apply",
    "combined",
    "edit_from_json",
    "edit_to_json",
    "why_not_connect",
]

MOST_BENDS = 64


def apply(network: Network, edit: Edit) -> Applied:
    """Change the network. Raises EditRefused with a sentence, and then nothing has changed."""
    applied: Applied = _APPLY[edit.kind](network, edit)
    return applied


def _add(network: Network, edit: AddBlock) -> Applied:
    check_name(edit.name)
    if edit.type not in catalog():
        raise EditRefused(f"There is no block of type {edit.type!r}.")
    if len(network) >= MOST_BLOCKS:
        raise EditRefused(f"A network has at most {MOST_BLOCKS} blocks.")
    _need_free(network, edit.name)
    params = catalog()[edit.type].check(edit.params)
    network.put(Node(edit.name, edit.type, params, *_place(edit.x, edit.y), check_marks(edit.marks)))
    one = frozenset((edit.name,))
    return Applied(RemoveBlock(edit.name), one, one, True)


def _need_free(network: Network, name: str) -> None:
    if name in network:
        raise EditRefused(f"There is a block called {name!r} already; choose another name.")
    if network.is_prefix(name):
        raise EditRefused(f"{name!r} is the path of other blocks; choose another name.")
    for path in prefixes(name):
        if path in network:
            raise EditRefused(f"{path!r} is a block, so nothing can lie inside it; choose another name.")


def _place(x: float, y: float) -> tuple[float, float]:
    if not (math.isfinite(x) and math.isfinite(y)) or max(abs(x), abs(y)) > FAR:
        raise EditRefused("A block must lie at a finite place on the canvas.")
    return float(x), float(y)


def _remove(network: Network, edit: RemoveBlock) -> Applied:
    node = network[edit.name]
    if network.wires_of(edit.name):
        raise EditRefused(f"{edit.name!r} still has wires; remove them first.")
    sharers = network.family(edit.name)[1:] if not node.shares else []
    network.drop(edit.name)
    inverse: Edit = AddBlock(node.name, node.type, node.params, node.x, node.y, node.marks)
    heirs = hand_over(network, node, sharers)
    if heirs or node.shares:
        inverse = Batch("", (inverse, Share(dict.fromkeys(heirs, edit.name) or {edit.name: node.shares})))
    applied = Applied(inverse, frozenset(heirs), frozenset((edit.name, *heirs)), True)
    return _with_groups(network, applied, edit.name, None)


def _with_groups(network: Network, applied: Applied, old: str, new: str | None) -> Applied:
    """After a block went, or got another name: groups without blocks go, and none remembers a slot that is gone."""
    before: list[Group] = []
    for path in prefixes(old) if network.groups else ():
        group = network.groups.get(path)
        if group is None:
            continue
        start = f"{path}."
        after = group.renamed(old[len(start) :], new[len(start) :] if new and new.startswith(start) else None)
        if not network.is_prefix(path):
            network.show("group", path, None)
        elif after != group:
            network.show("group", path, after)
        else:
            continue
        before.append(group)
    if not before:
        return applied
    back = Batch("", (applied.inverse, *(Put("group", group.path, group) for group in before)))
    return replace(applied, inverse=back, scenery=frozenset(("group", group.path) for group in before))


def _set(network: Network, edit: SetParams) -> Applied:
    node = network[edit.name]
    if edit.type and edit.type not in catalog():
        raise EditRefused(f"There is no block of type {edit.type!r}.")
    block = catalog()[edit.type] if edit.type else node.block
    new = {k: block.param(k).check(v) for k, v in edit.params.items()}
    params = block.check(new) if edit.type else {**node.params, **new}
    count = len(block.outputs_for(params))
    family = network.family(edit.name)
    for name in family:
        _need_unread(network, name, count)
        if any(block.port_of(slot) is None for slot in network.slots_of(name)):
            raise EditRefused(f"{name} would have fewer inputs. Remove the wires that end at the last ones first.")
    for name in family:
        network.put(replace(network[name], type=block.type, params=params))
    if edit.type:
        inverse = SetParams(edit.name, dict(node.params), type=node.type)
    else:
        inverse = SetParams(edit.name, {k: node.params[k] for k in new})
    names = frozenset(family)
    return Applied(inverse, names, names, bool(edit.type) or count != len(node.outputs))


def _need_unread(network: Network, name: str, count: int) -> None:
    """No wire starts at the outputs that a block would no longer have."""
    if len(network[name].outputs) <= count:
        return
    read = sorted({wire.out + 1 for wire in network.outputs_of(name) if wire.out >= count})
    if read:
        which = f"outputs {', '.join(map(str, read[:-1]))} and {read[-1]}" if len(read) > 1 else f"output {read[0]}"
        raise EditRefused(
            f"{name} would have only {count} output{'s' * (count != 1)}. Remove the wires from {which} first."
        )


def _mark(network: Network, edit: SetMarks) -> Applied:
    asked = {network[name].name: edit.marks for name in edit.names}
    check_marks(edit.marks)
    of_layer = {key: value for key, value in edit.marks.items() if key in OF_LAYER}
    for name in list(asked) if of_layer and network.shared else ():
        for other in network.family(name):
            asked.setdefault(other, of_layer)
    before: dict[tuple[tuple[str, Value], ...], list[str]] = {}
    for name, marks in asked.items():
        node = network[name]
        before.setdefault(tuple(only(node.marks, marks).items()), []).append(name)
        network.put(replace(node, marks=check_marks({**node.marks, **marks})))
    parts = [SetMarks(tuple(names), dict(values)) for values, names in before.items()]
    inverse = parts[0] if len(parts) == 1 else Batch("Mark", tuple(parts))
    return Applied(inverse, frozenset(), frozenset(asked), False)


def _rename(network: Network, edit: Rename) -> Applied:
    old, new = network[edit.old].name, check_name(edit.new)
    sharers: tuple[str, ...] = ()
    if old != new:
        node, wires = network[old], [(wire, network.bends.get(wire, ())) for wire in network.wires_of(old)]
        network.drop(old)  # so that layer1 may become layer1.conv
        try:
            _need_free(network, new)
        except EditRefused:
            network.put(node)
            for wire, via in wires:
                network.link(wire)
                network.bend(wire, via)
            raise
        network.put(replace(node, name=new))
        for wire, via in wires:
            network.link(wire.renamed(old, new))
            network.bend(wire.renamed(old, new), via)
        sharers = take_along(network, old, new)
    applied = Applied(Rename(new, old), frozenset((new,)), frozenset((old, new, *sharers)), True)
    return _with_groups(network, applied, old, new) if old != new else applied


def _move(network: Network, edit: Move) -> Applied:
    places = {name: _place(*place) for name, place in edit.positions.items()}
    moved = {name: network.groups[name] if name in network.groups else network[name] for name in places}
    for name, (x, y) in places.items():
        thing = moved[name]
        if isinstance(thing, Group):
            network.show("group", name, replace(thing, x=x, y=y))
        else:
            network.put(replace(thing, x=x, y=y))
    inverse = Move({name: (thing.x, thing.y) for name, thing in moved.items()})
    cards: frozenset[tuple[Kind, str]] = frozenset(("group", name) for name in places if name in network.groups)
    blocks = frozenset(name for name in places if name in network)
    return Applied(inverse, frozenset(), blocks, False, cards, blocks)


def why_not_connect(network: Network, wire: Wire, *, replacing: bool = False) -> str | None:
    """The sentence that forbids a wire, or None. With ``replacing``, a taken slot is no reason."""
    for name in (wire.src, wire.dst):
        if name not in network:
            return f"There is no block called {name!r}."
    src, dst = network[wire.src], network[wire.dst]
    if not 0 <= wire.out < len(src.outputs):
        if src.outputs:
            return f"{wire.src} has only {len(src.outputs)} output{'s' * (len(src.outputs) != 1)}."
        return f"{wire.src} has no output to draw a wire from: it ends the network."
    if dst.block.port_of(wire.slot) is None or wire.slot >= MOST_BLOCKS:
        if not dst.block.inputs:
            return f"{wire.dst} takes no input: it is where data comes in."
        return f"{wire.dst} has only {len(dst.block.inputs)} input{'s' * (len(dst.block.inputs) != 1)}."
    if network.has_wire(wire):
        return f"{wire.src} and {wire.dst} are connected here already."
    taken = network.wire_at(wire.dst, wire.slot)
    if taken and not replacing:
        return f"This input of {wire.dst} already takes {taken.src}; remove that wire first."
    if wire.src == wire.dst:
        return "A block cannot feed itself."
    if network.reaches(wire.dst, wire.src):
        return f"This would make a loop: {wire.src} already depends on {wire.dst}."
    return None


def _connect(network: Network, edit: Connect) -> Applied:
    why = why_not_connect(network, edit.wire)
    if why:
        raise EditRefused(why)
    via = _points(edit.via)
    network.link(edit.wire)
    network.bend(edit.wire, via)
    ends = frozenset((edit.wire.src, edit.wire.dst))
    return Applied(Disconnect(edit.wire), frozenset((edit.wire.dst,)), ends, True)


def _points(via: Points) -> Points:
    if len(via) > MOST_BENDS:
        raise EditRefused(f"A wire is led through at most {MOST_BENDS} points; this one has {len(via)}.")
    if not all(math.isfinite(v) and abs(v) <= FAR for point in via for v in point):
        raise EditRefused("The points of a wire must lie at finite places on the canvas.")
    return tuple((float(x), float(y)) for x, y in via)


def _drawn(network: Network, wire: Wire) -> Wire:
    if wire.src not in network or wire.dst not in network or not network.has_wire(wire):
        raise EditRefused(f"There is no such wire between {wire.src!r} and {wire.dst!r}.")
    return wire


def _disconnect(network: Network, edit: Disconnect) -> Applied:
    wire = _drawn(network, edit.wire)
    inverse = Connect(wire, network.bends.get(wire, ()))
    network.unlink(wire)
    return Applied(inverse, frozenset((wire.dst,)), frozenset((wire.src, wire.dst)), True)


def _bend(network: Network, edit: Bend) -> Applied:
    wire = _drawn(network, edit.wire)
    inverse = Bend(wire, network.bends.get(wire, ()))
    network.bend(wire, _points(edit.via))
    return Applied(inverse, frozenset(), frozenset((wire.src, wire.dst)), False)


def _put(network: Network, edit: Put) -> Applied:
    items, value = network.items(edit.what), edit.value
    old = items.get(edit.key)
    if value is None and old is None:
        raise EditRefused(f"There is no {edit.what} called {edit.key!r}.")
    if value is not None and (not isinstance(value, TYPES[edit.what]) or value.key != edit.key):
        raise EditRefused(f"Expected a {edit.what} called {edit.key!r}, found {type(value).__name__} {value.key!r}.")
    if value is not None and old is None and len(items) >= MOST:
        raise EditRefused(f"A network has at most {MOST:,} {edit.what}s.")
    if value is not None and edit.what == "group" and not network.is_prefix(edit.key):
        raise EditRefused(f"There are no blocks inside {edit.key!r}, so it cannot be a group.")
    network.show(edit.what, edit.key, value)
    inverse = Put(edit.what, edit.key, old)
    return Applied(inverse, frozenset(), frozenset(), False, frozenset(((edit.what, edit.key),)))


def _carry(network: Network, edit: Carry) -> Applied:
    """Nothing of the drawing changes; what it does to weights is worked out from the edits when they are needed."""
    return Applied(Carry(edit.steps, not edit.back), frozenset(), frozenset(), False)


def _batch(network: Network, edit: Batch) -> Applied:
    done: list[Applied] = []
    try:
        for part in edit.edits:
            done.append(apply(network, part))
    except EditRefused:
        for applied in reversed(done):
            apply(network, applied.inverse)
        raise
    return combined(network, edit.label, done)


def combined(network: Network, label: str, done: Sequence[Applied]) -> Applied:
    """What several edits in a row did, as one."""
    dirty = frozenset().union(*(a.dirty for a in done))
    return Applied(
        Batch(label, tuple(a.inverse for a in reversed(done))),
        frozenset(n for n in dirty if n in network),
        frozenset().union(*(a.touched for a in done)),
        any(a.structure for a in done),
        frozenset().union(*(a.scenery for a in done)),
        frozenset().union(*(a.moved for a in done)).difference(*(a.touched - a.moved for a in done)),
    )


_APPLY: dict[str, Any] = {
    "add": _add,
    "remove": _remove,
    "set": _set,
    "mark": _mark,
    "share": share,
    "rename": _rename,
    "move": _move,
    "connect": _connect,
    "disconnect": _disconnect,
    "bend": _bend,
    "put": _put,
    "carry": _carry,
    "batch": _batch,
}
