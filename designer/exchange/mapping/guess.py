"""The same architecture under other names: layers paired by their order and shapes. A guess, never done unasked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from designer.exchange.mapping.names import Pairs, ordinary, role
from designer.exchange.mapping.weight import Weight, counts, leaf
from designer.graph.names import natural

__all__ = ["by_order"]

_MOST = 3000  # layers; finding the best order of more takes too long, so they are taken one by one
_SURE, _MOSTLY = 2, 0.6  # layers in a row, at least, unless most layers come in one order: one shape says nothing
_Layer = tuple[tuple[str, tuple[int, ...]], ...]


def by_order(network: Mapping[str, Weight], file: Mapping[str, Weight]) -> Pairs:
    """Weights of layers that come in the same order with the same shapes.

    Files that sort their names have lost the order of the layers, so the natural order of names is tried as well.
    """
    given = _paired(_layers(network), _layers(file))
    by_name = _paired(_layers(_sorted(network)), _layers(_sorted(file)))
    pairs = by_name if len(by_name) > len(given) else given
    return pairs | _alone(network, file, pairs)


def _alone(network: Mapping[str, Weight], file: Mapping[str, Weight], pairs: Pairs) -> Pairs:
    """What is left and alone has its shape on both sides, such as a table of positions that stands elsewhere."""
    taken = set(pairs.values())
    left = [weight for name, weight in network.items() if name not in pairs and not counts(name)]
    right = [weight for name, weight in file.items() if name not in taken and not counts(name)]
    ours, theirs = Counter(w.shape for w in left), Counter(w.shape for w in right)
    places = {w.shape: w.name for w in right}
    single = {shape for shape, number in ours.items() if number == theirs[shape] == 1 and len(shape) > 1}
    return {w.name: places[w.shape] for w in left if w.shape in single}


def _sorted(side: Mapping[str, Weight]) -> dict[str, Weight]:
    return {name: side[name] for name in sorted(side, key=natural)}


def _layers(side: Mapping[str, Weight]) -> list[list[Weight]]:
    """Weights by the module that holds them, in the order of their first one."""
    found: dict[str, list[Weight]] = {}
    for name, weight in side.items():
        if not counts(name):
            # A token or a table of positions stands for itself, whatever else its module holds.
            found.setdefault(name[: -len(leaf(name))] if ordinary(name) else name, []).append(weight)
    return [sorted(layer, key=lambda weight: (role(weight.name), weight.shape)) for layer in found.values()]


def _paired(network: Sequence[list[Weight]], file: Sequence[list[Weight]]) -> Pairs:
    ours, theirs = [_shape(layer) for layer in network], [_shape(layer) for layer in file]
    pairs: Pairs = {}
    blocks = _blocks(ours, theirs)
    nearly_all = sum(length for *_, length in blocks) >= _MOSTLY * min(len(ours), len(theirs))
    for a, b, length in blocks:
        if length < _SURE and not nearly_all:
            continue
        for one, other in zip(network[a : a + length], file[b : b + length], strict=True):
            pairs |= {target.name: source.name for target, source in zip(one, other, strict=True)}
    return pairs


def _shape(layer: Sequence[Weight]) -> _Layer:
    """What a layer is known by: the roles and shapes of its weights."""
    return tuple((role(weight.name) if ordinary(weight.name) else "", weight.shape) for weight in layer)


def _blocks(ours: Sequence[_Layer], theirs: Sequence[_Layer]) -> list[tuple[int, int, int]]:
    if ours == theirs:
        return [(0, 0, len(ours))]
    if max(len(ours), len(theirs)) > _MOST:
        length = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), 0)
        return [(0, 0, length)]
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    return [(block.a, block.b, block.size) for block in matcher.get_matching_blocks() if block.size]
