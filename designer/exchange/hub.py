"""The libraries' own downloads, with progress, a stop that works at once, and one sentence where there is no way."""

from __future__ import annotations

import http.client
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from designer.errors import DataError, Offline

__all__ = ["told"]

Progress = Callable[[float | None, str], None]


@contextmanager
def told(progress: Progress, what: str) -> Iterator[None]:
    """While torch.hub downloads, it tells ``progress``, which may raise to stop it.

    torch.hub writes to a temporary file, checks the hash and renames, so that a stop leaves nothing behind. Raises
    Offline or DataError with a sentence in place of what the download raises.
    """
    hub: Any = torch.hub
    usual = hub.tqdm

    class Told:
        """What torch.hub tells of its download."""

        def __init__(self, total: int | None = None, **_: Any) -> None:
            self._total, self._done = total, 0

        def update(self, count: int) -> None:
            """So many bytes more have come."""
            self._done += count
            megabytes = f"{self._done / 1e6:.0f} MB"
            if self._total:
                megabytes = f"{self._done / 1e6:.0f} of {self._total / 1e6:.0f} MB"
            progress(self._done / self._total if self._total else None, f"Downloading {what}: {megabytes}")

        def __enter__(self) -> Told:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    hub.tqdm = Told
    try:
        yield
    except (urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise Offline(
            f"The weights of {what} cannot be downloaded: there is no way to the network or the server ({reason}). "
            "Open it without weights, or use a local file."
        ) from error
    except RuntimeError as error:
        if "hash" not in str(error):
            raise
        raise DataError(
            f"The weights of {what} came damaged: their hash is not the expected one. Try again, or use a local file."
        ) from error
    finally:
        hub.tqdm = usual
