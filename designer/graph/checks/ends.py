"""Where data come in, and whether all that is drawn matters to a loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from designer.graph.infer import BlockShapes
from designer.graph.model import Network
from designer.graph.problem import Problem, network_check, warning
from designer.graph.used import used_blocks

__all__: list[str] = []


@network_check
def has_ends(network: Network, shapes: Mapping[str, BlockShapes]) -> Iterator[Problem]:
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


@network_check
def everything_used(network: Network, shapes: Mapping[str, BlockShapes]) -> Iterator[Problem]:
    """Every block matters to an output."""
    used = used_blocks(network)
    if not used or len(used) == len(network):
        return
    advice = "Wire it towards an output, or delete it; until then it is left out of the code."
    for name in network.nodes:
        if name not in used and not shapes[name].missing:
            yield Problem(
                name, f"Nothing that leads to an output uses {name}. {advice}", "warning", "unused", advice=advice
            )


@network_check
def something_trains(network: Network, shapes: Mapping[str, BlockShapes]) -> Iterator[Problem]:
    """A frozen block makes sense only behind none that learns."""
    frozen = [name for name, node in network.nodes.items() if node.marks.get("frozen") and shapes[name].params]
    if not frozen:
        return
    if all(not s.params or network[name].marks.get("frozen") for name, s in shapes.items()):
        yield warning(
            frozen[-1],
            "all_frozen",
            "at least one block that learns",
            f"all {len(frozen)} blocks with weights frozen" if len(frozen) > 1 else "the only one with weights frozen",
            "Training would change nothing.",
            f"Take the mark Frozen off {frozen[-1]}, or off all of them.",
        )
        return
    for name in frozen:
        if network[name].type == "linear" and any(network[o].block.role == "output" for o in network.successors(name)):
            yield warning(
                name,
                "frozen_head",
                "a last layer that learns",
                f"{name} frozen while blocks before it learn",
                "The last layer tells the answers apart, so it is the one that has to fit the data.",
                f"Take the mark Frozen off {name}.",
            )
