"""Where data come in and results leave."""

from __future__ import annotations

from collections.abc import Iterator

from designer.blocks.spec import Value
from designer.errors import EditRefused
from designer.graph.document import Document
from designer.graph.edits import Batch, Connect, Edit, SetMarks
from designer.graph.fixes import Fix, fixes
from designer.graph.infer import infer_block
from designer.graph.mending import bypass, node_of
from designer.graph.model import Wire
from designer.graph.problem import Problem
from designer.graph.used import used_blocks

__all__: list[str] = []

_TRIED = 40  # loose ends that a missing wire is tried from


@fixes("no_output")
def add_output(document: Document, problem: Problem) -> Iterator[Fix]:
    """End the one loose end in an output."""
    network = document.network
    ends = [n for n in network.names() if network[n].outputs and not network.outputs_of(n)]
    if len(ends) != 1:
        return
    end, shape = network[ends[0]], document.shapes[ends[0]].outputs[0]
    width = shape.dims[1] if shape is not None and shape.rank == 2 else None
    for kind, title, key in (
        ("classification_output", "Classification", "classes"),
        ("regression_output", "Regression", "values"),
    ):
        params: dict[str, Value] = {key: width} if isinstance(width, int) else {}
        try:
            new = document.new_block(kind, end.x, end.y + 120, params)
        except EditRefused:
            continue  # one class is none
        edit = Batch("Add output", (new, Connect(Wire(end.name, 0, new.name, 0))))
        yield Fix(f"Add a {title} output", edit)


@fixes("no_input")
def add_input(document: Document, problem: Problem) -> Iterator[Fix]:
    """Start the one block without a source in an Input."""
    network = document.network
    starts = [n for n in network.names() if network[n].block.inputs and not network.inputs_of(n)]
    if len(starts) != 1:
        return
    start = network[starts[0]]
    new = document.new_block("input", start.x, start.y - 120)
    yield Fix("Add an Input", Batch("Add input", (new, Connect(Wire(new.name, 0, start.name, 0)))))


@fixes("missing_input")
def wire_loose_end(document: Document, problem: Problem) -> Iterator[Fix]:
    """Draw the wire from a block that nothing reads yet, the nearest above first."""
    node, network = node_of(document, problem), document.network
    slot = problem.slot or 0
    ends = [n for n in network.names() if network[n].outputs and n != node.name and not network.outputs_of(n)]
    ends.sort(key=lambda n: (network[n].y > node.y, abs(network[n].y - node.y) + abs(network[n].x - node.x)))
    for name in ends[:_TRIED]:
        arriving = document.shapes[name].outputs[0]
        inputs = {**document.shapes.arriving(node.name), slot: arriving}
        if arriving is None or infer_block(node, inputs).error is not None:
            continue
        if document.why_not(name, 0, node.name, slot) is None:
            yield Fix(f"Wire {name} to {node.name}", Connect(Wire(name, 0, node.name, slot)))
            return


@fixes("missing_input")
def wire_from_above(document: Document, problem: Problem) -> Iterator[Fix]:
    """Draw the wire from the block that lies right above, even where others read from it too."""
    node, network = node_of(document, problem), document.network
    if network.inputs_of(node.name):
        return
    above = [n for n in network.nodes.values() if n.outputs and n.y < node.y and n.name != node.name]
    above.sort(key=lambda n: (node.y - n.y) + abs(n.x - node.x))
    for other in above[:1]:
        if document.why_not(other.name, 0, node.name, problem.slot or 0) is None:
            wire = Wire(other.name, 0, node.name, problem.slot or 0)
            yield Fix(f"Wire {other.name} to {node.name}", Connect(wire))


@fixes("missing_input", rank=70)
def leave_it_out(document: Document, problem: Problem) -> Iterator[Fix]:
    """A block that joins needs two; with one it can go."""
    node = node_of(document, problem)
    edit = bypass(document, node.name)
    if edit is not None and document.network.outputs_of(node.name):
        yield Fix(f"Remove {node.name}", edit)


@fixes("missing_input", rank=80)
def delete_unwired(document: Document, problem: Problem) -> Iterator[Fix]:
    """A block that nothing reads from and that reads nothing can go."""
    node = node_of(document, problem)
    if not document.network.wires_of(node.name):
        yield Fix(f"Delete {node.name}", document.removal([node.name]))


@fixes("unused")
def delete_unused(document: Document, problem: Problem) -> Iterator[Fix]:
    """Take away what nothing uses: the block, or its whole branch."""
    if not problem.block:
        return
    network = document.network
    used = used_blocks(network)
    branch = {problem.block} | {n for n in network.downstream([problem.block]) if n not in used}
    grown = {n for n in network.upstream(branch) if n not in used and network.downstream([n]).isdisjoint(used)}
    if len(branch | grown) == 1:
        yield Fix(f"Delete {problem.block}", document.removal([problem.block]))
    else:
        words = f"Delete the branch of {problem.block}, {len(branch | grown)} blocks"
        yield Fix(words, document.removal(branch | grown))


@fixes("all_frozen", "frozen_head")
def thaw(document: Document, problem: Problem) -> Iterator[Fix]:
    """Let it learn."""
    name = node_of(document, problem).name
    yield Fix(f"Unfreeze {name}", Batch(f"Unfreeze {name}", (SetMarks((name,), {"frozen": False}),)))


@fixes("all_frozen", rank=60)
def thaw_all(document: Document, problem: Problem) -> Iterator[Fix]:
    """Let all of them learn."""
    names = tuple(n for n, node in document.network.nodes.items() if node.marks.get("frozen"))
    edit: Edit = Batch("Unfreeze all blocks", (SetMarks(names, {"frozen": False}),))
    if len(names) > 1:
        yield Fix(f"Unfreeze all {len(names)} blocks", edit)
