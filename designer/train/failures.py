"""From an exception to a sentence: which block, which batch, what to do."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from designer.errors import BlockFailed, DataError, LayerloomError, NonFiniteLoss, OutOfMemory, TrainError
from designer.train.events import Failed
from designer.train.world import blame_peer

__all__ = ["Blame", "computing", "failed", "memory_error", "out_of_memory"]

Blame = Callable[[BaseException], str | None]
"""Says which block an exception came from; the compiled program knows."""

# What allocators say that raise a plain RuntimeError.
_MEMORY_WORDS = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "could not create a primitive",  # what oneDNN says of memory that it does not get
)


@contextmanager
def computing(blame: Blame | None, batch: int, batch_size: int, device: str) -> Iterator[None]:
    """Turn whatever the network raises within into OutOfMemory or BlockFailed (batch counts from 1)."""
    try:
        yield
    except LayerloomError:
        raise
    except Exception as error:  # a block can run any of torch's operations, and those raise anything
        blame_peer(error)
        if out_of_memory(error):
            # The frames of the failed pass hold its activations: let go of them, so that the weights can be saved.
            traceback.clear_frames(error.__traceback__)
            raise memory_error(device, batch_size) from None
        block = blame(error) if blame is not None else None
        who = f"The block “{block}”" if block else "The network"
        raise BlockFailed(f"{who} failed in batch {batch}: {_first_line(error)}", block) from error


def memory_error(device: str, batch_size: int) -> OutOfMemory:
    """The sentence about memory, with what to do."""
    advice = f"Lower the batch size (now {batch_size}), for example to {batch_size // 2}"
    if batch_size < 2:
        advice = "Use a smaller network"
    return OutOfMemory(f"The memory of {device} is full. {advice}, or choose another device.", device)


def out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ran out."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _MEMORY_WORDS)


def failed(error: LayerloomError, kept: str, batch: int | None, offers: tuple[Mapping[str, Any], ...] = ()) -> Failed:
    """The event that ends a run; ``kept`` is a sentence about the weights, ``batch`` the one under way."""
    block = error.block if isinstance(error, BlockFailed | NonFiniteLoss) else None
    details = error.details if isinstance(error, NonFiniteLoss) else None
    kind = "error"
    if isinstance(error, NonFiniteLoss):
        kind, batch = "non_finite", error.batch or batch
    elif isinstance(error, OutOfMemory):
        kind = "out_of_memory"
    elif isinstance(error, BlockFailed) and block is not None:
        kind = "block"
    elif isinstance(error, DataError):
        kind = "data"
    elif type(error) is TrainError:
        batch = None  # a setting or a file, not a batch
    message = f"{error.message} {kept}".strip()
    return Failed(message=message, block=block, batch=batch, kind=kind, details=details, offers=offers)


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    line = text.splitlines()[0] if text else type(error).__name__
    line = line if len(line) <= 300 else f"{line[:300]}…"
    return line if line.endswith((".", "…")) else f"{line}."
