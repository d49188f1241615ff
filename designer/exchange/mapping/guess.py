"""The same architecture under other names: layers paired by their order and shapes. A guess, never done unasked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from designer.exchange.mapping.names import Pairs, role
from designer.exchange.mapping.weight import Weight, counts, leaf
from designer.graph.names import natural

__all__ = ["by_order"]

_MOST = 3000  # layers; finding the best order of more takes too long, so they are taken one by one
_SURE = 2  # layers in a row, at least: a single shape in common says nothing
_Layer = tuple[tuple[str, tuple[int, ...]], ...]


def by_order(network: Mapping[str, Weight], file: Mapping[str, Weight]) -> Pairs:
    """Weights of layers that come in the same order with the same shapes.

    Files that sort their names have lost the order of the layers, so the natural order of names is tried as well.
    """
    given = _paired(_layers(network), _layers(file))
    by_name = _paired(_layers(_sorted(network)), _layers(_sorted(file)))
    return by_name if len(by_name) > len(given) else given


def _sorted(side: Mapping[str, Weight]) -> dict[str, Weight]:
    return {name: side[name] for name in sorted(side, key=natural)}


def _layers(side: Mapping[str, Weight]) -> list[list[Weight]]:
    """Weights by the module that holds them, in the order of their first one."""
    found: dict[str, list[Weight]] = {}
    for name, weight in side.items():
        if not counts(name):
            found.setdefault(name[: -len(leaf(name))], []).append(weight)
    return [sorted(layer, key=lambda weight: (role(weight.name), weight.shape)) for layer in found.values()]


def _paired(network: Sequence[list[Weight]], file: Sequence[list[Weight]]) -> Pairs:
    ours, theirs = [_shape(layer) for layer in network], [_shape(layer) for layer in file]
    pairs: Pairs = {}
    for a, b, length in _blocks(ours, theirs):
        if length < min(_SURE, len(ours), len(theirs)):
            continue
        for one, other in zip(network[a : a + length], file[b : b + length], strict=True):
            pairs |= {target.name: source.name for target, source in zip(one, other, strict=True)}
    return pairs


def _shape(layer: Sequence[Weight]) -> _Layer:
    """What a layer is known by: the roles and shapes of its weights."""
    return tuple((role(weight.name), weight.shape) for weight in layer)


def _blocks(ours: Sequence[_Layer], theirs: Sequence[_Layer]) -> list[tuple[int, int, int]]:
    if ours == theirs:
        return [(0, 0, len(ours))]
    if max(len(ours), len(theirs)) > _MOST:
        length = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), 0)
        return [(0, 0, length)]
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    return [(block.a, block.b, block.size) for block in matcher.get_matching_blocks() if block.size]
