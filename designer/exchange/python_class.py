"""Classes of a trusted Python file: made, with what each of their parts was made with kept. Imports torch."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from torch import nn

from designer.blocks.spec import Value
from designer.blocks.userclass import UserClass, UserParam, declare
from designer.blocks.written import plain_literal
from designer.codegen.loading import why
from designer.codegen.module import load_code
from designer.codegen.program import CodeFile
from designer.errors import DataError, EditRefused, UsageError
from designer.exchange.converters.table import Converted

__all__ = ["CodeRead", "Made", "made"]

_MADE_WITH = "_made_with"  # the attribute of a part that keeps its arguments


@dataclass(frozen=True)
class CodeRead:
    """A trusted text and the classes that it declares."""

    file: str
    text: bytes
    sha256: str
    classes: Mapping[str, UserClass]

    def block(self, module: nn.Module) -> Converted | None:
        """The block of a part whose class is in the file, as it was made; None where no block can say that."""
        cls = self.classes.get(type(module).__name__)
        if cls is None:
            return None
        given: Mapping[str, Any] = vars(module).get(_MADE_WITH, {})
        params: dict[str, Value] = {}
        try:
            for name, value in given.items():
                param = next((p for p in cls.params if p.name == name), None)
                if param is None:
                    return None
                params[name] = _written(param, value)
            return declare(cls), params
        except EditRefused:
            return None


def _written(param: UserParam, value: Any) -> Value:
    """Raises EditRefused for what is no plain value."""
    if param.literal:
        return plain_literal(repr(value))
    if value is not None and not isinstance(value, bool | int | float | str):
        raise EditRefused(f"{param.name} is no plain value.")
    return float(value) if param.kind == "float" and type(value) is int else value


@dataclass(frozen=True)
class Made:
    """A model of a class, and what it is called."""

    module: nn.Module
    name: str


def made(code: CodeRead, name: str, args: Mapping[str, Any]) -> Made:
    """The class ``name`` made with ``args``. Raises UsageError or DataError with a sentence; JobError as load_code."""
    cls = code.classes[name]
    names = vars(load_code(CodeFile(cls.module, code.sha256, code.text)))
    kind = names.get(name)
    if not (isinstance(kind, type) and issubclass(kind, nn.Module)):
        raise DataError(f"{name} of {code.file} is no class of torch.nn.Module once the file has run.")
    _check_arguments(kind, name, args)
    with _remembered(code, names):
        try:
            module = kind(**args)
        except Exception as error:  # a person's own class may raise anything
            raise DataError(f"{name} of {code.file} could not be made: {why(error).rstrip('.')}.") from error
    return Made(module, name)


def _check_arguments(kind: type, name: str, args: Mapping[str, Any]) -> None:
    parameters = inspect.signature(kind).parameters
    open_ = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    unknown = [key for key in args if key not in parameters and not open_]
    if unknown:
        raise UsageError(f"{name} takes no {unknown[0]!r}. It takes {', '.join(parameters) or 'nothing'}.")
    fixed = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    missing = [
        p.name for p in parameters.values() if p.default is p.empty and p.kind not in fixed and p.name not in args
    ]
    if missing:
        example = ", ".join(f'"{key}": 10' for key in missing)
        raise UsageError(f"{name} cannot be made without {', '.join(missing)}. Pass --args '{{{example}}}'.")


@contextmanager
def _remembered(code: CodeRead, names: Mapping[str, Any]) -> Iterator[None]:
    """While a model is made, each class of the file notes what it was called with."""
    kept: list[tuple[type, Any]] = []
    for name in code.classes:
        kind = names.get(name)
        if isinstance(kind, type) and "__init__" in vars(kind):
            kept.append((kind, vars(kind)["__init__"]))
            setattr(kind, "__init__", _noting(kind))  # noqa: B010  (mypy allows no assignment to it)
    try:
        yield
    finally:
        for kind, usual in kept:
            setattr(kind, "__init__", usual)  # noqa: B010


def _noting(kind: type) -> Any:
    usual: Any = vars(kind)["__init__"]

    @functools.wraps(usual)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        with suppress(TypeError):  # the call below says it better
            bound = inspect.signature(usual).bind(self, *args, **kwargs)
            # The class that is made comes first, those that it builds on after it.
            vars(self).setdefault(_MADE_WITH, dict(list(bound.arguments.items())[1:]))
        usual(self, *args, **kwargs)

    return init
