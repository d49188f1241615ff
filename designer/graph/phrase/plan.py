"""What typed blocks would become after what is there: types, values, shapes and problems. Nothing is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from designer.blocks.dims import Tensor
from designer.graph.check import check_block
from designer.graph.composites import draft, offered
from designer.graph.document import Document
from designer.graph.infer import BlockShapes, infer_block
from designer.graph.model import Network, Node, Wire
from designer.graph.phrase.grammar import Option, Step, parse
from designer.graph.phrase.words import family

__all__ = ["Ends", "Link", "Plan", "arriving_at", "ends_after", "ends_in", "plan", "shape_after"]

_RANK = ("needs_reshape", "needs_flatten")  # the errors of a block made for more or fewer dimensions
_FIXED = ("needs_flatten", "linear_on_images", "classes", "values")


@dataclass(frozen=True)
class Ends:
    """What the chain is wired to: outputs that feed its first block, the input that its last one feeds, and the wire
    that it goes into.

    ``also`` are further inputs that its last block feeds: one input of a group's card may stand for several.
    ``scope`` is the group in which the blocks get their names.
    """

    after: tuple[tuple[str, int], ...] = ()
    into: tuple[str, int] | None = None
    cut: Wire | None = None
    also: tuple[tuple[str, int], ...] = ()
    scope: str = ""


@dataclass(frozen=True)
class Link:
    """One block of the chain as it would be. ``fix`` is what to type before it so that it fits; "" where nothing helps.

    ``severity`` is empty for a block without a problem; ``never`` says that it cannot stand here at all.
    """

    node: Node
    shapes: BlockShapes
    step: Step
    problem: str = ""
    severity: Literal["", "error", "warning"] = ""
    never: bool = False
    fix: str = ""

    @property
    def result(self) -> Tensor | None:
        """What leaves by its first output, where that is known."""
        return self.shapes.outputs[0] if self.shapes.outputs else None


@dataclass(frozen=True)
class Plan:
    """The whole chain. ``follows`` is what the block behind it would complain about."""

    links: tuple[Link, ...] = ()
    ends: Ends = field(default_factory=Ends)
    follows: str = ""

    @property
    def refused(self) -> str:
        """Why it cannot be drawn; empty where it can. A shape that does not fit is no reason."""
        return next((link.problem for link in self.links if link.never), "")


def ends_after(document: Document, names: Sequence[str]) -> Ends:
    """The ends of a chain that goes after the selected blocks: into the wire where one block has exactly one.

    Of selected blocks that feed each other, the last ones count.
    """
    network, among = document.network, set(names)
    ending = [n for n in names if n in network and among.isdisjoint(network.successors(n))]
    sources = [n for n in ending if network[n].outputs]
    after = tuple((name, 0) for name in sources)
    wires = network.outputs_of(sources[0]) if len(sources) == 1 else []
    if len(wires) == 1:
        return ends_in(document, wires[0])
    return Ends(after, scope=network.group_around(*sources) if sources else "")


def ends_in(document: Document, wire: Wire) -> Ends:
    """The ends of a chain that goes into a wire."""
    scope = document.network.group_around(wire.src, wire.dst)
    return Ends(((wire.src, wire.out),), (wire.dst, wire.slot), wire, scope=scope)


def arriving_at(document: Document, ends: Ends) -> tuple[Tensor | None, ...]:
    """What the ends bring to the first block."""
    return tuple(document.shapes[name].outputs[out] for name, out in ends.after)


def plan(document: Document, steps: Sequence[Step], ends: Ends) -> Plan:
    """The chain between these ends, each block chosen by the shape that arrives at it."""
    ends = _fitting(steps, ends)
    trial = Network()
    for name, _ in ends.after:
        trial.put(document.network[name])
    links: list[Link] = []
    taken: set[str] = set()
    sources: list[tuple[str, int, Tensor | None]] = [
        (name, out, tensor) for (name, out), tensor in zip(ends.after, arriving_at(document, ends), strict=True)
    ]
    for i, step in enumerate(steps):
        option = _choose(step, [t for _, _, t in sources], links[-1].node.type if links else "")
        node = _named(option, document.fresh_name(option.type, taken, ends.scope))
        taken.add(node.name)
        trial.put(node)
        if node.block.inputs:
            for slot, (name, out, _) in enumerate(sources):
                trial.link(Wire(name, out, node.name, slot))
        link = _link(trial, node, step, [t for _, _, t in sources], first=i == 0, last=i == len(steps) - 1)
        links.append(link)
        sources = [(node.name, 0, link.result)]
    return Plan(tuple(links), ends, _complaint(document, links, ends))


def shape_after(steps: Iterable[Step], arriving: Tensor | None) -> Tensor | None:
    """What leaves a chain at whose start a shape arrives; None where that is unknown."""
    before = ""
    for step in steps:
        option = _choose(step, [arriving], before)
        shapes = _shapes(_named(option, option.type), [arriving])
        arriving, before = (shapes.outputs[0] if shapes.outputs else None), option.type
    return arriving


def _fitting(steps: Sequence[Step], ends: Ends) -> Ends:
    """The ends that the chain really has: an Input takes no wire, and what ends the network feeds nothing."""
    if not steps:
        return ends
    first, last = (offered()[steps[i].options[0].type] for i in (0, -1))
    after, into, cut = ends.after, ends.into, ends.cut
    if not first.inputs or (len(after) > 1 and not first.inputs[-1].many and len(after) > len(first.inputs)):
        after, into, cut = (), None if cut else into, None
    if not last.outputs:
        into, cut = None, None
    return Ends(after, into, cut, ends.also if into is not None else (), ends.scope)


def _choose(step: Step, arriving: Sequence[Tensor | None], before: str) -> Option:
    """The option that takes what arrives; else the one that is made for as many dimensions; else the usual one."""
    if len(step.options) == 1:
        return step.options[0]
    known = [t for t in arriving if t is not None]
    if not known:  # go on as the block before: 1-D after 1-D
        sides = before.removeprefix(family(before))[-2:]
        return next((o for o in step.options if sides and o.type.endswith(sides)), step.options[0])
    second: Option | None = None
    for option in step.options:
        error = _shapes(_named(option, option.type), arriving).error
        if error is None:
            return option
        if error.code not in _RANK and second is None:
            second = option
    return second or step.options[0]


def _named(option: Option, name: str) -> Node:
    return draft(name, option.type, option.params)


def _shapes(node: Node, arriving: Sequence[Tensor | None]) -> BlockShapes:
    return infer_block(node, dict(enumerate(arriving)) if node.block.inputs else {})


def _link(trial: Network, node: Node, step: Step, arriving: list[Tensor | None], first: bool, last: bool) -> Link:
    shapes = _shapes(node, arriving)
    title = node.block.title
    if not node.block.inputs and not first:
        text = f"{title} takes no input, so nothing can come before it. Write it first."
        return Link(node, shapes, step, text, "error", never=True)
    if not node.outputs and not last:
        text = f"{title} ends the network, so nothing can come after it. Write it last."
        return Link(node, shapes, step, text, "error", never=True)
    problems = check_block(trial, node.name, shapes) if arriving or not first else ()
    if not problems:
        return Link(node, shapes, step)
    # With one word for the block, its own name says nothing yet.
    text = problems[0].message.replace(f"{node.name} ", f"{title} ", 1)
    severity: Literal["error", "warning"] = "error" if problems[0].severity == "error" else "warning"
    return Link(node, shapes, step, text, severity, fix=_fix(node, arriving, problems[0].code))


def _fix(node: Node, arriving: list[Tensor | None], code: str) -> str:
    """What to type before a block so that it fits: found by trying."""
    if len(arriving) != 1 or arriving[0] is None or code not in _FIXED:
        return ""
    width = node.params.get("classes", node.params.get("values"))
    tries = ["flatten", *([f"linear {width}", f"flatten | linear {width}"] if isinstance(width, int) else [])]
    for text in tries:
        shape = shape_after(parse(text), arriving[0])
        if shape is None or (text == "flatten" and arriving[0].rank < 3):
            continue
        trial = Network()
        trial.put(node)
        shapes = _shapes(node, [shape])
        if shapes.error is None and not check_block(trial, node.name, shapes):
            return text
    return ""


def _complaint(document: Document, links: Sequence[Link], ends: Ends) -> str:
    """What the block behind the chain says about what now arrives."""
    if ends.into is None or not links or links[-1].result is None:
        return ""
    name, slot = ends.into
    inputs = {**document.shapes.arriving(name), slot: links[-1].result}
    error = infer_block(document.network[name], inputs).error
    return f"{name}: {error}" if error else ""
