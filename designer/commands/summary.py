"""``layerloom summary``: the blocks of a network with shapes, parameters and cost."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from designer.codegen.cost import table
from designer.commands.command import Command, Console
from designer.commands.options import add_file, open_project
from designer.graph.document import Document

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    add_file(parser)


def _run(options: Namespace, console: Console) -> int:
    document = Document(open_project(options).network)
    totals, rows = document.totals(), table(document.network, document.shapes)
    if not console.as_json:
        from rich.table import Table

        view = Table("block", "kind", "output", title=str(options.file.name), title_justify="left")
        view.add_column("parameters", justify="right")
        view.add_column("multiply-adds", justify="right")
        for row in rows:
            view.add_row(row.name, row.title, row.output or "?", f"{row.params:,}", f"{row.macs:,}")
        view.add_section()
        view.add_row(f"{totals.blocks} blocks", "", "", f"{totals.params:,}", f"{totals.macs:,}")
        console.rich.print(view)
        if totals.unknown:
            console.say(f"{totals.unknown} blocks have no shape yet and count as 0; `layerloom check` says why.")
    console.result({"ok": True, "file": str(options.file), **asdict(totals), "rows": [asdict(r) for r in rows]})
    return 0


COMMAND = Command(
    "summary", "Show blocks, shapes, parameters and multiply-adds (for one sample).", _arguments, _run, order=11
)
