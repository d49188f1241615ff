"""Branches that do not fit together."""

from __future__ import annotations

from collections.abc import Iterator

from designer.blocks.dims import Tensor
from designer.blocks.spec import Value
from designer.graph.document import Document
from designer.graph.edits import Batch, Connect, Disconnect, Edit, SetParams
from designer.graph.fixes import Fix, fixes
from designer.graph.kinds import ENLARGING
from designer.graph.mending import Piece, arriving, bypass, insert, node_of
from designer.graph.model import Wire
from designer.graph.problem import Problem

__all__: list[str] = []


def _main_first(document: Document, name: str) -> list[tuple[Wire, Tensor]]:
    """What arrives, the longest way through first: that is the main branch, the others are brought to it."""
    depth = document.network.positions()
    return sorted(arriving(document, name), key=lambda pair: -depth[pair[0].src])


def _batch(label: str, edits: list[Batch]) -> Edit:
    return edits[0] if len(edits) == 1 else Batch(label, tuple(edits))


@fixes("merge")
def project(document: Document, problem: Problem) -> Iterator[Fix]:
    """A 1×1 convolution brings one side of an addition to the other's channels (He et al. 2015, option B)."""
    known = _main_first(document, node_of(document, problem).name)
    if len(known) < 2 or any(t.rank != 4 for _, t in known):
        return
    wire, tensor = known[0]
    for (branch, have), want in [*((pair, tensor) for pair in known[1:]), ((wire, tensor), known[1][1])]:
        chain = _projection(have, want)
        if chain:
            yield Fix(f"Project 1×1 after {branch.src}", insert(document, branch, chain))


