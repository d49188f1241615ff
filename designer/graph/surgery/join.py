"""Another model, or its first part, put into a drawing under a module path of its own; its weights come along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from designer.errors import EditRefused
from designer.graph.edits import AddBlock, Batch, Carry, Connect, Edit, Put, Share
from designer.graph.infer import Shapes
from designer.graph.links import apply_everywhere
from designer.graph.model import Network, Wire
from designer.graph.names import check_name, prefixes
from designer.graph.scenery import Group
from designer.graph.state import layer_of, tensors_of
from designer.graph.surgery.cut import upstream_of
from designer.graph.surgery.trial import need_sound
from designer.graph.surgery.widths import Change
from designer.graph.weight_steps import Bring
from designer.graph.words import plural

if TYPE_CHECKING:
    from designer.graph.document import Document

__all__ = ["insert_model"]


def insert_model(
    document: Document,
    other: Network,
    prefix: str,
    *,
    up_to: str = "",
    feed: str = "",
    weights: Path | None = None,
    at: tuple[float, float] = (0.0, 0.0),
    title: str = "",
) -> Change:
    """The edit that puts the blocks of ``other`` into the drawing, each below the path ``prefix``, as one closed group.

    ``up_to`` is the last block that comes along, with all that it needs; without, all but the outputs come. ``feed`` is
    the block of the drawing that takes the place of the model's Input; without, its Input comes along. ``weights`` is
    the file of the model's weights. Raises EditRefused with a sentence.
    """
    path = document.free_name(check_name(prefix))
    chosen = _chosen(other, up_to)
    inputs = [name for name in chosen if other[name].block.role == "input"]
    if feed:
        _need_feed(document, other, feed, inputs)
        chosen = [name for name in chosen if name not in inputs]
    names = {name: f"{path}.{name}" for name in chosen}
    edits = [*_blocks(other, names, at), *_wires(other, names, at), *_groups(other, names, path, at, title)]
    if feed:
        edits += [
            Connect(Wire(feed, 0, names[wire.dst], wire.slot))
            for wire in (w for name in inputs for w in other.outputs_of(name))
            if wire.dst in names
        ]
    bring = _owners(other, names)
    if weights is not None and bring:
        edits.append(Carry((Bring(str(weights.absolute()), bring),)))
    edit = Batch(f"Insert {path}", tuple(edits))
    after = need_sound(document, edit, f"{title or 'That model'} does not fit here")
    told = f"{plural(len(names), 'block')} {'comes' if len(names) == 1 else 'come'} in as {path}"
    if weights is None or not bring:
        return Change(edit, False, f"{told}.", (path,))
    return Change(edit, False, f"{told} with their weights.{_anew(document, edit, after, other, bring)}", (path,))


def _anew(document: Document, edit: Edit, after: Shapes, other: Network, bring: Mapping[str, str]) -> str:
    """What has other sizes here than it had there, and so cannot take its weights along."""
    network = document.network.copy()
    apply_everywhere(network, edit)
    before = Shapes(other)
    unlike = [n for n, old in bring.items() if _tensors(network, after, n) != _tensors(other, before, old)]
    if not unlike:
        return ""
    some = ", ".join(unlike[:3]) + (f" and {len(unlike) - 3} more" if len(unlike) > 3 else "")
    return f" {some} {'has' if len(unlike) == 1 else 'have'} other sizes here and start{'s' * (len(unlike) == 1)} anew."


def _tensors(network: Network, shapes: Shapes, name: str) -> object:
    layer = layer_of(network, shapes, name)
    return layer and (tensors_of(layer) or layer)


def _chosen(other: Network, up_to: str) -> list[str]:
    if up_to:
        if up_to not in other and not other.is_prefix(up_to):
            raise EditRefused(f"There is no block called {up_to!r} in that model.")
        kept = upstream_of(other, up_to)
        return [name for name in other.order() if name in kept and other[name].block.role != "output"]
    ends = [name for name, node in other.nodes.items() if node.block.role == "output"]
    kept = other.upstream(ends) if ends else set(other.nodes)
    found = [name for name in other.order() if name in kept and other[name].block.role != "output"]
    if not found:
        raise EditRefused("That model has no blocks that could be inserted.")
    return found


def _need_feed(document: Document, other: Network, feed: str, inputs: list[str]) -> None:
    node = document.network[feed]
    if len(node.outputs) < 1:
        raise EditRefused(f"{feed} has no output that could feed the model.")
    if len(inputs) != 1:
        raise EditRefused(f"That model has {plural(len(inputs), 'input')}; one block feeds exactly one.")


def _corner(other: Network, names: Mapping[str, str]) -> tuple[float, float]:
    return min(other[n].x for n in names), min(other[n].y for n in names)


def _blocks(other: Network, names: Mapping[str, str], at: tuple[float, float]) -> list[Edit]:
    left, top = _corner(other, names)
    found: list[Edit] = []
    for old, new in names.items():
        node = other[old]
        found.append(AddBlock(new, node.type, node.params, node.x - left + at[0], node.y - top + at[1], node.marks))
    homes = {old: new for new, old in _owners(other, names).items()}
    shares = {new: homes[other[old].shares] for old, new in names.items() if other[old].shares}
    layers = {new: home for new, home in shares.items() if home != new}
    return [*found, Share(layers)] if layers else found


def _owners(other: Network, names: Mapping[str, str]) -> dict[str, str]:
    """For each new block that owns a layer, whose it was: where the owner stayed behind, the first call has it now."""
    found: dict[str, str] = {}
    for old, new in names.items():
        owner = other.owner(old)
        if other[old].block.layer is not None and owner not in found.values() and (owner == old or owner not in names):
            found[new] = owner
    return found


def _wires(other: Network, names: Mapping[str, str], at: tuple[float, float]) -> list[Edit]:
    left, top = _corner(other, names)
    found: list[Edit] = []
    for wire in other.wires():
        if wire.src in names and wire.dst in names:
            via = tuple((x - left + at[0], y - top + at[1]) for x, y in other.bends.get(wire, ()))
            found.append(Connect(Wire(names[wire.src], wire.out, names[wire.dst], wire.slot), via))
    return found


def _groups(other: Network, names: Mapping[str, str], path: str, at: tuple[float, float], title: str) -> list[Edit]:
    left, top = _corner(other, names)
    found: list[Edit] = [Put("group", path, Group(path, title, closed=True, x=at[0], y=at[1]))]
    full = {p for n in names for p in prefixes(n)}
    for group in other.groups.values():
        whole = all(n in names for n in other.inside(group.path))
        if group.path in full:
            inputs = group.inputs if whole else ()
            x, y = group.x - left + at[0], group.y - top + at[1]
            inner = f"{path}.{group.path}"
            found.append(Put("group", inner, replace(group, path=inner, link="", inputs=inputs, x=x, y=y)))
    return found
