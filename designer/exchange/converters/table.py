"""The tables of converters, and what a converter is given.

A layer's converter gives the block and its parameters: ``@layer(nn.Conv2d)`` on ``(module) -> (type, params)``; or, as
``@layer_call(nn.MultiheadAttention)`` on ``(module, call) -> refs``, puts blocks down itself, as functions' ones do.
A function's converter puts blocks down and gives what came out: ``@function("flatten")`` on ``(call) -> refs``. It
returns None where the block cannot say what the call says; then the call becomes an Operation.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from designer.blocks.dims import Tensor
from designer.blocks.spec import Value
from designer.exchange.sketch import Ref

if TYPE_CHECKING:
    from designer.exchange.tracing.draw import Drawing

__all__ = [
    "Call",
    "Converted",
    "Named",
    "bound",
    "function",
    "functions",
    "is_layer",
    "layer",
    "layer_call",
    "layer_calls",
    "layers",
]

Converted = tuple[str, Mapping[str, Value]]
LayerConverter = Callable[[Any], "Converted | None"]
LayerCallConverter = Callable[[Any, "Call"], "Sequence[Ref] | Ref | None"]
FunctionConverter = Callable[["Call"], "Sequence[Ref] | Ref | None"]
_L = TypeVar("_L", bound=LayerConverter)
_C = TypeVar("_C", bound=LayerCallConverter)
_F = TypeVar("_F", bound=FunctionConverter)

_layers: dict[str, LayerConverter] = {}
_layer_calls: dict[str, LayerCallConverter] = {}
_functions: dict[str, FunctionConverter] = {}
_MISSING: Any = object()


def _named(cls: type | str) -> str:
    return cls if isinstance(cls, str) else f"{cls.__module__}.{cls.__qualname__}"


def layer(*classes: type | str) -> Callable[[_L], _L]:
    """Declare the converter of these classes (or their full names, for libraries that may not be there)."""

    def keep(convert: _L) -> _L:
        for cls in classes:
            _layers[_named(cls)] = convert
        return convert

    return keep


def layer_call(*classes: type | str) -> Callable[[_C], _C]:
    """Declare a converter that needs to know how the layer is called."""

    def keep(convert: _C) -> _C:
        for cls in classes:
            _layer_calls[_named(cls)] = convert
        return convert

    return keep


def function(*names: str) -> Callable[[_F], _F]:
    """Declare the converter of the functions and methods of these names: ``relu`` for torch.relu, F.relu, x.relu()."""

    def keep(convert: _F) -> _F:
        for name in names:
            _functions[name] = convert
        return convert

    return keep


@cache
def _discovered() -> None:
    from designer.exchange import converters as room

    for info in pkgutil.iter_modules(room.__path__):
        importlib.import_module(f"{room.__name__}.{info.name}")


def layers() -> Mapping[str, LayerConverter]:
    """All converters of layers by the full name of the class."""
    _discovered()
    return _layers


def layer_calls() -> Mapping[str, LayerCallConverter]:
    """All converters of calls of layers by the full name of the class."""
    _discovered()
    return _layer_calls


def functions() -> Mapping[str, FunctionConverter]:
    """All converters of functions by name."""
    _discovered()
    return _functions


def is_layer(module: object) -> bool:
    """Whether a module of this very class may be one block."""
    name = _named(type(module))
    return name in layers() or name in layer_calls()


class Named:
    """Full names of classes."""

    of = staticmethod(_named)


class Call:
    """One call of a function: its arguments by position or name, and the drawing that it goes into.

    Tensors among the arguments are values (`Use`); ``call.ref(value)`` gives the output that carries one,
    ``call.tensor(value)`` its sizes with ``B`` for the batch. ``given`` is what came out of the call.
    """

    def __init__(
        self, drawing: Drawing, name: str, args: Sequence[Any], kwargs: Mapping[str, Any], given: Sequence[Tensor]
    ) -> None:
        self.drawing = drawing
        self.name = name
        self.args = tuple(args)
        self.kwargs = dict(kwargs)
        self.given = tuple(given)

    def arg(self, position: int, name: str, default: Any = _MISSING) -> Any:
        """An argument. Raises KeyError where it is not there and there is no default."""
        if name in self.kwargs:
            return self.kwargs[name]
        if position < len(self.args):
            return self.args[position]
        if default is _MISSING:
            raise KeyError(name)
        return default

    def rest(self, position: int, name: str) -> tuple[Any, ...]:
        """What may be written as ``f(x, 1, 2)``, ``f(x, (1, 2))`` or ``f(x, name=(1, 2))``."""
        if name in self.kwargs:
            value = self.kwargs[name]
        elif len(self.args) == position + 1:
            value = self.args[position]
        else:
            return self.args[position:]
        return tuple(value) if isinstance(value, tuple | list | torch.Size) else (value,)

    def is_tensor(self, value: Any) -> bool:
        """Whether an argument is a tensor."""
        return self.drawing.is_value(value)

    def tensor(self, value: Any) -> Tensor:
        """The sizes of a value."""
        return self.drawing.tensor(value)

    def ref(self, value: Any) -> Ref:
        """The output that carries a value."""
        return self.drawing.ref(value)

    def weight_of(self, value: Any) -> tuple[str, torch.Tensor] | None:
        """The path and the numbers, if the value is a parameter or buffer of the model as it stands there."""
        return self.drawing.weight_of(value)

    @property
    def path(self) -> str:
        """Where it stands: the path of the layer, or of the module that calls the function."""
        return self.drawing.path

    def samples(self) -> Ref:
        """An output whose first size is the batch. Raises Unfit where there is none."""
        return self.drawing.samples()

    def operation(self, expression: str, values: Sequence[Any]) -> tuple[Ref, ...]:
        """An Operation in place of the call; x0, x1 … are the values."""
        return self.place("operation", {"expression": expression, "outputs": len(self.given)}, values)

    def place(
        self,
        block_type: str,
        params: Mapping[str, Value] | None = None,
        values: Sequence[Any] | None = None,
        *,
        name: str = "",
        given: Sequence[Tensor] | None = None,
        weights: Mapping[str, torch.Tensor] | None = None,
    ) -> tuple[Ref, ...]:
        """Put a block down in place of the call; its outputs. Without ``values`` its first argument is the input.

        With a ``name`` it stands for the layer of that path, whose ``weights`` it takes. ``given`` is what must come
        out where it is not what the whole call gives. Raises Unfit where the block's rule says otherwise.
        """
        return self.drawing.place_call(self, block_type, params or {}, values, name, given, weights)


def bound(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments by the names of the function's parameters, defaults filled in."""
    arguments = inspect.signature(function).bind(*args, **kwargs)
    arguments.apply_defaults()
    return dict(arguments.arguments)