def _projection(tensor: Tensor, target: Tensor) -> Piece | None:
    channels, strides = target.dims[1], []
    for have, want in zip(tensor.dims[2:], target.dims[2:], strict=True):
        if have == want:
            strides.append(1)
            continue
        if not (isinstance(have, int) and isinstance(want, int) and 0 < want < have):
            return None
        fitting = [s for s in range(2, have + 1) if (have - 1) // s + 1 == want]
        if not fitting:
            return None
        strides.append(fitting[0])
    if not isinstance(channels, int):
        return None
    stride: Value = strides[0] if len(set(strides)) == 1 else tuple(strides)
    return "conv2d", {"out_channels": channels, "kernel_size": 1, "stride": stride, "padding": 0}


@fixes("merge", rank=55)
def same_width(document: Document, problem: Problem) -> Iterator[Fix]:
    """A fully connected block brings features to the same number."""
    known = _main_first(document, node_of(document, problem).name)
    if len(known) < 2 or any(t.rank not in (2, 3) for _, t in known) or len({t.rank for _, t in known}) != 1:
        return
    width = known[0][1].dims[-1]
    odd = [w for w, t in known[1:] if t.dims[-1] != width]
    if isinstance(width, int) and len(odd) == 1:
        chain: Piece = ("linear", {"out_features": width})
        words = f"Insert a fully connected block with {width} outputs after {odd[0].src}"
        yield Fix(words, insert(document, odd[0], chain))


@fixes("merge", rank=40)
def stand_up(document: Document, problem: Problem) -> Iterator[Fix]:
    """One number a channel (a gate) meets feature maps: it needs sides of one pixel."""
    known = arriving(document, node_of(document, problem).name)
    deep = max((t.rank for _, t in known), default=0)
    for wire, tensor in known:
        channels = tensor.dims[1] if tensor.rank == 2 else None
        if deep > 2 and isinstance(channels, int):
            new = (channels, *(1,) * (deep - 2))
            words = f"Insert Reshape to {'×'.join(map(str, new))} after {wire.src}"
            yield Fix(words, insert(document, wire, ("reshape", {"shape": new})))


@fixes("merge", "concat", rank=60)
def pool_to_smallest(document: Document, problem: Problem) -> Iterator[Fix]:
    """Bring maps of unlike sizes to the smallest by an adaptive pooling."""
    known = arriving(document, node_of(document, problem).name)
    ranks = {t.rank for _, t in known}
    if len(known) < 2 or len(ranks) != 1 or not ranks <= {3, 4, 5}:
        return
    sides = [tuple(d for d in t.dims[2:] if isinstance(d, int)) for _, t in known]
    if len({len(s) for s in sides}) != 1 or not sides[0]:
        return
    least = tuple(min(column) for column in zip(*sides, strict=True))
    size: Value = least[0] if len(set(least)) == 1 else least
    piece: Piece = (f"adaptive_avg_pool{len(least)}d", {"output_size": size})
    names: list[str] = []
    edits: list[Batch] = []
    for (wire, _), have in zip(known, sides, strict=True):
        if have != least:
            edits.append(insert(document, wire, piece, taken=names))
            names.append(document.fresh_name(piece[0], names, document.network.group_around(wire.src, wire.dst)))
    words = "×".join(map(str, least))
    if edits:
        ends = " and ".join(w.src for (w, _), have in zip(known, sides, strict=True) if have != least)
        yield Fix(f"Pool {ends} to {words}", _batch(f"Pool to {words}", edits))


@fixes("merge", "concat", rank=58)
def enlarge_in_a_decoder(document: Document, problem: Problem) -> Iterator[Fix]:
    """Behind an upsampling the skip has the right size, and what comes from below was only rounded."""
    found = _enlarged(document, problem)
    if found is not None and _comes_from_below(document, node_of(document, problem).name):
        yield found


@fixes("merge", "concat", rank=65)
def enlarge_to_largest(document: Document, problem: Problem) -> Iterator[Fix]:
    """Bring maps of unlike sizes to the largest by an interpolation."""
    found = _enlarged(document, problem)
    if found is not None:
        yield found


def _comes_from_below(document: Document, name: str) -> bool:
    before = document.network.upstream([name])
    return any(document.network[n].type in ENLARGING for n in before)


def _enlarged(document: Document, problem: Problem) -> Fix | None:
    """A Resize like behind every smaller map, which takes the size of the largest."""
    known = arriving(document, node_of(document, problem).name)
    ranks = {t.rank for _, t in known}
    if len(known) < 2 or len(ranks) != 1 or not ranks <= {3, 4, 5}:
        return None
    sides = [tuple(d for d in t.dims[2:] if isinstance(d, int)) for _, t in known]
    if len({len(s) for s in sides}) != 1 or not sides[0]:
        return None
    most = tuple(max(column) for column in zip(*sides, strict=True))
    like = next((wire for (wire, _), have in zip(known, sides, strict=True) if have == most), None)
    small = [wire for (wire, _), have in zip(known, sides, strict=True) if have != most]
    if like is None or not small:
        return None
    names: list[str] = []
    edits: list[Batch] = []
    for wire in small:
        new = document.fresh_name("resize_like", names, document.network.group_around(wire.src, wire.dst))
        batch = insert(document, wire, ("resize_like", {}), taken=names)
        edits.append(Batch(batch.label, (*batch.edits, Connect(Wire(like.src, like.out, new, 1)))))
        names.append(new)
    words = f"Enlarge {' and '.join(w.src for w in small)} to the size of {like.src}"
    return Fix(words, _batch(words, edits))


@fixes("concat")
def along_another(document: Document, problem: Problem) -> Iterator[Fix]:
    """Join along the one dimension in which the inputs differ."""
    node = node_of(document, problem)
    known = arriving(document, node.name)
    ranks = {t.rank for _, t in known}
    if len(ranks) != 1:
        return
    for axis in range(1, ranks.pop()):
        if axis != node.params["dim"]:
            what = "the channels" if axis == 1 else f"dimension {axis}"
            yield Fix(f"Join along {what}", SetParams(node.name, {"dim": axis}))


@fixes("concat", rank=55)
def flatten_all(document: Document, problem: Problem) -> Iterator[Fix]:
    """Maps and rows of features meet as rows of features."""
    known = arriving(document, node_of(document, problem).name)
    names: list[str] = []
    edits: list[Batch] = []
    for wire, tensor in known:
        if tensor.rank > 2:
            edits.append(insert(document, wire, ("flatten", {}), taken=names))
            names.append(document.fresh_name("flatten", names, document.network.group_around(wire.src, wire.dst)))
    if edits and any(t.rank == 2 for _, t in known):
        yield Fix("Insert Flatten where there are maps", _batch("Insert Flatten", edits))


@fixes("merge", "concat", rank=90)
def drop_a_branch(document: Document, problem: Problem) -> Iterator[Fix]:
    """With one of two branches, the join can go."""
    node = node_of(document, problem)
    wires = document.network.inputs_of(node.name)
    if len(wires) != 2:
        return
    for keep, gone in ((wires[0], wires[1]), (wires[1], wires[0])):
        readers = document.network.outputs_of(node.name)
        edits: list[Edit] = [*document.removal([node.name]).edits]
        edits += [Connect(Wire(keep.src, keep.out, w.dst, w.slot)) for w in readers]
        if readers and document.network.outputs_of(gone.src) != [gone]:  # else the other branch would hang loose
            yield Fix(f"Remove {node.name} and the wire from {gone.src}", Batch(f"Remove {node.name}", tuple(edits)))


@fixes("same_twice")
def draw_it_once(document: Document, problem: Problem) -> Iterator[Fix]:
    """Leave the second wire out, and the block where nothing is left to join."""
    node, network = node_of(document, problem), document.network
    wires = network.inputs_of(node.name)
    second = network.wire_at(node.name, problem.slot) if problem.slot is not None else None
    if second is None:
        return
    if len(wires) == 2:
        edit = bypass(document, node.name)
        if edit is not None:
            yield Fix(f"Remove {node.name}", edit)
        above = network.inputs_of(second.src)
        if above:
            skip = Wire(above[0].src, above[0].out, second.dst, second.slot)
            yield Fix(f"Draw it from {skip.src}", Batch("Draw a skip", (Disconnect(second), Connect(skip))))
    else:
        yield Fix("Remove the second wire", Disconnect(second))
