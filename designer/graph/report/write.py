"""The report as Markdown, as CSV and as plain data."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from designer.graph.report.columns import COLUMNS, Column
from designer.graph.report.rows import Report, Row, Sums
from designer.graph.words import count, in_bytes, plural, short

__all__ = ["as_csv", "as_data", "as_markdown", "reservations", "total_facts"]


def total_facts(report: Report) -> list[tuple[str, str]]:
    """The sums in words, each with its name."""
    t = report.totals
    facts = [("Blocks", count(t.blocks)), ("Parameters", count(t.params))]
    if t.frozen:
        facts += [("Trainable", count(t.trainable)), ("Frozen", count(t.frozen))]
    facts += [("Multiply-adds for one sample", short(t.macs))]
    facts += [(f"Results, batch of {count(report.batch)}", in_bytes(t.made)), ("Kept for backward", in_bytes(t.kept))]
    facts += [(f"Tried at {name}", count(size)) for name, size in report.tried.items()]
    return facts


def reservations(report: Report) -> list[str]:
    """What the sums leave out, a sentence each."""
    found = []
    if report.totals.unknown:
        verb = "has" if report.totals.unknown == 1 else "have"
        found.append(f"{plural(report.totals.unknown, 'block')} {verb} no shapes yet and count as 0.")
    if report.totals.unsized:
        verb = "depends" if report.totals.unsized == 1 else "depend"
        found.append(
            f"The cost of {plural(report.totals.unsized, 'block')} {verb} on an open size and counts as 0: "
            "try a size to see it."
        )
    return found


def as_markdown(report: Report, title: str = "Network report", rows: Sequence[Row] | None = None) -> str:
    """A heading, the sums and the table."""
    shown = report.rows if rows is None else rows
    lines = [f"# {_line(title)}", ""]
    lines += [f"- {name}: {value}" for name, value in total_facts(report)]
    lines += [f"- {sentence}" for sentence in reservations(report)]
    lines += [f"- **{p.severity.capitalize()}**: {_cell(p.message)}" for p in report.problems]
    lines += ["", "| " + " | ".join(c.title for c in COLUMNS) + " |"]
    lines += ["|" + "|".join("---:" if c.right else "---" for c in COLUMNS) + "|"]
    for row in shown:
        cells = [_cell(c.text(row)) for c in COLUMNS]
        if row.group:
            cells = [f"**{cell}**" if cell else "" for cell in cells]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    """Text from elsewhere on one line, with nothing in it that Markdown or HTML would take for its own."""
    flat = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_[]#|" else "&lt;" if c == "<" else "&amp;" if c == "&" else c for c in flat)


def _cell(text: str) -> str:
    flat = " ".join(text.split())
    return flat.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "\\`")


def as_csv(report: Report, rows: Iterable[Row] | None = None) -> str:
    """A line a row with plain numbers, as tables elsewhere want them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["name", "kind", *(c.key for c in COLUMNS[1:])])
    for row in report.rows if rows is None else rows:
        writer.writerow([row.name, "group" if row.group else "block", *(_plain(c, row) for c in COLUMNS[1:])])
    return out.getvalue()


def _plain(column: Column, row: Row) -> str | int | float | None:
    if column.key in ("field", "stride", "problems"):
        return column.text(row)
    if column.right and (row.sums.unknown or row.sums.unsized) and not row.group and not column.value(row):
        return None
    return column.value(row)


def as_data(report: Report) -> dict[str, Any]:
    """Plain data: the sums, the rows of blocks, the sub-totals, and the problems of the whole."""
    return {
        "batch": report.batch,
        "tried": dict(report.tried),
        **_sums(report.totals),
        "rows": [_row(row) for row in report.blocks],
        "groups": [{"name": row.name, **_sums(row.sums)} for row in report.groups],
        "problems": [asdict(p) for p in report.problems],
    }


def _sums(sums: Sums) -> dict[str, Any]:
    data = asdict(sums)
    return {**data, "trainable": sums.trainable, "forward_bytes": data.pop("made"), "backward_bytes": data.pop("kept")}


def _row(row: Row) -> dict[str, Any]:
    sides = row.field.sides if row.field else ()
    return {
        "name": row.name,
        "type": row.type,
        "title": row.title,
        "inputs": [str(t) if t else None for t in row.shapes.inputs.values()] if row.shapes else [],
        "output": row.output,
        "params": row.sums.params,
        "frozen": row.sums.frozen,
        "macs": None if row.sums.unsized and not row.sums.macs else row.sums.macs,
        "forward_bytes": row.sums.made,
        "backward_bytes": row.sums.kept,
        "receptive_field": [side.seen for side in sides],
        "stride": [None if side.stride is None else float(side.stride) for side in sides],
        "known": row.known,
        "problem": row.problems[0].message if row.problems else "",
        "problems": [asdict(p) for p in row.problems],
    }
