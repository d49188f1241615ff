"""What the gallery says about models, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from designer.exchange.gallery import METRICS, TASKS, Pretrained, Weights
from designer.ui.words import count, in_bytes, short

__all__ = [
    "COLUMNS",
    "Column",
    "fact_rows",
    "license_words",
    "note_words",
    "size_words",
    "summary",
    "tiles",
]

_SETS = {"COCO-val2017-VOC-labels": "COCO with the labels of Pascal VOC", "COCO-val2017": "COCO", "": "other pictures"}


@dataclass(frozen=True)
class Column:
    """A column of the gallery's table. ``drop``: the narrower the window, the more columns with high numbers go."""

    key: str
    title: str
    tip: str
    text: Callable[[Pretrained], str]
    value: Callable[[Pretrained], float | str | None]
    width: int
    drop: int = 0
    right: bool = True
    down: bool = False  # the first click on the heading shows the largest first


def size_words(weights: Weights) -> str:
    """The input's picture: 224×224."""
    return "any" if weights.input is None else f"{weights.input[0]}×{weights.input[1]}"


def _score(model: Pretrained) -> float | None:
    return model.best.score[1] if model.best.score else None


def _some(value: int | None, words: Callable[[int], str]) -> str:
    return "–" if value is None else words(value)


COLUMNS: Sequence[Column] = (
    Column("title", "Model", "Its usual name", lambda m: m.title, lambda m: m.title, 0, right=False),
    Column("params", "Parameters", "How many numbers are learned", lambda m: _some(m.best.params, short),
           lambda m: m.best.params, 92, 1),
    Column("macs", "Multiply-adds", "For one input of the size that it was measured with",
           lambda m: _some(m.best.macs, short), lambda m: m.best.macs, 104, 3),
    Column("score", "Accuracy", "As published: top-1 accuracy, mean IoU or box mAP, by the kind of task",
           lambda m: m.best.score_words or "–", _score, 92, 1, down=True),
    Column("input", "Input", "Height and width of the pictures that it was measured with",
           lambda m: size_words(m.best), lambda m: float(max(m.best.input)) if m.best.input else None, 92, 2),
    Column("bytes", "Weights", "Size of the file with the weights", lambda m: _some(m.best.bytes, in_bytes),
           lambda m: m.best.bytes, 84, 4),
)  # fmt: skip


def tiles(weights: Weights) -> list[tuple[str, str]]:
    """The three figures at the top of the details."""
    score = weights.score
    found = [
        ("Parameters", _some(weights.params, short)),
        ("Multiply-adds", _some(weights.macs, short)),
        (METRICS[score[0]].capitalize() if score else "Accuracy", weights.score_words or "–"),
    ]
    return [pair for pair in found if pair[1] != "–"]


def summary(model: Pretrained) -> str:
    """One line below a title."""
    parts = [TASKS[model.task].lower() if model.task else "features without a head", model.library]
    return f"{model.family} · " + " · ".join(parts)


def fact_rows(model: Pretrained, weights: Weights) -> list[tuple[str, str]]:
    """All that is known, in rows of a name and a value."""
    rows = []
    if weights.params is not None:
        rows.append(("Parameters", count(weights.params)))
    if weights.macs is not None:
        at = f" at {size_words(weights)}" if weights.input else ""
        rows.append(("Multiply-adds", short(weights.macs) + at))
    for key, value in weights.metrics.items():
        rows.append((METRICS.get(key, key).capitalize(), f"{value:.2f}" + (" %" if "acc" in key else "")))
    if weights.measured_on:
        rows.append(("Measured on", _SETS.get(weights.measured_on, weights.measured_on)))
    rows.append(("Input", _input_words(model, weights)))
    if weights.classes:
        rows.append(("Classes", count(weights.classes)))
    if weights.mean and weights.std:
        rows.append(("Normalisation", f"mean {_list(weights.mean)}\ndeviation {_list(weights.std)}"))
    if weights.url:
        rows.append(("Weights from", urlsplit(weights.url).netloc))
    if weights.bytes is not None:
        rows.append(("Download", in_bytes(weights.bytes)))
    rows.append(("Licence", license_words(model, weights)))
    return rows


def license_words(model: Pretrained, weights: Weights) -> str:
    """What is known of the licences of code and weights, in a few words."""
    if weights.licence:
        of_weights = f"weights {weights.licence}"
    elif weights.licence_page:
        of_weights = "weights: their own, see below"
    else:
        of_weights = "weights: none stated"
    return f"code {model.licence}\n{of_weights}" if model.licence else of_weights


def note_words(weights: Weights) -> str:
    """What the library says of the weights, and whose pictures they have seen."""
    seen = f"Pictures of {_data(weights)} have terms of use of their own." if _data(weights) else ""
    return " ".join(part for part in (weights.note, seen) if part)


def _data(weights: Weights) -> str:
    return weights.measured_on.partition("-val")[0].removesuffix("-1K")


def _input_words(model: Pretrained, weights: Weights) -> str:
    if weights.input is None:
        return "3 channels, pictures of any size" if model.task == "detection" else "not stated"
    words = f"3 channels, {size_words(weights)}"
    if model.task == "video" and weights.frames and weights.frames > 1:
        return f"{words}, {weights.frames} frames or more"
    return words


def _list(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.4g}" for value in values)
