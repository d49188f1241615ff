"""One layer called by several blocks: who owns it, and what keeps the blocks alike. The weights exist once.

One block owns the layer, under its own name; the others name it (``Node.shares``). All of them have the same type, the
same parameters and the same marks of the layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from designer.errors import EditRefused
from designer.graph.edit_data import Applied, Batch, Edit, SetMarks, SetParams, Share
from designer.graph.marks import OF_LAYER, is_frozen, only
from designer.graph.model import Network, Node
from designer.graph.names import common_parent, natural

__all__ = ["apart", "hand_over", "share", "shared_by", "shared_words", "take_along", "together", "why_not_share"]


def why_not_share(network: Network, name: str, owner: str) -> str | None:
    """The sentence that forbids a block to call the layer of another one, or None."""
    for block in (name, owner):
        if block not in network:
            return f"There is no block called {block!r}."
    one, other = network[name], network[owner]
    if name == owner:
        return f"{name} cannot share its layer with itself."
    if one.block.layer is None:
        return f"A block of type {one.block.title} has no layer that could be shared."
    if one.type != other.type:
        return f"{name} ({one.block.title}) and {owner} ({other.block.title}) cannot share one layer: choose one type."
    if other.shares:
        return f"{owner} shares the layer of {other.shares}; share the layer of {other.shares} instead."
    if network.shared.get(name):
        return f"Other blocks share the layer of {name}; let them share the layer of {owner} as well."
    return _why_unlike(one, other)


def _why_unlike(one: Node, other: Node) -> str | None:
    """The sentence that says in what two blocks differ that are to share a layer; None where they are alike."""
    for param in one.block.params:
        if one.params[param.name] != other.params[param.name]:
            return f"{one.name} and {other.name} cannot share one layer: they differ in {param.label}."
    if only(one.marks, OF_LAYER) != only(other.marks, OF_LAYER):
        unlike = "only one of them is frozen" if is_frozen(one) != is_frozen(other) else "they differ in Rate factor"
        return f"{one.name} and {other.name} cannot share one layer: {unlike}."
    return None


def share(network: Network, edit: Share) -> Applied:
    """Do the edit. Raises EditRefused, and then nothing has changed."""
    before = {name: network[name] for name in edit.layers}
    met = _families(network, before)
    for name, owner in edit.layers.items():
        network.put(replace(before[name], shares=owner))
    looked_at = {*before, *(other for name in before for other in network.shared.get(name, ()))}
    for name in sorted(looked_at, key=natural):
        owner = network[name].shares
        why = why_not_share(network, name, owner) if owner else None
        if why:
            for node in before.values():
                network.put(node)
            raise EditRefused(why)
    met |= _families(network, before)
    inverse = Share({name: node.shares for name, node in before.items()})
    return Applied(inverse, frozenset(before), frozenset(met), False)


def _families(network: Network, names: Iterable[str]) -> set[str]:
    return {other for name in names for other in network.family(name)}


def hand_over(network: Network, gone: Node, followers: Iterable[str]) -> tuple[str, ...]:
    """After the owner of a layer was taken away: the nearest of those that shared it owns it now.

    Returns the blocks that this changed, the new owner first.
    """
    order = sorted(followers, key=lambda name: (-len(common_parent((name, gone.name))), natural(name)))
    for name in order:
        network.put(replace(network[name], shares="" if name == order[0] else order[0]))
    return tuple(order)


def take_along(network: Network, old: str, new: str) -> tuple[str, ...]:
    """After the owner of a layer got another name: those that share it name it so. Returns them."""
    names = tuple(network.shared.get(old, ()))
    for name in names:
        network.put(replace(network[name], shares=new))
    return names


def shared_by(edits: Iterable[Edit]) -> Mapping[str, str]:
    """What the edits of a file or of copied blocks say about sharing: name to owner."""
    return {name: owner for edit in edits if isinstance(edit, Share) for name, owner in edit.layers.items()}


_MOST = 3  # names that are listed


def shared_words(network: Network, name: str) -> str:
    """Whose layer a block calls, or who calls its own; empty where it has one for itself."""
    owner, *others = network.family(name)
    if not others:
        return ""
    if owner != name:
        return f"Shares the layer of {owner}"
    listed = others if len(others) <= _MOST else [*others[: _MOST - 1], f"{len(others) - _MOST + 1} more blocks"]
    together = f"{', '.join(listed[:-1])} and {listed[-1]}" if len(listed) > 1 else listed[0]
    return f"Its layer is shared by {together}"


# --- what people do with it ----------------------------------------------------------------------------------


def together(network: Network, names: Iterable[str]) -> Batch:
    """The edit by which blocks share one layer, and all that share with one of them already.

    The layer is that of a block that shares its own already, else of the first on the way of the data; the others take
    its parameters. Raises EditRefused where they cannot.
    """
    chosen = [network[name] for name in names]
    positions = network.positions()
    owners = sorted(
        {n.shares or n.name for n in chosen}, key=lambda name: (name not in network.shared, positions[name])
    )
    if len(chosen) < 2:
        raise EditRefused("Choose two or more blocks of one type that are to share a layer.")
    if len(owners) < 2:
        raise EditRefused(f"These blocks share the layer of {owners[0]} already.")
    first, *others = (network[name] for name in owners)
    edits: list[Edit] = []
    for other in others:
        if other.type != first.type or first.block.layer is None:
            raise EditRefused(why_not_share(network, other.name, first.name) or "")
        if other.params != first.params:
            edits.append(SetParams(other.name, first.params))
        if only(other.marks, OF_LAYER) != only(first.marks, OF_LAYER):
            edits.append(SetMarks((other.name,), only(first.marks, OF_LAYER)))
    edits.append(Share({name: first.name for other in others for name in network.family(other.name)}))
    return Batch(f"Share the layer of {first.name}", tuple(edits))


def apart(network: Network, names: Iterable[str]) -> Batch:
    """The edit that gives blocks layers of their own; those that are left go on sharing. Raises EditRefused."""
    chosen = {name for name in names if len(network.family(name)) > 1}
    layers = dict.fromkeys(sorted(chosen, key=natural), "")
    for owner in {network.owner(name) for name in chosen}:
        left = [name for name in network.family(owner) if name not in chosen]
        if left and owner in chosen:
            layers |= {name: "" if name == left[0] else left[0] for name in left}
    layers = {name: owner for name, owner in layers.items() if network[name].shares != owner}
    if not layers:
        raise EditRefused("None of these blocks shares its layer with another one.")
    first = min(chosen, key=natural)
    return Batch(f"Unshare {first}" if len(chosen) == 1 else f"Unshare {len(chosen)} blocks", (Share(layers),))
