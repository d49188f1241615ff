"""Measure what comes out of blocks that have no rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from designer.blocks.userclass import declare, from_json
from designer.graph.measured import keep
from designer.graph.measured_data import answer_to_json, answers_to_json, query_from_json
from designer.graph.reading import network_from_json
from designer.jobs.specs import MeasureJob
from designer.jobs.user_code import answers, measured_in
from designer.jobs.work import Job

__all__ = ["measure_blocks"]


def measure_blocks(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `progress`, then `result`: ``answers``, one for each question, in their order.

    Of a whole network also ``all``: the questions that follow from those answers, with theirs.
    """
    spec = cast(MeasureJob, job.spec)
    for item in spec.classes:
        declare(from_json(item))
    queries = [query_from_json(item) for item in spec.queries]
    found = answers(queries, lambda done: job.progress(done / len(queries), "Measuring"))
    result: dict[str, Any] = {"answers": [answer_to_json(found[query]) for query in queries]}
    if spec.network is not None:
        keep(found)
        job.progress(None, "Measuring what follows")
        result["all"] = answers_to_json(measured_in(network_from_json(spec.network)))
    yield job.folder.keep_result(result)
