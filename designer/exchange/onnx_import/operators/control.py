"""Graphs within graphs: loops of a known length are laid out step by step, a choice is made at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import onnx

from designer.exchange.onnx_import.table import Call, operator
from designer.exchange.onnx_import.values import Known, Val, Wired, sizes, tensor_of, whole
from designer.exchange.sketch import Unfit

if TYPE_CHECKING:
    from designer.exchange.onnx_import.reader import Frame

__all__: list[str] = []

_MOST_STEPS = 512


def _run(call: Call, graph: onnx.GraphProto, given: Sequence[Val]) -> list[Val]:
    """One pass through a graph."""
    reader = call.reader
    outputs = [output.name for output in graph.output]
    told = {info.name: info.type for info in (*graph.value_info, *graph.output)}
    frame: Frame = reader.enter(graph.node, outputs, reader.frames[-1].opsets, told)
    for weight in graph.initializer:
        frame.values[weight.name] = Known(reader.model.numbers(weight), weight.name)
    if len(given) > len(graph.input):
        raise Unfit("its graph takes fewer inputs than it is given")
    frame.values.update({info.name: value for info, value in zip(graph.input, given, strict=False)})
    reader.run(graph.node)
    found = [reader.value(name) for name in outputs]
    reader.frames.pop()
    return [value for value in found if value is not None]


@operator("If")
def _if(call: Call) -> list[Val | None]:
    condition = call.need(0)
    if isinstance(condition, Known):
        return list(_run(call, call.attr("then_branch" if bool(condition.tensor.item()) else "else_branch"), ()))
    yes, no = _run(call, call.attr("then_branch"), ()), _run(call, call.attr("else_branch"), ())
    found: list[Val | None] = []
    for a, b in zip(yes, no, strict=True):
        if tensor_of(a) != tensor_of(b):
            raise Unfit(f"its branches give {tensor_of(a)} and {tensor_of(b)}")
        found.append(call.one("torch.where({0}.reshape(()), {1}, {2})", condition, a, b))
    return found


def _piece(call: Call, value: Val, axis: int, number: int) -> Val:
    return call.one(f"{{0}}[{':, ' * axis}{number}]", value)


def _stacked(call: Call, rows: Sequence[Val], axis: int) -> Val:
    names = ", ".join(f"{{{n}}}" for n in range(len(rows)))
    return call.one(f"torch.stack([{names}], dim={axis})", *rows)


@operator("Scan", since=9)
def _scan(call: Call) -> list[Val | None]:
    body, count = call.attr("body"), call.attr("num_scan_inputs")
    values = [value for value in call.inputs if value is not None]
    state, rows = values[: len(values) - count], values[len(values) - count :]
    axes = [call.axis(a, tensor_of(r).rank) for a, r in zip(_each(call, "scan_input_axes", count), rows, strict=True)]
    back = _each(call, "scan_input_directions", count)
    lengths = {tensor_of(row).dims[axis] for row, axis in zip(rows, axes, strict=True)}
    if len(lengths) != 1:
        raise Unfit("its inputs have unlike lengths")
    (length,) = whole(lengths)
    if length > _MOST_STEPS:
        raise Unfit(f"it has {length} steps; at most {_MOST_STEPS} can be laid out")
    made: list[list[Val]] = []
    for step in range(length):
        picked = [
            _piece(call, row, axis, length - 1 - step if turn else step)
            for row, axis, turn in zip(rows, axes, back, strict=True)
        ]
        results = _run(call, body, [*state, *picked])
        state = results[: len(state)]
        made.append(results[len(state) :])
    return [*state, *_collected(call, made, len(call.node.output) - len(state))]


def _collected(call: Call, made: Sequence[Sequence[Val]], count: int) -> list[Val]:
    ends, turns = _each(call, "scan_output_axes", count), _each(call, "scan_output_directions", count)
    found = []
    for number in range(count):
        rows = [results[number] for results in made]
        if not rows:
            raise Unfit("it has no steps")
        axis = call.axis(ends[number], tensor_of(rows[0]).rank + 1)
        found.append(_stacked(call, rows[::-1] if turns[number] else rows, axis))
    return found


def _each(call: Call, name: str, count: int) -> list[int]:
    return list(call.attr(name) or [0] * count)


@operator("Loop")
def _loop(call: Call) -> list[Val | None]:
    most, condition = call.get(0), call.get(1)
    if isinstance(most, Wired) or isinstance(condition, Wired):
        raise Unfit("how often it runs is only known when it runs")
    state: list[Val] = [value for value in call.inputs[2:] if value is not None]
    goes = condition is None or (isinstance(condition, Known) and bool(condition.tensor.item()))
    steps = int(most.tensor.item()) if isinstance(most, Known) else _MOST_STEPS + 1
    made: list[list[Val]] = []
    while goes and len(made) < steps:
        if len(made) >= _MOST_STEPS:
            raise Unfit(f"it has more than {_MOST_STEPS} steps")
        number = sizes(len(made))
        results = _run(call, call.attr("body"), [number, condition or _true(), *state])
        again, state = results[0], results[1 : 1 + len(state)]
        if not isinstance(again, Known):
            raise Unfit("how often it runs is only known when it runs")
        goes = bool(again.tensor.item())
        made.append(results[1 + len(state) :])
    count = len(call.node.output) - len(state)
    if count and not made:
        raise Unfit("it has no steps")
    return [*state, *(_stacked(call, [row[n] for row in made], 0) for n in range(count))]


def _true() -> Known:
    import torch

    return Known(torch.tensor(True))
