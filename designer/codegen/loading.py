"""People's own files before they are run: the bytes that are run are those whose hash is checked, read once."""

from __future__ import annotations

import builtins
import hashlib
import linecache
import tokenize
from collections.abc import Callable, Mapping
from io import BytesIO
from types import ModuleType
from typing import Any

from designer.codegen.program import CodeFile
from designer.errors import JobError

__all__ = ["CODE", "Namespace", "builtins_with", "show_lines", "source_of", "why"]

CODE = "<layerloom code "  # what the file names of such code begin with
Namespace = Mapping[str, Any]


def source_of(file: CodeFile) -> bytes:
    """The text that may be run. Raises JobError where it is not the trusted one."""
    if file.text is None or hashlib.sha256(file.text).hexdigest() != file.sha256:
        raise JobError(
            f"{file.module}.py is not the text that was trusted (SHA-256 {file.sha256[:12]}…), so it is not run. "
            "Add the file again and look at it."
        )
    return file.text


def show_lines(text: bytes, filename: str) -> None:
    """Let tracebacks show the lines of a text that lies in no file."""
    encoding, _ = tokenize.detect_encoding(BytesIO(text).readline)
    source = text.decode(encoding).lstrip("\ufeff")
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)


def why(error: BaseException) -> str:
    """The first line of what code raised, without a traceback."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[0][:300] if lines else "it gave no reason"
    kind = type(error).__name__
    return said if kind in ("RuntimeError", "ValueError", "TypeError") else f"{kind}: {said}"


def builtins_with(modules: Mapping[str, ModuleType]) -> dict[str, Any]:
    """Python's own names, where ``import`` finds these modules besides the usual ones."""
    usual: Callable[..., Any] = builtins.__import__

    def bring(name: str, *rest: Any, **named: Any) -> Any:
        return modules[name] if name in modules else usual(name, *rest, **named)

    return {**vars(builtins), "__import__": bring}
