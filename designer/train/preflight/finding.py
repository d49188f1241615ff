"""What a check says: a verdict, a sentence, and a repair where there is one. Plain data; no torch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

__all__ = ["Finding", "Line", "Repair", "Verdict", "summary"]

Verdict = Literal["good", "warning", "bad", "none"]


@dataclass(frozen=True)
class Repair:
    """A change that helps, as a button: ``title`` is what it says.

    ``target`` "train" and "data": the field ``name`` of TrainSpec or DataSpec becomes ``value``. "drawing": ``name`` is
    the code of a problem, and the drawing's own repairs of it mend the first place that has it.
    """

    target: Literal["train", "data", "drawing"]
    name: str
    title: str
    value: Any = None


@dataclass(frozen=True)
class Finding:
    """What one check found. "none": it could not or need not be looked at, which is neither good nor bad.

    ``blocks`` are the parts of the network that it is about, ``figures`` the numbers behind the sentence.
    """

    verdict: Verdict
    text: str
    repair: Repair | None = None
    blocks: Sequence[str] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """A finding with the check that it is of, and the seconds that it took."""

    name: str
    title: str
    finding: Finding
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Flat plain data, as an event or a result holds it."""
        finding = asdict(self.finding)
        finding["blocks"] = list(self.finding.blocks)
        finding["figures"] = {key: _finite(value) for key, value in self.finding.figures.items()}
        return {"name": self.name, "title": self.title, **finding, "seconds": round(self.seconds, 3)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Line:
        """What `to_dict` gave. Raises KeyError or TypeError for anything else."""
        repair = Repair(**data["repair"]) if data["repair"] is not None else None
        finding = Finding(data["verdict"], data["text"], repair, tuple(data["blocks"]), data["figures"])
        return cls(data["name"], data["title"], finding, data["seconds"])


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def summary(lines: Sequence[Line]) -> str:
    """All in one sentence: how many are red and amber, or that nothing stands in the way."""
    bad = [line.title for line in lines if line.finding.verdict == "bad"]
    unwise = [line.title for line in lines if line.finding.verdict == "warning"]
    said = []
    if bad:
        said.append(f"To solve before training: {', '.join(bad)}.")
    if unwise:
        said.append(f"Worth a look: {', '.join(unwise)}.")
    return " ".join(said) or "Nothing stands in the way of a training."
