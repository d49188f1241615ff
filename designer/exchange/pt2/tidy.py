"""Names as they were in the original model: the only function of a layer without weights gets the layer's name."""

from __future__ import annotations

from collections.abc import Set

from designer.exchange.sketch import Sketch, speakable
from designer.graph.edits import Rename, apply
from designer.graph.names import prefixes

__all__ = ["tidied"]


def tidied(sketch: Sketch, leaves: Set[str]) -> None:
    """``features.2.relu`` becomes ``features.2`` where ``leaves`` has that as the path of one layer of torch.

    A layer that was called twice becomes ``relu`` and ``relu_2``.
    """
    held = {key.rpartition(".")[0] for key in sketch.tensors} | set(sketch.tensors)
    inside: dict[str, list[str]] = {}
    for name in sketch.network.nodes:
        for path in prefixes(name):
            inside.setdefault(path, []).append(name)
    for home in sorted({speakable(path) for path in leaves} & inside.keys()):
        names = inside[home]
        alike = len({sketch.network[name].type for name in names}) == 1
        direct = all(name.rpartition(".")[0] == home for name in names)
        if alike and direct and held.isdisjoint(names):
            aside = [sketch.free(f"{home}_call{number}") for number in range(len(names))]
            for old, new in zip(names, aside, strict=True):  # out of the group first, which has the wanted name
                apply(sketch.network, Rename(old, new))
            for name in aside:
                apply(sketch.network, Rename(name, sketch.free(home)))
