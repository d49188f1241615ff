"""Small translations at the window's edge: Qt's bytes in the settings, files that are dropped."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QDropEvent

from designer.project.file import SUFFIX

__all__ = ["code_in", "from_text", "project_in", "to_text"]


def to_text(data: QByteArray) -> str:
    """Qt's bytes as text for the settings."""
    return base64.b64encode(data.data()).decode()


def from_text(text: str) -> QByteArray:
    """The bytes that `to_text` wrote; empty for anything else."""
    try:
        return QByteArray(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return QByteArray()


def project_in(event: QDropEvent) -> Path | None:
    """The project file that is being dragged, if it is exactly that."""
    return _file_in(event, SUFFIX)


def code_in(event: QDropEvent) -> Path | None:
    """The Python file that is being dragged, if it is exactly that."""
    return _file_in(event, ".py")


def _file_in(event: QDropEvent, suffix: str) -> Path | None:
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    if len(urls) == 1 and urls[0].isLocalFile() and urls[0].toLocalFile().endswith(suffix):
        return Path(urls[0].toLocalFile())
    return None
