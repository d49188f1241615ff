"""The drawing as a picture: onto the clipboard, or through the dialog into a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from designer.errors import ExportError
from designer.ui.theme import theme

if TYPE_CHECKING:
    from designer.ui.canvas.picture.drawing import Drawing
    from designer.ui.dialogs.picture import PictureDialog
    from designer.ui.window import MainWindow

__all__ = ["Pictures", "busy"]


@contextmanager
def busy() -> Iterator[None]:
    """The cursor says that it takes a moment: a hundred million pixels need some seconds."""
    QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
    try:
        yield
    finally:
        QGuiApplication.restoreOverrideCursor()


class Pictures(QObject):
    """The window's camera."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window

    def ask(self) -> PictureDialog | None:
        """Open the dialog; None, with a message, where there is nothing to draw."""
        from designer.ui.dialogs.picture import PictureDialog

        session = self.window.session
        folder = session.path.parent if session.path is not None else Path.home()
        try:
            dialog = PictureDialog(self.window.canvas.canvas, folder / f"{session.title}.png", self.window)
        except ExportError as error:
            self.window.toasts.show("error", error.message)
            return None
        dialog.saved.connect(self._saved)
        dialog.copied.connect(self.put)
        dialog.open()
        return dialog

    def copy(self) -> None:
        """Put what is selected, or all, onto the clipboard in the colours of the window."""
        from designer.ui.canvas.picture.drawing import Drawing
        from designer.ui.canvas.picture.spec import Picture

        canvas = self.window.canvas.canvas
        picture = Picture(
            theme="dark" if theme().dark else "light",
            only=frozenset(canvas.selection) or None,
            notes=frozenset(canvas.sheets.chosen),
        )
        try:
            drawing = Drawing(canvas.document, picture, canvas)
        except ExportError as error:
            self.window.toasts.show("error", error.message)
            return
        try:
            self.put(drawing)
        finally:
            drawing.close()

    def put(self, drawing: Drawing) -> None:
        """Put a drawing onto the clipboard: as pixels, and as SVG for programs that can draw with it."""
        from designer.ui.canvas.picture.write import as_mime

        try:
            with busy():
                data = as_mime(drawing)
        except ExportError as error:
            self.window.toasts.show("error", error.message)
            return
        size = data.imageData().size()
        QGuiApplication.clipboard().setMimeData(data)
        only = drawing.picture.only
        what = "the network" if only is None else f"{len(only)} block{'s' if len(only) != 1 else ''}"
        self.window.status(f"Copied a picture of {what}, {size.width():,} × {size.height():,} pixels")

    def _saved(self, path: Path) -> None:
        show = partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(path)))
        self.window.toasts.show("success", f"The picture was written to {path}.", ("Show", show))
