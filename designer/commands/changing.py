"""What the commands that change a drawing have in common: open, change, carry the weights along, write."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from designer.commands.command import Console
from designer.commands.options import add_file, open_project
from designer.errors import UsageError
from designer.graph.document import Document
from designer.graph.edits import Edit
from designer.graph.surgery.widths import Change
from designer.project.file import Project, save_project
from designer.project.kept import KeptWeights
from designer.project.lock import FileLock
from designer.project.trail import Trail

__all__ = ["Changing", "add_block", "add_changed_file"]


def add_changed_file(parser: ArgumentParser) -> None:
    """The project, and where the changed one goes."""
    add_file(parser)
    parser.add_argument(
        "-o", "--out", type=Path, metavar="OUT", help="write the changed project here; left out: FILE itself is changed"
    )
    parser.add_argument("--force", action="store_true", help="write over OUT where it is there already")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and write nothing")


def add_block(parser: ArgumentParser) -> None:
    """The block that is meant."""
    parser.add_argument("block", metavar="BLOCK", help="the block's name, such as layer1.0.conv1")


class Changing:
    """A project being changed from the command line."""

    def __init__(self, options: Namespace) -> None:
        self._options = options
        self.project: Project = open_project(options)
        self.document = Document(self.project.network)
        self._before = self.project.network.copy()
        self.target: Path = options.out if options.out is not None else options.file
        if options.out is not None and options.out.exists() and not options.force and not options.dry_run:
            raise UsageError(f"{options.out} is there already. Choose another name, or add --force to write over it.")

    @property
    def weights(self) -> Path | None:
        """The project's weights, where they are there."""
        return None if self.project.weights_missing else self.project.weights

    @property
    def trail(self) -> Trail:
        """The weights as they are before the change."""
        return Trail(self.weights, self._before)

    def block(self, name: str) -> str:
        """The block of that name. Raises UsageError with the nearest one."""
        from difflib import get_close_matches

        network = self.document.network
        if name in network or network.is_prefix(name):
            return name
        near = get_close_matches(name, network.nodes, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise UsageError(f"There is no block {name!r} in {self._options.file}.{hint}")

    def finish(self, change: Change, console: Console, facts: Mapping[str, Any] | None = None) -> int:
        """Do the change, write the project with its weights, and say what happened; the exit code."""
        edit: Edit = self.document.do(change.edit).edit
        told, weights = "", self.weights
        if not self._options.dry_run:
            told, weights = self._write(edit)
        totals = self.document.totals()
        console.say(change.sentence)
        if change.followers:
            console.say(f"With it: {', '.join(change.followers)}.")
        if told:
            console.say(told)
        done = "Nothing was written" if self._options.dry_run else f"Wrote {self.target}"
        console.say(f"{done}: {totals.blocks} blocks, {totals.params:,} parameters.")
        console.result(
            {
                "ok": True,
                "file": None if self._options.dry_run else str(self.target),
                "same": change.same,
                "sentence": change.sentence,
                "with": list(change.followers),
                "blocks": totals.blocks,
                "params": totals.params,
                "weights": None if weights is None else str(weights),
                "anew": told or None,
                **(facts or {}),
            }
        )
        return 0

    def _write(self, edit: Edit) -> tuple[str, Path | None]:
        with ExitStack() as stack:
            if self.target.exists():
                stack.enter_context(FileLock(self.target))  # a window that has it open would write over the change
            kept = KeptWeights()
            stack.callback(kept.close)
            kept.open(self.weights, self._before, (edit,))
            project = replace(self.project, network=self.document.network)
            project, told = kept.saved(project, self.target)
            saved = save_project(project, self.target)
        return told, saved.weights
