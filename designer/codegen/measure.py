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
from dataclasses import dataclass
from types import FrameType
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from designer.blocks.catalog import catalog
from designer.blocks.dims import Dim, Expr, Tensor, concrete
from designer.blocks.fitting import fit
from designer.blocks.spec import Argument, Block, Call, Cost, Layer
from designer.blocks.userclass import UserClass, declared
from designer.blocks.written import Written
from designer.codegen.lines import line
from designer.codegen.loading import CODE, Namespace, why
from designer.codegen.python import layer_text
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
    block = catalog().get(query.type)
    if block is None or not block.measured:
        return Answer(error=ShapeError("a class that can be measured", query.type, "Add its file again.", "measured"))
    name = cls.name if cls is not None else f"the {block.title}"
    try:
        with _limit(SECONDS):
            return _measured(query, _of_class(query, cls, load) if cls is not None else _of_block(query, block))
    except ShapeError as error:
        return Answer(error=error)
    except LayerloomError as error:
        what = cls.file if cls is not None else name
        return Answer(error=ShapeError(f"that {what} can be used", "that it cannot", error.message, "user_code"))
    except _Late:
        advice = "Look for a loop without end in it."
        return Answer(error=ShapeError(f"{name} to answer in {SECONDS:g} s", "no answer", advice, "user_code"))
    except (Exception, SystemExit) as error:  # noqa: BLE001  (a person's own code may raise anything)
        return Answer(error=_told(error, name, query))


def _told(error: BaseException, name: str, query: Query) -> ShapeError:
    """What a class or an operation raised, as a sentence that names the line."""
    arriving = ", ".join(str(tensor) for _, tensor in query.inputs) or "no input"
    stopped = f"{name[0].upper()}{name[1:]} stopped{_line(error)}: {why(error).rstrip('.')}."
    return ShapeError(f"an input that {name} can take", arriving, stopped, "user_class")


@dataclass(frozen=True)
class _Subject:
    """What is measured: how it is made, and called with the tensors that arrive at its slots."""

    name: str
    outputs: int
    make: Callable[[], nn.Module]
    call: Callable[[nn.Module, Sequence[int], Sequence[torch.Tensor]], Any]
    advice: str


def _of_block(query: Query, block: Block) -> _Subject:
    """A block that comes along: the very lines that would stand in the source, run by themselves."""
    inputs = tuple(tensor for _, tensor in query.inputs)
    slots = tuple(slot for slot, _ in query.inputs)
    params = block.bind(dict(query.params))
    names = [f"x{number}" for number in range(len(inputs))]
    layer = layer_text(block.layer(params, inputs)) if block.layer is not None else ""
    call = Call(params, inputs, "layer", tuple(names), slots)
    text = block.forward(call) if block.forward is not None else f"layer({', '.join(names)})"
    made = line(layer, block.title) if layer else None
    called = line(text, block.title)

    def make() -> nn.Module:
        built = made({}) if made is not None else nn.Identity()
        assert isinstance(built, nn.Module)
        return built

    def run(module: nn.Module, _: Sequence[int], given: Sequence[torch.Tensor]) -> Any:
        return called({"layer": module, **dict(zip(names, given, strict=True))})

    advice = "Set how many outputs it has to the number of tensors it gives."
    return _Subject(f"the {block.title}", len(block.outputs_for(dict(query.params))), make, run, advice)


def _of_class(query: Query, cls: UserClass, load: Callable[[UserClass], Namespace]) -> _Subject:
    block = catalog()[query.type]
    assert block.layer is not None
    layer = block.layer(block.bind(dict(query.params)), tuple(tensor for _, tensor in query.inputs))

    def call(module: nn.Module, slots: Sequence[int], given: Sequence[torch.Tensor]) -> Any:
        return _call(module, cls, slots, given)

    advice = "Let every return of its forward list the tensors one by one."
    return _Subject(cls.name, cls.outputs, _maker(layer, load(cls), cls), call, advice)


def _line(error: BaseException) -> str:
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(CODE):
            text = f", `{frame.line.strip()[:80]}`" if frame.line else ""
            return f" in line {frame.lineno}{text}"
    return ""


def _measured(query: Query, subject: _Subject) -> Answer:
    inputs = tuple(tensor for _, tensor in query.inputs)
    slots = [slot for slot, _ in query.inputs]
    try:
        return _on(torch.device("meta"), subject, slots, inputs)
    except (NotImplementedError, RuntimeError, ValueError) as error:
        if "meta" not in str(error).lower():
            raise
    return _on(torch.device("cpu"), subject, slots, inputs)  # what looks at its numbers needs numbers


def _maker(layer: Layer, names: Namespace, cls: UserClass) -> Callable[[], nn.Module]:
    made = names.get(cls.name)
    if not (isinstance(made, type) and issubclass(made, nn.Module)):
        raise JobError(f"{cls.file} has no class {cls.name} of torch.nn.Module once it is run. Add the file again.")
    arguments = {name: _value(value) for name, value in layer.kwargs.items()}
    return lambda: made(**arguments)


def _value(value: Argument) -> Any:
    return ast.literal_eval(value.text) if isinstance(value, Written) else value


# --- trying sizes -----------------------------------------------------------------------------------------------


def _on(device: torch.device, subject: _Subject, slots: Sequence[int], inputs: Sequence[Tensor]) -> Answer:
    with torch.random.fork_rng(devices=[]), torch.device(device):
        module = subject.make()
    run = _trial(module, device, subject, slots, inputs)
    try:
        return _fitted(run, inputs, _samples(inputs, _OPEN), module)
    except (Exception, SystemExit):
        if not _symbols(inputs) - {"B"}:
            raise
    return _fitted(run, inputs, _samples(inputs, _EVEN), module)


Trial = Callable[[Mapping[str, int]], tuple[list[torch.Tensor], int]]


def _trial(
    module: nn.Module, device: torch.device, subject: _Subject, slots: Sequence[int], inputs: Sequence[Tensor]
) -> Trial:
    def run(sizes: Mapping[str, int]) -> tuple[list[torch.Tensor], int]:
        given = [_stand_in(tensor, sizes, device) for tensor in inputs]
        counter = FlopCounterMode(display=False)
        with torch.random.fork_rng(devices=[]), torch.no_grad(), torch.device(device), counter:
            result = subject.call(module, slots, given)
        return _tensors(result, subject), counter.get_total_flops()

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


def _tensors(result: Any, subject: _Subject) -> list[torch.Tensor]:
    found = list(result) if isinstance(result, tuple | list) else [result]
    for item in found:
        if not isinstance(item, torch.Tensor):
            kind = type(item).__name__
            advice = "Let its forward return a tensor, or several as `return a, b`."
            raise ShapeError(f"tensors from {subject.name}", f"an object of the kind {kind}", advice, "user_outputs")
    if len(found) != subject.outputs:
        wanted = f"{subject.outputs} tensor{'s' * (subject.outputs != 1)} from {subject.name}"
        raise ShapeError(wanted, str(len(found)), subject.advice, "user_outputs")
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
