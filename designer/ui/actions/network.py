"""The network as a whole: arrange, problems, code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.ui.actions.table import action, canvas_action

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView
    from designer.ui.window import MainWindow

__all__: list[str] = []

ORDER = 60


@canvas_action(
    "arrange",
    "&Arrange",
    "Network",
    shortcut="Ctrl+L",
    icon="mdi6.sitemap-outline",
    tip="Put the blocks into rows",
    when="editable blocks",
    context="paper",
)
def arrange(view: CanvasView) -> None:
    """Layout."""
    view.arrange()


@canvas_action(
    "arrange_right",
    "Arrange &left to right",
    "Network",
    shortcut="Ctrl+Shift+L",
    icon="mdi6.sitemap-outline",
    tip="Put the blocks into columns from left to right",
    when="editable blocks",
)
def arrange_right(view: CanvasView) -> None:
    """The same, lying."""
    view.arrange("right")


@action(
    "problems",
    "&Problems",
    "Network",
    shortcut="Ctrl+Shift+M",
    icon="mdi6.alert-circle-outline",
    tip="See what is wrong",
    when="editor",
    line=True,
)
def problems(window: MainWindow) -> None:
    """The problems panel."""
    window.show_panel("problems")


@action(
    "code",
    "&Code",
    "Network",
    shortcut="Ctrl+Shift+C",
    icon="mdi6.code-tags",
    tip="See the network as Python",
    when="editor",
)
def code(window: MainWindow) -> None:
    """The code panel."""
    window.show_panel("code")


@action(
    "report",
    "Repor&t",
    "Network",
    shortcut="Ctrl+Shift+R",
    icon="mdi6.table",
    tip="See every block with its shapes, parameters, cost and memory",
    when="editor",
)
def report(window: MainWindow) -> None:
    """The report panel."""
    window.show_panel("report")


@action(
    "health",
    "&Health",
    "Network",
    shortcut="Ctrl+Shift+H",
    icon="mdi6.heart-pulse",
    tip="See how the selected block fares in the training: histograms over time and feature maps",
    when="editor",
)
def health(window: MainWindow) -> None:
    """The health panel."""
    window.show_panel("health")


@action(
    "add_code",
    "Add &blocks from a Python file…",
    "Network",
    icon="mdi6.language-python",
    tip="Make blocks of the nn.Module classes in a file of yours",
    when="writable",
)
def add_code(window: MainWindow) -> None:
    """Choose the file, look at it, trust it."""
    window.user_code.browse()


@action(
    "save_report",
    "Save report…",
    "Network",
    icon="mdi6.table-arrow-down",
    tip="Write the report to a file",
    when="blocks",
)
def save_report(window: MainWindow) -> None:
    """As a page, Markdown, a table or plain data."""
    window.reports.ask()
