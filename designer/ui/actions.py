"""Everything a person can ask of the window, in one table: menus, shortcuts, toolbar and tooltips follow from it.

To add an action, decorate a function that takes the window. ``when`` names a condition of `MainWindow.conditions`;
``scope`` "canvas" keeps a shortcut of a single key away from the fields where people type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence

from designer.ui.theme import icon

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__ = ["ACTIONS", "MENUS", "TOOLBAR", "Action", "action", "make_actions"]

MENUS = ("File", "Edit", "View", "Network", "Train", "Help")
# Ids; None is a line, "" the space that pushes what follows to the right.
TOOLBAR = ("home", "open", "save", None, "undo", "redo", None, "arrange", "fit", "", "export", "train")


@dataclass(frozen=True)
class Action:
    """One row of the table."""

    id: str
    text: str
    run: Callable[[Any], None]
    menu: str
    shortcut: str
    icon: str
    tip: str
    when: str
    scope: str
    line: bool  # a line above it in the menu


ACTIONS: list[Action] = []
Run = Callable[["MainWindow"], None]


def action(
    name: str,
    text: str,
    menu: str,
    shortcut: str = "",
    icon: str = "",
    tip: str = "",
    when: str = "",
    scope: str = "window",
    line: bool = False,
) -> Callable[[Run], Run]:
    """Put the decorated function into the table under the id ``name``."""

    def note(run: Run) -> Run:
        ACTIONS.append(Action(name, text, run, menu, shortcut, icon, tip, when, scope, line))
        return run

    return note


def make_actions(window: MainWindow) -> dict[str, QAction]:
    """A QAction for every row, by id."""
    made: dict[str, QAction] = {}
    for row in ACTIONS:
        item = QAction(row.text, window)
        item.setObjectName(row.id)
        if row.icon:
            item.setIcon(icon(row.icon))
        keys = [QKeySequence(part) for part in row.shortcut.split("; ") if part]
        item.setShortcuts(keys)
        if row.scope == "canvas":
            item.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        plain = row.text.replace("&", "").replace("…", "")
        shown = f" ({keys[0].toString(QKeySequence.SequenceFormat.NativeText)})" if keys else ""
        item.setToolTip(f"{row.tip or plain}{shown}")
        item.setStatusTip(row.tip)
        item.triggered.connect(partial(_trigger, row.run, window))
        made[row.id] = item
    return made


def _trigger(run: Run, window: MainWindow, _checked: bool = False) -> None:
    run(window)


@action("home", "&New…", "File", "Ctrl+N", "mdi6.plus-box-outline", "Start a new network or go to a recent one")
def home(window: MainWindow) -> None:
    """The start page."""
    window.show_start()


@action("open", "&Open…", "File", "Ctrl+O", "mdi6.folder-open-outline", "Open a project")
def open_project(window: MainWindow) -> None:
    """Choose a file and open it."""
    window.files.browse()


@action("save", "&Save", "File", "Ctrl+S", "mdi6.content-save-outline", "Save the project", when="editor", line=True)
def save(window: MainWindow) -> None:
    """Save where it came from."""
    window.files.save()


@action("save_as", "Save &as…", "File", "Ctrl+Shift+S", tip="Save the project as another file", when="editor")
def save_as(window: MainWindow) -> None:
    """Choose a file and save there."""
    window.files.save_as()


@action(
    "export",
    "&Export model…",
    "File",
    "Ctrl+E",
    "mdi6.export-variant",
    "Export the trained model",
    "trained",
    line=True,
)
def export(window: MainWindow) -> None:
    """ONNX, .pt2, safetensors, Python."""
    window.running.export()


@action("picture", "Export &picture…", "File", tip="Save the drawing as PNG or SVG", when="blocks")
def picture(window: MainWindow) -> None:
    """The canvas as a file."""
    window.files.export_picture()


@action("settings", "Se&ttings…", "File", "Ctrl+,", tip="Theme, folders, fonts", line=True)
def settings(window: MainWindow) -> None:
    """The settings dialog."""
    window.show_settings()


@action("quit", "&Quit", "File", "Ctrl+Q", tip="Close the window", line=True)
def leave(window: MainWindow) -> None:
    """Close, asking where something would be lost."""
    window.close()


@action("undo", "&Undo", "Edit", "Ctrl+Z", "mdi6.undo", "Take the last edit back", "undo")
def undo(window: MainWindow) -> None:
    """Take back."""
    window.bridge.document.undo()


@action("redo", "&Redo", "Edit", "Ctrl+Shift+Z; Ctrl+Y", "mdi6.redo", "Do it again", "redo")
def redo(window: MainWindow) -> None:
    """Do again."""
    window.bridge.document.redo()


@action("cut", "Cu&t", "Edit", "Ctrl+X", "mdi6.content-cut", "Cut the selected blocks", "editable selection", line=True)
def cut(window: MainWindow) -> None:
    """Cut blocks."""
    window.canvas.cut()


@action("copy", "&Copy", "Edit", "Ctrl+C", "mdi6.content-copy", "Copy the selected blocks", "selection")
def copy(window: MainWindow) -> None:
    """Copy blocks."""
    window.canvas.copy()


@action("paste", "&Paste", "Edit", "Ctrl+V", "mdi6.content-paste", "Paste blocks", "writable")
def paste(window: MainWindow) -> None:
    """Paste blocks."""
    window.canvas.paste()


@action("duplicate", "&Duplicate", "Edit", "Ctrl+D", tip="Copy the selected blocks beside", when="editable selection")
def duplicate(window: MainWindow) -> None:
    """Copy and paste in one."""
    window.canvas.duplicate()


@action(
    "delete",
    "De&lete",
    "Edit",
    "Del; Backspace",
    "mdi6.delete-outline",
    "Delete the selected blocks and wires",
    "writable",
    "canvas",
)
def delete(window: MainWindow) -> None:
    """Delete blocks and wires."""
    window.canvas.delete_selected()


@action("rename", "Rena&me…", "Edit", "F2", "", "Give the selected block another name", "editable selection", "canvas")
def rename(window: MainWindow) -> None:
    """Go to the block's name."""
    window.canvas.rename()


