"""Files that people bring: what each may be, the questions that come first, and who takes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from designer.blocks.userfile import read_classes, sha256_of
from designer.data.sources.python_file import defines_data
from designer.errors import LayerloomError
from designer.jobs.imported import Wish
from designer.project.file import SUFFIX
from designer.project.trusted import is_trusted, read_code, trust
from designer.ui.data_files import may_be_data, take_data
from designer.ui.dialogs.question import ask
from designer.ui.place import CODE, MODELS, OPENED, WEIGHTS

if TYPE_CHECKING:
    from designer.blocks.userclass import UserClass
    from designer.ui.window import MainWindow

__all__ = ["browse_model", "browse_weights", "import_file", "take"]

_MOST_CLASSES = 5  # of a file, to choose from
_RISK = (
    "A .pt2 file can contain Python that runs when it is loaded, and that can do whatever you can: read and delete "
    "your files, or use the network. Nothing of it has run so far. Import it only if you know where it comes from."
)


def take(window: MainWindow, path: Path) -> None:
    """Do with a file what its kind asks for."""
    suffix = path.suffix.lower()
    if suffix == SUFFIX:
        window.files.open(path)
    elif suffix == CODE and _only_data(path):
        _data_code(window, path.absolute())
    elif suffix == CODE and window.editing and not window.session.read_only:
        window.user_code.add(path)
    elif suffix in WEIGHTS:
        _weights(window, path)
    elif suffix not in OPENED and may_be_data(path):
        take_data(window, path)
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
    elif path.suffix.lower() == CODE:
        _code(window, path.absolute())
    else:
        window.importing.start(wish)


def _code(window: MainWindow, path: Path) -> None:
    """A class of a Python file, once a person has looked at its text and trusts it."""
    try:
        text = read_code(path)
        classes = read_classes(text, path.name)
    except LayerloomError as error:
        window.toasts.show("error", error.message)
        return
    _once_trusted(
        window, path, text, partial(_choose_class, window, path, [c.name for c in classes]), classes, "import"
    )


def _only_data(path: Path) -> bool:
    """Whether a Python file defines a data set and no layers."""
    if not defines_data(path):
        return False
    try:
        return not read_classes(read_code(path), path.name)
    except LayerloomError:
        return True


def _data_code(window: MainWindow, path: Path) -> None:
    """A data set that a Python file defines, once a person has looked at its text and trusts it."""
    try:
        text = read_code(path)
    except LayerloomError as error:
        window.toasts.show("error", error.message)
        return
    _once_trusted(window, path, text, partial(take_data, window, path), (), "use as data")


def _once_trusted(
    window: MainWindow, path: Path, text: bytes, then: Callable[[], object], classes: Sequence[UserClass], verb: str
) -> None:
    if is_trusted(sha256_of(text)):
        then()
        return
    from designer.ui.dialogs.trust import TrustDialog

    dialog = TrustDialog(path, text.decode("utf-8", "replace"), classes, window, verb=verb)
    dialog.trusted.connect(partial(_trusted, window, text, then))
    dialog.open()


def _trusted(window: MainWindow, text: bytes, then: Callable[[], object]) -> None:
    try:
        trust(text)  # the very bytes that were shown, whatever the file holds by now
    except LayerloomError as error:
        window.toasts.show("error", error.message)
        return
    then()


def _choose_class(window: MainWindow, path: Path, names: Sequence[str]) -> None:
    """Import the only class, or ask which one; usually the whole network is the last."""
    if len(names) == 1:
        _import_class(window, path, names[0])
        return
    shown = names[-_MOST_CLASSES:]
    answers = [
        (name, "primary" if name is shown[-1] else "", partial(_import_class, window, path, name)) for name in shown
    ]
    text = "Its classes call one another; the last one is usually the whole network."
    ask(window, f"Which class of {path.name} is the model?", text, ("Cancel", "", None), *answers)


def _import_class(window: MainWindow, path: Path, name: str) -> None:
    window.importing.start(Wish(f"{path}:{name}", name, trust=True))


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
