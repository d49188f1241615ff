"""Receptive fields and activation memory of 1,000 blocks; run with `pytest tests/bench/test_figures.py -s`."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from designer.graph.document import Document
from designer.graph.field import measure_fields
from designer.graph.memory import measure_memory
from designer.graph.report.columns import COLUMNS
from designer.graph.report.rows import make_report
from tests.bench.test_shapes import residual_network


def median(job: Callable[[], object], times: int = 15) -> float:
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        job()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent) * 1000


def test_figures_of_a_thousand_blocks() -> None:
    document = Document(residual_network(1000))
    fields = median(lambda: measure_fields(document.network, document.shapes))
    memory = median(lambda: measure_memory(document.network, document.shapes, {"B": 32}))
    whole = median(lambda: Document(document.network), 5)
    print(f"\n1,000 blocks: receptive fields {fields:.1f} ms, memory {memory:.1f} ms; all shapes anew {whole:.1f} ms")
    assert fields < 40 and memory < 40
    assert fields < 3 * whole and memory < 3 * whole


def test_report_of_a_thousand_blocks() -> None:
    document = Document(residual_network(1000))
    made = median(lambda: make_report(document))
    report = make_report(document)
    told = median(lambda: [column.text(row) for row in report.rows[:40] for column in COLUMNS])
    whole = median(lambda: Document(document.network), 5)
    print(f"\n1,000 blocks: report {made:.1f} ms, words of a screenful {told:.2f} ms; all shapes anew {whole:.1f} ms")
    assert made + told < 100  # 50 promised
    assert made < 5 * whole
