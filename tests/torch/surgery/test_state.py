"""The tensors of each layer as told without torch are those of torch."""

from __future__ import annotations

import pytest

from designer.blocks.catalog import catalog
from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.graph.document import Document
from designer.graph.edits import Connect, Edit
from designer.graph.infer import Shapes
from designer.graph.model import Network, Wire
from designer.graph.state import Tensors, state_of

CASES = [
    (kind, number)
    for kind, block in catalog().items()
    if block.layer is not None and block.role == "layer" and not block.measured
    for number in range(len(block.examples))
]


def _alone(kind: str, number: int) -> Network:
    """The block with an Input for each of its inputs."""
    block = catalog()[kind]
    params, shapes = block.examples[number]
    document = Document()
    edits: list[Edit] = [document.new_block(kind, 0.0, 0.0, params)]
    name = edits[0].name  # type: ignore[union-attr]
    for edit in edits:
        document.do(edit)
    for slot, dims in enumerate(shapes):
        given = document.new_block("input", 0.0, 0.0, {"size": dims[1:], "dtype": block.in_dtype})
        document.do(given)
        document.do(Connect(Wire(given.name, 0, name, slot)))
    return document.network


def _told(kind: str, number: int) -> tuple[Network, str, Tensors | None]:
    network = _alone(kind, number)
    (name,) = (name for name, node in network.nodes.items() if node.type == kind)
    return network, name, state_of(network, Shapes(network))[name]


@pytest.mark.parametrize(("kind", "number"), CASES)
def test_names_and_sizes(kind: str, number: int) -> None:
    network, name, told = _told(kind, number)
    if told is None:
        assert Shapes(network)[name].params, "what learns nothing is told"
        return
    module = build(compile_network(network, draft=True), 0)
    found = {key.removeprefix(name).removeprefix("."): tuple(t.shape) for key, t in module.state_dict().items()}
    assert dict(told) == found


def test_most_layers_are_known() -> None:
    open_ones = {kind for kind, number in CASES if _told(kind, number)[2] is None}
    assert len(open_ones) <= 9, sorted(open_ones)
