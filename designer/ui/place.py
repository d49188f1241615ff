"""Small translations at the window's edge: Qt's bytes in the settings, files that are dropped."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QDropEvent

from designer.project.file import SUFFIX
from designer.ui.data_files import may_be_data

__all__ = ["CODE", "MODELS", "OPENED", "WEIGHTS", "file_in", "from_text", "to_text"]

MODELS = (".onnx", ".pt2")
WEIGHTS = (".pth", ".pt", ".ckpt", ".bin", ".safetensors")
CODE = ".py"
OPENED = (SUFFIX, CODE, *MODELS, *WEIGHTS)


def to_text(data: QByteArray) -> str:
    """Qt's bytes as text for the settings."""
    return base64.b64encode(data.data()).decode()


def from_text(text: str) -> QByteArray:
    """The bytes that `to_text` wrote; empty for anything else."""
    try:
        return QByteArray(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return QByteArray()


def file_in(event: QDropEvent) -> Path | None:
    """The file or folder that is being dragged, if it is exactly one, on this computer, of a kind that is taken."""
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.suffix.lower() in OPENED or may_be_data(path) else None
