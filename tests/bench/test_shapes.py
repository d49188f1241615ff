"""Shape inference, whole and incremental, as figures; run with `uv run pytest tests/bench`."""

from __future__ import annotations

import statistics
import time
from itertools import cycle, pairwise
from typing import Any

import pytest

from designer.blocks.dims import BATCH, Tensor
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Batch, Connect, SetParams
from designer.graph.infer import Shapes, infer_block
from designer.graph.model import Network, Wire

STAGE = (("conv2d", {"out_channels": 32}), ("batch_norm2d", {}), ("relu", {}), ("add", {}))


def residual_network(blocks: int) -> Network:
    """Input, then residual stages of convolution, norm, activation and addition, until there are so many blocks."""
    document = Document()
    parts = [("b0", "input", {"size": (32, 16, 16)})]
    parts += [(f"b{i}", t, p) for i, (t, p) in zip(range(1, blocks), cycle(STAGE), strict=False)]
    document.do(Batch("", tuple(AddBlock(n, t, p) for n, t, p in parts)))
    document.do(Batch("", tuple(Connect(Wire(a[0], 0, b[0], 0)) for a, b in pairwise(parts))))
    skips = list(range(4, blocks, 4))
    document.do(Batch("", tuple(Connect(Wire(f"b{i - 4}", 0, f"b{i}", 1)) for i in skips)))
    return document.network


def narrowed(turn: int, blocks: int) -> SetParams:
    """Convolutions all over the network, each narrowed, which breaks all that follows, and mended in the next turn."""
    conv = 1 + 4 * (turn // 2 * 7 % (blocks // 4))
    return SetParams(f"b{conv}", {"out_channels": 16 + 16 * (turn % 2)})


@pytest.mark.parametrize("blocks", [100, 1000])
def test_from_scratch(benchmark: Any, blocks: int) -> None:
    network = residual_network(blocks)
    shapes = benchmark(Shapes, network)
    assert all(s.complete for s in shapes.values() if s.missing == ())


@pytest.mark.parametrize("blocks", [100, 1000])
def test_one_edit(benchmark: Any, blocks: int) -> None:
    document = Document(residual_network(blocks))
    turns = cycle(range(2 * (blocks // 4)))
    changed = benchmark(lambda: document.do(narrowed(next(turns), blocks)))
    assert len(changed.reshaped) >= 3


@pytest.mark.parametrize("blocks", [100, 1000])
def test_input_size_changed(benchmark: Any, blocks: int) -> None:
    document = Document(residual_network(blocks))
    sizes = cycle([(32, 16, 16), (32, 24, 24)])
    benchmark(lambda: document.do(SetParams("b0", {"size": next(sizes)})))


def test_an_edit_costs_a_fraction_of_the_whole() -> None:
    """The claim behind the figures, as a ratio in one run: an edit at 1,000 blocks looks only at what it changes."""
    document = Document(residual_network(1000))

    def median(job: Any, times: int) -> float:
        spent = []
        for i in range(times):
            start = time.perf_counter()
            job(i)
            spent.append(time.perf_counter() - start)
        return statistics.median(spent)

    local = median(lambda i: document.do(SetParams(f"b{1 + 4 * i}", {"bias": False})), 100)
    edit = median(lambda i: document.do(narrowed(i, 1000)), 400)
    whole = median(lambda _: Document(document.network), 5)
    node, x = document.network["b1"], Tensor((BATCH, 32, 16, 16))
    rule = median(lambda _: infer_block(node, {0: x}), 200)
    words = f"median edit that reshapes half of it {edit * 1e3:.2f} ms, one that reshapes nothing {local * 1e3:.2f} ms"
    print(f"\n{words}, from scratch {whole * 1e3:.1f} ms, one rule {rule * 1e6:.0f} µs")
    assert local < whole / 10
    assert edit < whole
