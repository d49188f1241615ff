"""Projects, pictures, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from designer.ui.actions.table import action, submenu

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__: list[str] = []

ORDER = 10


@action("home", "&New…", "File", shortcut="Ctrl+N", icon="mdi6.plus-box-outline", tip="Start a new network")
def home(window: MainWindow) -> None:
    """The start page."""
    window.show_start()


@action("open", "&Open…", "File", shortcut="Ctrl+O", icon="mdi6.folder-open-outline", tip="Open a project")
def open_project(window: MainWindow) -> None:
    """Choose a file and open it."""
    window.files.browse()


@submenu("File/Open &recent")
def recent(window: MainWindow, menu: QMenu) -> None:
    """The projects of late."""
    window.files.fill_recent(menu)


@action(
    "import_model",
    "&Import model…",
    "File",
    shortcut="Ctrl+Shift+O",
    icon="mdi6.tray-arrow-down",
    tip="Open a pretrained model as a drawing",
)
def import_model(window: MainWindow) -> None:
    """The gallery of pretrained models."""
    window.importing.show_gallery()


@action("import_file", "Import model &file…", "File", tip="Open the model in an .onnx, .pt2 or .py file")
def import_file(window: MainWindow) -> None:
    """Ask for a file."""
    from designer.ui.model_files import browse_model

    browse_model(window)


@action("import_report", "Import repor&t…", "File", tip="What the import of this model found", when="imported")
def import_report(window: MainWindow) -> None:
    """The report of the import that the project came from."""
    window.importing.show_report()


@action(
    "save",
    "&Save",
    "File",
    shortcut="Ctrl+S",
    icon="mdi6.content-save-outline",
    tip="Save the project",
    when="editor",
    line=True,
)
def save(window: MainWindow) -> None:
    """Save where it came from."""
    window.files.save()


@action("save_as", "Save &as…", "File", shortcut="Ctrl+Shift+S", tip="Save as another file", when="editor")
def save_as(window: MainWindow) -> None:
    """Choose a file and save there."""
    window.files.save_as()


@action(
    "export",
    "&Export model…",
    "File",
    shortcut="Ctrl+E",
    icon="mdi6.export-variant",
    tip="Export the trained model",
    when="trained",
    line=True,
)
def export(window: MainWindow) -> None:
    """ONNX, .pt2, safetensors, Python."""
    window.running.export()


@action(
    "picture",
    "Export &picture…",
    "File",
    shortcut="Ctrl+Shift+E",
    icon="mdi6.image-outline",
    tip="Save the drawing as PNG, SVG or PDF",
    when="blocks",
    context="paper",
)
def picture(window: MainWindow) -> None:
    """The canvas as a file."""
    window.pictures.ask()


@action(
    "copy_picture",
    "&Copy picture",
    "File",
    shortcut="Ctrl+Shift+I",
    tip="Put a picture of the selection, or of all, onto the clipboard",
    when="blocks",
    context="both",
)
def copy_picture(window: MainWindow) -> None:
    """The canvas on the clipboard."""
    window.pictures.copy()


@action("settings", "Se&ttings…", "File", shortcut="Ctrl+,", tip="Theme, folders, fonts", line=True)
def settings(window: MainWindow) -> None:
    """The settings dialog."""
    window.show_settings()


@action("quit", "&Quit", "File", shortcut="Ctrl+Q", tip="Close the window", line=True)
def leave(window: MainWindow) -> None:
    """Close, asking where something would be lost."""
    window.close()
