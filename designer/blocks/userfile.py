"""The nn.Module classes of a Python file, read from its text alone: nothing of it is run."""

from __future__ import annotations

import ast
import hashlib
import inspect
import keyword
import re
import sys
import tokenize
from collections.abc import Iterator, Mapping
from io import BytesIO

from designer.blocks.userclass import MOST, UserClass, UserInput, UserParam
from designer.blocks.written import plain_literal
from designer.errors import EditRefused, FileDamaged

__all__ = ["LONGEST", "module_name", "parse_code", "read_classes", "sha256_of"]

LONGEST = 1 << 20
MOST_CLASSES = 200
# An exported folder is on Python's path: a file of such a name would stand in the way of what it needs.
_TAKEN = frozenset({"torch", "torchvision", "numpy", "PIL", "safetensors", "model", "predict", "designer"})
_ANNOTATED = {"int": "int", "float": "float", "bool": "bool", "str": "text"}
_CHANNELS = frozenset({"in_channels", "channels", "num_channels", "in_planes", "inplanes", "num_features"})
_FEATURES = frozenset({"in_features", "input_size", "input_dim", "d_model", "embed_dim", "embedding_dim", "dim"})
_HIDING = re.compile("[\u202a-\u202e\u2066-\u2069]")  # the text is shown to a person before it runs
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_PLAIN = frozenset({"int", "float", "bool", "str"})


def sha256_of(text: bytes) -> str:
    """The hash that stands for a file's text."""
    return hashlib.sha256(text).hexdigest()


def module_name(file_name: str) -> str:
    """What a file is imported as: its name, made a Python name that stands in nobody's way."""
    stem = file_name.rpartition("/")[2].rpartition("\\")[2].removesuffix(".py")
    name = re.sub(r"[^A-Za-z0-9_]", "_", stem)[:60] or "layers"
    name = f"_{name}" if name[0].isdigit() else name
    blocked = name in _TAKEN or name in sys.stdlib_module_names or not name.isidentifier()
    return f"{name}_layers" if blocked or keyword.iskeyword(name) else name


def read_classes(text: bytes, file_name: str) -> list[UserClass]:
    """The classes that can be blocks. Raises FileDamaged with a sentence where the file has none or is no Python."""
    tree = parse_code(text, file_name)
    modules, torch_names = _torch_names(tree)
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    if len(classes) > MOST_CLASSES:
        raise FileDamaged(f"{file_name} has {len(classes)} classes; at most {MOST_CLASSES} can become blocks.")
    reader = _Reader(classes, modules, torch_names)
    module, sha = module_name(file_name), sha256_of(text)
    found = [cls for node in classes.values() if (cls := reader.read(node, module, sha)) is not None]
    if not found:
        raise FileDamaged(
            f"{file_name} has no class of torch.nn.Module with a forward of its own, so there is nothing to add."
        )
    return found


def parse_code(text: bytes, file_name: str) -> ast.Module:
    """A file's text as it would run, once it is sure that a person sees what it says. Raises FileDamaged."""
    if len(text) > LONGEST:
        raise FileDamaged(f"{file_name} is larger than 1 MB, far more than a file of layers needs; it was not read.")
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(text).readline)
        if encoding not in ("utf-8", "utf-8-sig"):
            raise FileDamaged(
                f"{file_name} is written in {encoding}. Save it as UTF-8, so that you see what would run."
            )
        source = text.decode(encoding)
        if _HIDING.search(source):
            raise FileDamaged(
                f"{file_name} holds characters that turn text around, so that it reads otherwise than it runs."
            )
        return ast.parse(source)
    except SyntaxError as error:
        where = f" in line {error.lineno}" if error.lineno else ""
        raise FileDamaged(f"{file_name} is no Python that can be read: {error.msg}{where}.") from error
    except (ValueError, LookupError, RecursionError, MemoryError) as error:
        raise FileDamaged(f"{file_name} is no Python that can be read; it is damaged or of another kind.") from error


