"""A torch module as a sketch: recorded at two batch sizes; a layer that is no block is looked into, or stays closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from designer.exchange.converters.table import Converted, is_layer
from designer.exchange.sketch import Ref, Sketch
from designer.exchange.tracing.align import align
from designer.exchange.tracing.draw import Drawing, Opaque, Refused
from designer.exchange.tracing.record import Recording, Step, Untraceable, record

__all__ = ["Traced", "trace"]

_BATCHES = (2, 3)
_TRIES = 60  # each one closes or opens one more layer

OpaqueBlock = Callable[[str, nn.Module], "Converted | None"]


@dataclass(frozen=True)
class Traced:
    """The drawing, which output carries what the model gives, by name, and the parts that stay closed."""

    sketch: Sketch
    outputs: Mapping[str, Ref]
    opaque: Sequence[Opaque]


def trace(
    model: nn.Module,
    inputs: Mapping[str, torch.Tensor],
    opaque: OpaqueBlock = lambda path, module: None,
    closed: Mapping[str, str] | None = None,
) -> Traced:
    """Draw a model. ``inputs`` are samples by name, each with a batch in front, of which only size and type count.

    The model is run in the mode that it is in (training mode shows auxiliary heads); it is left as it was. ``opaque``
    gives the block of a part that cannot be drawn, ``closed`` are the parts that shall not be tried, with the reason.
    Raises Untraceable when a part can neither be drawn nor stay closed.
    """
    shut, open_ = dict(closed or {}), set[str]()
    modules = dict(model.named_modules())
    for _ in range(_TRIES):

        def leaf(module: nn.Module, path: str) -> bool:
            return path in shut or (path not in open_ and is_layer(module))

        try:
            first, second = (_recorded(model, inputs, batch, leaf) for batch in _BATCHES)
            drawing = Drawing(align(first, second, _BATCHES), opaque, shut)
            if any(_forgets(step) for step in first.steps):
                drawing.always = _always(model, inputs, leaf)
            outputs = drawing.draw(list(inputs))
            return Traced(drawing.sketch, outputs, drawing.notes)
        except Refused as error:
            shut.update({path: reason for path, reason in error.reasons.items() if path in open_})
            open_.update(error.reasons)
        except Untraceable as error:
            if not error.path or error.path in shut or opaque(error.path, modules[error.path]) is None:
                raise
            shut[error.path] = error.reason
    raise Untraceable("", "too many of its parts cannot be drawn")


def _forgets(step: Step) -> bool:
    return step.kind == "function" and "dropout" in step.name and step.kwargs.get("training", True) is True


def _always(
    model: nn.Module, inputs: Mapping[str, torch.Tensor], leaf: Callable[[nn.Module, str], bool]
) -> frozenset[str]:
    """The modules that call dropout as a function in evaluation mode, too: theirs is no Dropout layer."""
    modes = {module: module.training for module in model.modules()}
    try:
        model.eval()
        steps = _recorded(model, inputs, _BATCHES[0], leaf).steps
    finally:
        for module, mode in modes.items():
            module.training = mode
    return frozenset(step.path for step in steps if _forgets(step))


def _recorded(
    model: nn.Module, inputs: Mapping[str, torch.Tensor], batch: int, leaf: Callable[[nn.Module, str], bool]
) -> Recording:
    given = [torch.empty((batch, *x.shape[1:]), dtype=x.dtype, device="meta") for x in inputs.values()]
    return record(model, given, leaf)
