"""One group in the inspector: title, name, colour, how often it is repeated, what it is linked with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from designer.errors import EditRefused
from designer.graph import groups
from designer.graph.document import Document
from designer.graph.edits import Edit
from designer.graph.instances import MOST_REPEATS, link_copy, repeat, times, unlink
from designer.graph.links import instances
from designer.graph.names import check_name
from designer.ui.bridge import DocumentBridge
from designer.ui.editors import Entry
from designer.ui.form import Form
from designer.ui.panels.swatches import CAPTION, Swatches
from designer.ui.parts import label
from designer.ui.theme import icon
from designer.ui.words import plural

__all__ = ["GroupPage", "contents"]


def _line(value: object) -> str:
    return str(value).strip()


def _times(value: object) -> int:
    if not isinstance(value, int):
        raise EditRefused(f"Repeat must be a whole number, 1 to {MOST_REPEATS}.")
    return value


_ENTRIES = (
    Entry("title", "Title", "text", "", _line, "What the card says; the end of the name where it is empty."),
    Entry("path", "Name", "text", "", check_name, "The module path that this group has in the code."),
    Entry(
        "times",
        "Repeat",
        "int",
        1,
        _times,
        "How often the group stands in series, each time with weights of its own; 1 is a plain group.",
        minimum=1,
        maximum=MOST_REPEATS,
    ),
)
_MAKE: dict[str, Callable[[Document, str, Any], Edit]] = {
    "title": groups.retitle,
    "path": groups.rename_group,
    "times": repeat,
}


def contents(document: Document, path: str) -> str:
    """How many blocks are in a group: 9 blocks, 3 × 3."""
    network = document.network
    count, repeated = network.count(path), times(network, path)
    return plural(count, "block") + (f", {repeated} × {count // repeated}" if repeated > 1 else "")


class GroupPage(QWidget):
    """The fields and buttons of one group. ``renamed`` carries the old and the new path.

    ``entered`` and ``toggled`` carry a group to look into, and to open or close; ``left`` asks to come back out.
    """

    renamed = Signal(str, str)
    entered = Signal(str)
    toggled = Signal(str)
    left = Signal()

    def __init__(self, bridge: DocumentBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self._path, self._inside = "", False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.form = Form(_ENTRIES, label_width=CAPTION)
        self.form.changed.connect(self._set)
        self.swatches = Swatches()
        self.swatches.chosen.connect(self._recolour)
        column.addWidget(self.form)
        column.addWidget(self.swatches)
        column.addWidget(self._build_link())
        column.addLayout(self._build_buttons())

    def _build_link(self) -> QWidget:
        self._link_row = QWidget()
        row = QHBoxLayout(self._link_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._mark = QLabel()
        self.linked = label("", wrap=True)
        self.linked.setToolTip("An edit inside one of them is done in all")
        self.unlink = QPushButton("Unlink")
        self.unlink.setToolTip("Make this a group of its own")
        self.unlink.clicked.connect(self._unlink)
        row.addWidget(self._mark)
        row.addWidget(self.linked, 1)
        row.addWidget(self.unlink)
        return self._link_row

    def _build_buttons(self) -> QGridLayout:
        self._grid = grid = QGridLayout()
        grid.setSpacing(8)
        self.look = QPushButton("Look inside")
        self.toggle = QPushButton("Open here")
        self.twin = QPushButton("Duplicate linked")
        self.twin.setToolTip("Another instance of the group: an edit in one changes all")
        self.dissolve = QPushButton("Ungroup")
        self.dissolve.setToolTip("Dissolve the group: its blocks come to lie beside it")
        self.look.clicked.connect(self._look)
        self.toggle.clicked.connect(self._toggle)
        self.twin.clicked.connect(self._duplicate)
        self.dissolve.clicked.connect(self._ungroup)
        for i, button in enumerate((self.look, self.toggle, self.twin, self.dissolve)):
            grid.addWidget(button, *divmod(i, 2))
        return grid

    # --- what is shown ---------------------------------------------------------------------------------------

    def show_group(self, path: str, inside: bool) -> None:
        """Show a group; ``inside``: the canvas looks into it."""
        self._path, self._inside = path, inside
        network, locked = self.bridge.document.network, self.bridge.read_only
        shown = groups.need_group(network, path)
        self.form.set_values({"title": shown.title, "path": path, "times": times(network, path)})
        line = self.form.editor("title").field
        if isinstance(line, QLineEdit):
            line.setPlaceholderText(replace(shown, title="").shown_title)
        self.form.set_read_only(locked)
        self.swatches.show_colour(shown.colour)
        self.swatches.setEnabled(not locked)
        others = len(instances(network, path)) - 1
        self._link_row.setVisible(others > 0)
        self._mark.setPixmap(icon("mdi6.link-variant", "muted").pixmap(QSize(16, 16)))
        self.linked.setText(f"Linked with {plural(others, 'other group')}")
        self.unlink.setEnabled(not locked)
        self.look.setText("Back out" if inside else "Look inside")
        self.look.setToolTip("To where the group lies" if inside else "Show what is inside; Escape comes back")
        self.toggle.setVisible(not inside)
        self.twin.setVisible(not inside)
        self._grid.removeWidget(self.dissolve)
        self._grid.addWidget(self.dissolve, 0 if inside else 1, 1)
        self.toggle.setText("Open here" if shown.closed else "Close")
        self.toggle.setToolTip("Show its blocks here" if shown.closed else "Show one card for its blocks")
        for button in (self.toggle, self.twin, self.dissolve):
            button.setEnabled(not locked)

    def edit_title(self) -> None:
        """Put the cursor into the title."""
        line = self.form.editor("title").field
        line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if isinstance(line, QLineEdit):
            line.selectAll()

    def settle(self) -> None:
        """Take what was typed; drop what does not fit."""
        if self._path and not self.form.commit():
            self.form.revert()

    # --- what people do --------------------------------------------------------------------------------------

    def _set(self, name: str, value: object) -> None:
        document, old, inside = self.bridge.document, self._path, self._inside
        try:
            document.do(_MAKE[name](document, old, value))
        except EditRefused as error:
            self.show_group(old, inside)
            self.form.set_error(name, error.message)
            return
        if name == "path" and inside:
            self.entered.emit(str(value))
        elif name == "path":
            self.renamed.emit(old, str(value))

    def _recolour(self, colour: str) -> None:
        document = self.bridge.document
        self.bridge.do_made(lambda: groups.recolour(document, self._path, colour))

    def _unlink(self) -> None:
        self.form.editor("title").setFocus()  # the button goes; the keyboard must not land just anywhere
        self.bridge.do_made(partial(unlink, self.bridge.document, self._path))

    def _look(self) -> None:
        if self._inside:
            self.left.emit()
        else:
            self.entered.emit(self._path)

    def _toggle(self) -> None:
        self.toggled.emit(self._path)

    def _duplicate(self) -> None:
        self.bridge.do_made(partial(link_copy, self.bridge.document, self._path))

    def _ungroup(self) -> None:
        self.bridge.do_made(partial(groups.ungroup, self.bridge.document, self._path))
