"""Fetching a file: with progress, a time limit, a size limit and a checksum; whole or not at all. No torch."""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from designer.data.source import Progress
from designer.errors import DataError, Offline

__all__ = ["fetch"]

TIMEOUT = 15.0
"""Seconds without a byte after which a server counts as out of reach."""

_CHUNK = 1 << 18


def fetch(urls: Sequence[str], target: Path, md5: str, max_bytes: int, progress: Progress) -> None:
    """Download ``target`` from the first of ``urls`` that answers.

    Raises Offline when none can be reached, DataError when what came is not the file that was expected or
    the folder cannot be written. A part of a file is never left behind.
    """
    reasons: list[str] = []
    wrong = False
    for url in urls:
        try:
            request = urllib.request.Request(url, headers={"User-Agent": "layerloom"})
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                length = answer.headers.get("Content-Length", "")
                _save(answer, int(length) if length.isdigit() else None, target, md5, max_bytes, progress)
            return
        except _Wrong as error:
            wrong = True
            reasons.append(f"{_host(url)}: {error}")
        except urllib.error.HTTPError as error:
            reasons.append(f"{_host(url)}: answered {error.code}")
            error.close()
        except (urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            reasons.append(f"{_host(url)}: {reason or type(error).__name__}")
        except OSError as error:
            raise DataError(f"{target.name} cannot be saved in {target.parent}: {error}.") from error
    tried = "; ".join(reasons)
    if wrong:
        raise DataError(f"{target.name} came damaged or changed ({tried}). Try again later, or fetch it yourself.")
    raise Offline(
        f"{target.name} cannot be downloaded: there is no way to the network or the server ({tried}). "
        f"Connect and try again, or put the file into {target.parent}."
    )


class _Wrong(Exception):
    """What came is not what was expected."""


def _host(url: str) -> str:
    return url.split("/")[2]


def _save(
    answer: http.client.HTTPResponse,
    length: int | None,
    target: Path,
    md5: str,
    max_bytes: int,
    progress: Progress,
) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    digest = hashlib.md5(usedforsecurity=False)
    done = 0
    try:
        with part.open("wb") as file:
            while chunk := answer.read(_CHUNK):
                done += len(chunk)
                if done > max_bytes:
                    raise _Wrong(f"more than {max_bytes:,} bytes")
                digest.update(chunk)
                file.write(chunk)
                progress(min(1.0, done / length) if length else None, f"Downloading {target.name}: {done >> 20} MB")
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != md5:
            raise _Wrong("the checksum differs")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
