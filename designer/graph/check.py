"""What is wrong with a drawing, and what is unwise: one function a check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from designer.graph.infer import BlockShapes, Shapes
from designer.graph.model import Network, Node

__all__ = ["Problem", "check_block", "check_network", "used_blocks"]


@dataclass(frozen=True)
class Problem:
    """A row of the problems panel. ``block`` is None for the whole network; ``code`` names the kind for fixes."""

    block: str | None
    message: str
    severity: Literal["error", "warning"] = "error"
    code: str = ""
    slot: int | None = None
    expected: str = ""
    found: str = ""
    advice: str = ""


BlockCheck = Callable[[Network, Node, BlockShapes], Iterator[Problem]]
NetworkCheck = Callable[[Network, Shapes], Iterator[Problem]]
_BLOCK: list[BlockCheck] = []  # of what is wrong with a block by itself
_OF_TYPE: dict[str, list[BlockCheck]] = {}  # of what is unwise, by the type of block that it is about
_NETWORK: list[NetworkCheck] = []


def _block_check(check: BlockCheck) -> BlockCheck:
    _BLOCK.append(check)
    return check


def _type_check(*types: str) -> Callable[[BlockCheck], BlockCheck]:
    def note(check: BlockCheck) -> BlockCheck:
        for block_type in types:
            _OF_TYPE.setdefault(block_type, []).append(check)
        return check

    return note


def _network_check(check: NetworkCheck) -> NetworkCheck:
    _NETWORK.append(check)
    return check


def check_block(network: Network, name: str, shapes: BlockShapes) -> tuple[Problem, ...]:
    """The problems of one block, from what it is and what stands next to it."""
    node = network[name]
    checks = _OF_TYPE.get(node.type, [])
    if shapes.error is not None or shapes.missing or shapes.cost.params > MOST_PARAMS:
        checks = [*_BLOCK, *checks]
    return tuple(problem for check in checks for problem in check(network, node, shapes)) if checks else ()


def check_network(network: Network, shapes: Shapes) -> tuple[Problem, ...]:
    """The problems of the network as a whole."""
    return tuple(problem for check in _NETWORK for problem in check(network, shapes))


def used_blocks(network: Network) -> set[str]:
    """The blocks that some output block depends on."""
    return network.upstream(n for n, node in network.nodes.items() if node.block.role == "output")


@_block_check
def shape_fits(network: Network, node: Node, shapes: BlockShapes) -> Iterator[Problem]:
    """The block can take what arrives."""
    if shapes.error:
        e = shapes.error
        yield Problem(node.name, str(e), code=e.code, expected=e.expected, found=e.found, advice=e.advice)


@_block_check
def wires_arrive(network: Network, node: Node, shapes: BlockShapes) -> Iterator[Problem]:
    """Every input that needs a wire has one."""
    if not shapes.missing:
        return
    port = node.block.port_of(shapes.missing[0])
    least = port.least if port and port.many else 1
    if port and port.many:
        wanted = f"at least {least} inputs"
        found = f"{len(shapes.inputs)}" if shapes.inputs else "none"
    else:
        wanted, found = "an input", "none"
    advice = "Drag a wire to it from the block before it, or delete it."
    message = f"{node.name} needs {wanted} and has {found}. {advice}"
    yield Problem(
        node.name, message, code="missing_input", slot=shapes.missing[0], expected=wanted, found=found, advice=advice
    )


MOST_PARAMS = 10**10  # 40 GB in float32: a slip of the keyboard, not a layer that can be trained here


@_block_check
def not_gigantic(network: Network, node: Node, shapes: BlockShapes) -> Iterator[Problem]:
    """The block's weights could be held by some machine."""
    if shapes.params > MOST_PARAMS:
        expected = f"at most {MOST_PARAMS:,} parameters in a block"
        advice = "Make it smaller, or pool before it."
        message = f"{node.name} would have {shapes.params:,} parameters, which no memory holds. {advice}"
        yield Problem(node.name, message, "error", "too_large", None, expected, f"{shapes.params:,}", advice)


@_type_check("linear")
def linear_on_images(network: Network, node: Node, shapes: BlockShapes) -> Iterator[Problem]:
    """A fully connected block straight after feature maps sees only their width."""
    x = shapes.inputs.get(0)
    if x is not None and x.rank == 4 and shapes.error is None:
        advice = "Insert a Flatten or a global pooling before it if it should see the whole image."
        message = f"{node.name} works on the last side of {x} only. {advice}"
        yield Problem(node.name, message, "warning", "linear_on_images", 0, "B×features", str(x), advice)


@_type_check("classification_output")
def softmax_before_loss(network: Network, node: Node, shapes: BlockShapes) -> Iterator[Problem]:
    """The classification loss takes logits and applies the softmax itself."""
    for wire in network.inputs_of(node.name):
        before = network[wire.src]
        if before.type in ("softmax", "log_softmax", "sigmoid"):
            advice = f"Remove {before.name}: the loss applies the softmax itself, and learning is slow with two."
            message = f"{node.name} expects logits and gets the output of a {before.block.title}. {advice}"
            yield Problem(node.name, message, "warning", "softmax_before_loss", 0, "logits", before.block.title, advice)


@_network_check
def has_ends(network: Network, shapes: Shapes) -> Iterator[Problem]:
    """Data comes in somewhere and a loss is taken somewhere."""
    if not len(network):
        return
    roles = {node.block.role for node in network.nodes.values()}
    if "input" not in roles:
        advice = "Add an Input block and wire it to the first layer."
        yield Problem(None, f"The network has no Input, so no data can enter. {advice}", code="no_input", advice=advice)
    if "output" not in roles:
        advice = "Add a Classification or Regression output after the last layer."
        message = f"The network has no output, so it cannot be trained. {advice}"
        yield Problem(None, message, code="no_output", advice=advice)


@_network_check
def everything_used(network: Network, shapes: Shapes) -> Iterator[Problem]:
    """Every block matters to an output."""
    used = used_blocks(network)
    if not used:
        return
    advice = "Wire it towards an output, or delete it; until then it is left out of the code."
    for name in network.nodes:
        if name not in used and not shapes[name].missing:
            yield Problem(
                name, f"Nothing that leads to an output uses {name}. {advice}", "warning", "unused", advice=advice
            )
