"""Which folders are runs, and what they are called. No Qt."""

from __future__ import annotations

from pathlib import Path

from designer.errors import LayerloomError, UsageError
from designer.project.strict_json import read_json

__all__ = ["is_run", "run_name", "runs_in"]

_LOG = "events.jsonl"


def is_run(folder: Path) -> bool:
    """Whether a folder is that of a run."""
    return (folder / _LOG).is_file()


def runs_in(folder: Path) -> list[Path]:
    """The runs of a series, by name: those that its folder holds. A run alone is one. Raises UsageError for neither."""
    if is_run(folder):
        return [folder]
    try:
        found = sorted(child for child in folder.iterdir() if child.is_dir() and is_run(child))
    except OSError as error:
        raise UsageError(f"The folder {folder} cannot be read: {error.strerror}.") from error
    if not found:
        raise UsageError(f"{folder} holds no run: there is no {_LOG} in it, nor in the folders inside it.")
    return found


def run_name(folder: Path) -> str:
    """What a person calls a run: the name they gave it, or that of its folder."""
    try:
        data = read_json(folder / "run.json", 1 << 20)
    except LayerloomError:
        data = None
    given = data.get("name") if isinstance(data, dict) else None
    return given.strip() if isinstance(given, str) and given.strip() else folder.name
