"""Where the runs of a project lie, and which of them there are. No Qt."""

from __future__ import annotations

import contextlib
from pathlib import Path

from designer.errors import LayerloomError
from designer.jobs.events import last_event
from designer.jobs.folder import RunFolder
from designer.jobs.handle import find_running
from designer.jobs.specs import TrainJob
from designer.project.paths import state_folder

__all__ = ["final_weights", "last_training", "running_trainings", "runs_root"]

WEIGHTS = "weights.safetensors"


def runs_root(project: Path | None, chosen: str = "") -> Path:
    """The folder that holds one sub-folder a run: ``<project>-runs`` beside the project, or in the ``chosen`` folder.

    Runs of a project that was never saved lie in the state folder.
    """
    if project is None:
        return Path(chosen).expanduser() / "untitled-runs" if chosen else state_folder() / "runs"
    name = f"{project.stem}-runs"
    return Path(chosen).expanduser() / name if chosen else project.absolute().parent / name


def running_trainings(root: Path) -> list[Path]:
    """The trainings under ``root`` that are still going on, the newest first."""
    found = []
    for handle in find_running(root):
        with contextlib.suppress(LayerloomError):
            if isinstance(handle.spec, TrainJob):
                found.append(handle.run_dir)
    return found[::-1]


def last_training(root: Path) -> Path | None:
    """The newest training under ``root``, going on or ended."""
    with contextlib.suppress(OSError):
        for folder in sorted((f for f in root.iterdir() if (f / "events.jsonl").is_file()), reverse=True):
            with contextlib.suppress(LayerloomError):
                if isinstance(RunFolder(folder).spec(), TrainJob):
                    return folder
    return None


def final_weights(run: Path) -> Path | None:
    """The weights that an ended training left; None where it left none."""
    last = last_event(run / "events.jsonl")
    if last is None or last["type"] not in ("finished", "failed"):
        return None
    named = last.get("weights")
    path = run / (named if isinstance(named, str) else WEIGHTS)
    return path if path.is_file() and path.resolve().is_relative_to(run.resolve()) else None
