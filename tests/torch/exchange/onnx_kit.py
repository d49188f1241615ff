"""Imported ONNX models run beside their truth."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import onnx
import torch
from onnx.backend.test.runner import Runner

from designer.codegen.python import compile_network
from designer.exchange.imported import add_ends, loaded
from designer.exchange.onnx_import.read import Read, read_model

Array = np.ndarray[Any, Any]


@cache
def node_cases() -> Mapping[str, Any]:
    """The node tests that the onnx package carries, by name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are made with overflows, on purpose
        from onnx.backend.test.loader import load_model_tests

        return {case.name: case for case in load_model_tests(kind="node")}


def tensor(value: Any) -> torch.Tensor:
    """A case's array as a tensor."""
    array = onnx.numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else np.asarray(value)
    if array.dtype == ml_dtypes.bfloat16:
        return torch.from_numpy(array.astype(np.float32)).to(torch.bfloat16)
    return torch.from_numpy(array.copy())


def array(value: torch.Tensor) -> Array:
    """A tensor as NumPy has it."""
    value = value.detach()
    return value.float().numpy().astype(ml_dtypes.bfloat16) if value.dtype == torch.bfloat16 else value.numpy()


def run(read: Read, feed: Mapping[str, torch.Tensor]) -> dict[str, Array]:
    """What the imported model gives, by the names of the file's outputs. Its weights are loaded strictly."""
    ends = add_ends(read.sketch, read.outputs, {})
    program = compile_network(read.sketch.network)
    module = loaded(program, read.sketch.tensors).eval()
    names = {block: name for name, block in read.inputs.items()}
    with torch.no_grad():
        found = module(*[feed[names[info.name]] for info in program.inputs])
    by_block = dict(
        zip((info.name for info in program.outputs), found if isinstance(found, tuple) else (found,), strict=True)
    )
    return {name: array(by_block[block]) for name, block in ends.items()}


def check_case(case: Any) -> None:
    """One node test of the onnx package, with its own tolerances. Raises where it does not pass."""
    inputs = [info.name for info in case.model.graph.input]
    outputs = [info.name for info in case.model.graph.output]
    for given, expected in case.data_sets:
        read = read_model(case.model)
        found = run(read, {name: tensor(value) for name, value in zip(inputs, given, strict=False)})
        truth = [onnx.numpy_helper.to_array(e) if isinstance(e, onnx.TensorProto) else e for e in expected]
        Runner.assert_similar_outputs(truth, [found[name] for name in outputs], case.rtol, case.atol, model_dir=None)


def original(path: Path, feed: Mapping[str, torch.Tensor]) -> dict[str, Array]:
    """What ONNX Runtime gives."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [item.name for item in session.get_outputs()]
    results: Sequence[Array] = session.run(names, {name: value.numpy() for name, value in feed.items()})
    return dict(zip(names, results, strict=True))
