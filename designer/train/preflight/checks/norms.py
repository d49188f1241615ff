"""Does batch normalisation get enough samples to measure?"""

from __future__ import annotations

import torch

from designer.train.preflight.case import Case
from designer.train.preflight.declare import check
from designer.train.preflight.finding import Finding, Repair

__all__: list[str] = []

_ENOUGH = 8
_USUAL = 32


@check("norms", "Batch normalisation", 30)
def norms(case: Case) -> Finding:
    """More than one sample a batch, where a layer measures its batches."""
    trial = case.trial()
    measuring = [
        name
        for name, layer in trial.module.named_modules()
        if isinstance(layer, torch.nn.modules.batchnorm._BatchNorm) and layer.training
        and not isinstance(layer, torch.nn.modules.instancenorm._InstanceNorm)
    ]  # fmt: skip
    if not measuring:
        return Finding("good", "No layer depends on the other samples of its batch.")
    size = min(case.spec.batch_size, len(case.data.train))
    repair: Repair | None = Repair("train", "batch_size", f"Set the batch size to {_USUAL}", _USUAL)
    if len(case.data.train) < _ENOUGH:
        repair = None  # there are no more
    if size == 1:
        text = "A batch of one sample is normalised to nothing. Use larger batches, or group normalisation."
        return Finding("bad", text, repair, measuring)
    if size < _ENOUGH:
        text = f"{size} samples a batch make noisy means. Use at least {_ENOUGH}, or group normalisation."
        return Finding("warning", text, repair, measuring)
    return Finding("good", f"Each batch of {size:,} samples is enough to measure mean and deviation.")
