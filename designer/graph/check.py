"""What is wrong with a drawing, and what is unwise. The checks are in ``checks/``: one function a mistake."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from designer.graph import checks
from designer.graph.checks.shape import MOST_PARAMS
from designer.graph.context import NOTHING_KNOWN, Context
from designer.graph.infer import BlockShapes
from designer.graph.model import Network
from designer.graph.problem import BLOCK, NETWORK, NOBODY, OF_SHAPE, OF_TYPE, BlockCheck, Case, Problem
from designer.graph.used import used_blocks

__all__ = ["Problem", "check_block", "check_network", "check_place", "check_shapes", "modules", "used_blocks"]


def modules() -> list[str]:
    """The modules that may declare checks (the packager asks too)."""
    return [f"{checks.__name__}.{found.name}" for found in pkgutil.iter_modules(checks.__path__)]


for _name in modules():
    importlib.import_module(_name)


def check_block(
    network: Network,
    name: str,
    shapes: BlockShapes,
    context: Context = NOTHING_KNOWN,
    around: Mapping[str, BlockShapes] = NOBODY,
) -> tuple[Problem, ...]:
    """The problems of one block, from what it is and what stands next to it."""
    found = check_shapes(network, name, shapes, context, around)
    return found + check_place(network, name, shapes, context)


def check_shapes(
    network: Network, name: str, shapes: BlockShapes, context: Context, around: Mapping[str, BlockShapes] = NOBODY
) -> tuple[Problem, ...]:
    """Those that may come and go with the shapes: its own, or those of blocks that it reads whole numbers from."""
    node = network[name]
    found = OF_SHAPE.get(node.type, [])
    if shapes.error is not None or shapes.missing or shapes.cost.params > MOST_PARAMS:
        found = [*BLOCK, *found]
    return _made(found, Case(network, node, shapes, context, around)) if found else ()


def check_place(
    network: Network, name: str, shapes: BlockShapes, context: Context, _around: Mapping[str, BlockShapes] = NOBODY
) -> tuple[Problem, ...]:
    """The others: they depend on parameters and neighbours only."""
    node = network[name]
    found = OF_TYPE.get(node.type)
    return _made(found, Case(network, node, shapes, context)) if found else ()


def _made(checks: list[BlockCheck], case: Case) -> tuple[Problem, ...]:
    return tuple([problem for check in checks for problem in check(case)])


def check_network(network: Network, shapes: Mapping[str, BlockShapes]) -> tuple[Problem, ...]:
    """The problems of the network as a whole."""
    return tuple([problem for check in NETWORK for problem in check(network, shapes)])