def _torch_names(tree: ast.Module) -> tuple[set[str], set[str]]:
    """The dotted names by which the file reaches torch.nn, and the names that it took out of it."""
    modules, taken = {"torch.nn"}, set[str]()
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "torch.nn" and alias.asname:
                    modules.add(alias.asname)
                if alias.name == "torch" and alias.asname:
                    modules.add(f"{alias.asname}.nn")
        elif isinstance(node, ast.ImportFrom) and node.module == "torch":
            modules |= {alias.asname or alias.name for alias in node.names if alias.name == "nn"}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("torch.nn"):
            taken |= {alias.asname or alias.name for alias in node.names if alias.name[:1].isupper()}
    return modules, taken


class _Reader:
    """Reads the classes of one file."""

    def __init__(self, classes: Mapping[str, ast.ClassDef], modules: set[str], taken: set[str]) -> None:
        self._classes, self._modules, self._taken = classes, modules, taken

    def _ancestry(self, node: ast.ClassDef) -> tuple[list[ast.ClassDef], bool]:
        """The class and those of the file that it comes from, nearest first, and whether torch.nn is behind them."""
        line, is_module, todo = [node], False, [node]
        while todo:
            for base in todo.pop(0).bases:
                name = _dotted(base)
                head, _, last = name.rpartition(".")
                if (head in self._modules and last) or name in self._taken:
                    is_module = True
                elif name in self._classes and self._classes[name] not in line:
                    line.append(self._classes[name])
                    todo.append(self._classes[name])
        return line, is_module

    def read(self, node: ast.ClassDef, module: str, sha: str) -> UserClass | None:
        """The declaration; None for a class that is no layer or has no forward in this file."""
        line, is_module = self._ancestry(node)
        forward = _method(line, "forward")
        names = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,79}", node.name)
        if not is_module or forward is None or names is None or isinstance(forward, ast.AsyncFunctionDef):
            return None
        notes: list[str] = []
        init = _method(line, "__init__")
        params = tuple(_params(init, notes)) if init is not None else ()
        inputs = tuple(_inputs(forward))
        if len(params) > MOST or len(inputs) > MOST or _needs_keyword(forward):
            return None
        help_ = _help(ast.get_docstring(node) or "")
        return UserClass(node.name, module, sha, params, inputs, _outputs(forward), help_, tuple(notes))


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _method(line: list[ast.ClassDef], name: str) -> _Function | None:
    for cls in line:
        for item in reversed(cls.body):
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.name == name:
                return item
    return None


def _help(text: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in inspect.cleandoc(text).split("\n\n")[0])
    return re.sub(r"\s+", " ", plain).strip()[:500]


def _arguments(function: _Function) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    """The arguments that can be given by position, without ``self``, each with its default."""
    given = [*function.args.posonlyargs, *function.args.args]
    defaults: list[ast.expr | None] = [None] * (len(given) - len(function.args.defaults))
    yield from list(zip(given, [*defaults, *function.args.defaults], strict=True))[1:]


def _needs_keyword(function: _Function) -> bool:
    return any(default is None for default in function.args.kw_defaults)


# --- the constructor --------------------------------------------------------------------------------------------


def _params(init: _Function, notes: list[str]) -> Iterator[UserParam]:
    rows = [*_arguments(init), *zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True)]
    for arg, default in rows:
        param = _param(arg, default)
        if param is None:
            notes.append(f"{arg.arg} keeps the default of the class: it is no plain value.")
        else:
            yield param
    for extra, stars in ((init.args.vararg, "*"), (init.args.kwarg, "**")):
        if extra is not None:
            notes.append(f"{stars}{extra.arg} is left out.")


