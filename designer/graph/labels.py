"""What the Undo menu calls an edit."""

from __future__ import annotations

from designer.graph.edits import (
    AddBlock,
    Batch,
    Bend,
    Carry,
    Connect,
    Disconnect,
    Edit,
    Move,
    Put,
    RemoveBlock,
    Rename,
    SetMarks,
    SetParams,
    Share,
)

__all__ = ["label_of"]


def label_of(edit: Edit) -> str:
    """What the Undo menu says."""
    match edit:
        case AddBlock():
            return f"Add {edit.name}"
        case RemoveBlock():
            return f"Delete {edit.name}"
        case SetParams():
            return f"Change {edit.name}"
        case SetMarks():
            return f"Mark {edit.names[0]}" if len(edit.names) == 1 else f"Mark {len(edit.names)} blocks"
        case Share():
            some = next(iter(edit.layers), "")
            return f"{'Share' if any(edit.layers.values()) else 'Unshare'} the layer of {some}"
        case Rename():
            return f"Rename {edit.old}"
        case Move():
            return "Move" if len(edit.positions) == 1 else f"Move {len(edit.positions)} blocks"
        case Connect():
            return "Connect"
        case Disconnect():
            return "Disconnect"
        case Bend():
            return "Bend a wire" if edit.via else "Straighten a wire"
        case Put():
            return f"{'Delete' if edit.value is None else 'Change'} {edit.what} {edit.key}"
        case Carry():
            return "Carry weights"
        case Batch():
            return edit.label
