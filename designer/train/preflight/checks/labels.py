"""Are the targets what the outputs can take, and is every class there?"""

from __future__ import annotations

import torch

from designer.errors import DataError
from designer.train.batches import Split
from designer.train.objective import labels_of
from designer.train.preflight.case import Case, named
from designer.train.preflight.declare import check
from designer.train.preflight.finding import Finding, Repair

__all__: list[str] = []

_RARE = 10.0  # times: from here on a class is rare beside the most frequent one


def _kind(case: Case) -> str:
    """What the main output is trained with: "classes", "labels" or "values"."""
    return case.objective.main.target


@check("labels", "Labels", 10)
def labels(case: Case) -> Finding:
    """In range and finite, every class there."""
    if case.misfit:
        return Finding("bad", case.misfit, Repair("drawing", "data_classes", "Mend the output"))
    case.objective.check(case.data)  # raises the sentence
    kind = _kind(case)
    if kind == "classes":
        return _classes(case)
    for word, split in (("training", case.data.train), ("validation", case.data.validation)):
        _finite(split, word, kind)
    return _labels(case) if kind == "labels" else _values(case)


def _classes(case: Case) -> Finding:
    counts = class_counts(case, case.data.train)
    missing = [_name(case, at) for at, number in enumerate(counts) if not number]
    figures = {"counts": counts}
    if missing:
        text = (
            f"No training sample is of {named(missing)}: {'it' if len(missing) == 1 else 'they'} cannot be learned. "
            "Add samples, or make the output narrower."
        )
        return Finding("warning", text, figures=figures)
    if len(case.data.validation):
        absent = [_name(case, at) for at, n in enumerate(class_counts(case, case.data.validation)) if not n]
        if absent:
            text = f"No validation sample is of {named(absent)}: how well that is learned will not be seen."
            return Finding("warning", f"{text} Keep a larger share for validation.", figures=figures)
    return Finding("good", f"All class numbers are in range, and each of the {len(counts):,} classes is there.",
                   figures=figures)  # fmt: skip


def _finite(split: Split, word: str, kind: str) -> None:
    for part in labels_of(split) if len(split) else ():
        values = part.to(torch.float32)
        if not bool(torch.isfinite(values).all()):
            raise DataError(f"Among the {word} targets are values that are no numbers. Correct the data.")
        if kind == "labels" and not bool(((values == 0) | (values == 1)).all()):
            raise DataError(f"A label is 0 or 1; the {word} targets hold {float(values.max()):g}. Correct the data.")


def _labels(case: Case) -> Finding:
    whole = torch.cat([part.to(torch.float32) for part in labels_of(case.data.train)])
    share = whole.reshape(len(whole), -1).mean(dim=0).tolist()
    same = [_name(case, at) for at, part in enumerate(share) if part in (0.0, 1.0)]
    if same:
        text = f"{named(same)} {'is' if len(same) == 1 else 'are'} the same for all training samples: nothing to learn."
        return Finding("warning", text)
    return Finding("good", f"All labels are 0 or 1, and each of the {len(share):,} occurs both ways.")


def _values(case: Case) -> Finding:
    whole = torch.cat([part.to(torch.float32) for part in labels_of(case.data.train)]).reshape(-1)
    low, high = float(whole.min()), float(whole.max())
    if low == high:
        return Finding("bad", f"The target is {low:g} for all training samples: there is nothing to learn.")
    return Finding("good", f"All targets are numbers, from {low:.4g} to {high:.4g}.")


@check("balance", "Class balance", 11, needs=("labels",))
def balance(case: Case) -> Finding:
    """No class is rare beside the others, or the weights make up for it."""
    if _kind(case) != "classes":
        return Finding("none", "Nothing to compare: the output does not choose one of several classes.")
    counts = [n for n in class_counts(case, case.data.train) if n]
    if len(counts) < 2:
        return Finding("bad", "All training samples are of one class: there is nothing to tell apart.")
    most, fewest = max(counts), min(counts)
    every = class_counts(case, case.data.train)
    rare, frequent = _name(case, every.index(fewest)), _name(case, every.index(most))
    ratio = most / fewest
    figures = {"ratio": ratio}
    if ratio < _RARE:
        words = "about as often as" if ratio < 1.5 else f"{ratio:.1f} times as often as"
        return Finding("good", f"The most frequent class occurs {words} the rarest.", figures=figures)
    told = f"{frequent} occurs {ratio:,.0f} times as often as {rare} ({most:,} and {fewest:,} samples)"
    if case.spec.class_weights == "balanced":
        return Finding("good", f"{told}; class weights make up for it.", figures=figures)
    text = f"{told}: a network that never says {rare} is hardly punished. Weigh the classes."
    repair = Repair("train", "class_weights", "Balance the class weights", "balanced")
    return Finding("warning", text, repair, figures=figures)


def class_counts(case: Case, split: Split) -> list[int]:
    """How many targets of each class a split has."""
    classes = max(case.objective.classes or 0, len(case.data.classes))
    counts = torch.zeros(classes, dtype=torch.int64)
    for part in labels_of(split):
        found = torch.bincount(part.reshape(-1), minlength=classes)
        if len(found) > len(counts):
            counts = torch.nn.functional.pad(counts, (0, len(found) - len(counts)))
        counts += found
    return [int(n) for n in counts.tolist()]


def _name(case: Case, at: int) -> str:
    names = case.data.classes
    return f"“{names[at]}”" if at < len(names) else f"class {at}"
