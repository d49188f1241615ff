"""A .pt2 is looked at member by member before torch reads it; torch gets a clean copy without anything pickled.

torch.export.load unpickles sample inputs and custom objects, and evaluates the sizes' expressions as Python. So the
copy has no sample inputs, files with pickled weights are refused, and expressions are read as trees first. No torch.
"""

from __future__ import annotations

import ast
import json
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from designer.errors import FileDamaged

__all__ = ["clean_copy", "is_program", "notes_of"]

_MOST_MEMBERS = 100_000
_MOST_TEXT = 64 << 20  # the graph of the largest torchvision model takes about 5 MB
_DEEPEST = 60
_OPERATIONS = ("torch.ops.aten.", "torch.ops.higher_order.", "_operator.", "math.", "torch.sym_", "builtins.")
_ITEM = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 2, 7: 4, 8: 8, 9: 4, 10: 8, 11: 16, 12: 1, 13: 2}  # bytes, by torch's number
_SUMS = frozenset(
    [
        "Symbol",
        "Integer",
        "Float",
        "Rational",
        "Add",
        "Mul",
        "Pow",
        "Mod",
        "Max",
        "Min",
        "Abs",
        "Eq",
        "Ne",
        "Ge",
        "Gt",
        "Le",
        "Lt",
        "And",
        "Or",
        "Not",
        "true",
        "false",
        "floor",
        "ceiling",
        "FloorDiv",
        "CleanDiv",
        "PythonMod",
        "ModularIndexing",
        "IntTrueDiv",
        "FloatTrueDiv",
        "CeilToInt",
        "FloorToInt",
        "TruncToInt",
        "ToFloat",
        "FloatPow",
        "PowByNatural",
        "RoundToInt",
        "Where",
    ]
)
_DAMAGED = (zipfile.BadZipFile, OSError, EOFError, ValueError, KeyError, NotImplementedError, zlib.error, RuntimeError)


def is_program(path: Path) -> bool:
    """Whether a file says of itself that it is an exported program, whatever its name."""
    try:
        if not path.is_file() or not zipfile.is_zipfile(path):
            return False
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist()[:_MOST_MEMBERS]:
                if entry.filename.endswith("/archive_format") and entry.file_size <= 16:
                    return archive.read(entry).strip() == b"pt2"
    except _DAMAGED:
        return False
    return False


@contextmanager
def clean_copy(path: Path) -> Iterator[Path]:
    """A temporary copy with nothing but the graph and plain numbers. Raises FileDamaged with a sentence."""
    with tempfile.TemporaryDirectory(prefix="layerloom-") as folder:
        copy = Path(folder) / "program.pt2"
        try:
            with zipfile.ZipFile(path) as archive:
                _copy(archive, path, copy)
        except RecursionError as error:
            raise FileDamaged(f"{path.name} nests its contents without end. It is damaged.") from error
        except MemoryError as error:
            raise FileDamaged(f"{path.name} needs more memory than is free. Choose a smaller file.") from error
        except _DAMAGED as error:
            raise FileDamaged(f"{path.name} is no exported program (.pt2), or is damaged. Export it again.") from error
        yield copy


