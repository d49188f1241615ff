"""Long rows of layers without what makes them learn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from designer.graph.infer import BlockShapes
from designer.graph.kinds import CONVS, LEARNED, NORMS, SATURATING
from designer.graph.model import Network
from designer.graph.problem import Problem, network_check, warning

__all__ = ["MOST_LAYERS", "MOST_PLAIN", "MOST_SATURATING"]

MOST_PLAIN = 20  # convolutions without a skip: deeper ones do worse than shallow ones (He et al. 2015)
MOST_LAYERS = 20  # learned layers without any normalisation; VGG-19 has 19 and needed care
MOST_SATURATING = 5  # LeNet-5 has four


_Row = tuple[int, int, int]  # since branches met: convolutions; since the last norm: learned layers, saturating ones
_START: _Row = (0, 0, 0)
_NORM = -1
# What a type adds to each of the three.
_STEPS: dict[str, _Row] = {
    **dict.fromkeys(LEARNED, (0, 1, 0)),
    **dict.fromkeys(CONVS, (1, 1, 0)),
    **dict.fromkeys(SATURATING, (0, 0, 1)),
    **dict.fromkeys(NORMS, (0, _NORM, _NORM)),
}


@network_check
def long_rows(network: Network, shapes: Mapping[str, BlockShapes]) -> Iterator[Problem]:
    """No row of layers is too long for its gradients."""
    if len(network) <= MOST_SATURATING:
        return
    rows: dict[str, _Row] = {}
    nodes, positions = network.nodes, network.positions()
    for name in sorted(positions, key=positions.__getitem__):
        wires = network.slots_of(name)
        row = _START
        if len(wires) == 1:
            for wire in wires.values():
                row = rows[wire.src]
        step = _STEPS.get(nodes[name].type)
        if step is not None:
            convs, layers, saturating = row
            more, learned, flat = step
            row = (convs, 0, 0) if learned == _NORM else (convs + more, layers + learned, saturating + flat)
            if row[0] > MOST_PLAIN or row[1] > MOST_LAYERS or row[2] > MOST_SATURATING:
                yield from _told(name, row, step)
        rows[name] = row


def _told(name: str, row: _Row, step: _Row) -> Iterator[Problem]:
    """Each once, at the first block too many."""
    if row[0] == MOST_PLAIN + 1 and step[0] == 1:
        yield _no_skip(name)
    if row[1] == MOST_LAYERS + 1 and step[1] == 1:
        yield _no_norm(name)
    if row[2] == MOST_SATURATING + 1 and step[2] == 1:
        yield _saturates(name)


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
