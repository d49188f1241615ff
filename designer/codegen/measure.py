"""What comes out of a class that has no rule: it is made on the meta device, where nothing is computed, and called.

It is called with several batch sizes, and several sizes in place of the open ones; what comes out is then written as
an expression of what went in.
"""

from __future__ import annotations

import ast
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FrameType
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from designer.blocks.catalog import catalog
from designer.blocks.dims import Dim, Expr, Tensor, concrete
from designer.blocks.fitting import fit
from designer.blocks.spec import Argument, Cost, Layer
from designer.blocks.userclass import UserClass, declared
from designer.blocks.written import Written
from designer.codegen.loading import CODE, Namespace, why
from designer.errors import JobError, LayerloomError, ShapeError
from designer.graph.measured import Answer, Query

__all__ = ["SECONDS", "measure"]

SECONDS = 20.0  # for one question; a loop without end must not keep the others waiting
_BATCHES = (2, 3, 5, 8)
_OPEN = (64, 65, 66, 67, 68, 70, 71, 96, 131)
_EVEN = (64, 96, 128, 160, 224)  # for what takes only sizes that can be halved several times


def measure(query: Query, load: Callable[[UserClass], Namespace]) -> Answer:
    """The answer to a question. ``load`` gives the names of a class's file; it decides whether that may run."""
    cls = declared(query.type)
    if cls is None:
        return Answer(error=ShapeError("a class that can be measured", query.type, "Add its file again.", "measured"))
    try:
        with _limit(SECONDS):
            return _measured(query, cls, load)
    except ShapeError as error:
        return Answer(error=error)
    except LayerloomError as error:
        return Answer(error=ShapeError(f"that {cls.file} can be used", "that it cannot", error.message, "user_code"))
    except _Late:
        advice = "Look for a loop without end in it."
        return Answer(error=ShapeError(f"{cls.name} to answer in {SECONDS:g} s", "no answer", advice, "user_code"))
    except (Exception, SystemExit) as error:  # noqa: BLE001  (a person's own code may raise anything)
        return Answer(error=_told(error, cls, query))


def _told(error: BaseException, cls: UserClass, query: Query) -> ShapeError:
    """What a class raised, as a sentence that names the line."""
    arriving = ", ".join(str(tensor) for _, tensor in query.inputs) or "no input"
    said = why(error).rstrip(".")
    return ShapeError(
        f"an input that {cls.name} can take", arriving, f"{cls.name} stopped{_line(error)}: {said}.", "user_class"
    )


def _line(error: BaseException) -> str:
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(CODE):
            text = f", `{frame.line.strip()[:80]}`" if frame.line else ""
            return f" in line {frame.lineno}{text}"
    return ""


def _measured(query: Query, cls: UserClass, load: Callable[[UserClass], Namespace]) -> Answer:
    block = catalog()[query.type]
    inputs = tuple(tensor for _, tensor in query.inputs)
    assert block.layer is not None
    layer = block.layer(block.bind(dict(query.params)), inputs)
    make = _maker(layer, load(cls), cls)
    slots = [slot for slot, _ in query.inputs]
    try:
        return _on(torch.device("meta"), make, cls, slots, inputs)
    except (NotImplementedError, RuntimeError, ValueError) as error:
        if "meta" not in str(error).lower():
            raise
    return _on(torch.device("cpu"), make, cls, slots, inputs)  # what looks at its numbers needs numbers


def _maker(layer: Layer, names: Namespace, cls: UserClass) -> Callable[[], nn.Module]:
    made = names.get(cls.name)
    if not (isinstance(made, type) and issubclass(made, nn.Module)):
        raise JobError(f"{cls.file} has no class {cls.name} of torch.nn.Module once it is run. Add the file again.")
    arguments = {name: _value(value) for name, value in layer.kwargs.items()}
    return lambda: made(**arguments)


def _value(value: Argument) -> Any:
    return ast.literal_eval(value.text) if isinstance(value, Written) else value


# --- trying sizes -----------------------------------------------------------------------------------------------


def _on(
    device: torch.device, make: Callable[[], nn.Module], cls: UserClass, slots: Sequence[int], inputs: Sequence[Tensor]
) -> Answer:
    with torch.random.fork_rng(devices=[]), torch.device(device):
        module = make()
    try:
        return _fitted(_trial(module, device, cls, slots, inputs), inputs, _samples(inputs, _OPEN), module)
    except (Exception, SystemExit):
        if not _symbols(inputs) - {"B"}:
            raise
    return _fitted(_trial(module, device, cls, slots, inputs), inputs, _samples(inputs, _EVEN), module)


Trial = Callable[[Mapping[str, int]], tuple[list[torch.Tensor], int]]


def _trial(
    module: nn.Module, device: torch.device, cls: UserClass, slots: Sequence[int], inputs: Sequence[Tensor]
) -> Trial:
    def run(sizes: Mapping[str, int]) -> tuple[list[torch.Tensor], int]:
        given = [_stand_in(tensor, sizes, device) for tensor in inputs]
        counter = FlopCounterMode(display=False)
        with torch.random.fork_rng(devices=[]), torch.no_grad(), torch.device(device), counter:
            result = _call(module, cls, slots, given)
        return _tensors(result, cls), counter.get_total_flops()

    return run


