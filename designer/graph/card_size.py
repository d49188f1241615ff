"""How large cards are: their rules, and their sizes for those who have no fonts, such as an import in the worker."""

from __future__ import annotations

from collections.abc import Callable

from designer.graph.model import Network, Node
from designer.graph.ports import ports_of
from designer.graph.scenery import Group

__all__ = ["LOW", "PITCH", "TALL", "WIDTH", "block_size", "estimated", "group_width"]

WIDTH, STEP, WIDEST = 216.0, 48.0, 456.0  # one width for nearly all, so that columns line up
TALL, LOW = 68.0, 52.0  # with and without a line of parameters
PITCH = 28.0  # between two ports
TEXT_LEFT, TEXT_RIGHT = 54.0, 14.0
COUNT = 46.0  # kept free for the number of parameters

# How far the letters of names go in the title's font of 14 pixels: those that are about as wide, and their width.
_LETTERS = {
    "ijl ": 3.6,
    "I.": 4.0,
    "ft": 5.2,
    "r": 5.6,
    "_": 6.4,
    "1": 6.8,
    "s": 7.6,
    "ackvxyzFJL": 8.0,
    "ehnouE7": 8.4,
    "bdgpqP25": 8.8,
    "BRSTZ034689": 9.2,
    "KX": 9.6,
    "ADVY": 10.0,
    "CGHNU": 10.4,
    "OQ": 10.8,
    "w": 11.6,
    "m": 12.4,
    "M": 12.8,
    "W": 14.0,
}
_ADVANCE = {letter: wide for letters, wide in _LETTERS.items() for letter in letters}
_USUAL = 9.3  # capitals and figures

TextWidth = Callable[[str], float]


def block_size(node: Node, slots: int, text: TextWidth) -> tuple[float, float]:
    """Width and height of a block's card with so many input slots. Only a long name or many ports widen it."""
    block = node.block
    count = COUNT if block.cost else 0.0
    need = max(text(node.name) + TEXT_LEFT + TEXT_RIGHT + count, PITCH * (max(slots, len(node.outputs)) + 1))
    summary = block.summary(block.bind(node.params)) if block.summary else ""
    return _stepped(need), TALL if summary else LOW


def group_width(title: str, ports: int, text: TextWidth) -> float:
    """The width of a group's card."""
    return _stepped(max(text(title) + TEXT_LEFT + TEXT_RIGHT + COUNT, PITCH * (ports + 1)))


def _stepped(need: float) -> float:
    return min(WIDEST, WIDTH + max(0.0, -((WIDTH - need) // STEP)) * STEP)


def estimated(network: Network) -> Callable[[str], tuple[float, float]]:
    """About the sizes that the cards of blocks and groups will have."""

    def size(name: str) -> tuple[float, float]:
        if name in network:
            node = network[name]
            return block_size(node, node.block.slots([w.slot for w in network.inputs_of(name)]), _about)
        ports = ports_of(network, name)
        title = (network.groups.get(name) or Group(name)).shown_title
        return group_width(title, max(len(ports.inputs), len(ports.outputs)), _about), TALL

    return size


def _about(name: str) -> float:
    return sum(_ADVANCE.get(letter, _USUAL) for letter in name)
