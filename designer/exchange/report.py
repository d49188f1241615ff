"""What came out of proving an export: figures, a sentence, and the two files that are kept beside it. No torch."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from designer import __version__
from designer.exchange.atomic import write_text

__all__ = ["Report", "keep_report"]


@dataclass(frozen=True)
class Report:
    """How an export compares with the trained network.

    Differences are of the raw outputs (logits). ``agree`` is the part of samples whose largest logit is the
    same one; None for a network that does not classify. ``samples`` is how many were compared. ``tolerance`` is None
    for a format that gives up some precision on purpose. Accuracies are None where the right answers are not known.
    ``latency`` has milliseconds by batch size, of the network in PyTorch ("eager") and of the file in its engine.
    """

    format: str
    title: str
    path: str
    samples: int
    batch_sizes: tuple[int, ...]
    max_abs_diff: float
    mean_abs_diff: float
    tolerance: float | None
    agree: float | None
    size_bytes: int
    seconds: float
    accuracy_before: float | None = None
    accuracy_after: float | None = None
    latency: dict[str, dict[str, float]] = field(default_factory=dict)
    weights_bytes: int = 0
    engine: str = ""
    options: dict[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    layerloom_version: str = __version__

    def to_dict(self) -> dict[str, object]:
        """Plain data for events and JSON."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """What was checked and what came out."""
        same = f", the same class for {self.agree:.1%}" if self.agree is not None else ""
        runs = f"{self.samples:,} samples in batches of {min(self.batch_sizes)} to {max(self.batch_sizes)}"
        if self.tolerance is None:
            return f"{self.title}: run on {runs}, largest difference {self.max_abs_diff:.2g}{same}{self._accuracy()}."
        return (
            f"{self.title}: equal on {runs}, largest difference {self.max_abs_diff:.2g} "
            f"(allowed: {self.tolerance:.2g}){same}{self._accuracy()}."
        )

    def _accuracy(self) -> str:
        if self.accuracy_before is None or self.accuracy_after is None:
            return ""
        return f", accuracy {self.accuracy_before:.1%} before and {self.accuracy_after:.1%} after"

    def markdown(self) -> str:
        """The same for people to read."""
        allowed = "some precision is given up on purpose" if self.tolerance is None else f"{self.tolerance:.3g}"
        rows = [
            ("Samples compared", f"{self.samples:,}, in batches of {', '.join(map(str, self.batch_sizes))}"),
            ("Largest difference", f"{self.max_abs_diff:.3g} (allowed: {allowed})"),
            ("Mean difference", f"{self.mean_abs_diff:.3g}"),
        ]
        if self.agree is not None:
            rows.append(("Same class", f"{self.agree:.2%}"))
        if self.accuracy_before is not None and self.accuracy_after is not None:
            rows.append(("Accuracy in PyTorch", f"{self.accuracy_before:.2%}"))
            rows.append(("Accuracy of the file", f"{self.accuracy_after:.2%}"))
        rows.append(("Size of the file", f"{self.size_bytes:,} bytes (weights in memory: {self.weights_bytes:,})"))
        for batch, times in self.latency.items():
            mine = f"{times['file']:.3g} ms; in PyTorch {times['eager']:.3g} ms"
            rows.append((f"Time for a batch of {batch}", mine))
        rows += [(f"Option: {name.replace('_', ' ')}", str(value)) for name, value in self.options.items()]
        table = "\n".join(f"| {name} | {value} |" for name, value in rows)
        engine = f" It was run in {self.engine}." if self.engine else ""
        notes = "".join(f"\n- {note}" for note in self.notes)
        return (
            f"# Report of {Path(self.path).name}\n\n{self.sentence}{engine}\n\n"
            f"| What | Found |\n| --- | --- |\n{table}\n{notes}\n\n"
            f"Times are of this machine's processor. Made with Layerloom {self.layerloom_version}.\n"
        )


def keep_report(report: Report, out: Path) -> None:
    """Write ``out`` + ".report.json" and ".report.md". Raises ProjectError."""
    text = json.dumps(report.to_dict(), indent=2, ensure_ascii=False) + "\n"
    write_text(out.with_name(f"{out.name}.report.json"), text)
    write_text(out.with_name(f"{out.name}.report.md"), report.markdown())