def _call(module: nn.Module, cls: UserClass, slots: Sequence[int], given: Sequence[torch.Tensor]) -> Any:
    args: list[torch.Tensor] = []
    named: dict[str, torch.Tensor] = {}
    for slot, tensor in zip(slots, given, strict=True):
        if slot == len(args) or slot >= len(cls.inputs):
            args.append(tensor)
        else:
            named[cls.inputs[slot].name] = tensor
    return module(*args, **named)


def _stand_in(tensor: Tensor, sizes: Mapping[str, int], device: torch.device) -> torch.Tensor:
    shape = [concrete(dim, sizes) for dim in tensor.dims]
    return torch.zeros(shape, dtype=getattr(torch, tensor.dtype), device=device)


def _tensors(result: Any, cls: UserClass) -> list[torch.Tensor]:
    found = list(result) if isinstance(result, tuple | list) else [result]
    for item in found:
        if not isinstance(item, torch.Tensor):
            kind = type(item).__name__
            advice = "Let its forward return a tensor, or several as `return a, b`."
            raise ShapeError(f"tensors from {cls.name}", f"an object of the kind {kind}", advice, "user_outputs")
    if len(found) != cls.outputs:
        advice = "Let every return of its forward list the tensors one by one."
        wanted = f"{cls.outputs} tensor{'s' * (cls.outputs != 1)} from {cls.name}"
        raise ShapeError(wanted, str(len(found)), advice, "user_outputs")
    return found


def _symbols(inputs: Iterable[Tensor]) -> set[str]:
    found: set[str] = set()
    todo = [dim for tensor in inputs for dim in tensor.dims if isinstance(dim, Expr)]
    while todo:
        for monomial, _ in todo.pop().terms:
            for atom in monomial:
                if isinstance(atom, str):
                    found.add(atom)
                else:
                    todo.append(atom.num)
    return found


def _samples(inputs: Sequence[Tensor], sizes: Sequence[int]) -> list[dict[str, int]]:
    """Sizes for the symbols: each alone through its list, then several at once."""
    ranges = {name: _BATCHES if name == "B" else sizes for name in sorted(_symbols(inputs))}
    first = {name: values[0] for name, values in ranges.items()}
    found = [first]
    found += [{**first, name: value} for name, values in ranges.items() for value in values[1:]]
    if len(ranges) > 1:
        for shift in (1, 2):
            found.append({n: v[(shift + i) % len(v)] for i, (n, v) in enumerate(ranges.items())})
    return found


def _fitted(run: Trial, inputs: Sequence[Tensor], samples: Sequence[Mapping[str, int]], module: nn.Module) -> Answer:
    known: dict[Dim, list[int]] = {}
    results = [run(sizes) for sizes in samples]
    for dim in (d for tensor in inputs for d in tensor.dims if isinstance(d, Expr)):
        known.setdefault(dim, [concrete(dim, sizes) for sizes in samples])
    first, _ = results[0]
    outputs = []
    for number, tensor in enumerate(first):
        seen = [tuple(result[number].shape) for result, _ in results]
        if len({len(shape) for shape in seen}) > 1:
            raise ShapeError("one number of dimensions", "another one for other sizes", "Set all sizes.", "user_open")
        dims = tuple(_dim([shape[axis] for shape in seen], known) for axis in range(len(seen[0])))
        outputs.append(Tensor(dims, str(tensor.dtype).removeprefix("torch.")))
    learned = sum(p.numel() for p in module.parameters() if p.requires_grad)
    return Answer(tuple(outputs), Cost(learned, _macs(samples, [f for _, f in results])))


def _dim(values: Sequence[int], known: Mapping[Dim, Sequence[int]]) -> Dim:
    found = fit(values, known)
    if found is None:
        told = ", ".join(map(str, dict.fromkeys(values)))
        advice = "Set the open sizes of the Input, or bring the output to a size that follows from the input."
        raise ShapeError("a size that follows from the sizes of the input", told, advice, "user_open")
    return found


def _macs(samples: Sequence[Mapping[str, int]], flops: Sequence[int]) -> int:
    """Multiply-adds for one sample; those of open sizes are not counted."""
    if not samples[0]:
        return flops[0] // 2
    if set(samples[0]) != {"B"}:
        return 0
    return max(0, (flops[-1] - flops[0]) // 2 // (samples[-1]["B"] - samples[0]["B"]))


# --- time -------------------------------------------------------------------------------------------------------


class _Late(BaseException):
    """It took too long. No Exception, so that nobody on the way takes it for a failure."""


class _limit:  # noqa: N801  (used like a function)
    """Ends what runs in lines of people's own files on this thread after so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def _called(self, frame: FrameType, event: str, argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(CODE):
            return None
        return self._in_line(frame, event, argument)

    def _in_line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if time.monotonic() > self._end:
            raise _Late
        return self._in_line

    def __enter__(self) -> None:
        self._before = sys.gettrace()
        sys.settrace(self._called)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)
