"""Whether the format that the network is to be exported to can take its blocks."""

from __future__ import annotations

from collections.abc import Iterator

from designer.graph.problem import Case, Problem, type_check, warning
from designer.graph.targets import TARGETS

__all__ = ["target_takes_it"]


@type_check(*sorted({name for target in TARGETS.values() for name in target.refuses}))
def target_takes_it(case: Case) -> Iterator[Problem]:
    """A person said where the network is to go, and this block cannot go there."""
    target = TARGETS.get(case.context.target)
    why = target.refuses.get(case.node.type) if target is not None else None
    if target is not None and why is not None:
        yield warning(
            case.name,
            "export_target",
            f"blocks that {target.title} can take",
            f"a {case.node.block.title}",
            why,
            "Exchange it for another block, or choose another format under “I will export to” in the settings.",
        )
