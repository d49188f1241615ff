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


@pytest.mark.parametrize("blocks", [100, 1000])
def test_from_scratch(benchmark: Any, blocks: int) -> None:
    network = residual_network(blocks)
    shapes = benchmark(Shapes, network)
    assert all(s.complete for s in shapes.values() if s.missing == ())


@pytest.mark.parametrize("blocks", [100, 1000])
def test_one_edit(benchmark: Any, blocks: int) -> None:
    document = Document(residual_network(blocks))
    edits = cycle(SetParams(f"b{1 + 4 * (i % (blocks // 4))}", {"bias": i % 2 == 0}) for i in range(997))
    benchmark(lambda: document.do(next(edits)))


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

    edit = median(lambda i: document.do(SetParams(f"b{1 + 4 * i}", {"bias": False})), 100)
    whole = median(lambda _: Document(document.network), 5)
    node, x = document.network["b1"], Tensor((BATCH, 32, 16, 16))
    rule = median(lambda _: infer_block(node, {0: x}), 200)
    print(f"\nmedian edit {edit * 1e3:.2f} ms, from scratch {whole * 1e3:.1f} ms, one rule {rule * 1e6:.0f} µs")
    assert edit < whole / 4
