"""Write trained weights in a foreign format, and prove on real samples that the file computes the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import torch

from designer.codegen.module import build
from designer.codegen.program import Program
from designer.data.open import open_data
from designer.exchange.format import format_named
from designer.exchange.verify import export_and_verify, spread, validation_pairs
from designer.jobs.specs import ExportJob
from designer.jobs.tasks.common import input_dims, kept_normalisation
from designer.jobs.work import Job

__all__ = ["export_network"]

_CALIBRATION = 256  # training samples that a format of whole numbers takes its ranges from


def export_network(job: Job) -> Iterator[Mapping[str, Any]]:
    """Yields `progress`, then `result` with the report: differences, samples, size, path, a sentence."""
    spec = cast(ExportJob, job.spec)
    weights = Path(spec.weights)
    program = job.program()
    normalisation = spec.normalisation or kept_normalisation(weights)
    classes: tuple[str, ...] = ()
    samples: torch.Tensor | tuple[torch.Tensor, ...]
    targets: torch.Tensor | None = None
    calibration: tuple[torch.Tensor, ...] = ()
    if spec.data is None:
        samples = _random_samples(program, spec.samples)
    else:
        data = open_data(spec.data, input_dims(program), job.progress, normalisation=normalisation)
        samples, targets = validation_pairs(data, spec.samples)
        classes, normalisation = data.classes, data.normalisation
        if format_named(spec.format).calibrated:
            calibration = (spread(data.train, _CALIBRATION)[0],)
    report = export_and_verify(
        build(program, None),
        program,
        weights,
        samples,
        spec.format,
        Path(spec.out),
        classes=classes,
        normalisation=normalisation,
        progress=job.progress,
        targets=targets,
        options=spec.options,
        calibration=calibration,
        augment=spec.data.augment if spec.data is not None else (),
    )
    real = spec.data is not None
    yield job.folder.keep_result({**report.to_dict(), "sentence": report.sentence, "real_samples": real})


def _random_samples(program: Program, count: int) -> tuple[torch.Tensor, ...]:
    """Stand-ins where there is no data: normal numbers; 0 for whole numbers, which every embedding has."""
    generator = torch.Generator().manual_seed(0)  # of its own: a training beside this one keeps its random numbers
    found = []
    for info in program.inputs:
        batch = (count,) if info.dims[:1] == (None,) else info.dims[:1]
        shape = tuple(size if size is not None else 8 for size in (*batch, *info.dims[1:]))
        if info.dtype == "float32":
            found.append(torch.randn(shape, generator=generator))
        else:
            found.append(torch.zeros(shape, dtype=getattr(torch, info.dtype)))
    return tuple(found)
