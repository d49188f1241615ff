"""A torch module that an origin built, as an import: drawn, compared with itself, reported. Imports torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from designer.data.spec import Normalisation
from designer.errors import DataError, UsageError
from designer.exchange.converters.table import Converted
from designer.exchange.imported import End, add_ends, difference, report_of
from designer.exchange.origin import Imported, Request
from designer.exchange.sketch import Sketch, Unfit
from designer.exchange.tracing.record import Untraceable
from designer.exchange.tracing.trace import Traced, trace
from designer.graph.model import Network

__all__ = ["Built", "drawn", "size_words", "weights_of_file"]


def _read_only(outputs: Sequence[str]) -> Mapping[str, End]:
    return {}


def _never(path: str, module: nn.Module) -> Converted | None:
    return None


@dataclass(frozen=True)
class Built:
    """A model in the mode that is to be drawn, with its weights, if it has any.

    ``inputs`` are samples by name, a batch in front, of which size and type count. ``ends`` gives the output blocks
    by the names of the outputs. ``original`` is what the drawing is compared with where that is another module;
    ``weighted`` says whether its numbers were learned, so that they are kept.
    """

    name: str
    source: str
    model: nn.Module
    inputs: Mapping[str, torch.Tensor]
    weighted: bool = False
    ends: Callable[[Sequence[str]], Mapping[str, End]] = _read_only
    opaque: Callable[[str, nn.Module], Converted | None] = _never
    original: nn.Module | None = None
    compare: Sequence[torch.Tensor] | None = None
    normalisation: Normalisation | None = None
    labels: Sequence[str] = ()
    notes: Sequence[str] = ()
    texts: Mapping[str, bytes] = field(default_factory=dict)  # trusted Python that opaque parts come from, by hash
    closed: Mapping[str, str] = field(default_factory=dict)  # parts that shall not be tried, with the reason
    began: float = field(default_factory=time.monotonic)


def drawn(built: Built, request: Request, finish: Callable[[Sketch], None] = lambda sketch: None) -> Imported:
    """The import. ``finish`` may give what was drawn other names. Raises DataError with a sentence."""
    request.progress(0.3, "Drawing its blocks")
    try:
        traced = trace(built.model, built.inputs, built.opaque, built.closed)
        ends = add_ends(traced.sketch, traced.outputs, built.ends(list(traced.outputs)))
        finish(traced.sketch)
    except (Untraceable, Unfit) as error:
        raise DataError(f"{built.name} cannot be drawn: {str(error).rstrip('.')}.") from error
    network, tensors = traced.sketch.network, _counted(traced.sketch.tensors, built.model)
    request.progress(0.6, "Comparing it with the original")
    compare = built.compare if built.compare is not None else _samples(built.inputs)
    original, names = built.original or built.model, list(built.inputs)
    worst = difference(network, tensors, original, compare, ends, built.texts, names)
    counts, kept = _weights(built, request, traced)
    batch = compare[0].shape[0] if compare else 0
    report = report_of(
        network,
        source=built.source,
        opaque=traced.opaque,
        weights=counts,
        worst=worst,
        compared=f"{batch} random sample{'s' * (batch != 1)} in evaluation mode",
        size=list(compare[0].shape[1:]) if compare else (),
        normalisation=built.normalisation,
        renamed=traced.sketch.renamed,
        seconds=time.monotonic() - built.began,
        notes=built.notes,
    )
    return Imported(network, kept, report, built.normalisation, built.name, tuple(built.labels))


def _samples(inputs: Mapping[str, torch.Tensor]) -> list[torch.Tensor]:
    """Two samples of each input, always the same ones; one where they are large."""
    random = torch.Generator().manual_seed(0)
    batch = 2 if all(max(x.shape[1:], default=1) <= 320 for x in inputs.values()) else 1
    found = []
    for x in inputs.values():
        size = (batch, *x.shape[1:])
        if x.dtype.is_floating_point:
            found.append(torch.randn(size, generator=random).to(x.dtype))
        else:
            found.append(torch.randint(0, 2, size, generator=random).to(x.dtype))
    return found


def _counted(tensors: dict[str, torch.Tensor], model: nn.Module) -> dict[str, torch.Tensor]:
    """Counters of batches are seen by no function; they are taken over as the model has them."""
    state = model.state_dict()
    tensors.update({key: state[key] for key in tensors if key.endswith(".num_batches_tracked") and key in state})
    return tensors


def _weights(
    built: Built, request: Request, traced: Traced
) -> tuple[dict[str, int] | None, Mapping[str, torch.Tensor] | None]:
    tensors = traced.sketch.tensors
    if request.weights not in ("default", "none"):
        request.progress(0.8, f"Reading {Path(request.weights).name}")
        return weights_of_file(tensors, Path(request.weights), built.name)
    if not built.weighted:
        return None, _fixed(traced.sketch.network, tensors) or None
    own = len(built.model.state_dict())
    return {"matched": min(own, len(tensors)), "missing": 0, "unexpected": max(0, own - len(tensors))}, tensors


def _fixed(network: Network, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The numbers that belong to the drawing itself, whatever is learned."""
    return {name: tensor for name, tensor in tensors.items() if name in network and network[name].type == "constant"}


def weights_of_file(
    tensors: Mapping[str, torch.Tensor], path: Path, name: str
) -> tuple[dict[str, int], Mapping[str, torch.Tensor]]:
    """How many weights of a local file were matched, and all of the drawing's with those taken. Raises a sentence."""
    from designer.exchange.weights import match_weights, read_weights

    if not path.is_file():
        raise UsageError(
            f"{name} has no weights called “{str(path)[:100]}”, and no such file exists. "
            "Choose default, none, or a file."
        )
    found = read_weights(path)
    match = match_weights(tensors, found)
    if not match.matched:
        raise DataError(f"{path.name} holds the weights of another network: {match.sentence}")
    taken = set(match.matched)
    kept = {key: found[key] if key in taken else tensor for key, tensor in tensors.items()}
    missing = len(match.missing) + len(match.wrong_shape)
    return {"matched": len(taken), "missing": missing, "unexpected": len(match.unexpected)}, kept


def size_words(size: Sequence[int]) -> str:
    """3×224×224."""
    return "×".join(map(str, size))
