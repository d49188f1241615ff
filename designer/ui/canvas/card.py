"""What a block's card says and where its ports are: plain values, so that equal cards share nothing but are equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF

from designer.graph.composites import composites, put_down
from designer.graph.document import Document
from designer.graph.instances import times
from designer.graph.links import instances
from designer.graph.marks import is_frozen, rate_of
from designer.graph.model import Network, Node
from designer.graph.names import common_parent
from designer.graph.ports import Ports, ports_of
from designer.graph.scenery import Group
from designer.ui.canvas.metrics import STUB_HEIGHT, TALL, card_size, group_width, port_x
from designer.ui.words import plural, short

__all__ = ["GROUP", "STUB", "Card", "card_of", "group_card", "group_label", "new_card", "stub_card"]

GROUP, STUB = ":group", ":stub"  # types of cards that are no blocks


Share = Literal["", "some", "all"]


@dataclass(frozen=True)
class Card:
    """One block as it is drawn. ``wired`` says for each input slot whether a wire ends there; a spare slot never."""

    name: str
    type: str
    title: str
    group: str
    summary: str
    count: str
    width: float
    height: float
    wired: tuple[bool, ...]
    spare: bool  # the last slot is an invitation to add one more
    fed: tuple[bool, ...]  # for each output whether a wire starts there
    error: str = ""
    warning: str = ""
    label: str = ""  # what it says instead of its name
    times: int = 1  # how often a group is repeated
    linked: bool = False  # whether other groups change together with it, or other blocks call its layer
    layer: str = ""  # the block whose layer it calls
    frozen: Share = ""  # whether training leaves its weights, or those of blocks inside, as they are
    rate: str = ""  # the factor of its learning rate: ×0.1

    @property
    def kind(self) -> str:
        """Its second line."""
        return f"{self.title} of {self.layer}" if self.layer else self.title

    @property
    def shown(self) -> str:
        """Its first line."""
        return self.label or self.name

    def fitting(self, fits: Callable[[str], bool]) -> str:
        """The first line where it stands alone: the last parts of a long name; a mere number says its type as well."""
        words = self.shown
        while not fits(words) and "." in words:
            words = words.partition(".")[2]
        return f"{words} {self.title}" if words.isdigit() and self.type not in (GROUP, STUB) else words

    def input_at(self, slot: int) -> QPointF:
        """The middle of an input port, from the card's corner."""
        return QPointF(port_x(self.width, slot, len(self.wired)), 0.0)

    def output_at(self, index: int) -> QPointF:
        """The middle of an output port, from the card's corner."""
        return QPointF(port_x(self.width, index, len(self.fed)), self.height)


def card_of(document: Document, name: str, error: str = "", warning: str = "") -> Card:
    """The card of a block of the document."""
    node = document.network[name]
    block = node.block
    used = [w.slot for w in document.network.inputs_of(name)]
    slots = block.slots(used)
    width, height = card_size(node, slots)
    starts = {w.out for w in document.network.outputs_of(name)}
    shapes = document.shapes[name]
    least = len(block.inputs) - 1 + block.inputs[-1].least if block.inputs else 0
    return Card(
        name=name,
        type=node.type,
        title=block.title,
        group=block.group,
        summary="measuring…" if shapes.wanted else block.summary(block.bind(node.params)) if block.summary else "",
        count=short(shapes.cost.params) if shapes.cost.params else "",
        width=width,
        height=height,
        wired=tuple(slot in used for slot in range(slots)),
        spare=bool(block.inputs) and block.inputs[-1].many and slots > least,
        fed=tuple(index in starts for index in range(len(node.outputs))),
        linked=bool(node.shares) or name in document.network.shared,
        layer=_near(node.shares, name),
        frozen=_frozen([node]),
        rate=_rate([node]),
        error=error,
        warning=warning,
    )


