"""Training and its results, and what the program is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

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
    "check_training",
    "&Check before training…",
    "Train",
    icon="mdi6.clipboard-check-outline",
    tip="Look at data, network and settings for some seconds before a long run",
    when="trainable",
)
def check_training(window: MainWindow) -> None:
    """The train dialog with its checks."""
    window.running.ask_train(check=True)


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
    "stop_best",
    "Stop and &keep the best",
    "Train",
    icon="mdi6.stop-circle-outline",
    tip="Stop training and keep the weights that did best in a validation",
    when="training",
)
def stop_best(window: MainWindow) -> None:
    """End the run with its best weights."""
    window.running.stop(best=True)


@action(
    "validate_now",
    "&Validate now",
    "Train",
    icon="mdi6.check-decagram-outline",
    tip="Measure the network on the validation samples after the current iteration",
    when="training",
    line=True,
)
def validate_now(window: MainWindow) -> None:
    """A validation out of turn."""
    _order(window, "validate")


@action(
    "checkpoint_now",
    "Save a &checkpoint now",
    "Train",
    icon="mdi6.content-save-outline",
    tip="Save where the training is, after the current iteration",
    when="training",
)
def checkpoint_now(window: MainWindow) -> None:
    """A checkpoint out of turn."""
    _order(window, "checkpoint")


@action("rate_halve", "&Halve", "Train/Learning &rate", tip="Half the learning rate from here on", when="training")
def rate_halve(window: MainWindow) -> None:
    """Half the learning rate."""
    _order(window, "scale", 0.5)


@action("rate_double", "&Double", "Train/Learning &rate", tip="Twice the learning rate from here on", when="training")
def rate_double(window: MainWindow) -> None:
    """Twice the learning rate."""
    _order(window, "scale", 2.0)


@action("rate_set", "&Set…", "Train/Learning &rate", tip="Choose the learning rate from here on", when="training")
def rate_set(window: MainWindow) -> None:
    """Another learning rate."""
    window.running.ask_rate()


def _order(window: MainWindow, kind: Literal["validate", "checkpoint", "scale"], value: float = 0.0) -> None:
    from designer.train.control import Order

    window.running.order(Order(kind, value))


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
