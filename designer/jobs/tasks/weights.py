"""Take weights from a file of any known kind into the drawn network and keep them as safetensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from designer.codegen.module import build
from designer.exchange.weights import load_weights
from designer.jobs.specs import ImportWeightsJob
from designer.jobs.work import Job
from designer.train.checkpoint import save_tensors

__all__ = ["import_weights"]

_LISTED = 100


def import_weights(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `progress`, then `result`: ``weights`` (relative to the run folder), ``sentence``, what did not fit."""
    spec = cast(ImportWeightsJob, job.spec)
    module = build(job.program())
    job.progress(None, f"Reading {Path(spec.path).name}")
    match = load_weights(module, Path(spec.path), partial=spec.partial)
    save_tensors(job.folder.weights, module.state_dict(), {"origin": Path(spec.path).name})
    yield job.folder.keep_result(
        {
            "weights": job.folder.weights.name,
            "sentence": match.sentence,
            "matched": len(match.matched),
            "missing": list(match.missing[:_LISTED]),
            "unexpected": list(match.unexpected[:_LISTED]),
            "wrong_shape": [item.name for item in match.wrong_shape[:_LISTED]],
        }
    )
