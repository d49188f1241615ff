"""How a field of a spec is declared: its words, its bounds, and where and when a dialog shows it. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

__all__ = ["setting", "settings_that", "shown"]


def setting(
    default: Any,
    title: str,
    description: str,
    *,
    group: str = "",
    choices: Mapping[str, str] | None = None,
    needs: str = "",
    free: bool = False,
    also: str = "",
    zero: str = "",
    **bounds: Any,
) -> Any:
    """A field that a person sets.

    ``group`` is the heading under which a dialog folds it away; without one it is always seen. ``choices`` are the
    values with their titles. ``needs`` names another field that must be set for this one to matter. ``free`` says
    that it changes neither the memory nor the time of an iteration. ``also`` is how further choices begin, which are
    too many to list. ``zero`` is the word for 0, where that is no amount: "off", "no limit".
    """
    about: dict[str, Any] = {"group": group, "advanced": bool(group), "needs": needs, "free": free, "zero": zero}
    if choices is not None:
        about |= {"choices": list(choices), "titles": dict(choices), "also": also}
    return Field(default=default, title=title, description=description, json_schema_extra=about, **bounds)


def settings_that(fields: Mapping[str, Any], mark: str) -> dict[str, Any]:
    """The fields that are declared with ``mark``, and what it says."""
    found = {}
    for name, field in fields.items():
        about = field.json_schema_extra
        if isinstance(about, dict) and about.get(mark):
            found[name] = about[mark]
    return found


def shown(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that a dialog shows."""
    return tuple(
        name
        for name, field in fields.items()
        if isinstance(field.json_schema_extra, dict) and "group" in field.json_schema_extra
    )
