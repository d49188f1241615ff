"""Where blocks and groups went in an edit that renamed them, so that a panel can follow them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from designer.graph.edits import Batch, Edit, Rename

__all__ = ["moved", "renames"]


def renames(edit: Edit) -> dict[str, str]:
    """The last name of each block that got another one."""
    found: dict[str, str] = {}
    for step in _steps(edit):
        first = next((old for old, new in found.items() if new == step.old), step.old)
        found[first] = step.new
    return found


def _steps(edit: Edit) -> Iterator[Rename]:
    if isinstance(edit, Rename):
        yield edit
    for part in edit.edits if isinstance(edit, Batch) else ():
        yield from _steps(part)


def moved(path: str, names: Mapping[str, str]) -> str:
    """Where a group went, by where its blocks went."""
    for old, new in names.items():
        inner = old[len(path) :]
        if old.startswith(f"{path}.") and new.endswith(inner):
            return new.removesuffix(inner)
    return path
