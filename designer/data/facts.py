"""What is known of data without reading them, for the checks of a drawing. No torch, no NumPy."""

from __future__ import annotations

from pathlib import Path

from designer.data.source import sources
from designer.data.spec import DataSpec
from designer.graph.context import Context

__all__ = ["context_of"]

_MOST = 1000  # class folders that are counted while a person waits


def context_of(spec: DataSpec | None, batch: int | None = None) -> Context:
    """The facts about a data set by its name, or about a folder of class folders."""
    if spec is None:
        return Context(batch=batch)
    source = sources().get(spec.source)
    if source is not None:
        title = source.title.removesuffix(" (bundled)")
        return Context(title, len(source.classes) or None, source.classes, source.size, batch)
    folder = Path(spec.source).expanduser()
    classes = _class_folders(folder)
    return Context(f"the folder {folder.name}", len(classes) or None, classes, None, batch)


def _class_folders(folder: Path) -> tuple[str, ...]:
    """The classes that the folders name; none where it is not such a folder, or a very large one."""
    from designer.data.sources.image_folder import halves

    try:
        train, _ = halves(folder)
        names = sorted(entry.name for entry in train.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except OSError:
        return ()
    return tuple(names) if 2 <= len(names) <= _MOST else ()
