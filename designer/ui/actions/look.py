"""Where one looks: zoom, panels, theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from designer.ui.actions.table import action, canvas_action, submenu

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView
    from designer.ui.window import MainWindow

__all__: list[str] = []

ORDER = 40


@canvas_action(
    "fit",
    "&Fit",
    "View",
    shortcut="F; Home",
    icon="mdi6.fit-to-screen-outline",
    tip="See the whole network",
    when="blocks",
    scope="canvas",
    context="paper",
)
def fit(view: CanvasView) -> None:
    """All of it."""
    view.fit()


@canvas_action(
    "fit_selection",
    "Zoom to &selection",
    "View",
    shortcut="Shift+F",
    icon="mdi6.image-filter-center-focus",
    tip="See what is selected as large as it fits",
    when="selection",
    scope="canvas",
    context="block",
)
def fit_selection(view: CanvasView) -> None:
    """What is selected."""
    view.fit_selection()


@canvas_action(
    "zoom_in", "Zoom &in", "View", shortcut="Ctrl++; Ctrl+=", icon="mdi6.magnify-plus-outline", when="editor", line=True
)
def zoom_in(view: CanvasView) -> None:
    """Nearer."""
    view.zoom_in()


@canvas_action("zoom_out", "Zoom &out", "View", shortcut="Ctrl+-", icon="mdi6.magnify-minus-outline", when="editor")
def zoom_out(view: CanvasView) -> None:
    """Further."""
    view.zoom_out()


@canvas_action("zoom_reset", "&Actual size", "View", shortcut="Ctrl+0", tip="100 %", when="editor")
def zoom_reset(view: CanvasView) -> None:
    """One to one."""
    view.zoom_reset()


@submenu("View/&Panels")
def panels(window: MainWindow, menu: QMenu) -> None:
    """Show and hide panels."""
    for dock in window.build_editor().docks.values():
        menu.addAction(dock.toggleViewAction())


@action("reset_panels", "&Reset panels", "View", tip="Put all panels back", when="editor")
def reset_panels(window: MainWindow) -> None:
    """The first arrangement."""
    window.reset_panels()


def _theme_row(mode: str, text: str) -> None:
    @action(
        f"theme_{mode}",
        text,
        "View/&Theme",
        checked=lambda window: window.settings.theme == mode,
        group="theme",
    )
    def use(window: MainWindow) -> None:
        window.keep(window.settings.changed(theme=mode))


_theme_row("system", "As the &system")
_theme_row("light", "&Light")
_theme_row("dark", "&Dark")
