"""The report as a file, in the format that the file's name says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from designer.errors import UsageError
from designer.graph.report.html import as_html
from designer.graph.report.rows import Report
from designer.graph.report.write import as_csv, as_data, as_markdown

__all__ = ["KINDS", "as_text"]

# Ending, with what people call it.
KINDS: Mapping[str, str] = MappingProxyType(
    {"html": "Web page", "md": "Markdown", "csv": "Table for a spreadsheet", "json": "Plain data"}
)


def as_text(report: Report, kind: str, title: str) -> str:
    """The report in the format of this ending. Raises UsageError for another one."""
    write = _WRITERS.get(kind.lower())
    if write is None:
        known = ", ".join(f".{ending}" for ending in KINDS)
        raise UsageError(f"A report can be written as {known}; .{kind} is none of these. Choose another ending.")
    return write(report, title)


_WRITERS: Mapping[str, Callable[[Report, str], str]] = {
    "html": as_html,
    "md": as_markdown,
    "csv": lambda report, _: as_csv(report),
    "json": lambda report, title: json.dumps({"title": title, **as_data(report)}, ensure_ascii=False, indent=2) + "\n",
}
