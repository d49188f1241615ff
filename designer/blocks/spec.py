"""What a block is: one frozen declaration from which palette, inspector, file, code and tests follow."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeGuard, Union

from designer.blocks.dims import Dim, Tensor
from designer.blocks.expression import plain_expression
from designer.blocks.footprint import NOTHING, Keeps, ReachRule
from designer.blocks.written import Origin, Written, plain_literal
from designer.errors import EditRefused

__all__ = [
    "Argument",
    "Block",
    "Call",
    "Cost",
    "Layer",
    "Named",
    "Output",
    "Param",
    "Params",
    "Port",
    "ShapeRule",
    "Value",
]

Value = bool | int | float | str | tuple[int, ...] | tuple[str, ...] | tuple[int | str, ...] | None
Kind = Literal["int", "float", "bool", "choice", "size", "dims", "open", "text", "labels", "expression"]

OPEN = re.compile(r"[A-Z][A-Za-z0-9_]{0,9}", re.ASCII)  # the name of a size that is left open
LARGEST = 2**31 - 1  # sizes beyond this are typing mistakes, not layers
_ALWAYS: Any = object()


@dataclass(frozen=True)
class Port:
    """A place on a block where wires end. A ``many`` port takes any number of wires, at least ``least``."""

    name: str = "in"
    many: bool = False
    least: int = 1
    optional: bool = False
    help: str = ""


@dataclass(frozen=True)
class Param:
    """One parameter of a block: its type, its bounds, and the words that explain it.

    ``name`` is torch's own keyword wherever the value goes to torch unchanged. ``implied`` is what torch takes when
    the argument is left out: such a value is not written into the code. Kinds: ``size`` is an int or ``ndim`` ints
    (or one of ``choices``), ``dims`` any number of ints, ``open`` ints and names of sizes that are left open (``H``),
    ``labels`` any number of words, ``expression`` a line of tensor arithmetic (see expression.py). ``short`` is the
    key that people type in a chain of blocks: ``k`` in ``conv 64 k3``.
    """

    name: str
    label: str
    kind: Kind
    default: Value
    help: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    ndim: int = 1
    optional: bool = False
    implied: Value = field(default=_ALWAYS)
    advanced: bool = False
    short: str = ""
    literal: bool = False  # text that stands for a plain Python value: [1, 2], "same", None

    def check(self, value: object) -> Value:
        """The value in its canonical form. Raises EditRefused with a sentence when it does not fit."""
        if value is None:
            if self.optional:
                return None
            raise EditRefused(f"{self.label} needs a value.")
        return _CHECKS[self.kind](self, value)

    def bounds(self, value: float) -> None:
        """Raise EditRefused when a number lies outside ``minimum`` and ``maximum``."""
        low, high = self.minimum, self.maximum
        if low is not None and value < low:
            raise EditRefused(f"{self.label} must be at least {_plain(low)}; {_plain(value)} is too small.")
        if high is not None and value > high:
            raise EditRefused(f"{self.label} must be at most {_plain(high)}; {_plain(value)} is too large.")

    def is_implied(self, value: Value) -> bool:
        """Whether torch would take this value anyway."""
        return self.implied is not _ALWAYS and value == self.implied and type(value) is type(self.implied)


def _plain(value: float) -> str:
    """The number as people write it: 12345678, 0.5, 1e-12."""
    return str(int(value)) if value == int(value) and abs(value) <= LARGEST else f"{value:g}"


def _int(param: Param, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise EditRefused(f"{param.label} must be a whole number.")
    number = int(value)
    if abs(number) > LARGEST:
        raise EditRefused(f"{param.label} must be at most {LARGEST}.")
    param.bounds(number)
    return number


def _float(param: Param, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EditRefused(f"{param.label} must be a number.")
    try:
        number = float(value) + 0.0  # turns -0.0 into 0.0
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise EditRefused(f"{param.label} must be a finite number.")
    param.bounds(number)
    return number


def _bool(param: Param, value: object) -> bool:
    if not isinstance(value, bool):
        raise EditRefused(f"{param.label} must be yes or no.")
    return value


def _choice(param: Param, value: object) -> str:
    if not isinstance(value, str) or value not in param.choices:
        raise EditRefused(f"{param.label} must be one of {', '.join(param.choices)}.")
    return value


def _ints(param: Param, value: object, most: int) -> tuple[int, ...]:
    if not isinstance(value, list | tuple) or len(value) > most:
        raise EditRefused(f"{param.label} must be a list of at most {most} whole numbers.")
    return tuple(_int(param, item) for item in value)


def _size(param: Param, value: object) -> Value:
    if isinstance(value, str) and value in param.choices:
        return value
    if isinstance(value, int | float):
        return _int(param, value)
    if not isinstance(value, list | tuple) or len(value) != param.ndim:
        several = f" or {param.ndim} of them" if param.ndim > 1 else ""
        words = f", or {' or '.join(param.choices)}" if param.choices else ""
        raise EditRefused(f"{param.label} must be one whole number{several}{words}.")
    sizes = _ints(param, value, param.ndim)
    return sizes[0] if len(set(sizes)) == 1 else sizes


def _dims(param: Param, value: object) -> Value:
    return _ints(param, value, 12)


def _open(param: Param, value: object) -> Value:
    if not isinstance(value, list | tuple) or len(value) > 12:
        raise EditRefused(f"{param.label} must be a list of at most 12 sizes.")
    return tuple(_open_name(param, item) if isinstance(item, str) else _int(param, item) for item in value)


def _open_name(param: Param, name: str) -> str:
    if OPEN.fullmatch(name) and name != "B":
        return name
    taken = " B is the batch, which is always open." if name == "B" else ""
    raise EditRefused(f"{param.label}: {name[:20]!r} is no size. Write a number, or a capital such as H or W.{taken}")


def _is_text(value: object, longest: int) -> TypeGuard[str]:
    """Whether it is text that can be written to a file: half a surrogate pair cannot."""
    return isinstance(value, str) and len(value) <= longest and not any("\ud800" <= c <= "\udfff" for c in value)


def _text(param: Param, value: object) -> str:
    if not _is_text(value, 10_000):
        raise EditRefused(f"{param.label} must be text of at most 10000 characters.")
    return plain_literal(value, param.label) if param.literal else value


def _expression(param: Param, value: object) -> str:
    if not _is_text(value, 10_000):
        raise EditRefused(f"{param.label} must be text.")
    return plain_expression(value, param.label)


def _labels(param: Param, value: object) -> Value:
    if not isinstance(value, list | tuple) or len(value) > 100_000:
        raise EditRefused(f"{param.label} must be a list of at most 100000 names.")
    if not all(_is_text(item, 1000) for item in value):
        raise EditRefused(f"{param.label} must be a list of names of at most 1000 characters.")
    return tuple(str(item) for item in value)


_CHECKS: dict[str, Callable[[Param, object], Value]] = {
    "int": _int,
    "float": _float,
    "bool": _bool,
    "choice": _choice,
    "size": _size,
    "dims": _dims,
    "open": _open,
    "text": _text,
    "expression": _expression,
    "labels": _labels,
}


class Params(Mapping[str, Value]):
    """A block's checked parameter values, read by type."""

    __slots__ = ("_block", "_values")

    def __init__(self, block: Block, values: Mapping[str, Value]) -> None:
        self._block = block
        self._values = values

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def whole(self, name: str) -> int:
        """A whole number."""
        value = self._values[name]
        assert isinstance(value, int)
        return value

    def number(self, name: str) -> float:
        """A number."""
        value = self._values[name]
        assert isinstance(value, int | float)
        return float(value)

    def flag(self, name: str) -> bool:
        """Yes or no."""
        return self._values[name] is True

    def text(self, name: str) -> str:
        """Text, or one of the choices."""
        value = self._values[name]
        assert isinstance(value, str)
        return value

    def size(self, name: str, n: int) -> tuple[int, ...]:
        """A size spelled out for ``n`` dimensions: 3 becomes (3, 3)."""
        value = self._values[name]
        if isinstance(value, int):
            return (value,) * n
        assert isinstance(value, tuple)
        return tuple(int(v) for v in value)

    def ints(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        value = self._values[name]
        assert isinstance(value, tuple)
        return tuple(int(v) for v in value)

    def words(self, name: str) -> tuple[str, ...]:
        """A list of names."""
        value = self._values[name]
        assert isinstance(value, tuple)
        return tuple(str(v) for v in value)

    def options(self, *names: str) -> dict[str, Value]:
        """The keyword arguments that torch would not take by itself; without names, all parameters."""
        chosen = names or tuple(self._block.param_names)
        return {n: self._values[n] for n in chosen if not self._block.param(n).is_implied(self._values[n])}


@dataclass(frozen=True)
class Named:
    """A torch class that is handed over by its name: ``nn.SiLU`` as an activation."""

    name: str


@dataclass(frozen=True)
class Layer:
    """The torch module a block stands for: ``call(*args, **kwargs)``, e.g. ``nn.Conv2d(1, 8, 3, padding=1)``.

    An argument may be a layer itself. ``nn.Parameter(...)`` and ``nn.Buffer(...)`` hold a tensor instead of a module.
    With an ``origin`` it is a class of that file.
    """

    call: str
    args: tuple[Argument, ...] = ()
    kwargs: Mapping[str, Argument] = field(default_factory=dict)
    origin: Origin | None = None

    @property
    def holds_tensor(self) -> bool:
        """Whether it is a tensor that the module owns, with no ``forward`` to call."""
        return self.call in ("nn.Parameter", "nn.Buffer")


Argument: TypeAlias = Union[Value, Named, Written, "Layer"]


@dataclass(frozen=True)
class Call:
    """What a block knows when its line of ``forward`` is written.

    ``layer`` is the text that reaches its module (``self.conv1``), empty where it has none; ``args`` are the
    variables that arrive, in slot order, ``inputs`` what they carry, and ``slots`` where they arrive.
    """

    params: Params
    inputs: tuple[Tensor, ...]
    layer: str
    args: tuple[str, ...]
    slots: tuple[int, ...] = ()


@dataclass(frozen=True)
class Cost:
    """What a block costs: learnable numbers, and multiply-adds for one sample."""

    params: int = 0
    macs: int = 0


@dataclass(frozen=True)
class Output:
    """What an output block asks of training. Kinds: classification, regression, multilabel, segmentation, tensor.

    ``weight`` is how much its loss counts beside those of other outputs.
    """

    kind: str
    loss: str
    classes: int | None = None
    labels: tuple[str, ...] = ()
    weight: float = 1.0


ShapeRule = Callable[[Params, tuple[Tensor, ...]], tuple[Tensor, ...]]
TYPE = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Block:
    """A kind of block.

    ``shape(params, inputs)`` gives the outputs or raises ShapeError; ``layer`` the torch module, ``forward`` the
    expression when it is not simply ``layer(*args)``; ``cost`` the learnable numbers and multiply-adds.
    ``examples`` are parameter sets with inputs they accept, for tests and help. ``synonyms`` are what people type
    when they look for it; ``typed`` gives what values typed in a chain of blocks bring along for the others; ``url``
    is torch's page. ``reach`` says what a result sees of an input (without it, a block that keeps the shape works
    number by number and any other sees everything), ``keeps`` what backward needs, and ``view`` that the output is the
    input's own memory. Normalisation counts as number by number. Where the parameters decide how many outputs there
    are, ``gives`` says which; ``outputs`` are then those of the defaults. ``measured``: there is no rule; what comes
    out is measured with torch and remembered (graph/measured.py), unless ``told`` finds it in the parameters.
    """

    type: str
    title: str
    group: str
    help: str
    shape: ShapeRule
    params: tuple[Param, ...] = ()
    inputs: tuple[Port, ...] = (Port(),)
    outputs: tuple[Port, ...] = (Port("out"),)
    layer: Callable[[Params, tuple[Tensor, ...]], Layer] | None = None
    forward: Callable[[Call], str] | None = None
    cost: Callable[[Params, tuple[Tensor, ...], tuple[Tensor, ...]], Cost] | None = None
    output: Callable[[Params], Output] | None = None
    examples: tuple[tuple[Mapping[str, Value], tuple[tuple[Dim, ...], ...]], ...] = ()
    synonyms: tuple[str, ...] = ()
    role: Literal["input", "layer", "output"] = "layer"
    summary: Callable[[Params], str] | None = None
    typed: Callable[[Mapping[str, Value]], Mapping[str, Value]] | None = None
    torch: str = ""
    in_dtype: str = "float32"
    reach: ReachRule | None = None
    keeps: Keeps | Callable[[Params], Keeps] = NOTHING
    view: bool = False
    gives: Callable[[Params], tuple[Port, ...]] | None = None
    measured: bool = False
    told: ShapeRule | None = None

    @property
    def param_names(self) -> tuple[str, ...]:
        """The parameters' names in the order of the inspector."""
        return tuple(p.name for p in self.params)

    def param(self, name: str) -> Param:
        """The declaration of one parameter. Raises EditRefused for a name it does not have."""
        for param in self.params:
            if param.name == name:
                return param
        raise EditRefused(f"{self.title} has no parameter called {name!r}.")

    def check(self, values: Mapping[str, object]) -> dict[str, Value]:
        """All parameters in canonical form, defaults filled in. Raises EditRefused with a sentence."""
        for name in values:
            self.param(name)
        return {p.name: p.check(values[p.name]) if p.name in values else p.default for p in self.params}

    def bind(self, values: Mapping[str, Value]) -> Params:
        """Typed access to checked values."""
        return Params(self, values)

    def outputs_for(self, values: Mapping[str, Value]) -> tuple[Port, ...]:
        """The outputs of a block with these checked values."""
        return self.gives(self.bind(values)) if self.gives is not None else self.outputs

    def kept(self, params: Params) -> Keeps:
        """What backward needs of a block with these parameters."""
        return self.keeps if isinstance(self.keeps, Keeps) else self.keeps(params)

    @property
    def url(self) -> str:
        """Torch's page on this layer, empty where there is none."""
        library = "vision" if self.torch.startswith("torchvision.") else "docs"
        return f"https://docs.pytorch.org/{library}/stable/generated/{self.torch}.html" if self.torch else ""

    def slots(self, wired: Sequence[int] = ()) -> int:
        """How many input slots to show: fixed ports, or for a ``many`` port one more than is in use."""
        if not self.inputs or not self.inputs[-1].many:
            return len(self.inputs)
        fixed = len(self.inputs) - 1
        used = max((s + 1 for s in wired), default=0)
        return max(used + 1, fixed + self.inputs[-1].least)

    def port_of(self, slot: int) -> Port | None:
        """The port that an input slot belongs to; None where there is no such slot."""
        if 0 <= slot < len(self.inputs):
            return self.inputs[slot]
        return self.inputs[-1] if slot >= 0 and self.inputs and self.inputs[-1].many else None
