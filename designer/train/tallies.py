"""Sums that metrics are computed from, and the formulas. What is told of batches can be added up; no torch at import.

A tally of classes or labels has four rows, one column for each: how often it was rightly told, told, there, and how
many answers there were. None of this waits for the device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

__all__ = [
    "balanced_accuracy",
    "f1",
    "iou",
    "kappa",
    "matthews",
    "mean_absolute",
    "mean_squared",
    "of_classes",
    "of_labels",
    "of_right",
    "of_top",
    "of_values",
    "precision",
    "r2",
    "recall",
    "right_classes",
    "right_labels",
    "root_mean_squared",
    "sensitivity",
    "share",
    "specificity",
]

# ------------------------------------------------------------------- tallies


def of_classes(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The four rows, for logits [N, C, ...] and class numbers [N, ...] or shares of classes in the logits' shape."""
    import torch

    told, truth = logits.argmax(dim=1).flatten(), _numbers(target).flatten()
    ones, none = torch.ones_like(truth), truth.new_zeros(logits.shape[1])
    there = none.scatter_add(0, truth, ones)  # bincount() would wait for the device
    rows = (none.scatter_add(0, truth, (told == truth).long()), none.scatter_add(0, told, ones), there)
    return torch.stack([*rows, there.sum().expand_as(there)])


def of_labels(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The four rows, for logits [N, L, ...] and 0 or 1 for each."""
    import torch

    told, truth = _columns(logits) > 0, _columns(target) > 0.5
    rows = ((told & truth).sum(0), told.sum(0), truth.sum(0))
    return torch.stack([*rows, torch.full_like(rows[0], len(told))])


def right_classes(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """How many of the largest logits are at the right class. Of shares of classes the largest counts."""
    return (logits.argmax(dim=1) == _numbers(target)).sum()


def right_labels(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """How many labels are rightly told to be there or not."""
    return ((logits > 0) == (target > 0.5)).sum()


def of_right(
    logits: torch.Tensor, target: torch.Tensor, count: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
) -> torch.Tensor:
    """How many answers are right, and how many there are."""
    import torch

    hits = count(logits, target)
    answers = logits.numel() if count is right_labels else logits[:, 0].numel()
    return torch.stack([hits, torch.full_like(hits, answers)])


def of_top(logits: torch.Tensor, target: torch.Tensor, k: int) -> torch.Tensor:
    """How many answers have the right class among the ``k`` largest logits, and how many there are."""
    import torch

    truth = _numbers(target)
    hits = (logits.topk(k, dim=1).indices == truth.unsqueeze(1)).sum()
    return torch.stack([hits, torch.full_like(hits, truth.numel())])


def of_values(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Sums for each number that is told: of ones, errors, their squares, targets and their squares."""
    import torch

    told, truth = _real(_columns(logits)), _real(_columns(target))
    error = told - truth
    return torch.stack([part.sum(0) for part in (torch.ones_like(truth), error.abs(), error**2, truth, truth**2)])


def _numbers(target: torch.Tensor) -> torch.Tensor:
    return target.argmax(dim=1) if target.is_floating_point() else target


def _columns(values: torch.Tensor) -> torch.Tensor:
    """[N, D, ...] as [N and all the rest, D]; [N] as [N, 1]."""
    return values.movedim(1, -1).flatten(0, -2) if values.dim() > 1 else values.unsqueeze(1)


def _real(values: torch.Tensor) -> torch.Tensor:
    return values.float() if values.device.type == "mps" else values.double()  # Metal has no float64


# ------------------------------------------------------------------ formulas


def share(tally: torch.Tensor) -> torch.Tensor:
    """What is right of all answers."""
    hits, answers = _rows(tally)
    return hits / answers


def precision(tally: torch.Tensor) -> torch.Tensor:
    """Of those told to be of a class, how many are; the mean over all classes that are there or were told."""
    right, told, there, _ = _rows(tally)
    return _mean(right / told.clamp(min=1), told + there > 0)


def recall(tally: torch.Tensor) -> torch.Tensor:
    """Of those of a class, how many are told to be; the mean over all classes that are there or were told."""
    right, told, there, _ = _rows(tally)
    return _mean(right / there.clamp(min=1), told + there > 0)


def f1(tally: torch.Tensor) -> torch.Tensor:
    """The harmonic mean of precision and recall of a class; its mean over all that are there or were told."""
    right, told, there, _ = _rows(tally)
    return _mean(2 * right / (told + there).clamp(min=1), told + there > 0)


def iou(tally: torch.Tensor) -> torch.Tensor:
    """What is told and there over what is told or there; its mean over all classes that are there or were told."""
    right, told, there, _ = _rows(tally)
    return _mean(right / (told + there - right).clamp(min=1), told + there > 0)


def balanced_accuracy(tally: torch.Tensor) -> torch.Tensor:
    """The mean recall of the classes that are there."""
    right, _, there, _ = _rows(tally)
    return _mean(right / there.clamp(min=1), there > 0)


def sensitivity(tally: torch.Tensor) -> torch.Tensor:
    """The recall of the last class, or label."""
    right, _, there, _ = _rows(tally[:, -1])
    return right / there


def specificity(tally: torch.Tensor) -> torch.Tensor:
    """Of what is not of the last class, or label, how much is told not to be."""
    right, told, there, answers = _rows(tally[:, -1])
    return (answers - told - there + right) / (answers - there)


def kappa(tally: torch.Tensor) -> torch.Tensor:
    """How far the answers agree with the truth beyond chance, by Cohen."""
    right, told, there, answers = _rows(tally)
    agreed, by_chance = right.sum() / answers[0], (told * there).sum() / answers[0] ** 2
    return (agreed - by_chance) / (1 - by_chance)


def matthews(tally: torch.Tensor) -> torch.Tensor:
    """The correlation of answers and truth; 0 where either is always the same."""
    right, told, there, answers = _rows(tally)
    n = answers[0]
    spread = (n**2 - (told**2).sum()) * (n**2 - (there**2).sum())
    return (right.sum() * n - (told * there).sum()) / spread.sqrt().where(spread > 0, 1.0)


def mean_absolute(tally: torch.Tensor) -> torch.Tensor:
    """The mean of the errors' sizes."""
    return tally[1].sum() / tally[0].sum()


def mean_squared(tally: torch.Tensor) -> torch.Tensor:
    """The mean of the errors' squares."""
    return tally[2].sum() / tally[0].sum()


def root_mean_squared(tally: torch.Tensor) -> torch.Tensor:
    """The root of that, in the targets' own unit."""
    return mean_squared(tally).sqrt()


def r2(tally: torch.Tensor) -> torch.Tensor:
    """The share of the targets' variance that is explained; the mean over the numbers that are told.

    Not a number where the targets are all the same.
    """
    n, _, squared, sums, squares = _rows(tally)
    return (1 - squared / (squares - sums**2 / n).where(squares * n > sums**2, float("nan"))).mean()


def _rows(tally: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return _real(tally).unbind()


def _mean(values: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    return (values * counted).sum() / counted.sum()
