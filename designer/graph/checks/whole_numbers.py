"""Whether tables are as long as the whole numbers that look things up in them, as far as those are known."""

from __future__ import annotations

from collections.abc import Iterator

from designer.graph.kinds import MOVES, THROUGH
from designer.graph.model import Wire
from designer.graph.problem import Case, Problem, shape_check, warning

__all__ = ["TABLES", "largest"]

TABLES = {"embedding": "num_embeddings", "embedding_bag": "num_embeddings", "one_hot": "num_classes"}
_PAST = MOVES | THROUGH


def largest(case: Case) -> tuple[Wire, int] | None:
    """The wire from the block that makes the numbers, and the largest that can come; None where that is not known.

    An Input does not say which numbers its data hold.
    """
    wire = case.source()
    while wire is not None and case.network[wire.src].type in _PAST:
        wire = case.network.wire_at(wire.src, 0)
    if wire is None:
        return None
    node = case.network[wire.src]
    if node.type == "constant" and node.params["dtype"] == "int64":
        return wire, int(float(str(node.params["value"])))
    if node.type == "one_hot":
        return wire, 1
    if node.type == "argmax":
        axis, known = node.params["dim"], case.around.get(node.name)
        compared = known.inputs.get(0) if known is not None and known.complete else None
        width = compared.dims[axis] if compared is not None and isinstance(axis, int) else None
        return (wire, width - 1) if isinstance(width, int) else None
    return None


@shape_check(*TABLES)
def table_is_long_enough(case: Case) -> Iterator[Problem]:
    """Every number that can come has a row."""
    rows = case.node.params[TABLES[case.node.type]]
    found = largest(case)
    if found is None or not isinstance(rows, int) or found[1] < rows:
        return
    wire, most = found
    what = "classes" if case.node.type == "one_hot" else "rows"
    yield warning(
        case.name,
        "table_rows",
        f"numbers below {rows:,}, its number of {what}",
        f"up to {most:,} from {wire.src}",
        "A number without a row ends training with an error.",
        f"Give {case.name} {most + 1:,} {what}.",
        0,
    )
