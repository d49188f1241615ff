"""A class of a person's own Python file as a block: what is declared of it, as plain data. Nothing of the file runs.

The type of such a block is made from the whole declaration, the hash of the file's text included. So a file that has
changed gives other types, and no declaration can take the place of another one.
"""

from __future__ import annotations

import hashlib
import json
import keyword
import re
from dataclasses import dataclass, field
from typing import Any

from designer.blocks import catalog
from designer.blocks.dims import Tensor
from designer.blocks.spec import Argument, Block, Layer, Param, Params, Port, Value
from designer.blocks.written import Origin, Written
from designer.errors import EditRefused, FileDamaged, ShapeError

__all__ = ["YOURS", "UserClass", "block_of", "declare", "declared", "forget_all", "from_json", "to_json"]

YOURS = "Your blocks"
MOST = 64  # parameters, inputs or outputs of one class
SHA = re.compile(r"[0-9a-f]{64}")
_KINDS = frozenset({"int", "float", "bool", "choice", "text"})
_PARAM = frozenset({"name", "kind", "default", "choices", "optional", "literal", "axis", "required"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")


@dataclass(frozen=True)
class UserParam:
    """A parameter of the constructor. With ``axis`` it may be left empty: it is then that size of the first input."""

    name: str
    kind: str = "text"
    default: Value = None
    choices: tuple[str, ...] = ()
    optional: bool = False  # whether None is a value
    literal: bool = False
    required: bool = False  # the class has no default, so that the value is always written
    axis: int | None = None


@dataclass(frozen=True)
class UserInput:
    """A parameter of ``forward``."""

    name: str
    optional: bool = False
    many: bool = False


@dataclass(frozen=True)
class UserClass:
    """A class of a file: ``module`` is what the file is imported as, ``sha256`` the hash of its bytes."""

    name: str
    module: str
    sha256: str
    params: tuple[UserParam, ...] = ()
    inputs: tuple[UserInput, ...] = (UserInput("x"),)
    outputs: int = 1
    help: str = ""
    notes: tuple[str, ...] = field(default=(), compare=False)  # what was left out, for the person who adds it

    @property
    def type(self) -> str:
        """The type of its block."""
        text = json.dumps(to_json(self), sort_keys=True)
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", self.name).lower()
        return f"user_{hashlib.sha256(text.encode()).hexdigest()[:10]}_{re.sub('[^a-z0-9_]', '', snake)[:60]}"

    @property
    def file(self) -> str:
        """The name of the file, as it is imported."""
        return f"{self.module}.py"


_DECLARED: dict[str, UserClass] = {}


def declare(cls: UserClass) -> str:
    """Make a class usable as a block; its type. Declaring it once more changes nothing. Raises EditRefused."""
    kind = cls.type
    known = _DECLARED.get(kind)
    if known is not None and known != cls:
        raise EditRefused(f"There is another class {cls.name} that looks the same; rename one of them.")
    if kind not in catalog.catalog():
        catalog.add(block_of(cls))
        _DECLARED[kind] = cls
    return kind


def declared(block_type: str) -> UserClass | None:
    """The class behind a type of block; None for the blocks that come along."""
    return _DECLARED.get(block_type) if block_type.startswith("user_") else None


def forget_all() -> None:
    """Take out all classes, as at the start of the program."""
    catalog.forget()
    _DECLARED.clear()


def block_of(cls: UserClass) -> Block:
    """The declaration as a block."""

    def layer(params: Params, inputs: tuple[Tensor, ...]) -> Layer:
        return Layer(cls.name, kwargs=_arguments(cls, params, inputs), origin=Origin(cls.module, cls.sha256))

    return Block(
        type=cls.type,
        title=cls.name,
        group=YOURS,
        help=cls.help or f"The class {cls.name} of {cls.file}.",
        shape=_unknown,
        params=tuple(_param(p) for p in cls.params),
        inputs=tuple(Port(i.name, i.many, int(len(cls.inputs) == 1), i.optional) for i in cls.inputs),
        outputs=tuple(Port("out" if cls.outputs == 1 else f"out {n + 1}") for n in range(cls.outputs)),
        layer=layer,
        forward=lambda call: f"{call.layer}({', '.join(_called(cls, call.args, call.slots))})",
        synonyms=(cls.module, "custom", "user"),
        summary=lambda p: _summary(cls, p),
        measured=True,
    )


def _unknown(params: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    raise ShapeError("measured sizes", "a class without a rule", "Wait until it was measured.", "measured")


def _param(p: UserParam) -> Param:
    words = p.name.replace("_", " ").strip()
    help_ = f"Empty: taken from the input (dimension {p.axis})." if p.axis is not None else ""
    if p.literal:
        help_ = "A plain Python value: 8, [1, 2], 'same', None."
    return Param(
        p.name,
        (words[:1].upper() + words[1:]) or p.name,
        p.kind,  # type: ignore[arg-type]
        p.default,
        help_,
        choices=p.choices,
        optional=p.optional or p.axis is not None,
        literal=p.literal,
    )


def _arguments(cls: UserClass, params: Params, inputs: tuple[Tensor, ...]) -> dict[str, Argument]:
    found: dict[str, Argument] = {}
    for p in cls.params:
        value = params[p.name]
        if value is None and p.axis is not None:
            found[p.name] = _size(p, inputs)
        elif p.required or value != p.default or type(value) is not type(p.default):
            found[p.name] = Written(value) if p.literal and isinstance(value, str) else value
    return found


def _size(p: UserParam, inputs: tuple[Tensor, ...]) -> int:
    tensor = inputs[0] if inputs else None
    axis = p.axis or 0
    size = tensor.dims[axis] if tensor is not None and -tensor.rank <= axis < tensor.rank else None
    if not isinstance(size, int):
        found = "no input" if tensor is None else str(tensor)
        raise ShapeError(f"an input that says {p.name}", found, f"Set {p.name} by hand.", "user_size")
    return size


def _called(cls: UserClass, args: tuple[str, ...], slots: tuple[int, ...]) -> list[str]:
    """The arguments of ``forward``; by name behind an input that is left out."""
    fixed = len(cls.inputs)
    written, expected = [], 0
    for arg, slot in zip(args, slots or range(len(args)), strict=True):
        skipped = slot != expected and slot < fixed and not cls.inputs[slot].many
        written.append(f"{cls.inputs[slot].name}={arg}" if skipped else arg)
        expected = -1 if skipped or expected < 0 else slot + 1
    return written


def _summary(cls: UserClass, params: Params) -> str:
    said = [f"{p.name} {params[p.name]}" for p in cls.params if params[p.name] not in (None, p.default)]
    return ", ".join(said) or cls.file


# --- as plain data ---------------------------------------------------------------------------------------------


def to_json(cls: UserClass) -> dict[str, Any]:
    """The declaration as plain data, in a stable order."""
    params = []
    for p in cls.params:
        row: dict[str, Any] = {"name": p.name, "kind": p.kind, "default": p.default}
        row |= {"choices": list(p.choices)} if p.choices else {}
        row |= {key: True for key in ("optional", "literal", "required") if getattr(p, key)}
        row |= {"axis": p.axis} if p.axis is not None else {}
        params.append(row)
    inputs = [{"name": i.name, **{k: True for k in ("optional", "many") if getattr(i, k)}} for i in cls.inputs]
    data = {"class": cls.name, "module": cls.module, "sha256": cls.sha256, "params": params, "inputs": inputs}
    return {**data, "outputs": cls.outputs, "help": cls.help}


def from_json(data: object) -> UserClass:
    """The declaration that plain data describes, trusting nothing. Raises FileDamaged."""
    if not isinstance(data, dict) or set(data) != {"class", "module", "sha256", "params", "inputs", "outputs", "help"}:
        raise FileDamaged("Expected a class to be declared by class, module, sha256, params, inputs, outputs and help.")
    params, inputs, outputs = data["params"], data["inputs"], data["outputs"]
    _need(all(isinstance(rows, list) and len(rows) <= MOST for rows in (params, inputs)), "lists of params and inputs")
    _need(type(outputs) is int and 1 <= outputs <= MOST, f"1 to {MOST} outputs")
    _need(isinstance(data["sha256"], str) and SHA.fullmatch(data["sha256"]) is not None, "the SHA-256 of its file")
    _need(isinstance(data["help"], str) and len(data["help"]) <= 2000, "a short help text")
    cls = UserClass(
        _identifier(data["class"]),
        _identifier(data["module"]),
        data["sha256"],
        tuple(_read_param(row) for row in params),
        tuple(_read_input(row) for row in inputs),
        outputs,
        data["help"],
    )
    names = [p.name for p in cls.params]
    _need(len(set(names)) == len(names), "parameters of different names")
    _need(all(not i.many for i in cls.inputs[:-1]), "only the last input to take several wires")
    _check_defaults(cls)
    return cls


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise FileDamaged(f"The declaration of a class is damaged: expected {what}.")


def _identifier(value: object) -> str:
    good = isinstance(value, str) and _NAME.fullmatch(value) is not None and not keyword.iskeyword(value)
    _need(good, "names as Python has them")
    return str(value)


def _read_param(row: object) -> UserParam:
    if not isinstance(row, dict) or not {"name", "kind", "default"} <= set(row) <= _PARAM:
        raise FileDamaged("The declaration of a class is damaged: expected name, kind and default of each parameter.")
    default, choices, axis = row["default"], row.get("choices", []), row.get("axis")
    flags = {key: row.get(key, False) for key in ("optional", "literal", "required")}
    _need(row["kind"] in _KINDS, "a known kind of parameter")
    _need(default is None or isinstance(default, bool | int | float | str), "a plain default")
    _need(isinstance(choices, list) and len(choices) <= MOST and all(isinstance(c, str) for c in choices), "choices")
    _need(all(type(flag) is bool for flag in flags.values()), "yes or no")
    _need(axis is None or (type(axis) is int and -8 <= axis <= 8 and row["kind"] == "int"), "an axis of the input")
    _need(not flags["literal"] or row["kind"] == "text", "a literal to be text")
    return UserParam(_identifier(row["name"]), row["kind"], default, tuple(choices), axis=axis, **flags)


def _read_input(row: object) -> UserInput:
    if not isinstance(row, dict) or not {"name"} <= set(row) <= {"name", "optional", "many"}:
        raise FileDamaged("The declaration of a class is damaged: expected the name of each input.")
    flags = [row.get(key, False) for key in ("optional", "many")]
    _need(all(type(flag) is bool for flag in flags), "yes or no")
    return UserInput(_identifier(row["name"]), *flags)


def _check_defaults(cls: UserClass) -> None:
    for p in cls.params:
        try:
            checked = _param(p).check(p.default)
        except EditRefused as error:
            raise FileDamaged(f"The declaration of a class is damaged: {error}") from error
        _need(checked == p.default and type(checked) is type(p.default), f"a default of {p.name} in its plain form")
