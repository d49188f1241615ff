"""``layerloom new``: a project from a template."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from designer.commands.command import Command, Console
from designer.errors import UsageError
from designer.graph.templates import template_named, templates
from designer.project.beginning import begun
from designer.project.file import save_project
from designer.project.lock import FileLock

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    known = "; ".join(f"{t.name}: {t.title}" for t in templates())
    parser.add_argument("template", metavar="TEMPLATE", help=known)
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="the .loom file to write")
    parser.add_argument("--force", action="store_true", help="write over a file that is there")


def _run(options: Namespace, console: Console) -> int:
    project = replace(begun(template_named(options.template)), name="")
    if options.out.exists() and not options.force:
        raise UsageError(f"{options.out} is there already. Choose another name, or add --force to write over it.")
    with _unless_open(options.out):
        save_project(project, options.out)
    console.say(f"Wrote {options.out} with {len(project.network)} blocks.")
    console.result({"ok": True, "file": str(options.out), "blocks": len(project.network)})
    return 0


def _unless_open(file: Path) -> AbstractContextManager[object]:
    """The lock of a file that is written over: a window that has it open would lose its work."""
    return FileLock(file) if file.exists() else nullcontext()


COMMAND = Command("new", "Make a project from a template.", _arguments, _run, order=5)
