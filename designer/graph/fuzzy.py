"""How well typed letters answer to a text: the letters in order, with gaps, whole words and their starts first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Match", "fuzzy", "nearest", "plain"]

_EACH, _START, _NEXT, _WHOLE = 1.0, 3.0, 2.5, 4.0  # for a letter found, at a word's start, right after the last one
_SKIPPED = 0.02  # for each letter of the text that was passed over
_LONGEST = 200


@dataclass(frozen=True, order=True)
class Match:
    """``points``: more is better. ``hits``: where in the text the letters were found."""

    points: float
    hits: tuple[int, ...] = ()


def plain(text: str) -> str:
    """Only letters and digits, in lower case: what people mean by Max-Pool_2D."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def fuzzy(query: str, text: str) -> Match | None:
    """The best way to find all letters of the query in the text in their order; None where there is none."""
    wanted = [c for c in query.lower() if not c.isspace()]
    seen = text.lower()[:_LONGEST]
    if not wanted:
        return Match(0.0)
    if len(seen) != len(text[:_LONGEST]) or len(wanted) > len(seen):  # a few letters change length in lower case
        return None
    best = _best(wanted, seen, _starts(text[:_LONGEST]))
    if best is None:
        return None
    points, hits = best
    if seen.startswith("".join(wanted)):
        points += _WHOLE
    return Match(points - _SKIPPED * len(seen), hits)


def _starts(text: str) -> list[bool]:
    """For each letter whether a word begins there: after what is no letter, at a capital, at the first digit."""
    found = []
    for i, c in enumerate(text):
        before = text[i - 1] if i else " "
        hump = c.isupper() and before.islower()
        found.append(c.isalnum() and (not before.isalnum() or hump or (c.isdigit() and not before.isdigit())))
    return found


def _best(wanted: list[str], seen: str, starts: list[bool]) -> tuple[float, tuple[int, ...]] | None:
    """Rows of "the letters so far, the last of them here": points and where the letter before it was."""
    rows: list[dict[int, tuple[float, int]]] = []
    for letter in wanted:
        row: dict[int, tuple[float, int]] = {}
        above = rows[-1] if rows else None
        top: tuple[float, int] | None = None  # the best end of the letters so far, left of here
        for i, c in enumerate(seen):
            if above is not None and i - 1 in above and (top is None or above[i - 1][0] > top[0]):
                top = (above[i - 1][0], i - 1)
            if c != letter or (above is not None and top is None):
                continue
            own = _EACH + (_START if starts[i] else 0.0)
            ways = [(top[0] + own, top[1])] if top is not None else [(own, -1)]
            if above is not None and i - 1 in above:
                ways.append((above[i - 1][0] + own + _NEXT, i - 1))
            row[i] = max(ways)
        if not row:
            return None
        rows.append(row)
    at = max(rows[-1], key=lambda i: (rows[-1][i][0], -i))
    points, hits = rows[-1][at][0], []
    for row in reversed(rows):
        hits.append(at)
        at = row[at][1]
    return points, tuple(reversed(hits))


def nearest(word: str, among: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The words that differ from this one in the fewest letters, if they are near enough to be meant."""
    wanted = plain(word)[:40]
    found: list[tuple[float, int, str]] = []
    for other in dict.fromkeys(among):
        seen = plain(other)
        if not wanted or not seen:
            continue
        distance: float = _distance(wanted, seen)
        if len(wanted) > 1:  # it may go on, as kernel does in kernel_size
            distance = min(distance, _distance(wanted, seen[: len(wanted)]) + 0.5 + len(seen) / 100)
        if distance <= max(1, min(len(wanted), len(seen)) * 0.4):
            found.append((distance, len(seen), other))
    return tuple(other for _, _, other in sorted(found)[:most])


def _distance(a: str, b: str) -> int:
    """Letters to add, drop, change or swap (Damerau 1964, the restricted form)."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
