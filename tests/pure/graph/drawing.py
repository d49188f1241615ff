"""Random drawings: hypothesis strategies for edits that a person might make, sensible or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from designer.blocks.catalog import catalog
from designer.errors import EditRefused
from designer.graph import groups, instances, sharing
from designer.graph.document import Document
from designer.graph.edits import Batch, Bend, Connect, Disconnect, Edit, Move, Put, Rename, SetMarks, SetParams, Share
from designer.graph.marks import MARKS
from designer.graph.model import Wire
from designer.graph.names import prefixes
from designer.graph.scenery import Bookmark, Group, Kind, Note

TYPES = ("input", "conv2d", "relu", "max_pool2d", "add", "concatenate", "flatten", "linear", "batch_norm2d",
         "classification_output", "global_avg_pool", "dropout", "chunk")  # fmt: skip
POINTS = st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
GROUPINGS: tuple[Callable[[Document, str], Edit], ...] = (
    instances.link_copy,
    instances.link_copy,
    instances.unlink,
    lambda document, path: instances.repeat(document, path, 3),
    lambda document, path: instances.repeat(document, path, 2),
    lambda document, path: instances.repeat(document, path, 1),
    groups.close_group,
    groups.open_group,
    groups.ungroup,
    lambda document, path: groups.rename_group(document, path, "stage2.moved"),
    lambda document, path: groups.rename_group(document, path, f"{path}.deeper"),
)
_MARK_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "bool": st.booleans(),
    "float": st.sampled_from((0.0, 0.1, 1.0, 3.0)),
    "labels": st.lists(st.sampled_from(("unused", "no_skips")), max_size=2),
}
SOME_MARKS = st.fixed_dictionaries(
    {},
    optional={name: _MARK_VALUES[mark.kind] for name, mark in MARKS.items()},
)
PATHS = ("", "", "stage1.", "stage1.0.", "stage2.block.")


@st.composite
def a_put(draw: Any, document: Document) -> Edit:
    """A group, note or bookmark that comes, goes or changes."""
    network = document.network
    what: Kind = draw(st.sampled_from(("group", "note", "bookmark")))
    keys = list(network.items(what))
    if keys and draw(st.integers(0, 3)) == 0:
        return Put(what, draw(st.sampled_from(keys)), None)
    x, y = draw(POINTS)
    paths = sorted({path for name in network.nodes for path in prefixes(name)})
    if what == "group" and paths:
        path = draw(st.sampled_from(paths))
        old = network.groups.get(path, Group(path))
        inner = [name[len(path) + 1 :] for name in network.inside(path)]
        slots = draw(st.lists(st.sampled_from(inner), max_size=2, unique=True))
        inputs = (tuple((name, 0) for name in slots),) if slots else ()
        return Put(what, path, replace(old, x=x, y=y, closed=draw(st.booleans()), inputs=inputs))
    scope = draw(st.sampled_from(["", *paths]))
    if what == "bookmark":
        return Put(what, "b", Bookmark("b", x, y, 0.5, scope))
    key = draw(st.sampled_from(("note1", "note2")))
    return Put("note", key, Note(key, "frame", x, y, 9.0, 9.0, draw(st.text(max_size=5)), "red", scope))


@st.composite
def a_grouping(draw: Any, document: Document) -> Edit:
    """Something that people do with groups; nothing where it is refused."""
    network = document.network
    names = network.names()
    paths = sorted({path for name in network.nodes for path in prefixes(name)})
    try:
        if names and (not paths or draw(st.booleans())):
            some = draw(st.lists(st.sampled_from([*names, *paths]), min_size=1, max_size=4, unique=True))
            return groups.group(document, some, draw(st.sampled_from((None, None, "g", "stage1.g", *names[:1]))))
        if paths:
            path, job = draw(st.sampled_from(paths)), draw(st.sampled_from(GROUPINGS))
            return job(document, path)
    except EditRefused:
        pass
    return Batch("Nothing", ())


@st.composite
def a_sharing(draw: Any, document: Document) -> Edit:
    """Blocks share a layer, or no longer; sensible or not."""
    network = document.network
    kind = draw(st.sampled_from(sorted({node.type for node in network.nodes.values()})))
    alike = [name for name in network.names() if network[name].type == kind]
    some = draw(st.lists(st.sampled_from(alike), min_size=1, max_size=3, unique=True))
    if draw(st.integers(0, 3)) == 0:
        return Share({name: draw(st.sampled_from(["", *network.names()])) for name in some})
    try:
        return draw(st.sampled_from((sharing.together, sharing.together, sharing.apart)))(network, some)
    except EditRefused:
        return Batch("Nothing", ())


@st.composite
def an_edit(draw: Any, document: Document) -> Edit:
    """Some edit of this document; it may be one that the document refuses."""
    names = document.network.names()
    wires = document.network.wires()
    kinds = ["add", "scenery", "group"] + (
        ["connect", "connect", "connect", "move", "set", "rename", "remove", "paste", "mark", "share"] if names else []
    )
    match draw(st.sampled_from(kinds + (["disconnect", "insert", "bend"] if wires else []))):
        case "connect":
            src, dst = draw(st.sampled_from(names)), draw(st.sampled_from(names))
            out = draw(st.integers(0, max(0, len(document.network[src].outputs) - 1)))
            return document.connection(src, out, dst, draw(st.integers(0, 2)))
        case "disconnect":
            return Disconnect(draw(st.sampled_from(wires)))
        case "insert":
            return document.insertion(
                draw(st.sampled_from(wires)), draw(st.sampled_from(("relu", "flatten", "conv2d")))
            )
        case "scenery":
            return draw(a_put(document))
        case "group":
            return draw(a_grouping(document))
        case "bend":
            return Bend(draw(st.sampled_from(wires)), tuple(draw(st.lists(POINTS, max_size=3))))
        case "mark":
            some = draw(st.lists(st.sampled_from(names), min_size=1, max_size=4))
            return SetMarks(tuple(some), draw(SOME_MARKS))
        case "share":
            return draw(a_sharing(document))
        case "move":
            some = draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
            return Move({n: (draw(st.floats(-1e4, 1e4)), 1.0) for n in some})
        case "set":
            name = draw(st.sampled_from(names))
            block = document.network[name].block
            if "out_channels" in block.param_names:
                return SetParams(name, {"out_channels": draw(st.integers(1, 64))})
            if "chunks" in block.param_names:
                return SetParams(name, {"chunks": draw(st.integers(1, 3))})
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
