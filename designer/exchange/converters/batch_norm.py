"""F.batch_norm on weights and statistics that a module holds: the BatchNorm of that module's path."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from designer.blocks.spec import Value
from designer.exchange.converters.table import Call, bound, function
from designer.exchange.sketch import Ref, Unfit
from designer.exchange.tracing.record import Untraceable

__all__: list[str] = []

_PARTS = ("weight", "bias", "running_mean", "running_var")


@function("batch_norm")
def _batch_norm(call: Call) -> tuple[Ref, ...] | None:
    """The counter of batches starts at 0: a function does not see it."""
    said = bound(nn.functional.batch_norm, call.args, call.kwargs)
    rank = call.tensor(said["input"]).rank
    found = _home(call, said)
    try:
        if found is None or not 2 <= rank <= 5:
            raise Unfit("its numbers are no layer's")
        path, tensors = found
        params: dict[str, Value] = {"eps": said["eps"], "momentum": said["momentum"], "affine": "weight" in tensors}
        tensors["num_batches_tracked"] = torch.tensor(0)
        return call.place(
            f"batch_norm{max(rank - 2, 1)}d", params, [said["input"]], name=path, weights=tensors, given=call.given[:1]
        )
    except Unfit as error:
        if said["training"] and said["running_mean"] is not None:
            # As an Operation it would go on using the statistics of each batch when the model is evaluated.
            raise Untraceable(call.path, f"its batch normalisation cannot be a block ({error})") from error
        return None


def _home(call: Call, said: dict[str, Any]) -> tuple[str, dict[str, torch.Tensor]] | None:
    """The path of the module whose weights and statistics these are, with all of them; None where they are not."""
    paths, tensors = set(), {}
    for part in _PARTS:
        held = call.weight_of(said[part])
        if held is None:
            if said[part] is not None or part.startswith("running"):
                return None
            continue
        path, _, last = held[0].rpartition(".")
        if last != part:
            return None
        paths.add(path)
        tensors[part] = held[1]
    return (paths.pop(), tensors) if len(paths) == 1 and len(tensors) != 3 else None
