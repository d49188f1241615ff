"""The run library, and runs that go on elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.ui.actions.table import action

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__: list[str] = []

ORDER = 71


@action(
    "runs",
    "R&uns…",
    "Train",
    shortcut="Ctrl+Shift+T",
    icon="mdi6.chart-timeline-variant",
    tip="All trainings of this project: compare them, name them, open their networks again",
    line=True,
)
def runs(window: MainWindow) -> None:
    """The run library."""
    from designer.ui.runs_library.shelf import shelf

    shelf(window).show()


@action(
    "attach",
    "Attach &to a run…",
    "Train",
    icon="mdi6.lan-connect",
    tip="Watch and steer a run that goes on in a terminal or on another machine, by its folder",
)
def attach(window: MainWindow) -> None:
    """Watch a run by its folder."""
    from designer.ui.runs_library.shelf import shelf

    shelf(window).choose_run()
