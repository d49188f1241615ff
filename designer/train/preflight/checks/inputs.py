"""Are the numbers that enter the network of a size that it can work with?"""

from __future__ import annotations

import torch

from designer.train.preflight.case import Case
from designer.train.preflight.declare import check
from designer.train.preflight.finding import Finding, Repair

__all__: list[str] = []

_SAMPLES, _NUMBERS = 256, 4_000_000  # that are looked at
_FAR, _VERY_FAR = 1.5, 10.0  # a mean so far from 0
_SMALL, _LARGE, _VERY_LARGE = 0.2, 4.0, 20.0  # deviations


@check("inputs", "Inputs", 20, seconds=2.0)
def inputs(case: Case) -> Finding:
    """Mean near 0 and deviation near 1, no value that is no number."""
    one, _ = case.batch(1)
    size = sum(part.numel() for part in one) if isinstance(one, tuple) else one.numel()
    x, _ = case.batch(max(8, min(_SAMPLES, _NUMBERS // max(1, size))))
    parts = x if isinstance(x, tuple) else (x,)
    found = [(_measured(part)) for part in parts]
    for finite, mean, std in found:
        figures = {"mean": mean, "std": std}
        told = f"The inputs have the mean {mean:.3g} and the deviation {std:.3g}"
        if not finite:
            return Finding("bad", "Among the inputs are values that are no numbers. Correct the data.", figures=figures)
        if std == 0.0:
            return Finding("bad", "All inputs are the same number: the network is shown nothing.", figures=figures)
        advice = "Normalise them: usual are a mean near 0 and a deviation near 1."
        repair = None
        if not case.fresh:
            advice = "They are normalised as those were that the weights learned from. Are these data of that kind?"
            repair = Repair("train", "start", "Start with fresh weights", "fresh")
        if abs(mean) > _VERY_FAR or std > _VERY_LARGE or std < _SMALL / 20:
            return Finding("bad", f"{told}. {advice}", repair, figures=figures)
        if abs(mean) > _FAR or not _SMALL <= std <= _LARGE:
            return Finding("warning", f"{told}. {advice}", repair, figures=figures)
    _, mean, std = found[0]
    return Finding("good", f"Normalised: mean {mean:.2f}, deviation {std:.2f}.", figures={"mean": mean, "std": std})


def _measured(x: torch.Tensor) -> tuple[bool, float, float]:
    numbers = x.to(torch.float32)
    finite = bool(torch.isfinite(numbers).all())
    if not finite:
        numbers = numbers[torch.isfinite(numbers)]
    if not numbers.numel():
        return False, 0.0, 0.0
    std, mean = torch.std_mean(numbers, correction=0)
    return finite, float(mean) + 0.0, float(std)
