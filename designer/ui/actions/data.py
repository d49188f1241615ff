"""The data that the project trains on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.ui.actions.table import action

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__: list[str] = []

ORDER = 41


@action(
    "data",
    "&Data",
    "View",
    shortcut="Ctrl+Shift+B",
    icon="mdi6.database-eye-outline",
    tip="See the data that the project trains on: samples, classes, figures, what cannot be read",
    when="editor",
    line=True,
)
def data(window: MainWindow) -> None:
    """The data panel."""
    window.show_panel("data")
