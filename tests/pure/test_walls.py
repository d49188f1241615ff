"""The walls of the house that import-linter cannot see."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import designer

ROOT = Path(designer.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
THREADS = {"train/run.py"}
MODULES = {"threading", "_thread", "concurrent", "multiprocessing", "asyncio"}


def imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_file(file: Path) -> None:
    place, text = file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")
    assert place in THREADS or not imported(file) & MODULES, "threads live in train/run.py"
    assert not re.search(r"\bQThread(Pool)?\b|\bQRunnable\b", text) or place == "ui/background.py"
    assert "processEvents(" not in text
    assert not re.search(r"\b(pickle|shelve|marshal)\.(load|loads|dump|dumps)\b|\beval\(", text.replace(".eval(", ""))
    assert not re.search(r"torch\.load\((?![^)]*weights_only=True)", text), "torch.load only with weights_only=True"
    assert "exec(" not in text.replace(".exec(", "") or place == "codegen/module.py"
    assert len(text.splitlines()) <= 450, "a file is about one thing"
    if file.name == "__init__.py":
        assert not imported(file)


def test_every_room_says_what_lives_in_it() -> None:
    rooms = [f for f in ROOT.iterdir() if f.is_dir() and (f / "__init__.py").exists()]
    assert rooms and [r.name for r in rooms if not (r / "README.md").exists()] == []
