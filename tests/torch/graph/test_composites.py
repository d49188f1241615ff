"""Every ready-made group builds, computes what its shapes say, costs what torch counts, and learns."""

from __future__ import annotations

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.graph.composites import composites
from designer.graph.document import Document
from designer.graph.phrase.chain import chain
from designer.graph.phrase.grammar import parse

KINDS = sorted(composites())
BEFORE = {"transformer_block": ("input 12x32", "flatten | linear 4")}
VALUES = {"residual": "24 s2", "bottleneck": "8 s2 g2", "inverted_residual": "24 s2 e3", "squeeze_excite": "r4",
          "dense_block": "8", "inception": "24", "transformer_block": "h2"}  # fmt: skip


@pytest.mark.parametrize("typed", ["", "values"])
@pytest.mark.parametrize("kind", KINDS)
def test_builds_and_learns(kind: str, typed: str) -> None:
    first, last = BEFORE.get(kind, ("input 16x12x12", "global average pool | linear 4"))
    document = Document()
    step = f"{kind} {VALUES[kind] if typed else ''}"
    document.do(chain(document, parse(f"{first} | {step} | {last} | classification output 4")))
    assert not document.has_errors, document.problems
    module = build(compile_network(document.network, shapes=document.shapes))
    assert sum(p.numel() for p in module.parameters()) == document.totals().params
    torch.manual_seed(0)
    size = (12, 32) if kind == "transformer_block" else (16, 12, 12)
    x, y = torch.randn(8, *size), torch.arange(8) % 4
    x += 2 * torch.randn(4, *(n if i == 0 else 1 for i, n in enumerate(size)))[y]  # each class has a look of its own
    module.train()
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        module(x)
    assert counter.get_total_flops() == 2 * 8 * document.totals().macs
    optimiser = torch.optim.Adam(module.parameters(), 1e-2)
    losses = []
    for _ in range(12):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(module(x), y)
        loss.backward()
        losses.append(loss.item())
        assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in module.parameters())
        optimiser.step()
    assert losses[-1] < 0.9 * losses[0]
