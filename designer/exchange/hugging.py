"""Downloads from the Hugging Face hub by its own code: from the cache first, with progress, a stop and a hash check."""

from __future__ import annotations

import hashlib
import inspect
import re
import socket
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from designer.errors import DataError, LayerloomError, Offline

__all__ = ["told_of_hub"]

Progress = Callable[[float | None, str], None]


@contextmanager
def told_of_hub(holder: Any, progress: Progress, what: str) -> Iterator[None]:
    """While a library downloads with its ``hf_hub_download``, ``progress`` hears of it and may raise to stop it.

    A stop leaves the part that has come, and the next try goes on from there. Raises Offline or DataError with a
    sentence in place of what the download raises.
    """
    import huggingface_hub.constants as settings

    usual, xet = holder.hf_hub_download, getattr(settings, "HF_HUB_DISABLE_XET", None)
    holder.hf_hub_download = _fetching(usual, progress, what)
    settings.HF_HUB_DISABLE_XET = True  # that way of fetching runs on threads of its own, which hear no stop
    try:
        yield
    except LayerloomError:
        raise
    except (OSError, ValueError) as error:
        if not type(error).__module__.startswith(("huggingface_hub", "httpx", "requests")):
            raise
        raise _told(what, error) from error
    finally:
        holder.hf_hub_download = usual
        settings.HF_HUB_DISABLE_XET = bool(xet)


def _fetching(usual: Callable[..., str], progress: Progress, what: str) -> Callable[..., str]:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    def fetch(repo_id: str, filename: str, revision: str | None = None, cache_dir: Any = None, **other: Any) -> str:
        cached = try_to_load_from_cache(repo_id, filename, cache_dir=cache_dir, revision=revision)
        if isinstance(cached, str):
            return cached
        _need_network(what)
        progress(None, f"Downloading {what}")
        if "tqdm_class" in _parameters(usual):
            other["tqdm_class"] = _bar(progress, what)
        try:
            path = usual(repo_id=repo_id, filename=filename, revision=revision, cache_dir=cache_dir, **other)
        except LocalEntryNotFoundError as error:  # which is an EntryNotFoundError, but says that nobody answers
            raise _told(what, error) from error
        except EntryNotFoundError:
            raise  # the library tries another file
        _check_hash(Path(path), what)
        return path

    return fetch


def _parameters(function: Any) -> set[str]:
    return set(inspect.signature(getattr(function, "func", function)).parameters)


def _bar(progress: Progress, what: str) -> type:
    import huggingface_hub.utils

    usual: Any = huggingface_hub.utils.tqdm  # type: ignore[attr-defined]

    class Told(usual):  # type: ignore[misc]
        """Says how far it is instead of drawing a bar."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs |= {"disable": True}
            self._all, self._done = kwargs.get("total"), int(kwargs.get("initial") or 0)
            super().__init__(*args, **kwargs)

        def update(self, n: float | None = 1) -> bool | None:
            """So many bytes more have come."""
            self._done += int(n or 0)
            whole = f" of {self._all / 1e6:.0f}" if self._all else ""
            done = f"{self._done / 1e6:.0f}{whole} MB"
            progress(self._done / self._all if self._all else None, f"Downloading {what}: {done}")
            return None

    return Told


def _need_network(what: str) -> None:
    """The hub's code tries five times over half a minute; a name that nobody knows is known at once. Raises Offline."""
    import huggingface_hub.constants as settings

    host = urlsplit(settings.ENDPOINT).hostname
    if settings.HF_HUB_OFFLINE:
        raise _offline(what, "HF_HUB_OFFLINE is set")
    if host is None or urllib.request.getproxies():
        return
    try:
        socket.getaddrinfo(host, None)
    except OSError as error:
        raise _offline(what, f"{host} is not found") from error


def _check_hash(path: Path, what: str) -> None:
    """Large files are stored under their SHA-256. Raises DataError."""
    stored = path.resolve()
    if not re.fullmatch(r"[0-9a-f]{64}", stored.name):
        return
    with stored.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != stored.name:
        stored.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise DataError(
            f"The weights of {what} came damaged: their hash is not the expected one. Try again, or use a local file."
        )


def _offline(what: str, reason: str) -> Offline:
    return Offline(
        f"The weights of {what} cannot be downloaded: there is no way to the network or the server ({reason}). "
        "Open it without weights, or use a local file."
    )


def _told(what: str, error: Exception) -> DataError:
    name = type(error).__name__
    if name in ("GatedRepoError", "RepositoryNotFoundError"):
        return DataError(
            f"The weights of {what} are not open to everybody: their page asks for an account. "
            "Fetch them there and choose the file, or open it without weights."
        )
    return _offline(what, re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower())
