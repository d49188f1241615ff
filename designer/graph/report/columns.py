"""The columns of the network report: what each says, and by what it sorts. Panel, table and files follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from designer.graph.report.rows import Row
from designer.graph.words import count, in_bytes, seen, short, strides

__all__ = ["COLUMNS", "Column", "column"]

UNKNOWN = "?"


@dataclass(frozen=True)
class Column:
    """``text`` is what people read, ``value`` what it sorts by and what machines read; ``share`` adds a bar."""

    key: str
    title: str
    tip: str
    text: Callable[[Row], str]
    value: Callable[[Row], str | int | float | None]
    right: bool = False
    share: bool = False


def _figure(get: Callable[[Row], int], spell: Callable[[int], str]) -> Callable[[Row], str]:
    """A sum in words: a question mark where it is not known, nothing where it is 0."""

    def text(row: Row) -> str:
        value = get(row)
        if not value and not row.group:
            return UNKNOWN if not row.known or row.sums.unsized else ""
        return spell(value) if value else ""

    return text


def _params(row: Row) -> str:
    if not row.known and not row.group:
        return UNKNOWN
    if not row.sums.params:
        return ""
    words = count(row.sums.params)
    if not row.sums.frozen:
        return words
    return f"{words} (frozen)" if not row.sums.trainable else f"{words} ({count(row.sums.frozen)} frozen)"


def _extent(row: Row) -> float | None:
    if row.field is None:
        return None
    if row.field.whole:
        return float("inf")
    area = 1.0
    for side in row.field.sides:
        area *= side.seen if side.seen is not None else 1e6
    return area


_SEVERITY = {"": 0, "warning": 1, "error": 2}


def _stride(row: Row) -> float:
    return max((float(s.stride) for s in row.field.sides if s.stride is not None), default=0.0) if row.field else 0.0


def _problem(row: Row) -> str:
    return " ".join(problem.message for problem in row.problems)


COLUMNS = (
    Column("name", "Block", "The block's name: its path in the module", lambda r: r.name, lambda r: r.name),
    Column(
        "type",
        "Type",
        "What it is",
        lambda r: f"{count(r.sums.blocks)} blocks" if r.group else r.title,
        lambda r: "" if r.group else r.title,
    ),
    Column("inputs", "In", "The shapes that arrive; B is the batch", lambda r: r.inputs, lambda r: r.inputs),
    Column("output", "Out", "The shapes that it gives; B is the batch", lambda r: r.output, lambda r: r.output),
    Column("params", "Parameters", "Learnable numbers", _params, lambda r: r.sums.params, True, True),
    Column(
        "macs",
        "Multiply-adds",
        "Multiplications with an addition, for one sample",
        _figure(lambda r: r.sums.macs, short),
        lambda r: r.sums.macs,
        True,
        True,
    ),
    Column(
        "made",
        "Forward",
        "What its results take at the chosen batch size",
        _figure(lambda r: r.sums.made, in_bytes),
        lambda r: r.sums.made,
        True,
    ),
    Column(
        "kept",
        "Backward",
        "What training keeps of them until the gradients are known",
        _figure(lambda r: r.sums.kept, in_bytes),
        lambda r: r.sums.kept,
        True,
        True,
    ),
    Column(
        "field",
        "Receptive field",
        "How much of the input one of its results sees",
        lambda r: seen(r.field) if r.field else "",
        _extent,
        True,
    ),
    Column(
        "stride",
        "Stride",
        "How far apart, in the input, two neighbouring results look",
        lambda r: strides(r.field) if r.field and _stride(r) else "",
        _stride,
        True,
    ),
    Column("problems", "Problems", "What is wrong with it, or unwise", _problem, lambda r: _SEVERITY[r.worst]),
)


def column(key: str) -> Column:
    """The column of this key."""
    return next(c for c in COLUMNS if c.key == key)
