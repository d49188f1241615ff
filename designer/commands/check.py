"""``layerloom check``: what is wrong with a network, and how to repair it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from designer.commands.command import Command, Console
from designer.commands.options import add_file, open_project
from designer.graph.document import Document
from designer.graph.fixes import fixes_for

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    add_file(parser)


def _run(options: Namespace, console: Console) -> int:
    document = Document(open_project(options).network)
    totals = document.totals()
    rows = []
    for problem in document.problems:
        fixes = [fix.title for fix in fixes_for(document, problem)]
        rows.append({**asdict(problem), "fixes": fixes})
        mark = "error  " if problem.severity == "error" else "warning"
        where = f"{problem.block}: " if problem.block else ""
        console.say(f"{mark}  {where}{problem.message}")
        for title in fixes:
            console.say(f"         repair: {title}")
    ok = not document.has_errors
    if ok:
        state = "No errors" if rows else "No problems"
        console.say(f"{state}: {totals.blocks} blocks, {totals.params:,} parameters, {totals.macs:,} multiply-adds.")
    console.result({"ok": ok, "file": str(options.file), **asdict(totals), "problems": rows})
    return 0 if ok else 1


COMMAND = Command(
    "check",
    "Check every shape of a network.",
    _arguments,
    _run,
    "Prints each problem with its repairs. Exit code 1 when there are errors.",
    order=10,
)
