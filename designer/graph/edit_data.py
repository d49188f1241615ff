"""Edits as plain data, to JSON and back. What they do stands in edits.py and sharing.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from designer.blocks.spec import Value
from designer.blocks.userclass import declare, declared, from_json, to_json
from designer.errors import EditRefused, FileDamaged
from designer.graph.model import Points, Wire
from designer.graph.scenery import Bookmark, Group, Kind, Note
from designer.graph.weight_steps import Step

__all__ = [
    "AddBlock",
    "Applied",
    "Batch",
    "Bend",
    "Carry",
    "Connect",
    "Disconnect",
    "Edit",
    "Move",
    "Put",
    "RemoveBlock",
    "Rename",
    "SetMarks",
    "SetParams",
    "Share",
    "edit_from_json",
    "edit_to_json",
]


@dataclass(frozen=True)
class AddBlock:
    """Put a new block down. ``params`` that are left out take their defaults."""

    name: str
    type: str
    params: Mapping[str, Value] = Field(default_factory=dict)
    x: float = 0.0
    y: float = 0.0
    marks: Mapping[str, Value] = Field(default_factory=dict)
    kind: Literal["add"] = "add"


@dataclass(frozen=True)
class RemoveBlock:
    """Take away a block that has no wires."""

    name: str
    kind: Literal["remove"] = "remove"


@dataclass(frozen=True)
class SetParams:
    """Give a block other values for some of its parameters; with ``type``, make it one of that type with just these."""

    name: str
    params: Mapping[str, Value]
    kind: Literal["set"] = "set"
    type: str = ""


@dataclass(frozen=True)
class SetMarks:
    """Mark blocks, each with the same; a mark's default takes it away. The other marks stay."""

    names: tuple[str, ...]
    marks: Mapping[str, Value]
    kind: Literal["mark"] = "mark"


@dataclass(frozen=True)
class Share:
    """Let blocks call the layer of another one: name to the block that owns the layer, empty for a layer of its own."""

    layers: Mapping[str, str]
    kind: Literal["share"] = "share"


@dataclass(frozen=True)
class Rename:
    """Give a block another name."""

    old: str
    new: str
    kind: Literal["rename"] = "rename"


@dataclass(frozen=True)
class Move:
    """Put blocks, and the cards of groups, elsewhere on the canvas: name or path to (x, y)."""

    positions: Mapping[str, tuple[float, float]]
    kind: Literal["move"] = "move"


@dataclass(frozen=True)
class Connect:
    """Draw a wire to a free slot, led through points where ``via`` has some."""

    wire: Wire
    via: Points = ()
    kind: Literal["connect"] = "connect"


@dataclass(frozen=True)
class Disconnect:
    """Take a wire away."""

    wire: Wire
    kind: Literal["disconnect"] = "disconnect"


@dataclass(frozen=True)
class Bend:
    """Lead a wire through other points; straight without any."""

    wire: Wire
    via: Points
    kind: Literal["bend"] = "bend"


@dataclass(frozen=True)
class Put:
    """Put down a group, note or bookmark under its key, exchange it, or take it away (None)."""

    what: Kind
    key: str
    value: Group | Note | Bookmark | None
    kind: Literal["put"] = "put"


@dataclass(frozen=True)
class Carry:
    """What becomes of trained weights by the edits around this one; the drawing stays. With ``back`` it is undone."""

    steps: tuple[Step, ...]
    back: bool = False
    kind: Literal["carry"] = "carry"


@dataclass(frozen=True)
class Batch:
    """Several edits that are done and undone as one. ``label`` is what the Undo menu shows."""

    label: str
    edits: tuple[Edit, ...]
    kind: Literal["batch"] = "batch"


Edit = Annotated[
    AddBlock
    | RemoveBlock
    | SetParams
    | SetMarks
    | Share
    | Rename
    | Move
    | Connect
    | Disconnect
    | Bend
    | Put
    | Carry
    | Batch,
    Field(discriminator="kind"),
]
_ADAPTER: TypeAdapter[Edit] | None = None


@dataclass(frozen=True)
class Applied:
    """What an edit did: its inverse, the blocks whose shapes are in doubt, and the blocks that look different.

    ``scenery`` are the groups, notes and bookmarks that came, went or look different, each as kind and key; ``moved``
    those of the ``touched`` blocks that only lie elsewhere.
    """

    inverse: Edit
    dirty: frozenset[str]
    touched: frozenset[str]
    structure: bool
    scenery: frozenset[tuple[Kind, str]] = frozenset()
    moved: frozenset[str] = frozenset()


def _adapter() -> TypeAdapter[Edit]:
    global _ADAPTER
    if _ADAPTER is None:
        _ADAPTER = TypeAdapter(Edit)
    return _ADAPTER


def edit_to_json(edit: Edit) -> dict[str, Any]:
    """The edit as plain data."""
    data = _adapter().dump_python(edit, mode="json")
    assert isinstance(data, dict)
    classes = {kind: cls for kind in _types(edit) if (cls := declared(kind)) is not None}
    return {**data, "classes": [to_json(cls) for cls in classes.values()]} if classes else data


def _types(edit: Edit) -> Iterator[str]:
    """The types of blocks that an edit names."""
    if isinstance(edit, Batch):
        for part in edit.edits:
            yield from _types(part)
    elif isinstance(edit, AddBlock | SetParams):
        yield edit.type


def edit_from_json(data: object) -> Edit:
    """The edit that plain data describes. Raises FileDamaged."""
    try:
        if isinstance(data, dict) and isinstance(data.get("classes"), list):
            for item in data["classes"]:
                declare(from_json(item))
            data = {key: value for key, value in data.items() if key != "classes"}
        return _adapter().validate_python(data)
    except (ValidationError, RecursionError) as error:
        raise FileDamaged("Expected an edit as Layerloom writes it, found something else.") from error
    except EditRefused as error:  # a group or a note out of bounds
        raise FileDamaged(f"Expected an edit as Layerloom writes it. {error}") from error