def _param(arg: ast.arg, default: ast.expr | None) -> UserParam | None:
    kind, optional, choices = _annotation(arg.annotation)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,79}", arg.arg):
        return None
    if default is None:
        return _required(arg.arg, kind, optional, choices)
    try:
        value = ast.literal_eval(default)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    if value is None and kind in ("int", "float", "text", "choice"):
        return _checked(UserParam(arg.arg, kind, None, choices, optional=True))
    if kind == "choice" and value in choices:
        return UserParam(arg.arg, "choice", value, choices, optional)
    if kind == "float" and type(value) is int:
        value = float(value)
    plain = {bool: "bool", int: "int", float: "float", str: "text"}.get(type(value))
    if plain is not None and (not kind or kind == plain):
        return _checked(UserParam(arg.arg, plain, value, optional=optional)) or _literal(arg.arg, value)
    return _literal(arg.arg, value)


def _required(name: str, kind: str, optional: bool, choices: tuple[str, ...]) -> UserParam:
    axis = 1 if name in _CHANNELS else -1 if name in _FEATURES else None
    if axis is not None and kind in ("", "int"):
        return UserParam(name, "int", None, optional=True, required=True, axis=axis)
    start: dict[str, int | float | bool | str] = {"int": 1, "float": 1.0, "bool": False, "text": ""}
    if kind == "choice":
        return UserParam(name, kind, choices[0], choices, optional, required=True)
    if kind in start:
        return UserParam(name, kind, start[kind], (), optional, required=True)
    return UserParam(name, "text", "1", literal=True, required=True)


def _literal(name: str, value: object) -> UserParam | None:
    try:
        return UserParam(name, "text", plain_literal(repr(value)), literal=True)
    except (EditRefused, RecursionError):
        return None


def _checked(param: UserParam) -> UserParam | None:
    """The parameter where its default is one that a block can hold."""
    value = param.default
    if isinstance(value, str) and (len(value) > 1000 or any("\ud800" <= c <= "\udfff" for c in value)):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and not abs(value) < 2**31:
        return None
    return param


def _annotation(node: ast.expr | None) -> tuple[str, bool, tuple[str, ...]]:
    """The kind of value that an annotation means, empty where it is no plain one; whether None is one; the choices."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            node = ast.parse(node.value, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return "other", False, ()
    if node is None:
        return "", False, ()
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = [side for side in (node.left, node.right) if not _is_none(side)]
        return (*_annotation(sides[0])[:1], True, _annotation(sides[0])[2]) if len(sides) == 1 else ("other", False, ())
    if isinstance(node, ast.Subscript):
        name = _dotted(node.value).rpartition(".")[2]
        if name == "Optional":
            kind, _, choices = _annotation(node.slice)
            return kind, True, choices
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        words = tuple(i.value for i in items if isinstance(i, ast.Constant) and isinstance(i.value, str))
        if name == "Literal" and words and len(words) == len(items) <= MOST and len(set(words)) == len(words):
            return "choice", False, words
        return "other", False, ()
    return _ANNOTATED.get(_dotted(node), "other"), False, ()


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


# --- forward ----------------------------------------------------------------------------------------------------


def _inputs(forward: _Function) -> Iterator[UserInput]:
    for arg, default in _arguments(forward):
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,79}", arg.arg):
            continue
        if default is not None and (_annotation(arg.annotation)[0] in ("int", "float", "bool", "text")):
            break  # what follows cannot be given by position either, and is no tensor
        yield UserInput(arg.arg, optional=default is not None)
    if forward.args.vararg is not None:
        yield UserInput(forward.args.vararg.arg, many=True)


def _outputs(forward: _Function) -> int:
    """How many tensors it gives: what all of its returns say alike, else one."""
    counts = set()
    todo: list[ast.AST] = list(forward.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue  # their returns are their own
        if isinstance(node, ast.Return):
            value = node.value
            several = isinstance(value, ast.Tuple | ast.List) and not any(
                isinstance(e, ast.Starred) for e in value.elts
            )
            counts.add(len(value.elts) if several and isinstance(value, ast.Tuple | ast.List) else 1)
        todo.extend(ast.iter_child_nodes(node))
    count = counts.pop() if len(counts) == 1 else 1
    return count if 1 <= count <= MOST else 1
