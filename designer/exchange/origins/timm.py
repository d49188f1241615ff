"""timm's models, where timm is installed: built by it with its config, with its weights or without."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from designer.blocks.spec import Value
from designer.data.spec import Normalisation
from designer.errors import DataError, UsageError
from designer.exchange.origin import Imported, Origin, Request

if TYPE_CHECKING:
    from torch import nn

    from designer.exchange.imported import End

__all__ = ["ORIGIN"]

_PREFIX = "timm:"
_MOST_LABELS = 1000  # of larger sets timm knows words of a dictionary, not names to show


@dataclass(frozen=True)
class _Facts:
    """What timm says of a model and one set of its weights (``tag``; empty: its first one)."""

    name: str
    tag: str
    config: Mapping[str, Any]

    @property
    def full(self) -> str:
        return f"{self.name}.{self.tag}" if self.tag else self.name

    @property
    def has_weights(self) -> bool:
        return any(self.config.get(key) for key in ("url", "file", "hf_hub_id"))

    def sizes(self, size: int | None) -> tuple[int, ...]:
        """Of one sample, channels first."""
        channels, *edges = (int(side) for side in self.config.get("input_size") or (3, 224, 224))
        return (channels, size, size) if size is not None else (channels, *edges)

    def normalisation(self) -> Normalisation | None:
        mean, std = self.config.get("mean"), self.config.get("std")
        return Normalisation(mean=tuple(mean), std=tuple(std)) if mean and std else None


def _timm() -> Any:
    try:
        import timm
    except ImportError as error:
        raise UsageError("timm is not installed. Add it with `pip install timm` and start Layerloom again.") from error
    return timm


def _facts(request: Request) -> _Facts:
    timm = _timm()
    name, _, tag = request.source.removeprefix(_PREFIX).partition(".")
    known = timm.list_models(include_tags=False)
    if not re.fullmatch(r"\w+", name) or name not in known:
        from designer.graph.fuzzy import nearest

        near = nearest(name, known)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise UsageError(f"timm has no model called “{name[:80]}”.{hint}")
    tags = [full.partition(".")[2] for full in timm.list_pretrained(f"{name}.*")]
    tag = tag or (request.weights if request.weights in tags else "")
    if tag and tag not in tags:
        choice = f"Choose one of {', '.join(tags)}." if tags else "It has none."
        raise UsageError(f"timm has no weights “{tag[:80]}” for {name}. {choice}")
    config = timm.get_pretrained_cfg(f"{name}.{tag}" if tag else name)
    return _Facts(name, tag, config.to_dict() if config is not None else {})


def _wants_weights(facts: _Facts, request: Request) -> bool:
    """Whether timm's own weights are asked for, rather than a file's or none."""
    if request.weights not in ("default", facts.tag):
        return False
    if not facts.has_weights:
        raise DataError(f"timm has no weights for {facts.full}. Open it without weights, or use a local file.")
    return True


def _built(facts: _Facts, request: Request, weighted: bool) -> nn.Module:
    from timm.models import _hub as downloads

    from designer.exchange.hub import told
    from designer.exchange.hugging import told_of_hub

    timm = _timm()
    options: dict[str, Any] = {}
    if request.size is not None and facts.config.get("fixed_input_size"):
        options["img_size"] = request.size
    with told(request.progress, facts.full), told_of_hub(downloads, request.progress, facts.full):
        try:
            model: nn.Module = timm.create_model(facts.full, pretrained=weighted, **options)
        except (TypeError, AssertionError, ZeroDivisionError) as error:
            size = f" for {request.size}×{request.size} pixels" if request.size is not None else ""
            raise DataError(f"timm could not build {facts.full}{size}: {str(error)[:200]}.") from error
    return model


def _labels(facts: _Facts) -> tuple[str, ...]:
    """The names of the classes, where timm knows them: one word or two for each."""
    from timm.data import ImageNetInfo, infer_imagenet_subset

    count = int(facts.config.get("num_classes") or 0)
    given = facts.config.get("label_names")
    if isinstance(given, Sequence) and len(given) == count:
        return _different(str(label) for label in given)
    subset = infer_imagenet_subset(dict(facts.config)) if 0 < count <= _MOST_LABELS else None
    if subset is None:
        return ()
    info = ImageNetInfo(subset)
    return _different(info.index_to_description(number, detailed=False).partition(",")[0] for number in range(count))


def _different(labels: Any) -> tuple[str, ...]:
    """Two classes may go by one word (a crane is a bird and a machine); the later ones get a number."""
    seen: dict[str, int] = {}
    found = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label} {seen[label]}")
    return tuple(found)


def _ends(facts: _Facts, labels: Sequence[str], outputs: Sequence[str]) -> dict[str, End]:
    count = int(facts.config.get("num_classes") or 0)
    if not count or len(outputs) != 1:
        return {}
    params: dict[str, Value] = {"classes": count, "labels": tuple(labels)}
    return {outputs[0]: ("classification", "classification_output", params)}


def _read(request: Request) -> Imported:
    import torch

    from designer.exchange.from_module import Built, drawn

    facts = _facts(request)
    weighted = _wants_weights(facts, request)
    if not weighted and request.weights != "none" and not Path(request.weights).is_file():
        raise UsageError(
            f"{facts.name} has no weights called “{request.weights[:100]}”, and no such file exists. "
            "Choose default, none, or a file."
        )
    request.progress(None, f"Building {facts.full}")
    model = _built(facts, request, weighted).train()
    labels = _labels(facts)
    built = Built(
        name=facts.full,
        source=_PREFIX + facts.full,
        model=model,
        inputs={"input": torch.empty(2, *facts.sizes(request.size), device="meta")},
        weighted=weighted,
        ends=lambda outputs: _ends(facts, labels, outputs),
        normalisation=facts.normalisation(),
        labels=labels,
        notes=_notes(facts),
    )
    try:
        return drawn(built, request)
    except DataError as error:
        if request.size is None:
            raise
        raise DataError(f"{error.message} Its own size is {facts.sizes(None)[-1]}; try that one.") from error


def _notes(facts: _Facts) -> list[str]:
    """How its pictures are prepared, where that is said: the edge that is cut out, and how they are made smaller."""
    crop, way = facts.config.get("crop_pct"), facts.config.get("interpolation")
    if not crop or not way:
        return []
    return [f"Its pictures are scaled by {way} interpolation, and the middle {float(crop):.1%} of their edge is used."]


ORIGIN = Origin(
    name="timm",
    title="timm",
    help="One of timm, where it is installed: timm:mobilenetv3_small_100.",
    takes=lambda source: source.startswith(_PREFIX),
    read=_read,
    prefix=_PREFIX,
    order=20,
)
