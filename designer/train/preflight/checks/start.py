"""Is the loss at the start that of one who knows nothing?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from designer.train.objective import Head
from designer.train.preflight.case import Case
from designer.train.preflight.declare import check
from designer.train.preflight.finding import Finding, Repair

__all__: list[str] = []

_BATCHES = 4
_ABOUT, _FAR = 1.35, 3.0  # times the loss of one who knows nothing
_KNOWS = 0.5  # below this share a fresh network knows what it cannot know
_SAME = 1e-6


@dataclass
class _Start:
    loss: float
    guess: float  # the loss of one who knows nothing
    spread: float  # of the logits of a sample
    variety: float  # of the answers to different samples, beside their size


@check("start", "Loss at the start", 60, seconds=2.0, needs=("labels",), causes=("inputs", "outputs", "gradients"))
def start(case: Case) -> Finding:
    """About log(classes), log 2 for each label, or the loss of always saying the mean."""
    found = _measured(case)
    figures = {"loss": found.loss, "guess": found.guess, "spread": found.spread, "variety": found.variety}
    main = case.objective.main
    words = _guess_words(case, found.guess)
    told = f"The loss is {found.loss:.3g}; {words}"
    if not math.isfinite(found.loss):
        return Finding("bad", f"The loss at the start is {found.loss}: no training can go on from there.",
                       figures=figures)  # fmt: skip
    if found.variety < _SAME:
        text = f"The network says the same to every sample (loss {found.loss:.3g}): nothing of them reaches the output."
        return Finding("bad", text, figures=figures)
    ratio = found.loss / max(found.guess, 1e-12)
    spread = f" The logits of a sample spread by {found.spread:.2g}." if main.target != "values" else ""
    if not case.fresh and ratio <= _ABOUT:
        return Finding("good", f"{told}. It starts from trained weights.{spread}", figures=figures)
    if ratio < _KNOWS:
        text = f"{told}. A network with fresh weights cannot know better: does the input contain the answer?"
        return Finding("warning", text, figures=figures)
    if ratio <= _ABOUT:
        return Finding("good", f"{told}.{spread}", figures=figures)
    if main.target == "values":
        text = f"{told}. It first has to learn how large the targets are: scale them to a mean near 0."
        return Finding("warning", text, figures=figures)
    advice = "Such sure answers without knowledge come from large weights or inputs." + spread
    if not case.fresh:
        advice = "The trained weights mislead it on these data: a fresh head learns faster."
    repair = Repair("train", "start", "Start with fresh weights", "fresh") if not case.fresh else None
    return Finding("warning" if ratio <= _FAR else "bad", f"{told}. {advice}", repair, figures=figures)


def _measured(case: Case) -> _Start:
    trial = case.trial(dropout=False)
    losses, guesses, spreads, varieties = [], [], [], []
    with torch.no_grad():
        for number in range(_BATCHES):
            if number and case.over():
                break
            x, target = case.batch(case.few(64), epoch=number)
            parts = trial.said(x, target)
            losses.append(sum(h.weight * float(h.loss(a, t)) for h, a, t in parts))
            guesses.append(sum(h.weight * float(h.loss(_nothing(h, a, t), t)) for h, a, t in parts))
            main = next(a for h, a, _ in parts if h is case.objective.main).float()
            spreads.append(float(main.std(dim=1, correction=0).mean()) if main.dim() > 1 else 0.0)
            size = float(main.abs().mean()) + 1e-12
            varieties.append(float(main.std(dim=0, correction=0).mean()) / size)
    count = len(losses)
    return _Start(*(sum(row) / count for row in (losses, guesses, spreads, varieties)))


def _nothing(head: Head, answers: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """What one would say who knows nothing: all classes alike, or the mean of the targets."""
    if head.target == "values":
        return target.mean(dim=0, keepdim=True).expand_as(target).to(answers.dtype)
    return torch.zeros_like(answers)


def _guess_words(case: Case, guess: float) -> str:
    main = case.objective.main
    if len(case.objective.heads) > 1:
        return f"guessing would give {guess:.3g}, over all outputs together"
    if main.target == "classes":
        classes = case.objective.classes or len(case.data.classes)
        return f"guessing among {classes:,} classes gives log({classes:,}) = {guess:.3g}"
    if main.target == "labels":
        return f"guessing each label gives log(2) = {guess:.3g}"
    return f"always saying the mean gives {guess:.3g}"
