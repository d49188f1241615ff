"""What a file takes and gives where it normalises pictures itself, or answers in chances."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional

from designer.errors import ExportError
from designer.exchange.format import Bundle, Inputs, Outputs

__all__ = ["finished", "larger_pictures", "picture_dims", "raw_pictures", "softmax_slot"]

_LARGER = 32  # what networks halve up to five times still divides


def picture_dims(sample: Sequence[int], channels: int) -> tuple[int, int, int] | None:
    """(C, H, W) of the pictures behind a sample; None when a vector does not tell height and width apart."""
    if len(sample) == 3:
        return (sample[0], sample[1], sample[2])
    if len(sample) == 2:
        return (1, sample[0], sample[1])
    side = round((sample[0] / channels) ** 0.5)
    return (channels, side, side) if channels * side * side == sample[0] else None


def raw_pictures(bundle: Bundle, batch: Inputs) -> Inputs:
    """A normalised batch as the file takes it: pixels from 0 to 1, where the file normalises. Raises ExportError."""
    if not bundle.options.preprocessing:
        return batch
    norm = bundle.normalisation
    dims = None
    if norm is not None and norm.of == "pixels" and len(batch) == 1 and batch[0].is_floating_point():
        dims = picture_dims(tuple(batch[0].shape[1:]), len(norm.mean))
    if norm is None or dims is None:
        raise ExportError(
            "Preprocessing can go into the file only where it is known how pictures were normalised. Choose the data "
            "that the network was trained on, or switch off “Preprocessing inside”."
        )
    mean, std = (torch.tensor(figures).view(1, -1, 1, 1) for figures in (norm.mean, norm.std))
    return ((batch[0].reshape(len(batch[0]), *dims) * std + mean).contiguous(),)


def softmax_slot(bundle: Bundle) -> int:
    """Which output gets a softmax. Raises ExportError where none is a choice of one class."""
    main = bundle.program.main
    if main is None or main.kind not in ("classification", "segmentation"):
        raise ExportError("Only a classification output gives chances. Switch off “Probabilities”.")
    return bundle.program.outputs.index(main)


def finished(bundle: Bundle, outputs: Outputs) -> Outputs:
    """The network's outputs as the file should give them."""
    if not bundle.options.probabilities:
        return outputs
    slot = softmax_slot(bundle)
    return tuple(functional.softmax(t, 1) if n == slot else t for n, t in enumerate(outputs))


def larger_pictures(samples: Inputs) -> list[Inputs]:
    """A few of the samples, enlarged: to prove that height and width are open. Raises ExportError."""
    if len(samples) != 1 or samples[0].ndim != 4:
        raise ExportError("Only a network of one picture can have an open picture size. Switch the option off.")
    few = samples[0][:4]
    height, width = few.shape[2:]
    more = functional.interpolate(few, (height + _LARGER, width + 2 * _LARGER), mode="bilinear")
    return [(more,)]
