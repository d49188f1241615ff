"""Data that people drop on the window: what it is, and that the project is trained on it from now on."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from designer.data.source import source_for, sources
from designer.data.spec import DataSpec
from designer.errors import LayerloomError
from designer.graph.fixes import Fix

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__ = ["may_be_data", "read_otherwise", "take_data"]

# A text that is no table, weights, code: these are data only where somebody says so, or their text does.
_NOT_ALONE = (".txt", ".pt", ".pth", ".py")


def may_be_data(path: Path) -> bool:
    """Whether a folder or file looks like data, by its name alone."""
    endings = tuple({suffix for source in sources().values() for suffix in source.suffixes} - set(_NOT_ALONE))
    return path.is_dir() or path.name.lower().endswith(endings)


def take_data(window: MainWindow, path: Path) -> None:
    """Make it the project's data, and say what it is; training is one press away."""
    spec = DataSpec(source=str(path.absolute()))
    try:
        title = source_for(spec).title
    except LayerloomError as error:
        window.toasts.show("error", error.message)
        return
    if not window.editing:
        window.toasts.show(
            "warning", f"{path.name} is data ({title.lower()}). Open or begin a network first, then drop it."
        )
        return
    if window.session.read_only:
        window.toasts.show("warning", "The project can only be looked at, so its data stay as they are.")
        return
    window.session.remember(data=spec)
    window.show_panel("data")
    window.toasts.show("info", _said(spec, path, title), ("Train…", window.running.ask_train))


def read_otherwise(window: MainWindow, repair: Fix) -> None:
    """Have the project's data read in another way, which a press takes back."""
    before = window.session.project.data
    if before is None or window.session.read_only:
        return
    after = DataSpec.model_validate({**before.model_dump(), **dict(repair.data)})
    window.session.remember(data=after)
    window.toasts.show("info", f"{repair.title}: done.", ("Undo", partial(window.session.remember, data=before)))


def _said(spec: DataSpec, path: Path, title: str) -> str:
    """With counts where they are known at once."""
    from designer.data.recognise import quick_overview

    found = quick_overview(spec)
    return (
        f"{path.name} – {found.sentence}" if found is not None else f"The project's data are now {path.name}: {title}."
    )
