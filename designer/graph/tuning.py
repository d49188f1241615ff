"""Which blocks learn, how fast and from when on: parts of a network by pattern, and what suits a gradual start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase

from designer.graph.infer import Shapes
from designer.graph.marks import is_frozen, rate_of
from designer.graph.model import Network
from designer.graph.names import natural, prefixes

__all__ = [
    "EVERYTHING",
    "Part",
    "Stage",
    "begins",
    "idle_at_first",
    "learners",
    "matching",
    "never_due",
    "parts_of",
    "rates",
    "stages",
    "suggestion",
    "weights_in",
    "why_no_part",
]

EVERYTHING = "*"
_FEW = 4  # with fewer parts, the heaviest is looked into
_MOST = 6  # rows of a suggestion
_SMALL = 0.005  # a part with a smaller share of the weights has no row of its own
_EARLY = 0.6  # the share of the epochs after which a suggestion lets everything learn

Stage = tuple[str, int]  # a part, and the epoch from which on it learns


def matching(network: Network, pattern: str) -> list[str]:
    """The blocks that a pattern such as ``layer4``, ``layer*`` or ``*.bn1`` names, by themselves or by their group."""
    return [
        name for name in network.nodes if any(fnmatchcase(path, pattern) for path in (name, *reversed(prefixes(name))))
    ]


def learners(network: Network, shapes: Shapes, names: Iterable[str]) -> list[str]:
    """Those of the blocks that have weights, in the network's order; frozen ones even while these are not known."""
    chosen = set(names)
    found = [node for name, node in network.nodes.items() if name in chosen]
    return [node.name for node in found if shapes[node.shares or node.name].cost.params or is_frozen(node)]


def weights_in(network: Network, shapes: Shapes, names: Iterable[str]) -> int:
    """How many numbers the blocks learn together; a layer that several of them call counts once."""
    return sum(shapes[name].cost.params for name in {network.owner(name) for name in names})


def why_no_part(network: Network, shapes: Shapes, pattern: str) -> str | None:
    """The sentence that says why a pattern names nothing that can learn, or None."""
    found = matching(network, pattern)
    if learners(network, shapes, found):
        return None
    if found:
        return f"Nothing called {pattern} has weights."
    close = get_close_matches(pattern, parts_of(network), 1)
    return f"There is no block or group called {pattern}." + (f" Did you mean {close[0]}?" if close else "")


def parts_of(network: Network) -> list[str]:
    """The paths of all groups and blocks, groups first."""
    groups = {path for name in network.nodes for path in prefixes(name)}
    return [*sorted(groups, key=lambda path: (path.count("."), natural(path))), *network.names()]


def idle_at_first(network: Network, shapes: Shapes, timeline: Iterable[Stage]) -> bool:
    """Whether there are weights, and none of them learn in the first epoch."""
    late = begins(network, timeline)
    names = learners(network, shapes, network.nodes)
    return bool(names) and not any(
        late.get(network.owner(name), 2 if is_frozen(network[name]) else 1) == 1 for name in names
    )


def never_due(network: Network, timeline: Iterable[Stage], epochs: int) -> list[str]:
    """The parts of a timeline of which nothing learns in a run of so many epochs."""
    rows = list(timeline)
    late = begins(network, rows)
    return [
        pattern
        for pattern, epoch in rows
        if epoch > epochs and all(late[network.owner(name)] > epochs for name in matching(network, pattern))
    ]


def rates(network: Network) -> dict[str, float]:
    """The factors of the learning rate, of the blocks where it is not 1."""
    return {name: rate_of(node) for name, node in network.nodes.items() if rate_of(node) != 1}


def begins(network: Network, timeline: Iterable[Stage]) -> dict[str, int]:
    """From which epoch on blocks learn, of those that a timeline names; the earliest where it names one twice.

    Blocks that call one layer begin together: as the block that owns it.
    """
    found: dict[str, int] = {}
    for pattern, epoch in timeline:
        for name in {network.owner(name) for name in matching(network, pattern)}:
            found[name] = min(epoch, found.get(name, epoch))
    return found


# --- a suggestion ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A part of a network that could start to learn by itself."""

    path: str
    weights: int
    last: int  # the place of its last block on the way of the data


def suggestion(network: Network, shapes: Shapes, epochs: int) -> list[Stage]:
    """A timeline that begins with the last part and goes on towards the input; empty where there is no time for one."""
    parts = stages(network, shapes)
    if epochs < 2 or len(parts) < 2:
        return []
    total = sum(part.weights for part in parts)
    head, *rest = parts
    named = [part.path for part in rest if part.weights >= _SMALL * total]
    rows = min(_MOST - 1, epochs - 1)
    if len(named) > rows or len(named) < len(rest):  # what has no row of its own begins last
        named = [*named[: rows - 1], EVERYTHING]
    step = max(1, int(_EARLY * epochs / len(named)))
    return [(head.path, 1), *((path, 1 + step * place) for place, path in enumerate(named, start=1))]


def stages(network: Network, shapes: Shapes) -> list[Part]:
    """The parts of a network that have weights, from the outputs back: groups, and blocks outside of them."""
    places = {name: place for place, name in enumerate(network.order())}
    found = _children(network, shapes, "", network.nodes)
    while len(found) < _FEW:
        groups = [path for path in found if network.is_prefix(path)]
        heaviest = max(groups, key=lambda path: weights_in(network, shapes, found[path]), default=None)
        if heaviest is None:
            break
        inner = _children(network, shapes, heaviest, found[heaviest])
        found = {path: names for path, names in found.items() if path != heaviest} | inner
    parts = [
        Part(path, weights_in(network, shapes, names), max(places[name] for name in names))
        for path, names in found.items()
    ]
    return sorted(parts, key=lambda part: -part.last)


def _children(network: Network, shapes: Shapes, path: str, names: Iterable[str]) -> dict[str, list[str]]:
    """What lies right under a path, with the blocks inside that have weights."""
    depth = path.count(".") + 1 if path else 0
    found: dict[str, list[str]] = {}
    for name in names:
        if shapes[name].cost.params and not network[name].shares:
            found.setdefault(".".join(name.split(".")[: depth + 1]), []).append(name)
    return found
