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
from designer.graph.fixes import fixes_for
from designer.graph.infer import Shapes, infer_block
from designer.graph.model import Network, Wire

STAGE = (("conv2d", {"out_channels": 32}), ("batch_norm2d", {}), ("relu", {}), ("add", {}))


def residual_network(blocks: int) -> Network:
    """Input, then residual stages of convolution, norm, activation and addition, until there are so many blocks."""
    document = Document()
    parts = [("b0", "input", {"size": (32, 16, 16)})]
    parts += [(f"b{i}", t, p) for i, (t, p) in zip(range(1, blocks), cycle(STAGE), strict=False)]
    document.do(Batch("", tuple(AddBlock(n, t, p, 0.0, 124.0 * i) for i, (n, t, p) in enumerate(parts))))
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


@pytest.mark.parametrize(("conv", "share"), [(985, 2.5), (501, 0.8)])
def test_repairs_are_tried_at_the_price_of_an_edit(conv: int, share: float) -> None:
    """A repair is tried on a twin that knows what the document knows: not on a network inferred from scratch.

    In the middle it brings the shapes of half of the network back, which takes its time in either way.
    """
    document = Document(residual_network(1000))
    document.do(SetParams(f"b{conv}", {"out_channels": 16}))  # the addition behind it gets unlike branches
    (problem,) = [p for p in document.problems if p.code == "merge"]

    found = fixes_for(document, problem)
    assert found
    repaired = document.twin()
    repaired.do(found[0].edit)
    jobs: tuple[Any, ...] = (
        lambda: document.twin().do(found[0].edit),
        lambda: fixes_for(document, problem),
        lambda: Document(repaired.network.copy()),
    )
    best = [1e9] * len(jobs)
    for _ in range(15):  # turn about; other programs only ever add to the time
        for which, job in enumerate(jobs):
            start = time.perf_counter()
            job()
            best[which] = min(best[which], time.perf_counter() - start)
    trial, all_of_them, scratch = best
    print(
        f"\n1,000 blocks, repair {'near the end' if conv > 900 else 'in the middle'}: {len(found)} offered in "
        f"{all_of_them * 1e3:.1f} ms, one tried in {trial * 1e3:.1f} ms; from scratch {scratch * 1e3:.1f} ms each, "
        f"{scratch / trial:.0f} times as much"
    )
    assert trial < scratch / share
