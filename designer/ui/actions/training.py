"""Training and its results, and what the program is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.ui.actions.table import action

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__: list[str] = []

ORDER = 70


@action(
    "train",
    "&Train…",
    "Train",
    shortcut="Ctrl+R",
    icon="mdi6.play",
    tip="Choose data and train the network",
    when="trainable",
)
def train(window: MainWindow) -> None:
    """The train dialog."""
    window.running.ask_train()


@action(
    "adapt",
    "&Adapt to my data…",
    "Train",
    icon="mdi6.swap-horizontal-bold",
    tip="Give a trained network a new head for your classes, and choose what learns",
    when="trainable",
)
def adapt(window: MainWindow) -> None:
    """The guided way to fine-tuning."""
    window.adapting.ask()


@action(
    "pause", "&Pause", "Train", shortcut="Ctrl+P", icon="mdi6.pause", tip="Pause or go on", when="training", line=True
)
def pause(window: MainWindow) -> None:
    """Pause, or go on after a pause."""
    window.running.pause_or_resume()


@action(
    "stop",
    "&Stop",
    "Train",
    shortcut="Ctrl+.",
    icon="mdi6.stop",
    tip="Stop training and keep the latest weights",
    when="training",
)
def stop(window: MainWindow) -> None:
    """End the run."""
    window.running.stop()


@action(
    "results",
    "&Results",
    "Train",
    icon="mdi6.chart-box-outline",
    tip="See how well it learned",
    when="editor",
    line=True,
)
def results(window: MainWindow) -> None:
    """The results panel."""
    window.show_panel("results")


@action(
    "keys", "&Keys and gestures", "Help", shortcut="F1", icon="mdi6.keyboard-outline", tip="All that the hand can do"
)
def keys(window: MainWindow) -> None:
    """A list of shortcuts and gestures."""
    from designer.ui.dialogs.keys import KeysDialog

    KeysDialog(window).open()


@action("about", "&About Layerloom", "Help", icon="mdi6.information-outline")
def about(window: MainWindow) -> None:
    """Version and licences."""
    window.show_about()
