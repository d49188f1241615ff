"""Every action of the table and every block of the drawing, a few letters away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from designer.graph.find import by_name
from designer.graph.fuzzy import Match, fuzzy
from designer.ui.actions.table import Action, rows, submenus
from designer.ui.picker import Picker
from designer.ui.picker_rows import Row

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__ = ["CommandPalette", "open_palette"]

ID = "command_palette"
MOST_BLOCKS, MOST_USED = 12, 5
_NO_PROJECT = "Open a project or start a new network first."
# Why a row cannot be used, by its condition.
_WHY = {
    "editor": _NO_PROJECT,
    "writable": "The project is open read-only: save it under another name to edit it.",
    "blocks": "There is no block yet.",
    "editable blocks": "There is no block to work on, or the project is read-only.",
    "selection": "Select a block first.",
    "editable selection": "Select a block first.",
    "one block": "Select one block first.",
    "several": "Select two or more blocks first.",
    "undo": "There is nothing to undo.",
    "redo": "There is nothing to redo.",
    "trainable": "There is no network to train, or a training is running.",
    "training": "No training is running.",
    "trained": "Train the network first.",
}


def open_palette(window: MainWindow) -> CommandPalette:
    """Show the palette at the top of the window."""
    for old in window.findChildren(CommandPalette):
        old.close_now()
    window.refresh_actions()
    palette = CommandPalette(window)
    width = min(560, window.width() - 32)
    palette.open_at(QPoint((window.width() - width) // 2, 64), width)
    return palette


class CommandPalette(Picker):
    """Lives until something is chosen."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._before: QWidget | None = QApplication.focusWidget()
        super().__init__(window, "Commands", "Search commands and blocks")
        self._commands = [*self._from_table(), *self._from_submenus()]

    def _from_table(self) -> Iterator[tuple[str, QAction, Action | None, str]]:
        """Id, action, row and menu of what can be done."""
        for row in rows():
            if row.id != ID:
                yield row.id, self._window.actions_by_id[row.id], row, row.menu

    def _from_submenus(self) -> Iterator[tuple[str, QAction, Action | None, str]]:
        for entry in submenus():
            menu = QMenu(self)  # holds the actions while the palette lives
            entry.fill(self._window, menu)
            for item in menu.actions():
                if item.text() and not item.isSeparator() and item.menu() is None:
                    yield f"{entry.menu}/{item.text()}", item, None, entry.menu

    # --- answers ---------------------------------------------------------------------------------------------

    def answer(self, text: str, cursor: int) -> tuple[Sequence[Row], bool]:
        """What answers best first; what cannot be used now at the end."""
        query = text.strip()
        found: list[tuple[tuple[bool, float, int], Row]] = []
        used = self._used()
        for i, (name, item, row, menu) in enumerate(self._commands):
            title = item.text().replace("&", "").replace("…", "")
            match = fuzzy(query, title)
            behind = fuzzy(query, f"{menu.replace('&', '')} {title}") if match is None else None
            points = match.points if match is not None else behind.points - 6 if behind is not None else None
            if points is None:
                continue
            late = used.index(name) if name in used and not query else len(used)
            on = item.isEnabled()
            found.append(((not on, -points, late * 1000 + i), _command(name, item, row, menu, title, match)))
        found.sort(key=lambda pair: pair[0])
        live = [row for (off, *_), row in found if not off]
        self.says.setText("Enter runs it")
        lines = [*live, *self._blocks(query), *(row for (off, *_), row in found if off)]
        if not lines:
            hint = "Search by what a menu says, for example fit, export or theme, or by the name of a block."
            lines = [Row(f"Nothing is called “{query}”", hint, icon="mdi6.magnify-close", wraps=True)]
            self.says.setText("")
        return lines, True

    def _blocks(self, query: str) -> list[Row]:
        if not query or not self._window.editing:
            return []
        network = self._window.bridge.document.network
        return [
            Row(name, "", "Go to block", network[name].block.title, "", hits, network[name].type, value=("block", name))
            for name, hits in by_name(network, query, MOST_BLOCKS)
        ]

    def _used(self) -> list[str]:
        found = self._window.property("usedCommands")
        return [str(name) for name in found] if isinstance(found, list) else []

    # --- doing -----------------------------------------------------------------------------------------------

    def choose(self, row: Row) -> None:
        """Run the command, or go to the block."""
        assert isinstance(row.value, tuple)
        kind, name = row.value
        item = next((item for own, item, _, _ in self._commands if own == name), None)
        self.close_now()
        if kind == "block":
            self._window.build_editor().go_to(name)
        elif item is not None:
            self._window.setProperty("usedCommands", [name, *(n for n in self._used() if n != name)][:MOST_USED])
            item.trigger()

    def complete(self, row: Row) -> None:
        """Tab writes the name out."""
        self.edit.setText(row.title)

    def give_back(self) -> None:
        """The focus goes back to where it was."""
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)


def _command(name: str, item: QAction, row: Action | None, menu: str, title: str, match: Match | None) -> Row:
    hits = match.hits if match is not None else ()
    keys = item.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    place = menu.replace("&", "").replace("/", " › ")
    aside = f"{place} · on" if item.isCheckable() and item.isChecked() else place
    picture = row.icon if row is not None else ""
    if item.isEnabled():
        return Row(title, "", keys, aside, "", hits, icon=picture or "mdi6.circle-small", value=("run", name))
    why = _WHY.get(row.when, "It cannot be used now.") if row is not None else "It cannot be used now."
    return Row(title, why, keys, aside, "faded", hits, icon=picture or "mdi6.circle-small")
