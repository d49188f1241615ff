"""Run a module on the meta device and write down what it calls: layers, functions, the tensors it owns.

A tracer by running, not by proxies: sizes are plain numbers while it runs, so that any control flow over them works;
what depends on the batch is found by running twice (align.py). Layers are taken as they are, functions as they are
called, which a TorchFunctionMode hears. What is written in place becomes a new value, in views too.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from designer.exchange.tracing.steps import Recording, Step, Untraceable, Use, changed, leaves
from designer.exchange.tracing.writes import SCATTERS

__all__ = ["Recording", "Step", "Untraceable", "Use", "record"]


@dataclass
class _Value:
    """What is known of a tensor that flows."""

    number: int
    made: int  # when, by the count of writes to its memory
    step: Step | None = None
    parent: torch.Tensor | None = None  # of which it is a view


_SAME = frozenset({"requires_grad_", "detach_", "contiguous", "to", "float", "type_as", "_to_copy"})
# What comes out is like what goes in. Batch norms are not run: on the meta device torch works them out in Python, which
# would take two thirds of the time of a recording.
_KEEP_SIZES = frozenset({nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.LayerNorm, nn.GroupNorm})
_SILENT = frozenset({"size", "stride", "dim", "numel", "is_contiguous", "data_ptr", "untyped_storage"})
_VIEWS = frozenset(
    {"__getitem__", "view", "reshape", "permute", "transpose", "narrow", "select", "squeeze", "unsqueeze", "chunk"}
    | {"split", "unbind", "flatten", "unflatten", "swapaxes", "movedim", "T", "mT", "expand", "slice"}
)


def record(model: nn.Module, inputs: Sequence[torch.Tensor], leaf: Callable[[nn.Module, str], bool]) -> Recording:
    """What ``model`` does with inputs of these sizes and types. ``leaf`` says which modules are taken as they are.

    Neither its weights nor its buffers change, and none of them is read. Raises Untraceable with the innermost module
    that cannot be run so.
    """
    recorder = _Recorder(model, leaf)
    given = [torch.empty(x.shape, dtype=x.dtype, device="meta") for x in inputs]
    with ExitStack() as stack:
        stack.enter_context(_on_meta(model, recorder))
        stack.enter_context(_listening(model, recorder))
        stack.enter_context(torch.no_grad())
        stack.enter_context(torch.device("meta"))
        for x in given:
            recorder.enter(x)
        stack.enter_context(recorder)
        try:
            result = model(*given)
        except Untraceable:
            raise
        except Exception as error:
            raise Untraceable("", _reason(error)) from error
    return Recording(recorder.steps, recorder.named(result))


# --- the model while it is listened to ------------------------------------------------------------------------------


@contextmanager
def _on_meta(model: nn.Module, recorder: _Recorder) -> Iterator[None]:
    """The model with stand-ins for all its tensors; afterwards it has its own ones again."""
    kept: list[tuple[dict[str, Any], str, Any]] = []
    stand_ins: dict[int, torch.Tensor] = {}

    def stand_in(tensor: torch.Tensor, path: str, kind: Literal["parameter", "buffer"]) -> torch.Tensor:
        if id(tensor) not in stand_ins:
            with torch.no_grad():
                made: torch.Tensor = torch.empty_strided(
                    tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta"
                )
            if isinstance(tensor, nn.Parameter):
                made = nn.Parameter(made, requires_grad=tensor.requires_grad)
            stand_ins[id(tensor)] = made
            recorder.own(made, tensor, path, kind)
        return stand_ins[id(tensor)]

    try:
        for path, module in model.named_modules():
            for holder, kind in (
                (module._parameters, "parameter"),
                (module._buffers, "buffer"),
                (vars(module), "buffer"),
            ):
                for name, value in list(holder.items()):
                    if isinstance(value, torch.Tensor):
                        kept.append((holder, name, value))
                        holder[name] = stand_in(value, f"{path}.{name}" if path else name, kind)  # type: ignore[arg-type]
        yield
    finally:
        for holder, name, value in kept:
            holder[name] = value


@contextmanager
def _listening(model: nn.Module, recorder: _Recorder) -> Iterator[None]:
    """Each module's ``forward`` tells the recorder; on the instances only, so that no other thread notices."""
    heard = []
    try:
        for path, module in model.named_modules():
            if "forward" in vars(module):
                continue
            vars(module)["forward"] = recorder.wrapped(path, module, module.forward)
            heard.append(module)
        yield
    finally:
        for module in heard:
            vars(module).pop("forward", None)


