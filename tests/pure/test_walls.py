"""The walls of the house that import-linter cannot see."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import designer

ROOT = Path(designer.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
THREADS = {"train/run.py", "data/loading.py"}
MODULES = {"threading", "_thread", "concurrent", "multiprocessing", "asyncio"}


def imported(text: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def broken_walls(file: Path) -> Iterator[str]:
    """What one file does that it may not."""
    place, text = file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")
    names = imported(text)
    if names & MODULES and place not in THREADS:
        yield "threads live in train/run.py, and those that read files in data/loading.py"
    if re.search(r"\bQThread(Pool)?\b|\bQRunnable\b", text):
        yield "no threads of Qt: heavy work is a job"
    if "processEvents(" in text:
        yield "no processEvents"
    if re.search(r"\b(pickle|shelve|marshal)\.(load|loads|dump|dumps)\b", text):
        yield "no pickle"
    if re.search(r"(?<![.\w])eval\(", text) and place != "codegen/lines.py":
        yield "eval lives in codegen/lines.py"
    if re.search(r"torch\.load\((?![^)]*weights_only=True)", text):
        yield "torch.load only with weights_only=True"
    if re.search(r"(?<![.\w])exec\(", text) and place != "codegen/module.py":
        yield "exec lives in codegen/module.py"
    if text.count("\n") > 450:
        yield "a file is about one thing (at most 450 lines)"
    if file.name == "__init__.py" and names:
        yield "an __init__.py is a docstring only"


def test_every_file_keeps_to_its_room() -> None:
    assert len(FILES) > 100
    found = {str(f.relative_to(ROOT)): problems for f in FILES if (problems := list(broken_walls(f)))}
    assert found == {}


def test_every_room_says_what_lives_in_it() -> None:
    rooms = [f for f in ROOT.iterdir() if f.is_dir() and (f / "__init__.py").exists()]
    assert rooms and [r.name for r in rooms if not (r / "README.md").exists()] == []
