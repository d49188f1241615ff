"""Long rows of layers without what makes them learn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from designer.graph.infer import BlockShapes
from designer.graph.kinds import CONVS, LEARNED, NORMS, SATURATING
from designer.graph.model import Network
from designer.graph.problem import Problem, network_check, warning

__all__ = ["MOST_LAYERS", "MOST_PLAIN", "MOST_SATURATING"]

MOST_PLAIN = 20  # convolutions without a skip: deeper ones do worse than shallow ones (He et al. 2015)
MOST_LAYERS = 20  # learned layers without any normalisation; VGG-19 has 19 and needed care
MOST_SATURATING = 5  # LeNet-5 has four


@dataclass(frozen=True)
class _Row:
    """What lies in one row, without a skip, from the last place where branches meet."""

    convs: int = 0
    layers: int = 0  # since the last normalisation
    saturating: int = 0  # since the last normalisation


_START = _Row()


@network_check
def long_rows(network: Network, shapes: Mapping[str, BlockShapes]) -> Iterator[Problem]:
    """No row of layers is too long for its gradients."""
    if len(network) <= MOST_SATURATING:
        return
    rows: dict[str, _Row] = {}
    positions = network.positions()
    for name in sorted(network.nodes, key=positions.__getitem__):
        wires = network.slots_of(name)
        before = rows[next(iter(wires.values())).src] if len(wires) == 1 else _START
        kind = network.nodes[name].type
        rows[name] = row = _after(before, kind)
        # Told once, at the first block too many.
        if row.convs == MOST_PLAIN + 1 and kind in CONVS:
            yield _no_skip(name)
        if row.layers == MOST_LAYERS + 1 and kind in LEARNED:
            yield _no_norm(name)
        if row.saturating == MOST_SATURATING + 1 and kind in SATURATING:
            yield _saturates(name)


def _after(row: _Row, kind: str) -> _Row:
    if kind in NORMS:
        return _Row(row.convs) if row.layers or row.saturating else row
    if kind in SATURATING:
        return _Row(row.convs, row.layers, row.saturating + 1)
    if kind in LEARNED:
        return _Row(row.convs + (kind in CONVS), row.layers + 1, row.saturating)
    return row


def _no_skip(name: str) -> Problem:
    return warning(
        name,
        "no_skips",
        f"a skip connection within {MOST_PLAIN} convolutions",
        f"none; {name} is number {MOST_PLAIN + 1} in a row",
        "Gradients fade on the way through, so a deep plain network learns worse than a shallow one.",
        "Add skip connections: an Add every two or three convolutions.",
    )


def _no_norm(name: str) -> Problem:
    return warning(
        name,
        "no_normalisation",
        f"a normalisation within {MOST_LAYERS} layers",
        f"none; {name} is number {MOST_LAYERS + 1} in a row",
        "The numbers grow or shrink with every layer, and training stalls or diverges.",
        "Insert a batch normalisation behind the layers.",
    )


def _saturates(name: str) -> Problem:
    return warning(
        name,
        "saturating",
        f"at most {MOST_SATURATING} Sigmoid or Tanh in a row without a normalisation",
        f"{name}, one more",
        "Each makes the gradient smaller, so the first layers hardly learn.",
        "Use ReLU in their place.",
    )
