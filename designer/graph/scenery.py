"""What lies on the canvas beside blocks and wires: groups, notes, frames and bookmarks. Checked plain data."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from designer.errors import EditRefused, FileDamaged
from designer.graph.names import check_name, natural

__all__ = ["COLOURS", "FAR", "MOST", "TYPES", "Bookmark", "Group", "Item", "Kind", "Note", "Scenery", "Slot"]

FAR = 10_000_000.0
MOST = 10_000  # of each kind
LONGEST = 10_000  # characters of a note
COLOURS = ("grey", "blue", "green", "amber", "red", "violet")
Kind = Literal["group", "note", "bookmark"]
Slot = tuple[str, int]  # a block, by its name inside of the group, and one of its input slots
_LINK = re.compile(r"[A-Za-z0-9_]{0,60}", re.ASCII)


def _need_line(text: str, what: str, least: int = 0, most: int = 200) -> None:
    if not (least <= len(text) <= most and (text.isprintable() or not text)):
        raise EditRefused(f"{what} must be one line of {least} to {most} characters.")


def _need_place(what: str, *numbers: float) -> None:
    if not all(math.isfinite(number) and abs(number) <= FAR for number in numbers):
        raise EditRefused(f"{what} must lie at a finite place on the canvas.")


def _need_colour(colour: str) -> None:
    if colour not in COLOURS:
        raise EditRefused(f"There is no colour {colour[:60]!r}. Choose one of {', '.join(COLOURS)}.")


@dataclass(frozen=True)
class Group:
    """A group of all blocks under a path: how it is shown. It can be closed (one card) or open.

    ``x`` and ``y`` are the top left corner of its card. Groups with the same ``link`` are instances of one definition.
    ``inputs`` are the inner slots that belong together, so that an input of the card stays one while it has no wire.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    path: str
    title: str = ""  # empty: the end of the path
    colour: str = "grey"
    closed: bool = True
    x: float = 0.0
    y: float = 0.0
    link: str = ""
    inputs: tuple[tuple[Slot, ...], ...] = ()

    def __post_init__(self) -> None:
        check_name(self.path)
        _need_line(self.title, "A group's title")
        _need_colour(self.colour)
        _need_place("A group", self.x, self.y)
        if not _LINK.fullmatch(self.link):
            raise EditRefused("A group's link must be at most 60 letters and digits.")
        slots = [slot for together in self.inputs for slot in together]
        if len(slots) > MOST or len(set(slots)) != len(slots):
            raise EditRefused(f"A group has at most {MOST:,} input slots, each named once.")
        if not all(len(name) <= 400 and 0 <= slot < MOST * 5 for name, slot in slots):
            raise EditRefused("A group's input slots must be slots of its blocks.")

    @property
    def key(self) -> str:
        """What it is found by."""
        return self.path

    def renamed(self, old: str, new: str | None) -> Group:
        """The group after a block inside got another name, or went (None)."""
        if not any(name == old for together in self.inputs for name, _ in together):
            return self
        kept = (
            tuple((new if name == old and new else name, slot) for name, slot in together if name != old or new)
            for together in self.inputs
        )
        return replace(self, inputs=tuple(together for together in kept if together))

    @property
    def shown_title(self) -> str:
        """What its card says: its title, or the last part of its path that is more than a number."""
        parts = self.path.split(".")
        last = next((i for i in range(len(parts) - 1, -1, -1) if not parts[i].isdigit()), 0)
        return self.title or ".".join(parts[last:])


