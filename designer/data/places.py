"""Where data sets are looked for and downloaded to. No torch."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path

__all__ = ["candidates", "download_folder", "scratch_folder"]

# Debian's packages dataset-* put their files here.
_SYSTEM = (Path("/usr/share/datasets"), Path("/usr/local/share/datasets"))


def download_folder(name: str, root: str | None) -> Path:
    """The folder that a download of data set ``name`` goes to; ``root`` is the person's own choice."""
    return Path(root).expanduser() / name if root is not None else _cache() / "datasets" / name


def scratch_folder() -> Path:
    """Where large files lie that are needed while the program runs."""
    return _cache() / "scratch"


def _cache() -> Path:
    home = os.environ.get("LAYERLOOM_HOME")
    return Path(home) / "cache" if home else user_cache_path("layerloom", appauthor=False)


def candidates(name: str, root: str | None, torchvision_name: str) -> list[Path]:
    """The folders to look in, best first: ``root`` alone when it is given, else cache and system folders.

    ``torchvision_name`` is the sub-folder that torchvision's own download makes under ``root``.
    """
    if root is not None:
        base = Path(root).expanduser()
        return [base, base / name, base / torchvision_name / "raw", base / torchvision_name]
    return [download_folder(name, None), *(folder / name for folder in _SYSTEM)]
