"""The job that asks a library for its models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from designer.exchange.listing import list_models
from designer.jobs.specs import ListModelsJob
from designer.jobs.work import Job

__all__ = ["list_library"]


def list_library(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `result`: what `exchange.gallery.from_json` reads."""
    spec = cast(ListModelsJob, job.spec)
    job.progress(None, f"Asking {spec.library} for its models")
    yield job.folder.keep_result(list_models(spec.library))
