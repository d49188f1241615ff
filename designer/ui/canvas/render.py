"""The drawing as a picture file, with or without a window."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from designer.errors import ExportError, ProjectError
from designer.graph.document import Document
from designer.graph.model import Network
from designer.project.atomic import write_atomic
from designer.ui.canvas.picture.drawing import Drawing
from designer.ui.canvas.picture.spec import Picture, kind_of, scale_for, size_at
from designer.ui.canvas.picture.write import as_bytes
from designer.ui.theme import load_fonts

__all__ = ["render", "save"]


def render(network: Network, path: Path | str, picture: Picture | None = None) -> tuple[int, int]:
    """Draw a network to a file; the picture's width and height in pixels, of a PDF in points.

    Without ``picture`` the file's name says the format. Starts Qt without a display where none runs yet.
    Raises ExportError.
    """
    path = Path(path)
    picture = picture or Picture(kind_of(path))
    _ensure_application()
    load_fonts()
    drawing = Drawing(Document(network), picture)
    try:
        return save(drawing, path)
    finally:
        drawing.close()


def save(drawing: Drawing, path: Path) -> tuple[int, int]:
    """Write a drawing; the picture's width and height in pixels, of a PDF in points. Raises ExportError."""
    data = as_bytes(drawing, path.stem)
    try:
        write_atomic(path, data)
    except (OSError, ProjectError) as error:
        raise ExportError(f"Could not write {path}. Check that the folder exists and may be written to.") from error
    return size_at(drawing.size, drawing.picture.kind, scale_for(drawing.size, drawing.picture))


def _ensure_application() -> None:
    if QGuiApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _kept.append(QApplication(["layerloom"]))


_kept: list[QApplication] = []  # Qt's application must outlive everything drawn with it
