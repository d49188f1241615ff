"""A trained network made ready for other data: new heads, and a body that stays or learns slowly.

Each step is an edit with a sentence, so that a person sees on the canvas what was done and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from designer.blocks.spec import Value
from designer.errors import EditRefused
from designer.graph.document import Document
from designer.graph.edits import Batch, Edit, SetMarks, SetParams
from designer.graph.kinds import THROUGH
from designer.graph.model import Network
from designer.graph.tuning import learners
from designer.graph.words import plural

__all__ = ["BODIES", "Adaptation", "Body", "Step", "adapt", "heads"]

Body = Literal["frozen", "slow", "whole"]
BODIES: dict[Body, str] = {
    "frozen": "Only the new head learns; fastest, and enough for few pictures.",
    "slow": "The body learns ten times more slowly than the new head.",
    "whole": "Everything learns alike; for many pictures that look unlike those of the model.",
}
SLOW = 0.1
_WIDTHS = ("out_features", "out_channels")  # the parameter that says how many numbers a layer gives
_PAST = {*THROUGH, "dropout", "flatten", "global_avg_pool", "adaptive_avg_pool2d", "relu", "squeeze", "reshape"}


@dataclass(frozen=True)
class Step:
    """One thing that was done, and why, in a sentence."""

    sentence: str
    edit: Edit | None = None


@dataclass(frozen=True)
class Adaptation:
    """All steps as one edit. ``heads`` are the layers that start anew; train/suggest.py has settings to go with it."""

    edit: Batch
    steps: tuple[Step, ...]
    heads: tuple[str, ...]


def heads(network: Network) -> dict[str, str]:
    """The last layer with weights before each output that has classes, by the output; those where it is clear."""
    found = {}
    for name in network.names():
        node = network[name]
        if node.block.role == "output" and "classes" in node.params:
            layer = _before(network, name)
            if layer is not None:
                found[name] = layer
    return found


def _before(network: Network, name: str) -> str | None:
    wires = network.inputs_of(name)
    while len(wires) == 1:
        node = network[wires[0].src]
        if any(width in node.params for width in _WIDTHS):
            return node.name
        if node.type not in _PAST:
            return None
        wires = network.inputs_of(node.name)
    return None


def adapt(document: Document, body: Body = "frozen", learned: bool = True) -> Adaptation:
    """What makes the network fit the data of ``document.context``. Raises EditRefused where no head can be found.

    ``learned`` says whether it has trained weights; where it has none, the sentences do not speak of keeping them.
    """
    network, known = document.network, document.context
    if known.classes is None or known.classes < 2:
        raise EditRefused(
            "The network can be adapted to data with classes, and of these data none are known. Choose a folder with "
            "one sub-folder of pictures per class, or a data set with labels."
        )
    ends = [n for n in network.names() if network[n].block.role == "output" and "classes" in network[n].params]
    found = heads(network)
    if not found:
        what = f"before {ends[0]}" if ends else "since it has no output with classes"
        raise EditRefused(
            f"No last layer that could be replaced was found {what}. Put a Linear or a 1×1 convolution in front of a "
            "Classification output."
        )
    steps = [_head(network, end, layer, known.classes, known.labels, known.title) for end, layer in found.items()]
    steps += [
        Step(f"{end} keeps its {network[end].params['classes']} classes: no single layer before it decides them.")
        for end in ends
        if end not in found
    ]
    steps += _body(document, set(found.values()), body, learned)
    steps += _pictures(document)
    edits = tuple(step.edit for step in steps if step.edit is not None)
    label = f"Adapt to {known.title}" if known.title else "Adapt to the data"
    return Adaptation(Batch(label, edits), tuple(steps), tuple(dict.fromkeys(found.values())))


def _head(network: Network, end: str, layer: str, classes: int, labels: tuple[str, ...], title: str) -> Step:
    before = network[end].params["classes"]
    width = next(w for w in _WIDTHS if w in network[layer].params)
    told: Value = tuple(labels) if len(labels) == classes else ()
    edit = Batch(
        f"Replace the head {layer}",
        (SetParams(layer, {width: classes}), SetParams(end, {"classes": classes, "labels": told})),
    )
    of_data = f" of {title}" if title else ""
    if before == classes:
        goes_on = f"{layer} has {classes} outputs already, as many as the classes{of_data}; it goes on from there."
        return Step(goes_on, edit)
    return Step(
        f"{layer} gives {classes} numbers instead of {before}, one for each class{of_data}; it starts anew.", edit
    )


def _body(document: Document, kept: set[str], body: Body, learned: bool) -> list[Step]:
    network = document.network
    owned = {network.owner(name) for name in kept}
    all_ = learners(network, document.shapes, network.nodes)
    rest = tuple(name for name in all_ if network.owner(name) not in owned)
    head = tuple(name for name in all_ if network.owner(name) in owned)
    marks: dict[Body, dict[str, Value]] = {
        "frozen": {"frozen": True, "rate": 1.0},
        "slow": {"frozen": False, "rate": SLOW},
        "whole": {"frozen": False, "rate": 1.0},
    }
    others = f"The other {plural(len(rest), 'layer')} with weights"
    told: dict[Body, str] = {
        "frozen": f"{others} stay as they are: "
        + ("what they see in pictures is kept." if learned else "random numbers that have seen no pictures."),
        "slow": f"{others} learn at {SLOW:g} of the learning rate.",
        "whole": f"{others} learn like the head.",
    }
    steps = [Step("", SetMarks(head, marks["whole"]))] if head else []
    return [*steps, Step(told[body], SetMarks(rest, marks[body]))] if rest else steps


def _pictures(document: Document) -> list[Step]:
    """What happens to the pictures on their way into the network; nothing has to be changed for it."""
    size = document.context.size
    steps = []
    for name, node in document.network.nodes.items():
        wanted = node.params.get("size") if node.type == "input" else None
        if not isinstance(wanted, tuple) or len(wanted) != 3 or size is None or size == wanted:
            continue
        asked, have = "×".join(map(str, wanted)), "×".join(map(str, size))
        steps.append(Step(f"Pictures of {have} are brought to {asked}, which is what {name} takes."))
    return steps