# --- the recorder ---------------------------------------------------------------------------------------------------


class _Recorder(TorchFunctionMode):
    def __init__(self, model: nn.Module, leaf: Callable[[nn.Module, str], bool]) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self._leaf = leaf
        self._values: dict[int, _Value] = {}  # by the id of the tensor
        self._alive: list[torch.Tensor] = []  # so that no id is given twice
        self._owned: dict[int, tuple[str, Literal["parameter", "buffer"], torch.Tensor]] = {}
        self._written: dict[int, int] = {}  # by storage, how often it was written in place
        self._paths: list[str] = [""]
        self._quiet = 0
        self._count = 0

    # --- values ----------------------------------------------------------------------------------------------

    def own(self, tensor: torch.Tensor, real: torch.Tensor, path: str, kind: Literal["parameter", "buffer"]) -> None:
        """A tensor of the model's: a parameter, a buffer, or a plain attribute."""
        self._owned[id(tensor)] = (path, kind, real)
        self._alive.append(tensor)

    def enter(self, tensor: torch.Tensor) -> None:
        """An input of the model."""
        step = Step("input", "")
        self.steps.append(step)
        self._give(step, [tensor])

    def _give(self, step: Step, tensors: Sequence[torch.Tensor], parent: torch.Tensor | None = None) -> None:
        numbers = []
        for tensor in tensors:
            numbers.append(self._count)
            at = self._written.get(_memory(tensor), 0)
            self._values[id(tensor)] = _Value(self._count, at, step, parent)
            self._alive.append(tensor)
            self._count += 1
        step.results = tuple(numbers)
        step.sizes = tuple(tuple(t.shape) for t in tensors)
        step.dtypes = tuple(t.dtype for t in tensors)

    def _use(self, tensor: torch.Tensor) -> Use:
        value = self._values.get(id(tensor))
        if value is None:
            owned = self._owned.get(id(tensor))
            if owned is None:
                raise Untraceable(self._paths[-1], "it brings a tensor of which nobody knows where it comes from")
            path, kind, real = owned
            step = Step(kind, path, target=real)
            self.steps.append(step)
            self._give(step, [tensor])
            return Use(step.results[0])
        if value.made < self._written.get(_memory(tensor), 0):
            return self._again(tensor, value)
        return Use(value.number)

    def _again(self, tensor: torch.Tensor, value: _Value) -> Use:
        """A view whose memory was written since it was made: taken anew from what it is a view of."""
        step, parent = value.step, value.parent
        if step is None or parent is None or step.kind != "function" or len(step.results) != 1:
            raise Untraceable(self._paths[-1], "it writes into memory that it reads elsewhere under another shape")
        source = self._use(parent)
        old = self._number_read(step)
        args, kwargs = changed((step.args, step.kwargs), lambda leaf: source if leaf == old else leaf)
        fresh = Step("function", step.path, step.name, step.target, args, kwargs)
        self.steps.append(fresh)
        self._give(fresh, [tensor], parent)
        return Use(fresh.results[0])

    @staticmethod
    def _number_read(step: Step) -> Use:
        return Use(step.uses()[0])

    def _uses(self, structure: Any) -> Any:
        return changed(structure, lambda leaf: self._use(leaf) if isinstance(leaf, torch.Tensor) else leaf)

    def named(self, result: Any) -> dict[str, int]:
        """The outputs of the model by name."""
        if isinstance(result, torch.Tensor):
            return {"": self._use(result).number}
        if isinstance(result, Mapping):
            items = list(result.items())
        elif hasattr(result, "_fields"):
            items = list(zip(result._fields, result, strict=True))
        elif isinstance(result, tuple | list):
            items = list(enumerate(result))
        else:
            raise Untraceable("", f"it gives a {type(result).__name__}, not tensors")
        found: dict[str, int] = {}
        for key, value in items:
            if value is None:
                continue
            for inner, number in self.named(value).items():
                found[f"{key}_{inner}" if inner else str(key)] = number
        return found

    # --- modules ---------------------------------------------------------------------------------------------

    def wrapped(self, path: str, module: nn.Module, forward: Callable[..., Any]) -> Callable[..., Any]:
        """The module's forward, told of."""

        def call(*args: Any, **kwargs: Any) -> Any:
            if self._quiet:
                return forward(*args, **kwargs)
            if path and self._leaf(module, path):
                return self._layer(path, module, forward, args, kwargs)
            self._paths.append(path)
            try:
                return forward(*args, **kwargs)
            except Untraceable:
                raise
            except Exception as error:
                raise Untraceable(path, _reason(error)) from error
            finally:
                self._paths.pop()

        return call

    def _layer(self, path: str, module: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        told_args, told_kwargs = self._uses(args), self._uses(kwargs)
        self._quiet += 1
        try:
            keeps = type(module) in _KEEP_SIZES and len(args) == 1 and isinstance(args[0], torch.Tensor)
            result = torch.empty_like(args[0]) if keeps else forward(*args, **kwargs)
        except Exception as error:  # noqa: BLE001  (a foreign module may raise anything)
            result = self._in_earnest(path, module, args, kwargs, error)
        finally:
            self._quiet -= 1
        step = Step("module", path, type(module).__name__, module, told_args, told_kwargs)
        self.steps.append(step)
        row = [result] if isinstance(result, torch.Tensor) else result
        step.flat = isinstance(row, tuple | list) and all(isinstance(item, torch.Tensor) for item in row)
        tensors = [t for t in leaves(result) if isinstance(t, torch.Tensor)]
        given = {id(t) for t in leaves((args, kwargs)) if isinstance(t, torch.Tensor)}
        if getattr(module, "inplace", False):
            for tensor in tensors:
                if id(tensor) in given:
                    self._overwrite(tensor)
        self._give(step, tensors)
        return result

    def _in_earnest(self, path: str, module: nn.Module, args: Any, kwargs: Any, why: Exception) -> Any:
        """What a module gives that needs numbers to run: run on the CPU with its own weights and random inputs."""
        held = dict(module.named_parameters()) | dict(module.named_buffers())
        try:
            with torch.device("cpu"), torch.random.fork_rng(devices=[]):
                reals = {name: self._owned[id(tensor)][2].detach().clone() for name, tensor in held.items()}
                sent, named = changed((args, kwargs), _filled)
                result = torch.func.functional_call(module, reals, tuple(sent), named)
        except Exception as error:
            raise Untraceable(path, _reason(why)) from error
        return changed(result, lambda leaf: leaf.to("meta") if isinstance(leaf, torch.Tensor) else leaf)

    # --- functions -------------------------------------------------------------------------------------------

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self._quiet:
            return func(*args, **kwargs)
        name = _called(func)
        if name == "__iter__":
            return iter(torch.unbind(args[0]))
        if name == "__setitem__":
            return self._set_item(*args)
        if name in _SILENT:
            return func(*args, **kwargs)
        given = [t for t in leaves((args, kwargs)) if isinstance(t, torch.Tensor)]
        told = self._uses((tuple(args), dict(kwargs))) if name not in ("__get__",) else ((), {})
        result = func(*args, **kwargs)
        tensors = [t for t in leaves(result) if isinstance(t, torch.Tensor)]
        if not tensors:
            return result
        same = next((t for t in given if t is tensors[0]), None) if len(tensors) == 1 else None
        if same is not None and not _in_place(name, func, args, kwargs):
            return result  # the very tensor that came
        step = Step("function", self._paths[-1], name, func, *told)
        self.steps.append(step)
        if same is not None:
            step.writes = 0
            parent = self._values[id(same)].parent if id(same) in self._values else None
            old = self._values.get(id(same))
            self._overwrite(same)
            self._give(step, tensors)
            if parent is not None and old is not None:
                self._into(parent, same, old)
            return result
        parent = next((t for t in given if name in _VIEWS and _memory(t) == _memory(tensors[0])), None)
        self._give(step, tensors, parent)
        return result

    def _overwrite(self, tensor: torch.Tensor) -> None:
        memory = _memory(tensor)
        self._written[memory] = self._written.get(memory, 0) + 1

    def _set_item(self, target: torch.Tensor, key: Any, value: Any) -> None:
        """``target[key] = value``: the part is replaced, and with it the whole."""
        if isinstance(key, torch.Tensor):
            raise Untraceable(self._paths[-1], "it writes to places that another tensor chooses")
        with self:  # a mode is not asked for what it calls itself
            part = target[key]
            if isinstance(value, torch.Tensor):
                part.copy_(value)
            else:
                part.fill_(value)

    def _into(self, parent: torch.Tensor, part: torch.Tensor, old: _Value) -> None:
        """The new value of a view goes back into what it is a view of."""
        view = old.step
        assert view is not None
        scatter = SCATTERS.get(view.name)
        before = self._values.get(id(parent))
        if scatter is None or before is None:
            raise Untraceable(self._paths[-1], f"it writes in place into what {view.name} gave")
        whole, new = Use(before.number), Use(self._values[id(part)].number)
        grand, grand_value = before.parent, before
        calls = scatter(whole, new, view, tuple(parent.shape))
        with suppress(StopIteration):
            name, target, args, size = next(calls)
            while True:
                step = Step("function", self._paths[-1], name, target, args)
                self.steps.append(step)
                self._give(step, [torch.empty(size, dtype=parent.dtype, device="meta")])
                whole = Use(step.results[0])
                name, target, args, size = calls.send(whole)
        self._values[id(parent)] = _Value(whole.number, self._written.get(_memory(parent), 0), before.step, grand)
        # ``part`` was given before; it stays in step with its memory.
        self._values[id(part)].made = self._written.get(_memory(part), 0)
        self._values[id(part)].step, self._values[id(part)].parent = view, parent
        if grand is not None:
            self._into(grand, parent, grand_value)


# --- small things ----------------------------------------------------------------------------------------------------


def _filled(leaf: Any) -> Any:
    """A tensor with numbers in place of one without."""
    if not isinstance(leaf, torch.Tensor):
        return leaf
    return torch.rand(leaf.shape).to(leaf.dtype)


def _memory(tensor: torch.Tensor) -> int:
    with torch._C.DisableTorchFunction():
        return int(tensor.untyped_storage()._cdata)


def _called(func: Any) -> str:
    """The name by which a function is known: ``relu``, ``__getitem__``, ``T`` for the attribute."""
    name: str = getattr(func, "__name__", "") or type(func).__name__
    if name == "__get__":
        owner = getattr(func, "__self__", None)
        attribute = getattr(owner, "__name__", "__get__")
        return "__get__" if attribute in ("data", "grad", "grad_fn") else attribute
    return name


def _in_place(name: str, func: Any, args: Any, kwargs: Any) -> bool:
    if name in _SAME:
        return False
    if (name.endswith("_") and not name.endswith("__")) or name.startswith("__i") or "out" in kwargs:
        return True
    if kwargs.get("inplace"):
        return True
    try:
        bound = inspect.signature(func).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return False
    return bool(bound.arguments.get("inplace"))


def _reason(error: Exception) -> str:
    text = str(error).strip().splitlines()
    said = text[0][:200] if text else type(error).__name__
    if "meta" in said.lower() or isinstance(error, NotImplementedError):
        return "what it does next depends on the numbers that it computes"
    return f"it stopped with “{said}”"
