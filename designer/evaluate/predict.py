"""Running a trained network over a split."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from designer.errors import BlockFailed, DataError, LayerloomError, OutOfMemory

__all__ = ["Blame", "Cancelled", "LossFunction", "Predictions", "Progress", "Samples", "predict"]

Floats = npt.NDArray[np.float32]
LossFunction = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""f(output, target) -> mean over the batch, a scalar."""
Progress = Callable[[int, int], None]
"""Called with the samples done and the samples in all."""
Blame = Callable[[BaseException], str | None]
"""Says which block an exception came from; the compiled program knows."""

# What allocators say that raise a plain RuntimeError.
_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")


class Cancelled(LayerloomError):
    """The work was cancelled by a person."""


class Samples(Protocol):
    """What can be asked for in batches."""

    def __len__(self) -> int: ...

    def batch(self, indices: slice, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs [N, ...] and targets [N, ...] on ``device``."""
        ...


@dataclass(frozen=True)
class Predictions:
    """What the network says to every sample, in the split's order.

    ``outputs``: float32 [N, C] logits, or [N, ...] values of a regression. ``targets``: int64 [N], or floats of
    the outputs' shape. ``loss``: the mean over all samples, None when no loss function was given.
    """

    outputs: Floats
    targets: npt.NDArray[np.int64] | Floats
    loss: float | None

    def __len__(self) -> int:
        return len(self.outputs)

    def probabilities(self) -> Floats:
        """Softmax of the logits: float32 [N, C], rows sum to 1."""
        shifted = self.outputs - self.outputs.max(axis=1, keepdims=True)
        exponents = np.exp(shifted)
        result: Floats = exponents / exponents.sum(axis=1, keepdims=True)
        return result

    def classes(self) -> npt.NDArray[np.int64]:
        """The class of the largest logit: int64 [N]."""
        chosen: npt.NDArray[np.int64] = self.outputs.argmax(axis=1)
        return chosen


def predict(
    module: torch.nn.Module,
    samples: Samples,
    *,
    loss: LossFunction | None = None,
    output: int = 0,
    batch_size: int = 256,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    regression: bool = False,
    blame: Blame | None = None,
) -> Predictions:
    """Run ``module`` over all samples in evaluation mode; it moves to ``device`` and keeps its own mode.

    ``output`` chooses one of several outputs, ``regression`` takes integer targets as numbers. ``cancelled`` is
    asked before each batch. Raises DataError for no samples or an output that is not finite, BlockFailed (``blame``
    names the block), OutOfMemory and Cancelled.
    """
    total = len(samples)
    if total == 0:
        raise DataError("There are no samples to evaluate. Choose a data set with a validation part.")
    device = torch.device(device)
    module.to(device)
    outputs: list[torch.Tensor] = []
    targets: list[torch.Tensor] = []
    losses: list[tuple[torch.Tensor, int]] = []
    modes = [(layer, layer.training) for layer in module.modules()]
    module.eval()
    try:
        for start in range(0, total, batch_size):
            if cancelled is not None and cancelled():
                raise Cancelled("The evaluation was cancelled.")
            stop = min(start + batch_size, total)
            x, target = samples.batch(slice(start, stop), device)
            with torch.inference_mode(), _failures_explained(blame, str(device), batch_size):
                result = _one(module(x), output)
                if regression or target.is_floating_point():
                    target = _shaped(target.to(result.dtype), result)
                if loss is not None:
                    losses.append((loss(result, target), stop - start))
            outputs.append(result.float().cpu())
            targets.append(target.cpu())
            if progress is not None:
                progress(stop, total)
    finally:
        for layer, training in modes:
            layer.training = training
    values = torch.cat(outputs).numpy()
    if not np.isfinite(values).all():
        raise DataError("The network's output is NaN or infinite. Train it again with a lower learning rate.")
    mean = sum(float(part) * size for part, size in losses) / total if losses else None
    return Predictions(values, torch.cat(targets).numpy(), mean)


@contextmanager
def _failures_explained(blame: Blame | None, device: str, batch_size: int) -> Iterator[None]:
    try:
        yield
    except LayerloomError:
        raise
    except Exception as error:  # a block can run any of torch's operations, and those raise anything
        told = isinstance(error, RuntimeError) and any(words in str(error) for words in _MEMORY_WORDS)
        if told or isinstance(error, MemoryError | torch.OutOfMemoryError):
            raise OutOfMemory(
                f"The memory of {device} is full. Evaluate with a batch size below {batch_size}, or on another device.",
                device,
            ) from None
        block = blame(error) if blame is not None else None
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
        who = f"The block “{block}”" if block else "The network"
        raise BlockFailed(f"{who} failed on these data: {reason}", block) from error


def _one(result: torch.Tensor | Sequence[torch.Tensor], output: int) -> torch.Tensor:
    return result if isinstance(result, torch.Tensor) else result[output]


def _shaped(target: torch.Tensor, result: torch.Tensor) -> torch.Tensor:
    """Floats in the shape of the output, for a loss would broadcast in silence."""
    if target.shape != result.shape and (target.numel() != result.numel() or len(target) != len(result)):
        raise DataError(
            f"The network gives values of shape {tuple(result.shape)}, but the targets have shape "
            f"{tuple(target.shape)}. Make the last layer as wide as the target."
        )
    return target.reshape(result.shape)
