"""Example networks that come along, one JSON file each in resources/templates."""

from __future__ import annotations

import json
from dataclasses import dataclass

from designer.errors import UsageError
from designer.graph.model import Network
from designer.graph.reading import network_from_json
from designer.resources import resource

__all__ = ["Template", "load_template", "templates"]


@dataclass(frozen=True)
class Template:
    """A network to start from."""

    name: str
    title: str
    description: str
    network: Network


def load_template(name: str) -> Network:
    """The network of a template. Raises UsageError for a name that does not exist."""
    for template in templates():
        if template.name == name:
            return template.network
    known = ", ".join(t.name for t in templates())
    raise UsageError(f"There is no template called {name!r}. Choose one of {known}.")


def templates() -> list[Template]:
    """All templates, in the order that their files give."""
    found = []
    for path in resource("templates").glob("*.json"):
        data = json.loads(path.read_text(encoding="utf-8"))
        network = network_from_json(data["network"])
        found.append((data["order"], Template(path.stem, data["title"], data["description"], network)))
    return [template for _, template in sorted(found, key=lambda pair: pair[0])]
