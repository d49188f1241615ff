"""torchvision's models: classification, segmentation, video; built by torchvision, with its weights or without."""

from __future__ import annotations

import inspect
import time
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

_PREFIX = "torchvision:"
_AUXILIARY = {"googlenet": 0.3, "inception_v3": 0.4}  # as their papers weigh the extra heads
_SEGMENTATION_AUX = 0.5


@dataclass(frozen=True)
class _Facts:
    """What torchvision says of a model and one set of its weights."""

    name: str
    weights: Any  # the member of the weights' enumeration, or None
    best: Any  # the default one, for sizes and names where no weights are wanted

    @property
    def meta(self) -> Mapping[str, Any]:
        chosen = self.weights or self.best
        return chosen.meta if chosen is not None else {}

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.meta.get("categories") or ())

    def sizes(self, size: int | None) -> tuple[int, ...]:
        """Of one sample, channels first."""
        chosen = self.weights or self.best
        transforms = chosen.transforms() if chosen is not None else None
        edge = size or _edge(transforms)
        least = self.meta.get("min_temporal_size")
        frames = (max(int(least), 8),) if least else ()
        return (3, *frames, *((edge, edge) if isinstance(edge, int) else edge))

    def normalisation(self) -> Normalisation | None:
        chosen = self.weights or self.best
        transforms = chosen.transforms() if chosen is not None else None
        mean, std = getattr(transforms, "mean", None), getattr(transforms, "std", None)
        return Normalisation(mean=tuple(mean), std=tuple(std)) if mean and std else None


def _edge(transforms: Any) -> int | tuple[int, ...]:
    size = getattr(transforms, "crop_size", None) or getattr(transforms, "resize_size", None)
    if isinstance(size, list | tuple) and size:
        return int(size[0]) if len(set(size)) == 1 else tuple(int(s) for s in size)
    return int(size) if isinstance(size, int) else 224


def _facts(request: Request) -> _Facts:
    from torchvision.models import get_model_weights, list_models

    name = request.source.removeprefix(_PREFIX)
    known = list_models()
    if name not in known:
        from designer.graph.fuzzy import nearest

        near = nearest(name, known)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise UsageError(f"torchvision has no model called “{name[:80]}”.{hint}")
    choices = get_model_weights(name)
    best = getattr(choices, "DEFAULT", None)
    if request.weights == "default":
        return _Facts(name, best, best)
    by_name = {member.name: member for member in choices}
    return _Facts(name, by_name.get(request.weights), best)


def _built(facts: _Facts, request: Request) -> nn.Module:
    from torchvision.models import get_model_builder

    from designer.exchange.hub import told

    builder = get_model_builder(facts.name)
    options: dict[str, Any] = {"weights": facts.weights}
    if "weights_backbone" in inspect.signature(builder).parameters:
        options["weights_backbone"] = None
    if facts.name in _AUXILIARY:
        options["aux_logits"] = True
        if facts.weights is None:
            options |= {"init_weights": False, "transform_input": request.weights != "none"}
    if facts.weights is None and facts.labels:
        options["num_classes"] = len(facts.labels)
    if request.size is not None and facts.name.startswith("vit"):
        options["image_size"] = request.size
    with told(request.progress, facts.name):
        try:
            model: nn.Module = builder(**options)
        except (ValueError, TypeError) as error:
            raise DataError(f"torchvision could not build {facts.name}: {error}.") from error
    return model


def _ends(facts: _Facts, outputs: Sequence[str]) -> dict[str, End]:
    """The output blocks by the names of what the model gives."""
    kind = type(facts.best).__name__ if facts.best is not None else ""
    dense = set(outputs) >= {"out"} or "segmentation" in getattr(facts.best, "url", "") or kind.startswith("Segm")
    block = "segmentation_output" if dense else "classification_output"
    count = len(facts.labels) or 1000
    names: dict[str, Value] = {"classes": count, "labels": facts.labels}
    weight = _SEGMENTATION_AUX if dense else _AUXILIARY.get(facts.name, 1.0)
    found: dict[str, End] = {}
    for output in outputs:
        side = output not in ("", "logits", "out")
        # Heads run in the order of their names: the auxiliary ones of a mask after it, those of a class before it.
        title = f"segmentation_{output}" if side and dense else f"{output}_output" if side else block.split("_")[0]
        found[output] = (title, block, {**names, "weight": weight} if side else names)
    return found


def _read(request: Request) -> Imported:
    import torch

    from designer.exchange.from_module import Built, drawn
    from designer.exchange.origins._detection import drawable
    from designer.exchange.tracing.closed import closed_part

    began = time.monotonic()
    facts = _facts(request)
    if facts.weights is None and request.weights not in ("default", "none") and not Path(request.weights).is_file():
        raise UsageError(
            f"{facts.name} has no weights called “{request.weights[:100]}”, and no such file exists. "
            "Choose default, none, or a file."
        )
    request.progress(None, f"Building {facts.name}")
    model = _built(facts, request).train()
    size = facts.sizes(request.size)
    detector = drawable(model, size)
    built = Built(
        name=facts.name,
        source=_PREFIX + facts.name,
        model=model if detector is None else detector.model.train(),
        inputs={"input": torch.empty(1, *size, device="meta")} if detector is None else detector.inputs,
        weighted=facts.weights is not None,
        ends=(lambda outputs: _ends(facts, outputs)) if detector is None else (lambda outputs: {}),
        opaque=closed_part("torchvision", facts.name),
        normalisation=facts.normalisation(),
        labels=facts.labels,
        notes=() if detector is None else detector.outside,
        began=began,
    )
    return drawn(built, request)


ORIGIN = Origin(
    name="torchvision",
    title="torchvision",
    help="A model of torchvision by its name: torchvision:resnet18.",
    takes=lambda source: source.startswith(_PREFIX),
    read=_read,
    prefix=_PREFIX,
    order=10,
)
