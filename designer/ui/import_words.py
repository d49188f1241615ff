"""The report of an import in words: what became what, what could not, and how near the drawing is to the original."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from designer.blocks.catalog import catalog
from designer.graph.model import Network
from designer.ui.words import count, plural

__all__ = ["blocks_by_kind", "fact_rows", "opaque_parts", "verdict"]

Tone = Literal["good", "warn", "plain"]
_TINY = 1e-4  # a difference of the outputs that another order of additions explains


def blocks_by_kind(report: Mapping[str, Any], network: Network) -> list[tuple[str, int]]:
    """How many blocks there are of each kind, the most frequent first, by the titles of the palette."""
    said = report.get("blocks")
    found = said if isinstance(said, Mapping) else Counter(node.type for node in network.nodes.values())
    known = catalog()
    rows = [(known[kind].title if kind in known else str(kind), int(number)) for kind, number in found.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def opaque_parts(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The blocks that hide what is in them, and why."""
    said = report.get("opaque")
    if not isinstance(said, Sequence) or isinstance(said, str):
        return []
    return [(str(part.get("block", "")), str(part.get("why", ""))) for part in said if isinstance(part, Mapping)]


def verdict(report: Mapping[str, Any]) -> tuple[Tone, str]:
    """The one sentence to begin with."""
    difference = report.get("difference")
    if not isinstance(difference, int | float):
        return "plain", "The outputs were not compared with those of the original."
    if difference == 0:
        return "good", "Computes what the original computes, to the last bit."
    if difference <= _TINY:
        return "good", f"Computes what the original computes, within {difference:.2g}."
    return "warn", f"The outputs differ from those of the original by up to {difference:.2g}."


def fact_rows(report: Mapping[str, Any], blocks: int) -> list[tuple[str, str]]:
    """The report's figures."""
    rows = [("From", str(report.get("source", "")))] if report.get("source") else []
    rows.append(("Blocks", count(blocks)))
    rows.append(("Weights", _weights(report.get("weights"))))
    difference = report.get("difference")
    if isinstance(difference, int | float):
        compared = report.get("compared")
        at = f", {compared}" if isinstance(compared, str) and compared else ""
        rows.append(("Largest difference", f"{difference:.3g}{at}"))
    size = report.get("input")
    if isinstance(size, Sequence) and not isinstance(size, str) and size:
        rows.append(("Input", "×".join(str(part) for part in size)))
    normalisation = report.get("normalisation")
    if isinstance(normalisation, Mapping):
        mean, std = _numbers(normalisation.get("mean")), _numbers(normalisation.get("std"))
        rows.append(("Normalisation", f"mean {mean}\ndeviation {std}"))
    seconds = report.get("seconds")
    if isinstance(seconds, int | float):
        rows.append(("Took", f"{seconds:.1f} s"))
    return rows


def _weights(said: Any) -> str:
    if not isinstance(said, Mapping):
        return "none were asked for; they start at random"
    matched, missing, unexpected = (_number(said.get(key)) for key in ("matched", "missing", "unexpected"))
    total = matched + missing
    if not total and not unexpected:
        return "none were asked for; they start at random"
    words = f"all {count(total)} matched" if not missing else f"{count(matched)} of {count(total)} matched"
    return words + (f", {plural(unexpected, 'more', 'more')} in the file" if unexpected else "")


def _number(said: Any) -> int:
    """A count, or the length of a list."""
    if isinstance(said, int):
        return said
    return len(said) if isinstance(said, Sequence) and not isinstance(said, str) else 0


def _numbers(said: Any) -> str:
    return ", ".join(f"{value:.4g}" for value in said) if isinstance(said, Sequence) else "–"