@action("select_all", "Select &all", "Edit", "Ctrl+A", "", "Select all blocks", "editor", "canvas", True)
def select_all(window: MainWindow) -> None:
    """Select every block."""
    window.canvas.select_all()


@action("find", "&Find block…", "Edit", "Ctrl+F", "mdi6.magnify", "Find a block of the network by name", "editor")
def find(window: MainWindow) -> None:
    """Go to the outline's search."""
    window.find_block()


@action("add", "&Add block…", "Edit", "Ctrl+Space", tip="Find a kind of block and add it", when="writable")
def add(window: MainWindow) -> None:
    """Go to the palette's search."""
    window.find_kind()


@action("fit", "&Fit", "View", "F", "mdi6.fit-to-screen-outline", "See the whole network", "editor", "canvas")
def fit(window: MainWindow) -> None:
    """All of it."""
    window.canvas.fit()


@action("zoom_in", "Zoom &in", "View", "Ctrl++; Ctrl+=", "mdi6.magnify-plus-outline", when="editor")
def zoom_in(window: MainWindow) -> None:
    """Nearer."""
    window.canvas.zoom_in()


@action("zoom_out", "Zoom &out", "View", "Ctrl+-", "mdi6.magnify-minus-outline", when="editor")
def zoom_out(window: MainWindow) -> None:
    """Further."""
    window.canvas.zoom_out()


@action("zoom_reset", "&Actual size", "View", "Ctrl+0", tip="100 %", when="editor")
def zoom_reset(window: MainWindow) -> None:
    """One to one."""
    window.canvas.zoom_reset()


@action("reset_panels", "&Reset panels", "View", "", "", "Put all panels back", "editor", line=True)
def reset_panels(window: MainWindow) -> None:
    """The first arrangement."""
    window.reset_panels()


@action("arrange", "&Arrange", "Network", "Ctrl+L", "mdi6.sitemap-outline", "Put the blocks into rows", "writable")
def arrange(window: MainWindow) -> None:
    """Layout."""
    window.canvas.arrange()


@action("problems", "&Problems", "Network", "Ctrl+Shift+M", "mdi6.alert-circle-outline", "See what is wrong", "editor")
def problems(window: MainWindow) -> None:
    """The problems panel."""
    window.show_panel("problems")


@action("code", "&Code", "Network", "Ctrl+Shift+C", "mdi6.code-tags", "See the network as Python", "editor")
def code(window: MainWindow) -> None:
    """The code panel."""
    window.show_panel("code")


@action("train", "&Train…", "Train", "Ctrl+R", "mdi6.play", "Choose data and train the network", "trainable")
def train(window: MainWindow) -> None:
    """The train dialog."""
    window.running.ask_train()


@action("pause", "&Pause", "Train", "Ctrl+P", "mdi6.pause", "Pause or go on", "training", line=True)
def pause(window: MainWindow) -> None:
    """Pause, or go on after a pause."""
    window.running.pause_or_resume()


@action("stop", "&Stop", "Train", "Ctrl+.", "mdi6.stop", "Stop training and keep the latest weights", "training")
def stop(window: MainWindow) -> None:
    """End the run."""
    window.running.stop()


@action("results", "&Results", "Train", "", "mdi6.chart-box-outline", "See how well it learned", "editor", line=True)
def results(window: MainWindow) -> None:
    """The results panel."""
    window.show_panel("results")


@action("about", "&About Layerloom", "Help", icon="mdi6.information-outline")
def about(window: MainWindow) -> None:
    """Version and licences."""
    window.show_about()
