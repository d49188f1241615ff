"""Find blocks by type, name or value, and make them blocks of another type in one edit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from designer.blocks.catalog import catalog
from designer.blocks.rules import spell
from designer.blocks.spec import Block, Param, Value
from designer.errors import EditRefused, LayerloomError
from designer.graph.edits import Batch, Disconnect, Edit, SetParams
from designer.graph.infer import Shapes
from designer.graph.links import apply_everywhere
from designer.graph.model import Network, Node

if TYPE_CHECKING:
    from designer.graph.document import Document

__all__ = ["Query", "Replacement", "find", "kept_params", "replacement", "type_named", "value_in"]


@dataclass(frozen=True)
class Query:
    """Which blocks: all conditions hold. Empty ones hold always.

    ``name`` is a pattern with ``*`` and ``?``, or a part of the name; ``values`` are parameters as people write them;
    ``within`` are blocks and group paths that the block is among.
    """

    type: str = ""
    name: str = ""
    values: Mapping[str, str] | None = None
    within: Collection[str] | None = None


@dataclass(frozen=True)
class Replacement:
    """An edit that replaces blocks. ``broken`` are those that have a problem afterwards and had none before."""

    edit: Batch
    names: tuple[str, ...]
    sentence: str
    broken: tuple[str, ...] = ()


def type_named(word: str) -> Block:
    """The block of this type, title or torch name. Raises EditRefused with the nearest ones."""
    from difflib import get_close_matches

    plain = word.strip().lower().removeprefix("torch.").removeprefix("nn.")
    for block in catalog().values():
        if plain in (block.type, block.title.lower(), block.torch.lower().rpartition(".")[2]):
            return block
    near = get_close_matches(plain, catalog(), 3)
    hint = f" Did you mean {' or '.join(near)}?" if near else " `layerloom blocks` lists all types."
    raise EditRefused(f"There is no block of type {word!r}.{hint}")


def find(network: Network, query: Query) -> list[str]:
    """The blocks that are meant, from inputs to outputs."""
    among = set(network.blocks_of(query.within)) if query.within is not None else None
    found = [
        name
        for name, node in network.nodes.items()
        if (among is None or name in among)
        and (not query.type or node.type == query.type)
        and _named(name, query.name)
        and all(_has(node, key, text) for key, text in (query.values or {}).items())
    ]
    wanted = set(found)
    return [name for name in network.order() if name in wanted] if found else []


def _named(name: str, pattern: str) -> bool:
    wanted = pattern.strip().lower()
    if not wanted:
        return True
    if any(sign in wanted for sign in "*?["):
        return fnmatchcase(name.lower(), wanted) or fnmatchcase(name.lower().rpartition(".")[2], wanted)
    return wanted in name.lower()


def _has(node: Node, key: str, text: str) -> bool:
    """Whether a parameter has a value, written as people write it: 3, 3×3, same, yes."""
    if key not in node.params:
        return False
    value, wanted = node.params[key], text.strip().lower().replace("x", "×")
    if isinstance(value, bool):
        return wanted in (("true", "yes", "on", "1") if value else ("false", "no", "off", "0"))
    told = spell(value).lower() if value is not None else "none"
    return wanted in (told, str(value).lower()) or wanted.split("×") == [told] * len(wanted.split("×"))


def kept_params(node: Node, block: Block, given: Mapping[str, Value] | None = None) -> dict[str, Value]:
    """The values for a block of another type: those given, and of the same name those it had, where they fit."""
    kept: dict[str, Value] = dict(given or {})
    for param in block.params:
        if param.name in kept or param.name not in node.params:
            continue
        try:
            kept[param.name] = param.check(node.params[param.name])
        except EditRefused:
            continue  # the default takes its place
    return block.check(kept)


def replacement(
    document: Document, names: Sequence[str], by: str, given: Mapping[str, Value] | None = None
) -> Replacement:
    """The edit that makes these blocks blocks of the type ``by``; wires to inputs that it lacks go.

    Raises EditRefused with a sentence where that cannot be.
    """
    network, block = document.network, catalog().get(by)
    if block is None:
        raise EditRefused(f"There is no block of type {by!r}.")
    owners = dict.fromkeys(network.owner(name) for name in names)
    changed = [name for name in owners if _differs(network[name], block, given)]
    if not changed:
        raise EditRefused("None of these blocks would change." if names else "No block is meant. Look for another one.")
    calls = [call for name in changed for call in network.family(name)]
    edits: list[Edit] = [*_lost_wires(network, calls, block)]
    edits += [SetParams(name, kept_params(network[name], block, given), type=block.type) for name in changed]
    told = _counted(network, calls)
    same = {network[name].type for name in calls} == {block.type}
    verb = "get other values" if same else f"become{'s' * (len(calls) == 1)} {block.title}"
    edit = Batch(f"Replace {told} by {block.title}" if not same else f"Change {told}", tuple(edits))
    broken = _broken(document, edit)
    return Replacement(edit, tuple(calls), f"{told} {verb}.{_warning(broken)}", broken)


def _differs(node: Node, block: Block, given: Mapping[str, Value] | None) -> bool:
    return node.type != block.type or dict(node.params) != kept_params(node, block, given)


def _lost_wires(network: Network, names: Iterable[str], block: Block) -> list[Disconnect]:
    lost = {wire for name in names for wire in network.inputs_of(name) if block.port_of(wire.slot) is None}
    lost |= {wire for name in names for wire in network.outputs_of(name) if wire.out >= len(block.outputs)}
    return [Disconnect(wire) for wire in sorted(lost)]


def _counted(network: Network, names: Iterable[str]) -> str:
    """49 ReLU, or 40 ReLU and 9 ReLU6."""
    counts = Counter(network[name].block.title for name in names)
    words = [f"{number:,} {title}" for title, number in counts.most_common()]
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _broken(document: Document, edit: Edit) -> tuple[str, ...]:
    """The blocks that would no longer be in order."""
    network = document.network.copy()
    try:
        apply_everywhere(network, edit)
    except LayerloomError as error:
        raise EditRefused(str(error)) from error
    after = Shapes(network)
    return tuple(
        name for name in network.order() if after[name].error is not None and document.shapes[name].error is None
    )


def _warning(broken: Sequence[str]) -> str:
    if not broken:
        return ""
    many = f"{len(broken)} blocks no longer fit" if len(broken) > 1 else f"{broken[0]} no longer fits"
    return f" {many}; Undo takes it back."


def value_in(param: Param, text: str) -> Value:
    """The value that people write for a parameter: 3, 3x3, same, yes. Raises EditRefused with a sentence."""
    plain = text.strip()
    if param.kind == "bool":
        words = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
        return param.check(words.get(plain.lower(), plain))
    if param.optional and plain.lower() in ("", "none"):
        return None
    if param.kind in ("choice", "text"):
        return param.check(plain)
    parts = [_number(part) for part in plain.replace("×", "x").replace("x", ",").split(",")]
    if param.kind in ("dims", "open", "labels"):
        return param.check(parts)
    return param.check(plain if plain in param.choices else parts[0] if len(parts) == 1 else parts)


def _number(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text.strip()
