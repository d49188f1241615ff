"""Measure what comes out of blocks that have no rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from designer.blocks.userclass import declare, from_json
from designer.graph.measured_data import answer_to_json, query_from_json
from designer.jobs.specs import MeasureJob
from designer.jobs.user_code import answers
from designer.jobs.work import Job

__all__ = ["measure_blocks"]


def measure_blocks(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `progress`, then `result`: ``answers``, one for each question, in their order."""
    spec = cast(MeasureJob, job.spec)
    for item in spec.classes:
        declare(from_json(item))
    queries = [query_from_json(item) for item in spec.queries]
    found = answers(queries, lambda done: job.progress(done / len(queries), "Measuring"))
    yield job.folder.keep_result({"answers": [answer_to_json(found[query]) for query in queries]})
