"""Files that people bring: what each may be, the questions that come first, and who takes it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from designer.project.file import SUFFIX
from designer.ui.dialogs.question import ask
from designer.ui.imported import Wish
from designer.ui.place import CODE, MODELS, WEIGHTS

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__ = ["browse_model", "browse_weights", "import_file", "take"]

_RISK = (
    "A .pt2 file can contain Python that runs when it is loaded, and that can do whatever you can: read and delete "
    "your files, or use the network. Nothing of it has run so far. Import it only if you know where it comes from."
)


def take(window: MainWindow, path: Path) -> None:
    """Do with a file what its kind asks for."""
    suffix = path.suffix.lower()
    if suffix == SUFFIX:
        window.files.open(path)
    elif suffix == CODE and window.editing and not window.session.read_only:
        window.user_code.add(path)
    elif suffix in WEIGHTS:
        _weights(window, path)
    else:
        import_file(window, path)


def import_file(window: MainWindow, path: Path) -> None:
    """Import the model in a file, after the question that its kind asks for."""
    wish = Wish(str(path.absolute()), path.stem)
    if path.suffix.lower() == ".pt2":
        ask(
            window,
            f"Do you trust {path.name}?",
            _RISK,
            ("Trust and import", "", partial(window.importing.start, Wish(wish.source, wish.title, trust=True))),
            ("Cancel", "primary", None),
            mark="alert",
        )
    else:
        window.importing.start(wish)


def _weights(window: MainWindow, path: Path) -> None:
    """Weights go into the drawing, or look for the model that they belong to."""
    if window.editing and not window.session.read_only and len(window.bridge.document.network):
        from designer.ui.weights.loading import loading

        loading(window).take(path)
        return
    window.importing.show_gallery()
    window.importing.gallery().use_file(path)


def browse_model(window: MainWindow) -> None:
    """Ask for a file with a model."""
    endings = " ".join(f"*{suffix}" for suffix in (*MODELS, CODE))
    _browse(window, "Import a model from a file", f"Models ({endings})", partial(import_file, window))


def browse_weights(window: MainWindow, title: str, then: Callable[[Path], object]) -> None:
    """Ask for a file with the weights of a model."""
    endings = " ".join(f"*{suffix}" for suffix in WEIGHTS)
    _browse(window, f"Weights of {title}", f"Weights ({endings})", then)


def _browse(window: MainWindow, title: str, kinds: str, then: Callable[[Path], object]) -> None:
    dialog = QFileDialog(window, title)
    dialog.setNameFilter(kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    path = window.session.path
    dialog.setDirectory(str(path.parent if path is not None else Path.home()))
    dialog.fileSelected.connect(partial(_chosen, then))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def _chosen(then: Callable[[Path], object], path: str) -> None:
    then(Path(path))
