"""What a training has come to, told in one sentence as soon as it is measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from designer.ui.notify import Kind
from designer.ui.words import count

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__ = ["sentence", "tell"]

_LEAST = 0.1  # of the way from guessing to perfect: below, nothing was learned that can be seen


def sentence(result: Mapping[str, Any], stopped: bool = False) -> tuple[Kind, str]:
    """The result of an evaluation, and what to do where it is no better than guessing.

    ``stopped``: whether a person ended the training.
    """
    ended = "was stopped" if stopped else "is done"
    samples, right = result.get("samples"), result.get("accuracy")
    on = f" on {count(samples)} validation samples" if isinstance(samples, int) else ""
    regression, f1 = result.get("regression"), result.get("macro_f1")
    if regression:
        return "success", f"The training {ended}: wrong by {regression['mean_absolute_error']:.3g} in the mean{on}."
    if result.get("kind") == "labels" and isinstance(f1, int | float):
        return "success", f"The training {ended}: F1 {100 * f1:.1f} %, the mean of all labels{on}."
    if not isinstance(right, int | float):
        return "success", f"The training {ended} and measured{on}."
    told = f"The training {ended}: {100 * right:.1f} % right{on}."
    support = [int(row.get("support") or 0) for row in result.get("per_class") or ()]
    guessing = max(support) / sum(support) if sum(support) else 1.0
    if guessing < 1 and right - guessing < _LEAST * (1 - guessing):
        advice = "Let more layers learn, train for more epochs, or start from trained weights."
        return "warning", f"{told} That is hardly better than always naming the most frequent class. {advice}"
    return "success", told


def tell(window: MainWindow, result: Mapping[str, Any]) -> None:
    """The message, with the way to the results where they are not in sight."""
    run = window.running.controller().run(window.running.run_id or "")
    kind, words = sentence(result, run is not None and run.state.state == "stopped")
    editor = window.build_editor()
    if editor.results.isVisible() and not editor.results.visibleRegion().isEmpty():
        if kind == "warning":
            window.toasts.show(kind, words)
        return
    window.toasts.show(kind, words, ("Show results", lambda: window.show_panel("results")))
