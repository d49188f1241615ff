"""``layerloom check``: what is wrong with a network, and how to repair it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from designer.commands.command import Command, Console
from designer.commands.options import add_file, open_project
from designer.data.facts import context_of
from designer.graph.document import Document
from designer.graph.fixes import fixes_for

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    add_file(parser)


def _run(options: Namespace, console: Console) -> int:
    project = open_project(options)
    document = Document(project.network, context_of(project.data, project.train.batch_size if project.train else None))
    totals = document.totals()
    rows = []
    for problem in document.problems:
        fixes = [fix.title for fix in fixes_for(document, problem)]
        rows.append({**asdict(problem), "fixes": fixes})
        mark = f"{problem.severity:7}"
        where = f"{problem.block}: " if problem.block else ""
        console.say(f"{mark}  {where}{problem.message}")
        for title in fixes:
            console.say(f"         repair: {title}")
    if document.muted:
        console.say(f"muted    {len(document.muted)} warnings that somebody does not want to see")
    ok = not document.has_errors
    if ok:
        state = "No errors" if rows else "No problems"
        console.say(f"{state}: {totals.blocks} blocks, {totals.params:,} parameters, {totals.macs:,} multiply-adds.")
    facts = {"ok": ok, "file": str(options.file), **asdict(totals)}
    console.result({**facts, "problems": rows, "muted": len(document.muted)})
    return 0 if ok else 1


COMMAND = Command(
    "check",
    "Check every shape of a network.",
    _arguments,
    _run,
    "Prints each problem with its repairs. Exit code 1 when there are errors.",
    order=10,
)