def notes_of(path: Path) -> dict[str, Any]:
    """What Layerloom wrote beside the program when it exported it; empty for other files."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [e for e in archive.infolist() if e.filename.endswith("/extra/layerloom.json")]
            if len(names) != 1 or names[0].file_size > 1 << 20:
                return {}
            found = json.loads(archive.read(names[0]))
    except (*_DAMAGED, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


# --- the members ------------------------------------------------------------------------------------------------


def _copy(archive: zipfile.ZipFile, path: Path, copy: Path) -> None:
    entries = {entry.filename: entry for entry in archive.infolist()}
    root = _checked_members(archive, path, entries)
    inside = {name[len(root) :]: entry for name, entry in entries.items()}
    models = [name for name in inside if name.startswith("models/") and name.endswith(".json")]
    if len(models) != 1:
        raise FileDamaged(f"{path.name} holds {len(models)} programs; expected one. Save one with torch.export.save.")
    model = models[0].removeprefix("models/").removesuffix(".json")
    _check_graph(_json(archive, inside[models[0]], path), path)
    kept = [models[0], "archive_format", "archive_version", "byteorder", ".data/version"]
    for kind, folder in (("weights", "data/weights/"), ("constants", "data/constants/")):
        config = f"{folder}{model}_{kind}_config.json"
        if config not in inside:
            raise FileDamaged(f"{path.name} has no list of its {kind}: it is damaged, or of a torch before 2.9.")
        kept.append(config)
        kept += _checked_tensors(_json(archive, inside[config], path), folder, inside, path)
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as made:
        for name in dict.fromkeys(kept):
            if name in inside:
                with archive.open(inside[name]) as source, made.open(_entry(root + name), "w", force_zip64=True) as to:
                    shutil.copyfileobj(source, to, 1 << 20)
        made.writestr(_entry(f"{root}data/sample_inputs/{model}.pt"), b"")


def _entry(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))


def _checked_members(archive: zipfile.ZipFile, path: Path, entries: dict[str, zipfile.ZipInfo]) -> str:
    """The folder that all members lie in. Raises FileDamaged for what no torch writes."""
    listed = archive.infolist()
    size = path.stat().st_size
    if not listed or len(listed) > _MOST_MEMBERS:
        raise FileDamaged(f"{path.name} holds {len(listed):,} files; an exported program has 1 to {_MOST_MEMBERS:,}.")
    if len(entries) != len(listed):
        raise FileDamaged(f"{path.name} names one of its parts twice. It is damaged.")
    if any(e.compress_type != zipfile.ZIP_STORED or e.flag_bits & 1 for e in listed):
        raise FileDamaged(f"{path.name} is packed or locked; torch stores its programs plainly. It was not opened.")
    if sum(entry.file_size for entry in listed) > size or min(e.header_offset for e in listed) != 0:
        raise FileDamaged(f"{path.name} says it holds more than its {size:,} bytes. It is damaged.")
    roots = {name.split("/", 1)[0] for name in entries}
    odd = [n for n in entries if ".." in n.split("/") or n.startswith("/") or "\\" in n or not n.isprintable()]
    if odd or len(roots) != 1:
        raise FileDamaged(f"{path.name} holds files that lie outside of its own folder. It was not opened.")
    root = f"{roots.pop()}/"
    told = entries.get(f"{root}archive_format")
    if told is None or told.file_size > 16 or archive.read(told).strip() != b"pt2":
        raise FileDamaged(f"{path.name} is an archive, but no exported program. Choose a file of torch.export.save.")
    return root


def _json(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> Any:
    if entry.file_size > _MOST_TEXT:
        raise FileDamaged(f"{path.name} describes itself in {entry.file_size:,} bytes, more than any program needs.")
    return json.loads(archive.read(entry))


def _checked_tensors(config: Any, folder: str, inside: dict[str, zipfile.ZipInfo], path: Path) -> list[str]:
    """The members that hold the numbers. Raises FileDamaged for pickles, and for tensors beyond their bytes."""
    found = []
    for name, row in config["config"].items():
        member = folder + str(row["path_name"])
        if row["use_pickle"] or row["tensor_meta"] is None or "obj" in row["path_name"]:
            raise FileDamaged(
                f"{path.name} holds {str(name)[:80]} as a Python object, which could run code. It was not opened."
            )
        if member not in inside:
            raise FileDamaged(f"{path.name} lacks the numbers of {str(name)[:80]}. It is damaged; export it again.")
        meta = row["tensor_meta"]
        sizes, strides = _whole(meta["sizes"]), _whole(meta["strides"])
        (offset,) = _whole([meta["storage_offset"]])
        last = offset + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))
        needs = 0 if 0 in sizes else (last + 1) * _ITEM[meta["dtype"]]
        numbers = 1
        for size in sizes:
            numbers *= size
        bound = 4 * max(inside[member].file_size, 1)  # numbers may be shared, but not without end
        if needs > inside[member].file_size or numbers * _ITEM[meta["dtype"]] > bound:
            raise FileDamaged(
                f"{str(name)[:80]} in {path.name} claims more numbers than the file holds. It is damaged."
            )
        found.append(member)
    return found


def _whole(values: Any) -> list[int]:
    found = [value["as_int"] for value in values]
    if any(type(value) is not int or not 0 <= value < 1 << 40 for value in found):
        raise ValueError("sizes")
    return found


# --- the graph --------------------------------------------------------------------------------------------------


def _check_graph(graph: Any, path: Path) -> None:
    """Operations of torch itself, and sizes that are sums. Raises FileDamaged."""
    foreign: list[str] = []
    todo: list[tuple[Any, int]] = [(graph, 0)]
    while todo:
        value, depth = todo.pop()
        if depth > _DEEPEST:
            raise RecursionError
        if isinstance(value, list):
            todo += [(item, depth + 1) for item in value]
        elif isinstance(value, dict):
            todo += [(item, depth + 1) for item in value.values()]
            target, text = value.get("target"), value.get("expr_str")
            if isinstance(target, str) and "inputs" in value and not target.startswith(_OPERATIONS):
                foreign.append(target[:80])
            if isinstance(text, str):
                _check_sum(text, path)
            if "as_custom_obj" in value or "as_opaque_obj" in value:
                raise FileDamaged(f"{path.name} needs Python objects of its own, which Layerloom does not load.")
    if foreign:
        names = ", ".join(sorted(set(foreign))[:5])
        raise FileDamaged(f"{path.name} uses operations that are not torch's own and cannot be blocks: {names}.")


def _check_sum(text: str, path: Path) -> None:
    """A size is written as Symbol('s0') and sums of it; torch would run anything that stands there."""
    try:
        tree = ast.parse(text[:20_000], mode="eval")
    except SyntaxError as error:
        raise FileDamaged(f"{path.name} writes a size in a way that cannot be read. It is damaged.") from error
    allowed = (
        ast.Expression, ast.Call, ast.Name, ast.Load, ast.Constant, ast.keyword, ast.BinOp, ast.UnaryOp, ast.operator,
        ast.unaryop, ast.Compare, ast.cmpop,
    )  # fmt: skip
    for node in ast.walk(tree):
        name = node.id if isinstance(node, ast.Name) else None
        called = node.func if isinstance(node, ast.Call) else None
        wrong = not isinstance(node, allowed) or isinstance(node, ast.Pow)
        if called is not None and not (isinstance(called, ast.Name) and called.id in _SUMS):
            wrong = True
        if name is not None and name not in _SUMS and not name.lstrip("su").isdigit():
            wrong = True
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not node.value.isidentifier():
            wrong = True
        if wrong:
            raise FileDamaged(f"{path.name} writes a size as a program instead of a sum; it was not opened.")
