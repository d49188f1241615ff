"""What of a list of augmentations does not suit the data, from what both declare. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from designer.data.augment.declare import Sort
from designer.data.augment.plan import Plan, Row

__all__ = ["Facts", "Hint", "hints"]

_NUMBERS = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
_SIDES = ("left", "right")


@dataclass(frozen=True)
class Facts:
    """What is known of the data. ``size`` is (channels, height, width) of a picture."""

    sort: Sort | None = None
    classes: tuple[str, ...] = ()
    size: tuple[int, ...] = ()
    kind: str = ""  # of the targets: classes, values or labels; empty: not known


@dataclass(frozen=True)
class Hint:
    """A sentence about row ``at``. An error stops a training, a warning does not."""

    at: int
    sentence: str
    severity: Literal["error", "warning"] = "warning"


def hints(plan: Plan, facts: Facts) -> list[Hint]:
    """Of all rows that are on, errors first."""
    found = [hint for at, row in enumerate(plan.rows) if not row.off for hint in _of_row(at, row, plan, facts)]
    return sorted(found, key=lambda hint: (hint.severity != "error", hint.at))


def _of_row(at: int, row: Row, plan: Plan, facts: Facts) -> Iterator[Hint]:
    title = row.step.title
    if facts.sort is not None and facts.sort not in row.step.works:
        works = " and ".join(", ".join(row.step.works).rsplit(", ", 1))
        yield Hint(at, f"“{title}” changes {works}; the samples are {facts.sort}. Take it out.", "error")
        return
    if row.mixes and facts.kind in ("values", "labels"):
        yield Hint(at, f"{title} needs one class a sample, and these data have others. Take it out.", "error")
    for sentence in (_of_writing(row, facts), _of_sides(row, facts), _of_size(row, facts), _of_policies(at, plan)):
        if sentence:
            yield Hint(at, sentence)


def _of_writing(row: Row, facts: Facts) -> str:
    if not _written(facts.classes):
        return ""
    title = row.step.title
    if {"mirrors", "overturns"} & set(row.step.does):
        return f"“{title}”: the classes look like digits or letters, and few of them can be read in a mirror."
    turn = float(str(row.params.get("degrees", 0.0)))
    if "turns" in row.step.does and turn > 90 and {"6", "9"} <= set(facts.classes):
        return f"“{title}”: turned by more than 90 degrees, a 6 is a 9."
    if "turns" in row.step.does and turn > 45:
        return f"“{title}”: the classes look like digits or letters; {turn:g} degrees make some look like others."
    return ""


def _written(classes: Sequence[str]) -> bool:
    """Whether the names of the classes are digits or letters."""
    return len(classes) > 1 and all(len(name) == 1 or name.lower() in _NUMBERS for name in classes)


def _of_sides(row: Row, facts: Facts) -> str:
    words = {word for name in facts.classes for word in name.lower().replace("-", " ").replace("_", " ").split()}
    if "mirrors" in row.step.does and all(side in words for side in _SIDES):
        return f"“{row.step.title}”: the classes tell left from right, and a mirror exchanges the two."
    return ""


def _of_size(row: Row, facts: Facts) -> str:
    if facts.sort != "pictures" or len(facts.size) != 3:
        return ""
    channels, height, width = facts.size
    if "drops colour" in row.step.does and channels == 1:
        return f"“{row.step.title}”: the pictures are grey already, so it does nothing."
    padding = int(str(row.params.get("padding", 0)))
    if "moves" in row.step.does and padding * 3 > min(height, width):
        whole = f"{padding} pixels are much of a picture of {height}×{width}"
        return f"“{row.step.title}”: {whole}; what counts may be cut off."
    return ""


def _of_policies(at: int, plan: Plan) -> str:
    policies = [n for n, row in enumerate(plan.rows) if not row.off and "is a policy" in row.step.does]
    if at in policies[1:]:
        first, this = plan.rows[policies[0]].step.title, plan.rows[at].step.title
        return f"{first} and {this}: each is meant to be the only one of its kind."
    return ""
