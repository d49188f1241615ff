"""Random drawings: hypothesis strategies for edits that a person might make, sensible or not."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from designer.blocks.catalog import catalog
from designer.graph.document import Document
from designer.graph.edits import Batch, Bend, Connect, Disconnect, Edit, Move, Rename, SetMarks, SetParams
from designer.graph.marks import MARKS
from designer.graph.model import Wire

TYPES = ("input", "conv2d", "relu", "max_pool2d", "add", "concatenate", "flatten", "linear", "batch_norm2d",
         "classification_output", "global_avg_pool", "dropout")  # fmt: skip
POINTS = st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
PATHS = ("", "", "stage1.", "stage1.0.", "stage2.block.")


@st.composite
def an_edit(draw: Any, document: Document) -> Edit:
    """Some edit of this document; it may be one that the document refuses."""
    names = document.network.names()
    wires = document.network.wires()
    kinds = ["add"] + (
        ["connect", "connect", "connect", "move", "set", "rename", "remove", "paste", "mark"] if names else []
    )
    match draw(st.sampled_from(kinds + (["disconnect", "insert", "bend"] if wires else []))):
        case "connect":
            src, dst = draw(st.sampled_from(names)), draw(st.sampled_from(names))
            return document.connection(src, 0, dst, draw(st.integers(0, 2)))
        case "disconnect":
            return Disconnect(draw(st.sampled_from(wires)))
        case "insert":
            return document.insertion(
                draw(st.sampled_from(wires)), draw(st.sampled_from(("relu", "flatten", "conv2d")))
            )
        case "bend":
            return Bend(draw(st.sampled_from(wires)), tuple(draw(st.lists(POINTS, max_size=3))))
        case "mark":
            some = draw(st.lists(st.sampled_from(names), min_size=1, max_size=4))
            return SetMarks(tuple(some), draw(st.dictionaries(st.sampled_from(tuple(MARKS)), st.booleans())))
        case "move":
            some = draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
            return Move({n: (draw(st.floats(-1e4, 1e4)), 1.0) for n in some})
        case "set":
            name = draw(st.sampled_from(names))
            block = document.network[name].block
            if "out_channels" in block.param_names:
                return SetParams(name, {"out_channels": draw(st.integers(1, 64))})
            if "size" in block.param_names:
                return SetParams(name, {"size": draw(st.sampled_from([(1, 28, 28), (3, 8, 8), (5,), (3, 2, 2)]))})
            if "out_features" in block.param_names:
                return SetParams(name, {"out_features": draw(st.integers(1, 64))})
            return SetParams(name, {})
        case "rename":
            return Rename(
                draw(st.sampled_from(names)), draw(st.sampled_from(("a", "stage1", "stage1.0.x", "b.c", "for")))
            )
        case "remove":
            return document.removal(draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)))
        case "paste":
            some = draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
            return document.paste(document.copy(some), 5.0, 7.0)
    block_type = draw(st.sampled_from(TYPES))
    new = document.new_block(block_type, draw(st.floats(-1e3, 1e3)), 0.0)
    path = draw(st.sampled_from(PATHS))
    return Batch("Add", (type(new)(path + new.name, new.type, new.params, new.x, new.y),))


def chain(*types: str, **params: dict[str, Any]) -> Document:
    """A document with one block after the other, named by their types."""
    document = Document()
    last = ""
    for block_type in types:
        values = catalog()[block_type].check(params.get(block_type, {}))
        document.do(type(document.new_block(block_type, 0, 0))(block_type, block_type, values))
        if last:
            document.do(Connect(Wire(last, 0, block_type, 0)))
        last = block_type
    return document
