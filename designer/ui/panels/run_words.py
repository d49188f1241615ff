"""What a run is doing, in the words of the training panel."""

from __future__ import annotations

from pathlib import Path

from designer.ui.panels.run_widgets import Tone
from designer.ui.plots.scale import thousands
from designer.ui.run_state import RunState, duration

__all__ = ["FACTS", "WORDS", "facts_of"]

WORDS: dict[str, tuple[str, Tone]] = {
    "starting": ("Starting", "accent"),
    "running": ("Training", "accent"),
    "paused": ("Paused", "warn"),
    "stopping": ("Stopping", "warn"),
    "completed": ("Finished", "good"),
    "stopped": ("Stopped", "plain"),
    "failed": ("Failed", "bad"),
    "lost": ("Lost", "bad"),
}
FACTS = (
    ("elapsed", "Elapsed"),
    ("left", "Time left"),
    ("best", "Best accuracy"),
    ("rate", "Learning rate"),
    ("speed", "Samples / s"),
    ("device", "Device"),
    ("data", "Data"),
)


def facts_of(run: RunState) -> dict[str, str]:
    """The values of FACTS; empty where nothing is known."""
    step, facts = run.step, run.facts
    rate, speed = step.get("learning_rate"), step.get("samples_per_second")
    best = ""
    if run.best is not None:
        number = f"{100 * run.best:.2f} %" if run.classifies else f"loss {run.best:.4g}"
        best = f"{number} (epoch {run.best_epoch})" if run.best_epoch else number
    return {
        "elapsed": duration(step.get("elapsed")) if facts else "",
        "left": duration(step.get("left")) if facts and run.active else "",
        "best": best,
        "rate": f"{rate:.3g}" if isinstance(rate, int | float) else "",
        "speed": thousands(round(speed)) if isinstance(speed, int | float) and run.active else "",
        "device": str(facts.get("device_name") or facts.get("device") or ""),
        "data": _data_words(run),
    }


def _data_words(run: RunState) -> str:
    train, held = run.facts.get("train_samples"), run.facts.get("validation_samples")
    if not isinstance(train, int) or not isinstance(held, int):
        return ""
    source = Path(str(run.data.get("source") or "")).name
    return f"{source + ', ' if source else ''}{thousands(train)} + {thousands(held)}"
