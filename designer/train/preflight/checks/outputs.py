"""Do the outputs give what their losses take: logits, not probabilities?"""

from __future__ import annotations

import torch

from designer.train.objective import Head
from designer.train.preflight.case import Case
from designer.train.preflight.declare import check
from designer.train.preflight.finding import Finding, Repair
from designer.train.validate import evaluating

__all__: list[str] = []

_TIMES = (1.0, 30.0, 1000.0)  # the inputs are made so much larger: free numbers do not stay between 0 and 1 then
_NEAR = 1e-3


@check("outputs", "Outputs", 40, seconds=2.0, needs=("labels",))
def outputs(case: Case) -> Finding:
    """No softmax or sigmoid before a loss that applies its own; no ReLU before numbers of either sign."""
    trial = case.trial()
    x, target = case.batch(case.few(16))
    seen: list[list[torch.Tensor]] = []
    with torch.inference_mode(), evaluating(trial.module):
        for times in _TIMES:
            case.heard()
            larger = tuple(part * times for part in x) if isinstance(x, tuple) else x * times
            seen.append([logits.float() for logits in case.objective.answers(trial.answers(larger))])
    for place, head in enumerate(case.objective.heads):
        answers = [row[place] for row in seen]
        if not bool(torch.isfinite(answers[0]).all()):
            who = f"The output “{head.name}”" if len(case.objective.heads) > 1 else "The network"
            return Finding("bad", f"{who} answers with values that are no numbers before it has learned anything.")
        finding = _of_classes(head, answers) if head.target != "values" else _of_values(head, answers, target)
        if finding is not None:
            return finding
    kinds = {head.target for head in case.objective.heads}
    return Finding("good", "Free numbers leave the network." if "values" in kinds else "Logits, as the loss expects.")


def _of_classes(head: Head, answers: list[torch.Tensor]) -> Finding | None:
    within = all(bool(((part >= 0) & (part <= 1)).all()) for part in answers)
    repair = Repair("drawing", "softmax_before_loss", "Take the activation out of the network", head.name)
    if within and head.target == "labels":
        text = (
            f"“{head.name}” gets probabilities, and its loss applies a sigmoid once more: learning would be slow and "
            "never sure. Take the sigmoid out of the network."
        )
        return Finding("bad", text, repair, (head.name,))
    if within and all(_is_one(part.sum(dim=1)) for part in answers):
        text = (
            f"“{head.name}” gets probabilities, and its loss applies a softmax once more: the loss cannot come near 0. "
            "Take the softmax out of the network."
        )
        return Finding("bad", text, repair, (head.name,))
    if all(bool((part >= 0).all()) for part in answers) and _zeros(answers):
        text = (
            f"No answer of “{head.name}” is below 0: a ReLU stands before it, and where that gives 0 nothing is "
            "learned. Take it out."
        )
        repair = Repair("drawing", "activation_before_output", "Take the activation out of the network", head.name)
        return Finding("warning", text, repair, (head.name,))
    return None


def _of_values(head: Head, answers: list[torch.Tensor], target: torch.Tensor) -> Finding | None:
    repair = Repair("drawing", "activation_before_output", "Take the activation out of the network", head.name)
    low, high = float(target.min()), float(target.max())
    for least, most, word in ((0.0, 1.0, "0 and 1"), (-1.0, 1.0, "-1 and 1")):
        if all(bool(((part >= least) & (part <= most)).all()) for part in answers) and (low < least or high > most):
            text = f"All answers of “{head.name}” lie between {word}, but targets reach from {low:.3g} to {high:.3g}."
            return Finding("bad", f"{text} Take the last activation out, or scale the targets.", repair, (head.name,))
    if low < 0 and all(bool((part >= 0).all()) for part in answers) and _zeros(answers):
        text = f"No answer of “{head.name}” is below 0, but targets reach down to {low:.3g}."
        return Finding("bad", f"{text} Take the last activation out of the network.", repair, (head.name,))
    return None


def _is_one(sums: torch.Tensor) -> bool:
    return bool(((sums - 1).abs() < _NEAR).all())


def _zeros(answers: list[torch.Tensor]) -> bool:
    """Whether some answers are cut off at 0."""
    return any(bool((part == 0).any()) for part in answers)
