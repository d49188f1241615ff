"""What keeps a block from running."""

from __future__ import annotations

from collections.abc import Iterator

from designer.graph.problem import Case, Problem, block_check

__all__ = ["MOST_PARAMS"]

MOST_PARAMS = 10**10  # 40 GB in float32: a slip of the keyboard, not a layer that can be trained here


@block_check
def shape_fits(case: Case) -> Iterator[Problem]:
    """The block can take what arrives."""
    e = case.shapes.error
    if e:
        yield Problem(case.name, str(e), code=e.code, expected=e.expected, found=e.found, advice=e.advice)


@block_check
def wires_arrive(case: Case) -> Iterator[Problem]:
    """Every input that needs a wire has one."""
    missing = case.shapes.missing
    if not missing:
        return
    port = case.node.block.port_of(missing[0])
    if port and port.many:
        wanted = f"at least {port.least} inputs"
        found = f"{len(case.shapes.inputs)}" if case.shapes.inputs else "none"
    else:
        wanted, found = "an input", "none"
    advice = "Drag a wire to it from the block before it, or delete it."
    message = f"{case.name} needs {wanted} and has {found}. {advice}"
    yield Problem(
        case.name, message, code="missing_input", slot=missing[0], expected=wanted, found=found, advice=advice
    )


@block_check
def not_gigantic(case: Case) -> Iterator[Problem]:
    """The block's weights could be held by some machine."""
    params = case.shapes.params
    if params > MOST_PARAMS:
        expected = f"at most {MOST_PARAMS:,} parameters in a block"
        advice = "Make it smaller, or pool before it."
        message = f"{case.name} would have {params:,} parameters, which no memory holds. {advice}"
        yield Problem(case.name, message, "error", "too_large", None, expected, f"{params:,}", advice)
