"""Can the network learn a few samples by heart? If not, it will not learn many."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import torch

from designer.train.batches import Inputs
from designer.train.preflight.case import Case, Trial
from designer.train.preflight.declare import check
from designer.train.preflight.finding import Finding

__all__: list[str] = []

_SAMPLES = 16
_RATES = (1e-3, 1e-2, 1e-4)  # one of them suits nearly every network, with Adam
_STEPS = 200
_NEAR_ZERO = 0.05  # of the loss at the start
_FELL, _BARELY = 0.6, 0.9
_FEWEST = 10
_PATIENCE = 60  # steps after which a rate that has done next to nothing is given up


@dataclass
class _Try:
    first: float
    last: float
    steps: int
    learned: bool
    in_time: bool


@check("one_batch", "Learns one batch by heart", 65, seconds=5.0, needs=("labels", "norms", "gradients"),
       causes=("outputs", "inputs"))  # fmt: skip
def one_batch(case: Case) -> Finding:
    """A few hundred steps on the same samples bring the loss to nearly 0; without dropout, mixing and smoothing."""
    size = case.few(_SAMPLES)
    x, target = case.batch(size)
    whole, tries = case.left(), list[_Try]()
    for number, rate in enumerate(_RATES):
        share = whole * (0.6, 0.85, 1.0)[number]
        tries.append(_tried(case, x, target, rate, case.until - whole + share))
        if tries[-1].learned or case.over():
            break
    best = min(tries, key=_left)
    figures = {"first": best.first, "last": best.last, "steps": best.steps, "samples": size}
    told = f"On {size} samples the loss went from {best.first:.3g} to {best.last:.2g} in {best.steps} steps"
    if best.learned:
        return Finding("good", f"{told}.", figures=figures)
    share = _left(best)
    if not math.isfinite(share):
        text = f"On {size} samples the loss became no number in step {best.steps + 1}, at every rate that was tried."
        return Finding("bad", f"{text} Look at the inputs and at blocks that divide or take roots.", figures=figures)
    if not best.in_time and best.steps < _FEWEST:
        return Finding("none", f"{told}; a step takes too long to tell more here.", figures=figures)
    if not best.in_time and share <= _FELL:
        return Finding("good", f"{told}, and was still falling when the time was over.", figures=figures)
    if share <= _BARELY:
        text = f"{told}, but not near 0. Too little may learn, or labels contradict each other."
        return Finding("warning", text, figures=figures)
    text = f"On {size} samples the loss stays at {best.last:.3g} ({best.first:.3g} at first): the network cannot learn."
    return Finding("bad", f"{text} Look at the labels, the outputs and the blocks before them.", figures=figures)


def _left(one: _Try) -> float:
    """The share of the loss that is left."""
    share = one.last / max(one.first, 1e-12)
    return share if math.isfinite(share) else math.inf


def _tried(case: Case, x: Inputs, target: torch.Tensor, rate: float, until: float) -> _Try:
    trial = case.trial(dropout=False)
    groups = [{**group, "lr": rate} for group in trial.learning.groups()]
    for group in groups:
        group.pop("weight_decay", None)
    optimizer = torch.optim.Adam(groups, lr=rate)
    first = value = 0.0
    right = False
    for step in range(_STEPS + 1):
        value, right = _step(trial, x, target, optimizer)
        first = value if step == 0 else first
        if not math.isfinite(value):
            return _Try(first, value, step, False, True)
        if step and value <= _NEAR_ZERO * abs(first):
            return _Try(first, value, step, True, True)
        if step == _PATIENCE and value > _BARELY * first:
            return _Try(first, value, step, False, True)  # another rate may do
        if case.over() or time.monotonic() >= until:
            return _Try(first, value, step, right and value <= _FELL * first, False)
    return _Try(first, value, _STEPS, right and value <= _FELL * first, True)


def _step(trial: Trial, x: Inputs, target: torch.Tensor, optimizer: torch.optim.Optimizer) -> tuple[float, bool]:
    """The loss before a step, and whether all answers are right."""
    said = trial.said(x, target)
    loss = trial.objective.loss(said)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    main = next(one for one in said if one.head is trial.objective.main)
    right = main.head.target == "classes" and bool((main.answers.argmax(dim=1) == main.target).all())
    return float(loss.detach()), right
