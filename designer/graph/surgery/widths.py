"""Layers made wider by copying channels, or leaner by leaving some out, with all that depends on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from designer.errors import EditRefused
from designer.graph.edits import Batch, Carry, Edit, SetParams
from designer.graph.surgery.channels import Channels
from designer.graph.surgery.spaces import Space
from designer.graph.surgery.trial import need_sound
from designer.graph.weight_steps import Part, Pick

if TYPE_CHECKING:
    from designer.graph.document import Document

__all__ = ["Change", "Norms", "prune", "why_not_resize", "widen", "width_of"]

Norms = Callable[[Sequence[Part], int], "Sequence[float] | None"]
WIDEST = 1_000_000


@dataclass(frozen=True)
class Change:
    """An edit of the network that takes the weights along.

    ``same``: whether the network computes the same afterwards; ``sentence`` says what happens; ``followers`` are the
    other layers that change with it.
    """

    edit: Batch
    same: bool
    sentence: str
    followers: tuple[str, ...] = ()


def width_of(document: Document, name: str) -> int | None:
    """How many channels or features a layer makes, where that can be changed by itself; None for other blocks."""
    if name not in document.network:
        return None
    node = document.network[name]
    for param in ("out_channels", "out_features", "embedding_dim"):
        value = node.params.get(param)
        if isinstance(value, int):
            return value
    return None


def why_not_resize(document: Document, name: str) -> str | None:
    """The sentence that forbids to make a layer wider or leaner, or None."""
    try:
        _space(document, name)
    except EditRefused as refused:
        return str(refused)
    return None


def widen(document: Document, name: str, to: int) -> Change:
    """The edit that gives a layer ``to`` channels: some come twice, and what reads them shares its weights.

    The shares of copies differ, so that training can tell them apart. Raises EditRefused with a sentence.
    """
    channels, root, space = _space(document, name)
    if to <= space.size:
        raise EditRefused(f"{name} has {space.size} channels. Choose more than that; Prune makes it leaner.")
    if to > WIDEST:
        raise EditRefused(f"A layer has at most {WIDEST:,} channels.")
    _need_groups(name, space, to)
    here, there = space.size // space.grouped, to // space.grouped
    index = [group * here + i % here for group in range(space.grouped) for i in range(there)]
    edit = _resized(channels, root, f"Widen {name} to {to}", to, index)
    need_sound(document, edit, f"{name} cannot be widened to {to}")
    uneven = space.uniform if to % space.size else []
    why = f" Not quite: {uneven[0]} normalises over channels that are not all copied equally often." if uneven else ""
    same = "The network computes the same as before." if not uneven else why.strip()
    return Change(edit, not uneven, f"{name} gets {to} channels instead of {space.size}. {same}", _others(space, name))


def prune(document: Document, name: str, to: int, norms: Norms) -> Change:
    """The edit that leaves a layer the ``to`` channels with the largest weights. Raises EditRefused with a sentence.

    ``norms`` gives for the tensors that make the channels how large the weights of each channel are; where it gives
    None (there are no weights), the first channels stay.
    """
    channels, root, space = _space(document, name)
    if not 1 <= to < space.size:
        raise EditRefused(f"{name} has {space.size} channels. Choose between 1 and {space.size - 1}.")
    _need_groups(name, space, to)
    found = norms(space.makers, space.size)
    sizes = list(found) if found is not None else [0.0] * space.size
    here, there = space.size // space.grouped, to // space.grouped
    index: list[int] = []
    for group in range(space.grouped):
        members = range(group * here, (group + 1) * here)
        index += sorted(sorted(members, key=lambda i: (-sizes[i], i))[:there])
    edit = _resized(channels, root, f"Prune {name} to {to}", to, index)
    need_sound(document, edit, f"{name} cannot be pruned to {to}")
    told = f"{name} keeps {to} of its {space.size} channels"
    how = ", those with the largest weights" if found is not None else ""
    nothing = found is not None and all(sizes[i] == 0 for i in range(space.size) if i not in set(index))
    rest = "What goes was all zero." if nothing else "The network computes something else; train it a little more."
    return Change(edit, False, f"{told}{how}. {rest}", _others(space, name))


def _space(document: Document, name: str) -> tuple[Channels, int, Space]:
    network = document.network
    node = network[name]
    owner = network.owner(name)
    if width_of(document, name) is None:
        raise EditRefused(f"{name} ({node.block.title}) has no channels of its own. Choose a convolution or a Linear.")
    if not document.shapes[owner].complete:
        raise EditRefused(f"The sizes at {name} are not known. Solve its problems first.")
    channels = Channels(network, document.shapes)
    layout = channels.made.get(owner)
    if layout is None or not layout.runs:
        raise EditRefused(f"The channels of {name} ({node.block.title}) cannot be followed through the network.")
    if node.params.get("groups", 1) != 1 and owner in channels.read and channels.read[owner].runs:
        first = channels.read[owner].runs[0]
        if layout.runs[0].space == first.space:
            raise EditRefused(
                f"{name} treats each channel by itself, so it follows the layer before it. Choose that layer."
            )
    root = channels.spaces.root(layout.runs[0].space)
    space = channels.spaces[root]
    if space.fixed:
        raise EditRefused(f"The channels of {name} cannot change: {space.fixed}.")
    return channels, root, space


def _need_groups(name: str, space: Space, to: int) -> None:
    if to % space.grouped:
        raise EditRefused(
            f"{to} channels do not divide into the {space.grouped} groups that {name} feeds. "
            f"Choose a multiple of {space.grouped}."
        )


def _others(space: Space, name: str) -> tuple[str, ...]:
    """The other layers that make the same channels, in order."""
    return tuple(dict.fromkeys(owner for owner in space.owners if owner != name))


def _resized(channels: Channels, root: int, label: str, to: int, index: Sequence[int]) -> Batch:
    """The edit that gives a space other channels: the parameters that follow, and what becomes of the weights."""
    spaces, network = channels.spaces, channels.network
    params: dict[str, dict[str, int]] = {}
    for size in spaces.sizes:
        if any(spaces.root(run.space) == root for run in size.runs):
            params.setdefault(size.block, {})[size.param] = spaces.length(size.runs, {root: to})
    edits: list[Edit] = [SetParams(name, dict(values)) for name, values in params.items() if name in network]
    space = spaces[root]
    return Batch(label, (*edits, Carry((Pick(space.size, tuple(index), tuple(space.parts)),))))
