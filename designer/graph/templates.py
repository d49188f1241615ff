"""Example networks that come along, one JSON file each in resources/templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from designer.errors import UsageError
from designer.graph.model import Network
from designer.graph.reading import network_from_json
from designer.resources import resource

__all__ = ["Template", "load_template", "template_named", "templates"]


@dataclass(frozen=True)
class Template:
    """A network to start from.

    ``kind`` is the kind of work that it is an example of. ``data`` and ``train`` are the samples that it is drawn for
    and the settings that train it on them, as plain data; empty where it is drawn for nothing in particular.
    """

    name: str
    title: str
    description: str
    network: Network
    kind: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    train: Mapping[str, Any] = field(default_factory=dict)


def load_template(name: str) -> Network:
    """The network of a template. Raises UsageError for a name that does not exist."""
    return template_named(name).network


def template_named(name: str) -> Template:
    """One of the templates. Raises UsageError for a name that does not exist."""
    for template in templates():
        if template.name == name:
            return template
    known = ", ".join(t.name for t in templates())
    raise UsageError(f"There is no template called {name!r}. Choose one of {known}.")


def templates() -> list[Template]:
    """All templates, in the order that their files give."""
    found = []
    for path in resource("templates").glob("*.json"):
        data = json.loads(path.read_text(encoding="utf-8"))
        network = network_from_json(data["network"])
        work = {name: data[name] for name in ("kind", "data", "train") if name in data}
        found.append((data["order"], Template(path.stem, data["title"], data["description"], network, **work)))
    return [template for _, template in sorted(found, key=lambda pair: pair[0])]
