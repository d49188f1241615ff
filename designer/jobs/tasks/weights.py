"""Weights from a file of any known kind: look at what it holds, take them into the drawn network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import torch

from designer.codegen.module import build
from designer.errors import ProjectError
from designer.exchange.contents import look
from designer.exchange.mapping.apply import apply_map, weights_of_state
from designer.exchange.mapping.fit import Fit, propose
from designer.exchange.mapping.spec import WeightMap
from designer.exchange.weights import load_weights
from designer.jobs.specs import ImportWeightsJob, LookJob
from designer.jobs.work import Job
from designer.train.checkpoint import save_tensors

__all__ = ["import_weights", "look_at_weights"]

_LISTED = 100


def look_at_weights(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `progress`, then `result`: ``kind``, ``parts`` ([{name, weights}], likeliest first) and ``network``,
    weights as [name, shape, dtype]. No number of the file is kept.
    """
    spec = cast(LookJob, job.spec)
    job.progress(None, f"Reading the names in {Path(spec.path).name}")
    contents = look(Path(spec.path))
    job.progress(None, "Comparing with the network")
    module = build(job.program(), seed=None)
    yield job.folder.keep_result(
        {
            "kind": contents.kind,
            "parts": [{"name": name, "weights": weights} for name, weights in contents.parts.items()],
            "network": weights_of_state(module.state_dict()),
        }
    )


def import_weights(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `progress`, then `result`: ``weights`` (relative to the run folder), ``sentence``, ``warning``, ``map``,
    what did not fit. What the file has not stays as the run's initial weights have it, else as the network starts.
    """
    spec = cast(ImportWeightsJob, job.spec)
    path = Path(spec.path)
    module = build(job.program())
    if job.folder.initial.exists():
        load_weights(module, job.folder.initial, partial=True)
    state = module.state_dict()
    job.progress(None, f"Reading the names in {path.name}")
    fit = _fit(spec, path, state)
    if not spec.partial and not fit.complete:
        raise ProjectError(
            f"The weights in {path} do not fill this network: {fit.sentence} Say where the others come from, or take "
            "what fits and let the rest start anew."
        )
    mapping = fit.to_map(spec.map.part if spec.map is not None else spec.part)
    job.progress(None, f"Reading {path.name}")
    applied = apply_map(state, path, mapping)
    job.progress(None, "Writing the weights")
    save_tensors(job.folder.weights, applied.state, {"origin": path.name})
    yield job.folder.keep_result(
        {
            "weights": job.folder.weights.name,
            "sentence": fit.sentence,
            "warning": applied.warning,
            "not_finite": list(applied.not_finite[:_LISTED]),
            "map": mapping.to_json(),
            "matched": len(mapping.weights),
            "missing": [t for t in fit.network if fit.state(t) in ("missing", "guess")][:_LISTED],
            "unexpected": fit.unused[:_LISTED],
            "wrong_shape": [t for t in fit.network if fit.state(t) == "shape"][:_LISTED],
        }
    )


def _fit(spec: ImportWeightsJob, path: Path, state: Mapping[str, torch.Tensor]) -> Fit:
    """What the spec says goes where, or what the names say."""
    part = spec.map.part if spec.map is not None else spec.part
    network, file = weights_of_state(state), look(path).part(part)
    if spec.map is None:
        fit = propose(network, file)
        if spec.guess:
            fit.accept_guesses()
        return fit
    fit = Fit(network, file)
    fit.use(WeightMap(part=part, weights=spec.map.weights))
    return fit