def _frozen(nodes: Sequence[Node]) -> Share:
    """How many of the blocks that can have weights are frozen."""
    found = [is_frozen(node) for node in nodes if node.block.cost is not None]
    return "all" if found and all(found) else "some" if any(found) else ""


def _rate(nodes: Sequence[Node]) -> str:
    """The factor of the learning rate of the blocks that learn; two where there are several, empty where it is 1."""
    found = sorted({rate_of(node) for node in nodes if node.block.cost is not None and not is_frozen(node)})
    if found in ([], [1.0]):
        return ""
    return f"×{found[0]:g}" if len(found) == 1 else f"×{found[0]:g}–{found[-1]:g}"


def _near(owner: str, name: str) -> str:
    """A block's name as one beside it calls it: without the groups around both."""
    return owner[len(around) + 1 :] if owner and (around := common_parent((owner, name))) else owner


def group_card(document: Document, path: str, ports: Ports, error: str = "", warning: str = "") -> Card:
    """The card of a closed group."""
    network, group = document.network, document.network.groups[path]
    blocks = network.inside(path)
    params = sum(document.shapes[name].cost.params for name in blocks)
    inputs, outputs, repeated = len(ports.inputs), len(ports.outputs), times(network, path)
    label = group_label(network, path)
    width = group_width(label, max(inputs, outputs))
    nodes = [network[name] for name in blocks if document.shapes[network.owner(name)].cost.params]
    fed = {(w.src, w.out) for name in blocks for w in network.outputs_of(name) if not w.dst.startswith(f"{path}.")}
    return Card(
        name=path,
        type=GROUP,
        title=f"{repeated} × {plural(len(blocks) // repeated, 'block')}"
        if repeated > 1
        else plural(len(blocks), "block"),
        label=label,
        times=repeated,
        linked=len(instances(network, path)) > 1,
        group=f"#{group.colour}",
        summary=_kinds(network, network.inside(f"{path}.0") if repeated > 1 else blocks),
        count=short(params) if params else "",
        width=width,
        height=TALL,
        wired=tuple(entry.source is not None for entry in ports.inputs),
        spare=False,
        frozen=_frozen(nodes),
        rate=_rate(nodes),
        fed=tuple(end.value in fed for end in ports.outputs),
        error=error,
        warning=warning,
    )


def group_label(network: Network, path: str) -> str:
    """The first line of a group's card: its title, and how often it is repeated."""
    title = (network.groups.get(path) or Group(path)).shown_title
    repeated = times(network, path)
    return f"{title} ×{repeated}" if repeated > 1 else title


def _kinds(network: Network, blocks: Sequence[str]) -> str:
    """What is inside, the most frequent first: 3 Conv 2-D, 3 ReLU."""
    counts = Counter(network[name].block.title for name in blocks)
    return ", ".join(f"{count} {title}" if count > 1 else title for title, count in counts.most_common(3))


def stub_card(key: str, title: str, comes_in: bool) -> Card:
    """The card of a place where a value comes into a group, or leaves it."""
    width = group_width(title, 1)
    ports = ((), (True,)) if comes_in else ((True,), ())
    return Card(key, STUB, title, "#grey", "", "", width, STUB_HEIGHT, ports[0], False, ports[1], label=title)


def new_card(document: Document, block_type: str) -> Card:
    """The card of a block that is about to be added."""
    if block_type in composites():
        trial = Document()
        trial.do(put_down(trial, block_type, (0.0, 0.0)))
        (path,) = (path for path in trial.network.groups if "." not in path)
        return group_card(trial, path, ports_of(trial.network, path))
    new = document.new_block(block_type, 0.0, 0.0)
    node = Node(new.name, new.type, new.params)
    block = node.block
    slots = block.slots()
    width, height = card_size(node, slots)
    summary = block.summary(block.bind(node.params)) if block.summary else ""
    fed = (False,) * len(node.outputs)
    return Card(new.name, new.type, block.title, block.group, summary, "", width, height, (False,) * slots, False, fed)
