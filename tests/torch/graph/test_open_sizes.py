"""Shapes with open sizes, filled in, are what torch computes on the meta device."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.blocks.dims import concrete
from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.graph.document import Document
from designer.graph.phrase.chain import chain
from designer.graph.phrase.grammar import parse

NETWORKS = {
    "input 3xHxW | conv 8 k7 s2 p3 | bn | relu | max pool k3 s2 p1 | residual 16 s2 | bottleneck s2": (3, "H", "W"),
    "input 3xHxW | conv 8 k5 s3 p0 | avg pool k3 s2 | inception 16 | dense_block 4": (3, "H", "W"),
    "input 4xHxW | inverted_residual 8 s2 | squeeze_excite r2 | conv transpose 4 k2 s2 | upsample": (4, "H", "W"),
    "input 3xHx33 | conv 4 k3 s2 p1 | max pool k2 | conv 6 k1": (3, "H", 33),
    "input Lx16 | transformer_block h2 | lstm 12 | layer norm | linear 6": ("L", 16),
    "input 4xL | conv1d 8 k5 s2 p2 | relu | max_pool1d | global average pool | linear 3": (4, "L"),
    "input 2xDxHxW | conv3d 4 k3 s2 p1 | max_pool3d | conv3d 4 k1": (2, "D", "H", "W"),
}


@settings(max_examples=8, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("text", NETWORKS)
def test_filled_in_they_are_what_torch_computes(text: str, data: st.DataObject) -> None:
    document = Document()
    document.do(chain(document, parse(text)))
    errors = [p for p in document.problems if p.severity == "error" and p.code != "no_output"]
    assert not errors
    last = document.network.order()[-1]
    (told,) = document.shapes[last].outputs
    assert told is not None
    names = [side for side in NETWORKS[text] if isinstance(side, str)]
    sizes = {name: data.draw(st.integers(24, 90)) for name in names} | {"B": 2}
    module = build(compile_network(document.network, shapes=document.shapes, draft=True)).to("meta").eval()
    x = torch.empty(2, *(sizes[s] if isinstance(s, str) else s for s in NETWORKS[text]), device="meta")
    given_back = module(x)
    assert tuple(given_back.shape) == tuple(concrete(d, sizes) for d in told.dims)
    assert told.at(sizes).dims[1:] == tuple(given_back.shape)[1:]


def test_one_network_learns_from_several_sizes() -> None:
    document = Document()
    text = "input 1xHxW | conv 4 k3 | relu | global average pool | linear 3 | classification output 3"
    document.do(chain(document, parse(text)))
    program = compile_network(document.network, shapes=document.shapes)
    assert program.inputs[0].dims == (None, 1, None, None)
    module = build(program)
    for side in (8, 13):
        loss = torch.nn.functional.cross_entropy(module(torch.randn(3, 1, side, side + 2)), torch.arange(3))
        loss.backward()
    assert all(p.grad is not None for p in module.parameters())
