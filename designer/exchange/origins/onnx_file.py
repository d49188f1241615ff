"""ONNX files as editable networks, compared with ONNX Runtime. Nothing in them is code."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from designer.blocks.spec import Value
from designer.data.spec import Normalisation
from designer.errors import DataError, LayerloomError
from designer.exchange.origin import Imported, Origin, Request

if TYPE_CHECKING:
    import numpy as np
    import torch

    from designer.codegen.program import Program
    from designer.exchange.imported import End
    from designer.exchange.onnx_import.read import Read
    from designer.graph.model import Network

__all__ = ["ORIGIN"]

_OPEN = 32  # what an open size is while the two are compared


def _read(request: Request) -> Imported:
    from designer.exchange.imported import add_ends, report_of
    from designer.exchange.onnx_import.file import open_model
    from designer.exchange.onnx_import.read import read_opened
    from designer.exchange.sketch import Unfit

    began, path = time.monotonic(), Path(request.source)
    request.progress(None, f"Reading {path.name}")
    model = open_model(path)
    notes = {item.key: item.value for item in model.proto.metadata_props}
    labels, normalisation = _labels(notes), _normalisation(notes)
    request.progress(0.2, "Drawing its blocks")
    read = read_opened(model, path.name, request.size, lambda part: request.progress(0.2 + 0.4 * part, "Drawing"))
    try:
        ends = add_ends(read.sketch, read.outputs, _ends(read, labels))
    except Unfit:
        ends = add_ends(read.sketch, read.outputs, {})
    network, tensors = read.sketch.network, read.sketch.tensors
    request.progress(0.7, "Comparing it with ONNX Runtime")
    worst, compared = _difference(path, read, network, tensors, ends)
    counts, kept = _weights(request, tensors)
    size = _size(network)
    report = report_of(
        network,
        source=str(path),
        weights=counts,
        worst=worst,
        compared=compared,
        size=size,
        normalisation=normalisation,
        renamed=read.sketch.renamed,
        seconds=time.monotonic() - began,
        notes=read.notes,
    )
    return Imported(network, kept, report, normalisation, path.stem, labels)


# --- what an export of our own says ------------------------------------------------------------------------------


def _said(notes: Mapping[str, str], key: str) -> list[Any]:
    """A list in the file's notes; empty where there is none, or it is none of ours."""
    try:
        found = json.loads(notes.get(key, "[]")[:1_000_000])
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _labels(notes: Mapping[str, str]) -> tuple[str, ...]:
    found = _said(notes, "classes")
    return tuple(found) if all(isinstance(item, str) for item in found) else ()


def _normalisation(notes: Mapping[str, str]) -> Normalisation | None:
    mean, std = _said(notes, "mean"), _said(notes, "std")
    if notes.get("normalised_inside") == "true":  # its own blocks do it: pixels go in as they are
        mean, std = [0.0] * len(mean), [1.0] * len(std)
    try:
        return Normalisation(mean=tuple(mean), std=tuple(std)) if mean and std else None
    except ValueError:
        return None


def _ends(read: Read, labels: Sequence[str]) -> dict[str, End]:
    """A Classification output where the file names the classes of its only output."""
    tensors = [read.sketch.carried[ref] for ref in read.outputs.values()]
    if len(tensors) != 1 or not labels or tensors[0].dims[1:] != (len(labels),):
        return {}
    params: dict[str, Value] = {"classes": len(labels), "labels": tuple(labels)}
    return {next(iter(read.outputs)): ("classification", "classification_output", params)}


def _size(network: Network) -> list[int]:
    """The size of a sample of the first input."""
    for node in network.nodes.values():
        if node.block.role == "input":
            value = node.params["size"]
            assert isinstance(value, tuple)
            return [side if isinstance(side, int) else _OPEN for side in value]
    return []


# --- the original ------------------------------------------------------------------------------------------------


def _difference(
    path: Path, read: Read, network: Network, tensors: Mapping[str, torch.Tensor], ends: Mapping[str, str]
) -> tuple[float | None, str]:
    """The largest difference of the outputs from ONNX Runtime's, and what was compared; None where it cannot run."""
    import torch

    from designer.codegen.python import compile_network
    from designer.exchange.imported import loaded

    program = compile_network(network)
    feed = _samples(program, read)
    try:
        truth = _original(path, feed)
    except Exception as error:  # noqa: BLE001  (its own kinds of error; the drawing does not need it)
        return None, f"not compared: ONNX Runtime cannot run the file ({type(error).__name__})"
    blocks = {block: name for name, block in read.inputs.items()}
    module = loaded(program, tensors).eval()
    try:
        with torch.no_grad():
            given = [torch.from_numpy(feed[blocks[info.name]].copy()) for info in program.inputs]
            found = module(*given)
    except LayerloomError:
        raise
    except Exception as error:
        raise DataError(f"{path.name} cannot be drawn: its blocks do not run ({str(error)[:200]}).") from error
    results = found if isinstance(found, tuple) else (found,)
    by_block = dict(zip((info.name for info in program.outputs), results, strict=True))
    worst = 0.0
    for name, value in truth.items():
        ours = by_block[ends[name]].double()
        away = (ours - torch.from_numpy(value.copy()).double()).abs()
        worst = max(worst, float(away.nan_to_num().max()) if away.numel() else 0.0)
    return worst, "2 random samples, with ONNX Runtime"


def _samples(program: Program, read: Read) -> dict[str, np.ndarray[Any, Any]]:
    """Random numbers for each input of the file; 0 and 1 for whole numbers, which every table has."""
    import torch

    names = {block: name for name, block in read.inputs.items()}
    random = torch.Generator().manual_seed(0)
    found = {}
    for info in program.inputs:
        batch = (read.batch or 2,) if info.dims[:1] == (None,) else info.dims[:1]
        size = [_OPEN if side is None else side for side in (*batch, *info.dims[1:])]
        kind = getattr(torch, info.dtype)
        numbers = torch.randn(size, generator=random) if kind.is_floating_point else None
        made = numbers if numbers is not None else torch.randint(0, 2, size, generator=random)
        found[names[info.name]] = made.to(kind).numpy()
    return found


def _original(path: Path, feed: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, np.ndarray[Any, Any]]:
    import onnxruntime
    import torch

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # leave the processor to others
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [item.name for item in session.get_outputs()]
    wanted = {item.name for item in session.get_inputs()}
    results = session.run(names, {name: value for name, value in feed.items() if name in wanted})
    return dict(zip(names, results, strict=True))


def _weights(
    request: Request, tensors: Mapping[str, torch.Tensor]
) -> tuple[dict[str, int] | None, Mapping[str, torch.Tensor] | None]:
    """How many weights were matched, and those to keep."""
    if request.weights == "none":
        return None, None
    if request.weights == "default":
        return {"matched": len(tensors), "missing": 0, "unexpected": 0}, tensors
    from designer.exchange.weights import match_weights, read_weights

    found = read_weights(Path(request.weights))
    match = match_weights(tensors, found)
    if not match.matched:
        raise DataError(f"{Path(request.weights).name} holds the weights of another network: {match.sentence}")
    fits = set(match.matched)
    kept = {name: found[name] if name in fits else tensor for name, tensor in tensors.items()}
    missing = len(match.missing) + len(match.wrong_shape)
    return {"matched": len(fits), "missing": missing, "unexpected": len(match.unexpected)}, kept


ORIGIN = Origin(
    name="onnx",
    title="an ONNX file",
    help="A model in an .onnx file: its operators become blocks.",
    takes=lambda source: Path(source).suffix.lower() == ".onnx",
    read=_read,
    order=30,
)
