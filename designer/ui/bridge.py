"""The document's changes as a Qt signal. No logic: rules live in graph/, looks in the widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal

from designer.errors import LayerloomError
from designer.graph.context import Context
from designer.graph.document import Changed, Document
from designer.graph.edits import Batch, Edit

__all__ = ["DocumentBridge"]


class DocumentBridge(QObject):
    """Stands between one Document at a time and the widgets that show it.

    ``changed`` carries every Changed of the document; ``reset`` says that another document has taken its place;
    ``refused`` carries the sentence of an edit that the document would not take; ``checked`` a Changed without an
    edit: the problems are others, because more is known of the data. ``retried`` says that other concrete sizes are
    shown in place of open ones.
    """

    changed = Signal(object)
    checked = Signal(object)
    reset = Signal()
    refused = Signal(str)
    retried = Signal()

    def __init__(self, document: Document | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document if document is not None else Document()
        self._read_only = False
        self._unsubscribe: Callable[[], None] | None = self.document.subscribe(self._tell)

    def set_document(self, document: Document) -> None:
        """Show another document from now on."""
        self.close()
        self.document = document
        self._unsubscribe = document.subscribe(self._tell)
        self.reset.emit()

    def set_context(self, context: Context) -> None:
        """Take other facts about the data."""
        if self.document.set_context(context):
            nothing: frozenset[str] = frozenset()
            self.checked.emit(Changed(Batch("", ()), nothing, nothing, self.document.problems, False))

    @property
    def read_only(self) -> bool:
        """Whether edits are refused, because somebody else has the file."""
        return self._read_only

    def set_read_only(self, value: bool) -> None:
        """Refuse edits from now on, or take them again."""
        self._read_only = value

    def do(self, edit: Edit, merge: str = "") -> Changed | None:
        """Apply an edit (see `Document.do`); a refusal is told through ``refused`` and gives None."""
        if self._read_only:
            self.refused.emit("This project is open read-only. Save it under another name to edit it.")
            return None
        try:
            return self.document.do(edit, merge)
        except LayerloomError as error:
            self.refused.emit(error.message)
            return None

    def try_sizes(self, sizes: Mapping[str, int]) -> None:
        """Show these numbers in place of open sizes, or the open sizes themselves."""
        if dict(sizes) != dict(self.document.tried):
            self.document.tried = dict(sizes)
            self.retried.emit()

    def do_made(self, make: Callable[[], Edit]) -> Changed | None:
        """Make an edit and apply it; a refusal of either is told through ``refused`` and gives None."""
        try:
            edit = make()
        except LayerloomError as error:
            self.refused.emit(error.message)
            return None
        return self.do(edit)

    def close(self) -> None:
        """Stop listening."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _tell(self, changed: Changed) -> None:
        self.changed.emit(changed)
