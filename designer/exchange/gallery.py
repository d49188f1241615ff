"""The models that can be had with weights: facts to choose by, as their libraries publish them. No torch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from designer.graph.fuzzy import fuzzy, nearest, plain
from designer.resources import resource

__all__ = ["METRICS", "TASKS", "Pretrained", "Wanted", "Weights", "find", "from_json", "gallery"]

TASKS: Mapping[str, str] = {
    "classification": "Classification",
    "segmentation": "Segmentation",
    "detection": "Detection",
    "video": "Video",
    "": "Features",  # a body without a head
}
# What is measured, in words; of several the first one stands for the model.
METRICS: Mapping[str, str] = {
    "acc@1": "top-1 accuracy",
    "miou": "mean IoU",
    "box_map": "box mAP",
    "acc@5": "top-5 accuracy",
    "pixel_acc": "pixel accuracy",
    "mask_map": "mask mAP",
    "kp_map": "keypoint mAP",
}

_UNITS = {"acc@1": "%", "miou": "mIoU", "box_map": "mAP"}
_BEGUN = 3  # letters of "classification" or "torchvision" from which on it is meant


@dataclass(frozen=True)
class Weights:
    """One set of weights of a model. What its library does not say is None or empty."""

    name: str
    url: str = ""
    bytes: int | None = None
    params: int | None = None
    macs: int | None = None
    measured_on: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    classes: int = 0
    input: tuple[int, int] | None = None  # height and width of the picture that it was measured with
    least: tuple[int, int] = (1, 1)
    frames: int | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    recipe: str | None = None
    licence: str | None = None
    licence_page: str | None = None
    note: str = ""

    @property
    def score(self) -> tuple[str, float] | None:
        """The figure that stands for it: its key in `METRICS`, and the value."""
        return next(((key, self.metrics[key]) for key in METRICS if key in self.metrics), None)

    @property
    def score_words(self) -> str:
        """That figure as people write it: 80.9 %, 66.4 mIoU; empty where none is known."""
        score = self.score
        return "" if score is None else f"{score[1]:.1f} {_UNITS.get(score[0], METRICS[score[0]])}"


@dataclass(frozen=True)
class Pretrained:
    """A model of a library; its first weights are the ones that the library takes by itself."""

    library: str
    name: str
    title: str
    family: str
    task: str
    weights: tuple[Weights, ...]
    page: str = ""
    licence: str = ""  # of the library's code

    @property
    def source(self) -> str:
        """What an import is asked for."""
        return f"{self.library}:{self.name}"

    @property
    def best(self) -> Weights:
        """The weights that the library takes by itself."""
        return self.weights[0]

    @property
    def words(self) -> str:
        """What it is found by, wherever the letters stand."""
        return f"{self.title} {self.name} {self.family}"

    @property
    def kinds(self) -> tuple[str, str]:
        """What it is found by from the first letter on."""
        return TASKS.get(self.task, "").lower(), self.library.lower()


@dataclass(frozen=True)
class Wanted:
    """What a person looks for; what is left as it is holds for all."""

    text: str = ""
    task: str | None = None
    family: str | None = None
    library: str | None = None
    most_params: int | None = None
    input: tuple[int, int] | None = None  # the longer side of the picture, from and to


@cache
def gallery() -> tuple[Pretrained, ...]:
    """The models that are known without asking a library, in the order of their titles."""
    found = []
    for path in sorted(resource("pretrained").glob("*.json")):
        found += from_json(json.loads(path.read_text(encoding="utf-8")))
    return tuple(sorted(found, key=lambda m: (list(TASKS).index(m.task), m.family.casefold(), _size(m))))


def from_json(data: Mapping[str, Any]) -> list[Pretrained]:
    """The models of one library, from what its list says. Raises KeyError, TypeError or ValueError for no list."""
    library, licence = str(data["library"]), str(data.get("licence") or "")
    return [_model(item, library, licence) for item in data["models"]]


def _model(item: Mapping[str, Any], library: str, licence: str) -> Pretrained:
    weights = tuple(_weights(one) for one in item["weights"])
    if not weights:
        raise ValueError(f"{item['name']} has no weights")
    task = item["task"] if item["task"] in TASKS else ""
    return Pretrained(
        library, item["name"], item["title"], item["family"], task, weights, item.get("page") or "", licence
    )


def _weights(item: Mapping[str, Any]) -> Weights:
    tuples = {
        key: tuple(item[key]) for key in ("input", "least", "mean", "std") if isinstance(item.get(key), list | tuple)
    }
    return Weights(**{key: value for key, value in {**item, **tuples}.items() if value is not None})


def find(models: Iterable[Pretrained], wanted: Wanted) -> list[Pretrained]:
    """The models that answer to all of it, in their order; where letters were mistyped, the likeliest first."""
    fitting = [model for model in models if _fits(model, wanted)]
    words = [word for word in (plain(w) for w in wanted.text.split()) if word]
    if not words:
        return fitting
    exact = [model for model in fitting if _has(model, words)]
    return exact or _likely(fitting, wanted.text)


@cache
def _plain_words(words: str) -> str:
    return plain(words)


def _has(model: Pretrained, words: Sequence[str]) -> bool:
    seen = _plain_words(model.words)
    return all(
        word in seen or (len(word) >= _BEGUN and any(kind.startswith(word) for kind in model.kinds)) for word in words
    )


def _likely(models: Sequence[Pretrained], text: str) -> list[Pretrained]:
    """Those whose title or name has the letters in order, most of them at the starts of words or beside each other."""
    least = 2.2 * len(plain(text))
    scored = []
    for i, model in enumerate(models):
        matches = [m for m in (fuzzy(text, model.title), fuzzy(text, model.name)) if m is not None]
        points = max((m.points for m in matches), default=0.0)
        if points >= least:
            scored.append((-points, i, model))
    if scored:
        return [model for _, _, model in sorted(scored)]
    named = {model.name: model for model in models}
    return [named[name] for name in nearest(text, named, most=8)]


def _fits(model: Pretrained, wanted: Wanted) -> bool:
    best = model.best
    for value, want in ((model.task, wanted.task), (model.family, wanted.family), (model.library, wanted.library)):
        if want is not None and value != want:
            return False
    if wanted.most_params is not None and (best.params is None or best.params >= wanted.most_params):
        return False
    if wanted.input is not None:
        low, high = wanted.input
        return best.input is not None and low <= max(best.input) <= high
    return True


def _size(model: Pretrained) -> int:
    return model.best.params or 0
