"""``layerloom summary``: the network report as a table, a page, Markdown or plain data."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from designer.commands.command import Command, Console
from designer.commands.options import add_file, open_project
from designer.errors import UsageError
from designer.graph.document import Document
from designer.graph.open_sizes import at_size, fit_sizes, open_inputs
from designer.graph.report.columns import column
from designer.graph.report.files import KINDS, as_text
from designer.graph.report.rows import Report, make_report
from designer.graph.report.write import as_data, reservations, total_facts
from designer.project.atomic import write_atomic

__all__ = ["COMMAND"]

_FORMATS = ("table", *KINDS)
_TABLE = ("name", "type", "output", "params", "macs", "kept", "field")


def _arguments(parser: ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("--format", choices=_FORMATS, default="table", help="how it is written (default: table)")
    parser.add_argument("--batch", type=int, default=32, metavar="N", help="batch size of the memory (default: 32)")
    parser.add_argument("--size", metavar="SIZE", help="a sample for an Input with open sizes, such as 3x224x224")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="write it to a file instead of the terminal")


def _run(options: Namespace, console: Console) -> int:
    if not 1 <= options.batch <= 1_000_000:
        raise UsageError(f"--batch must be between 1 and 1000000, got {options.batch}.")
    document = Document(open_project(options).network)
    tried = _tried(document, options.size)
    report = make_report(at_size(document, tried), options.batch, tried)
    data = {"ok": True, "file": str(options.file), **as_data(report)}
    if options.format == "json" and options.out is None:
        Console(as_json=True).result(data)
        return 0
    if options.format == "table" and options.out is None:
        if not console.as_json:
            _table(report, options.file.name, console)
        console.result(data)
        return 0
    kind = "md" if options.format == "table" else options.format
    text = as_text(report, kind, options.file.name)
    if options.out is not None:
        write_atomic(options.out, text.encode())
        console.say(f"The report is in {options.out}.")
        console.result({**data, "out": str(options.out)})
    elif console.as_json:
        console.result(data)
    else:
        sys.stdout.write(text)
        sys.stdout.flush()
    return 0


def _tried(document: Document, text: str | None) -> dict[str, int]:
    """The sizes that ``--size`` gives to open ones. Raises UsageError, or EditRefused where they do not fit."""
    if text is None:
        return {}
    opened = list(open_inputs(document.network).values())
    if not opened:
        raise UsageError("--size: no Input of this network leaves a size open.")
    parts = text.replace("×", "x").split("x")
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise UsageError(f"--size: expected whole numbers such as 3x224x224, got {text!r}.")
    return fit_sizes(next((s for s in opened if len(s) == len(parts)), opened[0]), [int(part) for part in parts])


def _table(report: Report, title: str, console: Console) -> None:
    from rich.markup import escape
    from rich.table import Table

    columns = [column(key) for key in _TABLE]
    view = Table(title=escape(title), title_justify="left")
    for c in columns:
        view.add_column(
            c.title.lower(), justify="right" if c.right else "left", no_wrap=c.key == "name", overflow="fold"
        )
    for row in report.rows:
        cells = [escape(c.text(row)) for c in columns]
        cells[0] = "  " * row.depth + cells[0]
        view.add_row(*cells, style="bold" if row.group else None)
    console.rich.print(view)
    console.say("  ".join(f"{name}: {value}." for name, value in total_facts(report)))
    for sentence in reservations(report):
        console.say(sentence)
    if report.totals.unknown:
        console.say("`layerloom check` says why.")


COMMAND = Command(
    "summary",
    "Show every block with shapes, parameters, cost, memory and problems.",
    _arguments,
    _run,
    "The html page needs nothing else: it sorts, filters, and follows the system's light or dark theme.",
    order=11,
)