@dataclass(frozen=True)
class Note:
    """A text in Markdown on the canvas, or a titled frame around blocks. ``scope`` is the group that it lies in."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    kind: Literal["note", "frame"] = "note"
    x: float = 0.0
    y: float = 0.0
    width: float = 240.0
    height: float = 120.0
    text: str = ""
    colour: str = "amber"
    scope: str = ""

    def __post_init__(self) -> None:
        _need_line(self.id, "A note's id", 1, 100)
        _need_place("A note", self.x, self.y)
        _need_colour(self.colour)
        if not (0 < self.width <= FAR and 0 < self.height <= FAR):
            raise EditRefused("A note must have a width and a height above 0.")
        if len(self.text) > LONGEST or any("\ud800" <= c <= "\udfff" for c in self.text):
            raise EditRefused(f"A note must be text of at most {LONGEST:,} characters.")
        if self.scope:
            check_name(self.scope)

    @property
    def key(self) -> str:
        """What it is found by."""
        return self.id


@dataclass(frozen=True)
class Bookmark:
    """A place to come back to: the middle of the view in canvas units, the zoom, and the group that is looked into."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0
    scope: str = ""

    def __post_init__(self) -> None:
        _need_line(self.name, "A bookmark's name", 1)
        _need_place("A bookmark", self.x, self.y)
        if not 0 < self.zoom <= 1000:
            raise EditRefused("A bookmark's zoom must be above 0 and at most 1000.")
        if self.scope:
            check_name(self.scope)

    @property
    def key(self) -> str:
        """What it is found by."""
        return self.name


Item = Group | Note | Bookmark
TYPES: dict[Kind, type[Group] | type[Note] | type[Bookmark]] = {"group": Group, "note": Note, "bookmark": Bookmark}
ENTRIES: dict[str, Kind] = {"groups": "group", "notes": "note", "bookmarks": "bookmark"}
_ADAPTERS: dict[Kind, TypeAdapter[Any]] = {}


@dataclass
class Scenery:
    """All groups, notes and bookmarks of one network."""

    groups: dict[str, Group] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)
    bookmarks: dict[str, Bookmark] = field(default_factory=dict)

    def of(self, kind: Kind) -> dict[str, Any]:
        """The items of one kind, by their keys."""
        return {"group": self.groups, "note": self.notes, "bookmark": self.bookmarks}[kind]  # type: ignore[return-value]

    def copy(self) -> Scenery:
        """The same, for a network of its own."""
        return Scenery(dict(self.groups), dict(self.notes), dict(self.bookmarks))

    def links(self) -> Mapping[str, list[str]]:
        """The paths of linked groups by their link, in a stable order."""
        found: dict[str, list[str]] = {}
        for path, group in self.groups.items():
            if group.link:
                found.setdefault(group.link, []).append(path)
        return {link: sorted(paths, key=natural) for link, paths in found.items()}

    def to_json(self) -> dict[str, Any]:
        """Plain data in a stable order, without empty kinds and default values."""
        data: dict[str, Any] = {}
        for entry, kind in ENTRIES.items():
            items = self.of(kind)
            if items:
                data[entry] = [item_to_json(items[key]) for key in sorted(items, key=natural)]
        return data


def fresh_key(stem: str, taken: Container[str]) -> str:
    """The first of note1, note2, ... that is not taken."""
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def item_to_json(item: Item) -> dict[str, Any]:
    """One item as plain data."""
    always = {"path", "id", "name", "x", "y"}
    plain = {
        f.name: getattr(item, f.name) for f in fields(item) if f.name in always or getattr(item, f.name) != f.default
    }
    return {name: _plain(value) for name, value in plain.items()}


def _plain(value: Any) -> Any:
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def item_from_json(kind: Kind, data: object) -> Item:
    """The item that plain data describes. Raises FileDamaged."""
    adapter = _ADAPTERS.get(kind)
    if adapter is None:
        adapter = _ADAPTERS[kind] = TypeAdapter(TYPES[kind])
    try:
        item: Item = adapter.validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])[:60]
        raise FileDamaged(f"A {kind} of the network is damaged: {where or 'it'}: {first['msg']}.") from error
    except EditRefused as error:
        raise FileDamaged(f"A {kind} of the network is damaged: {error}") from error
    return item
