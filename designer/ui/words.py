"""Numbers and counts as people read them: the graph's own words, for the window."""

from __future__ import annotations

from designer.graph.words import count, in_bytes, plural, seen, short, strides

__all__ = ["count", "in_bytes", "plural", "seen", "short", "strides"]
