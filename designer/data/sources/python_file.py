"""A Python file that defines a data set: a class with __len__ and __getitem__, or a function load().

Its text is looked at without running it; it runs only where a person has trusted this very text, and only in a process
that reads data (see ``designer.data.consent``).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from designer.data.source import Loaded, Part, Progress, Source
from designer.data.spec import DataSpec
from designer.errors import DataError, LayerloomError

if TYPE_CHECKING:
    from designer.data.people import Items
    from designer.data.targets import Found

__all__ = ["SOURCES", "defines_data"]

_HELD = ("validation", "val", "valid", "test")
_ADVICE = "Write one class with __len__ and __getitem__ that gives (sample, target), or a function load()."


def _text(path: Path) -> bytes:
    """Raises DataError."""
    from designer.blocks.userfile import LONGEST

    try:
        if not path.is_file():
            raise DataError(f"There is no file {path}.")
        with path.open("rb") as file:
            return file.read(LONGEST + 1)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error


def _offered(text: bytes, name: str) -> list[tuple[str, bool]]:
    """What could give the data, as (name, takes the folder): load() alone where there is one. Raises LayerloomError."""
    from designer.blocks.userfile import parse_code

    found = []
    for node in parse_code(text, name).body:
        if isinstance(node, ast.FunctionDef) and node.name == "load":
            return [(node.name, _asks(node, 0))]
        if isinstance(node, ast.ClassDef):
            methods = {inner.name: inner for inner in node.body if isinstance(inner, ast.FunctionDef)}
            if {"__len__", "__getitem__"} <= set(methods):
                found.append((node.name, "__init__" in methods and _asks(methods["__init__"], 1)))
    return found


def _asks(function: ast.FunctionDef, own: int) -> bool:
    """Whether it must be given an argument: it gets the folder of the file."""
    return len(function.args.posonlyargs) + len(function.args.args) - len(function.args.defaults) > own


def defines_data(path: Path) -> bool:
    """Whether the text of a Python file defines a data set. Nothing of it is run."""
    try:
        return bool(_offered(_text(path), path.name))
    except LayerloomError:
        return False


def _open(spec: DataSpec, progress: Progress) -> Loaded:
    from designer.blocks.userfile import module_name, sha256_of
    from designer.data.consent import trusted_text

    path = Path(spec.source).expanduser()
    text = _text(path)
    try:
        offers = _offered(text, path.name)
        if len(offers) != 1:
            names = ", ".join(name for name, _ in offers) or "none"
            raise DataError(f"{path.name} must say which data set is meant; it has {names}. {_ADVICE}")
        sha = sha256_of(text)
        trusted = trusted_text(sha)
        if trusted is None:
            raise DataError(
                f"Nobody has trusted this text of {path.name} (SHA-256 {sha[:12]}…) here, so nothing of it was run. "
                f"Look at it; then agree in the window, or with: layerloom data {path.name} --trust-code."
            )
        from designer.codegen.module import load_code  # only now: it loads torch
        from designer.codegen.program import CodeFile

        progress(None, f"Running {path.name}")
        module = load_code(CodeFile(module_name(path.name), sha, trusted))
    except DataError:
        raise
    except LayerloomError as error:
        raise DataError(error.message) from error
    (name, asks), folder = offers[0], path.absolute().parent
    return _read(spec, path, _made(getattr(module, name), [folder] if asks else [], path, name), progress)


def _made(make: Any, arguments: list[Path], path: Path, name: str) -> Any:
    from designer.data.people import told

    try:
        return make(*arguments)
    except (Exception, SystemExit) as error:
        raise DataError(f"{name} of {path.name} fails with {told(error)}. Repair it.") from error


def _read(spec: DataSpec, path: Path, made: Any, progress: Progress) -> Loaded:
    """Whatever it is that the code gave. Raises DataError."""
    from designer.data.people import plain
    from designer.data.sources.tensors import loaded_of

    if isinstance(made, tuple | list) and len(made) == 2:
        arrays = [plain(part) for part in made]
        if all(hasattr(array, "dtype") and hasattr(array, "shape") for array in arrays):
            return loaded_of(spec, dict(zip(("x", "y"), arrays, strict=True)), path)
        if isinstance(made, tuple):
            return _datasets(spec, path, made[0], made[1], progress)
    if isinstance(made, Mapping):
        arrays_by_name = {str(name): plain(part) for name, part in made.items()}
        if arrays_by_name and all(hasattr(array, "dtype") for array in arrays_by_name.values()):
            return loaded_of(spec, arrays_by_name, path)
        held = next((made[name] for name in _HELD if name in made), None)
        if "train" not in made:
            raise DataError(f"{path.name} gave {', '.join(map(str, made))[:200]}; expected train, and validation.")
        return _datasets(spec, path, made["train"], held, progress)
    return _datasets(spec, path, made, None, progress)


def _datasets(spec: DataSpec, path: Path, train: Any, held: Any, progress: Progress) -> Loaded:
    import numpy as np

    from designer.data.decode import Damaged
    from designer.data.people import Items, plain
    from designer.data.sources.tensors import targets_in

    parts: list[Items] = []
    targets = []
    for dataset, side in ((train, "training"), (held, "validation")):
        if dataset is None and side == "validation":
            continue
        if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
            raise DataError(f"{path.name} gave {type(dataset).__name__} for {side}, which is no data set. {_ADVICE}")
        try:
            items = Items(dataset, path.name)
            if not items.count:
                raise DataError(f"The data set of {path.name} for {side} is empty.")
            targets += [np.asarray(plain(target)) for target in _all_targets(dataset, items, progress)]
        except (Damaged, ValueError, TypeError) as error:
            raise DataError(f"In {path.name} {error}. Repair it.") from error
        parts.append(items)
    try:
        whole = np.stack(targets)
    except ValueError as error:
        raise DataError(f"The targets of {path.name} are not of one shape ({error}). Make them so.") from error
    names = [str(name)[:200] for name in getattr(train, "classes", None) or ()]
    found = _named(targets_in(spec, whole, path), names)
    made = [_part(parts[0], found.targets[: parts[0].count], path)]
    if len(parts) > 1:
        made.append(_part(parts[1], found.targets[parts[0].count :], path))
    return Loaded(made[0], found.names, made[1] if len(made) > 1 else None, (), found.kind)


def _all_targets(dataset: Any, items: Items, progress: Progress) -> list[Any]:
    """Where the data set keeps them as a list they are taken as they are, else each item is made once."""
    for name in ("targets", "labels"):
        kept = getattr(dataset, name, None)
        if kept is not None and hasattr(kept, "__len__") and len(kept) == items.count:
            return list(kept)
    found = []
    for index in range(items.count):
        if index % 100 == 0:
            progress(index / items.count, f"Asking for targets: {index:,} of {items.count:,}")
        found.append(items.item(index)[1])
    return found


def _named(found: Found, names: list[str]) -> Found:
    """With the names of classes or labels, where the data set has as many as are needed."""
    from dataclasses import replace

    fits = len(names) >= len(found.names) if found.kind == "classes" else len(names) == len(found.names)
    return replace(found, names=tuple(names)) if fits and found.kind != "values" else found


def _part(items: Items, targets: Any, path: Path) -> Part:
    from designer.data.decode import Damaged
    from designer.data.people import ItemNumbers, ItemPictures, image_of

    try:
        picture = image_of(items.item(0)[0]) is not None
        return Part(ItemPictures(items) if picture else ItemNumbers(items), targets)
    except Damaged as error:
        raise DataError(f"In {path.name} {error}. Repair it.") from error


SOURCES = (
    Source(
        name="python",
        title="Python data set",
        help="A .py file with a class that has __len__ and __getitem__ (sample, target), or a function load() that "
        "gives one, a pair for training and validation, or arrays x and y. It runs once you trust its text.",
        open=_open,
        sniff=defines_data,
        order=80,
        suffixes=(".py",),
        folders=False,
        options=("targets",),
    ),
)
