"""What happened in a run beside its iterations: rates that changed, weights that were kept, parts that woke. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

__all__ = ["KINDS", "Kind", "Mark", "marks_in"]

Kind = Literal["unfrozen", "rate", "plateau", "early_stop", "best", "checkpoint"]

KINDS: dict[Kind, str] = {
    "unfrozen": "More begins to learn",
    "rate": "Learning rate changed",
    "plateau": "Learning rate dropped on a plateau",
    "early_stop": "Ended early",
    "best": "Best weights",
    "checkpoint": "Checkpoint",
}


class Mark(NamedTuple):
    """One of them: after how many iterations, of what kind, and in words."""

    at: int
    kind: Kind
    words: str


def marks_in(events: Iterable[Mapping[str, Any]]) -> list[Mark]:
    """What the events of a run say."""
    return [mark for event in events if (mark := _mark(event)) is not None]


def _mark(event: Mapping[str, Any]) -> Mark | None:
    kind, at = event.get("type"), event.get("iteration")
    if not isinstance(at, int):
        return None
    if kind == "unfrozen":
        parts = ["everything" if part == "*" else str(part) for part in event.get("parts") or ()]
        return Mark(at, "unfrozen", ", ".join(parts) or "more")
    if kind == "noted" and event.get("what") in ("rate", "plateau", "early_stop"):
        return Mark(at, event["what"], str(event.get("text") or KINDS[event["what"]]))
    if kind == "checkpoint":
        best = event.get("best") is True
        words = "The best weights so far are kept" if best else "A checkpoint was written"
        return Mark(at, "best" if best else "checkpoint", f"{words} after iteration {at:,}.")
    return None
