"""An ONNX file to a sketch: what cannot be drawn is named before anything is put down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import onnx

from designer.errors import DataError
from designer.exchange.onnx_import.ends import can_open
from designer.exchange.onnx_import.expand import has_body
from designer.exchange.onnx_import.file import Model, model_of, open_model
from designer.exchange.onnx_import.reader import Reader
from designer.exchange.onnx_import.table import converter
from designer.exchange.sketch import Ref, Sketch, Unfit

__all__ = ["Read", "read_model", "read_onnx", "read_opened", "unknown"]

_MOST_NODES = 100_000
_DEEPEST = 24


@dataclass(frozen=True)
class Read:
    """The sketch, which output carries what, the Input blocks by the names of the file's inputs, and remarks."""

    sketch: Sketch
    outputs: Mapping[str, Ref]
    inputs: Mapping[str, str]
    notes: tuple[str, ...] = field(default=())
    batch: int | None = None  # the number that stood in the place of the batch


def _silent(part: float) -> None:
    """Nobody wants to know how far it is."""


def read_onnx(path: Path, size: int | None = None, progress: Callable[[float], None] = _silent) -> Read:
    """The blocks of a file. Raises FileDamaged or DataError with a sentence."""
    return read_opened(open_model(path), path.name, size, progress)


def read_model(proto: onnx.ModelProto) -> Read:
    """The blocks of a model that is in memory. Raises FileDamaged or DataError with a sentence."""
    return read_opened(model_of(proto), "the model", None, _silent)


def read_opened(model: Model, name: str, size: int | None, progress: Callable[[float], None]) -> Read:
    """The blocks of a model that was checked; ``name`` is for sentences. Raises DataError or FileDamaged."""
    missing = unknown(model)
    if missing:
        listed = ", ".join(missing[:-1]) + (" and " if len(missing) > 1 else "") + missing[-1]
        raise DataError(
            f"{name} cannot be drawn: no block does what the ONNX operator{'s' * (len(missing) > 1)} {listed} "
            f"do{'es' * (len(missing) == 1)}."
        )
    if _laid_out(model) > _MOST_NODES:
        raise DataError(f"{name} cannot be drawn: its functions make more than {_MOST_NODES:,} nodes of it.")
    try:
        opened = _opened(model, size, progress) if can_open(model) else None
        reader = opened or Reader(model, False, size)
        if opened is None:
            reader.read(progress)
    except Unfit as error:
        raise DataError(f"{name} cannot be drawn: {str(error).rstrip('.')}.") from error
    except RecursionError as error:
        raise DataError(f"{name} cannot be drawn: its parts lie within one another without end.") from error
    was = next((entry.was for entry in reader.entries if entry.was is not None), None)
    return Read(reader.sketch, reader.outputs, reader.inputs, _notes(reader), was)


def _opened(model: Model, size: int | None, progress: Callable[[float], None]) -> Reader | None:
    """With a batch of any size in place of the number in the file; None where that cannot be."""
    reader = Reader(model, True, size)
    try:
        reader.read(progress)
    except Unfit:
        return None
    return None if reader.keeps_the_batch() else reader


def _notes(reader: Reader) -> tuple[str, ...]:
    notes = []
    if any(entry.was is not None for entry in reader.entries):
        notes.append("The file has a fixed batch; it was opened, so that any number of samples can be fed.")
    fixed = [entry.name for entry in reader.entries if not entry.batch]
    if fixed:
        shown = ", ".join(name[:40] for name in fixed[:5])
        notes.append(f"Without a batch in front, as the file has them: {shown}.")
    return tuple(notes)


def _laid_out(model: Model) -> int:
    """How many nodes there are once each function stands where it is called."""
    sizes: dict[tuple[str, str], int] = {}

    def of(nodes: Iterable[onnx.NodeProto], depth: int) -> int:
        total = 0
        for node in nodes:
            key = (node.domain, node.op_type)
            own = model.functions.get(key)
            if own is not None and key not in sizes:
                sizes[key] = of(own.node, depth + 1) if depth < _DEEPEST else _MOST_NODES
            total = min(total + sizes.get(key, 1), _MOST_NODES + 1)
        return total

    return of(model.proto.graph.node, 0)


# --- what is known ---------------------------------------------------------------------------------------------


def unknown(model: Model) -> list[str]:
    """The operators that cannot be drawn, by name."""
    found: dict[str, None] = {}
    _look(model, model.proto.graph.node, model.opsets, found, frozenset(), set())
    return list(found)


def _look(
    model: Model,
    nodes: Iterable[onnx.NodeProto],
    opsets: Mapping[str, int],
    found: dict[str, None],
    inside: frozenset[tuple[str, str]],
    done: set[tuple[str, str]],
) -> None:
    for node in nodes:
        key = (node.domain, node.op_type)
        own = model.functions.get(key)
        opset = opsets.get("" if node.domain == "ai.onnx" else node.domain, 1)
        if own is not None:
            if key in inside:
                found[f"{node.op_type[:60]} (it is written in terms of itself)"] = None
            elif len(inside) < _DEEPEST and key not in done:
                done.add(key)
                versions = {item.domain: item.version for item in own.opset_import}
                _look(model, own.node, versions, found, inside | {key}, done)
        elif converter(node.domain, node.op_type, opset) is None and not has_body(node.op_type, node.domain, opset):
            found[node.op_type[:60] if not node.domain else f"{node.domain[:60]}.{node.op_type[:60]}"] = None
        for attribute in node.attribute:
            for graph in [attribute.g] if attribute.HasField("g") else attribute.graphs:
                _look(model, graph.node, opsets, found, inside, done)
