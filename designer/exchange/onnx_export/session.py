"""Running an ONNX file with ONNX Runtime, and looking at what comes out of every block in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import onnx
import onnxruntime
import torch

from designer.codegen.program import Program
from designer.exchange.format import Inputs, Outputs
from designer.exchange.suspect import block_in_trace

__all__ = ["block_outputs", "runner", "session_of"]

_TRACE = "pkg.torch.onnx.stack_trace"  # what torch's exporter writes beside each operation


def session_of(model: str | bytes) -> Any:
    """A session of a file, or of its bytes, with as many threads as torch has."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # leave the processor to others
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def runner(model: str | bytes) -> Callable[[Inputs], Outputs]:
    """A function that runs one batch."""
    session = session_of(model)
    names = [item.name for item in session.get_inputs()]

    def run(batch: Inputs) -> Outputs:
        feed = {name: tensor.numpy() for name, tensor in zip(names, batch, strict=True)}
        return tuple(torch.from_numpy(array) for array in session.run(None, feed))

    return run


def block_outputs(path: str, program: Program, batch: Inputs) -> dict[str, torch.Tensor]:
    """What comes out of each block: a copy in memory gets the last value of each as one more output."""
    model = onnx.load(path)
    last: dict[str, str] = {}
    for node in model.graph.node:
        trace = next((item.value for item in node.metadata_props if item.key == _TRACE), "")
        block = block_in_trace(program, trace)
        if block is not None and node.output:
            last[block] = node.output[0]
    given = {value.name for value in model.graph.output}
    for name in dict.fromkeys(last.values()):
        if name not in given:
            model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    session = session_of(model.SerializeToString())
    names = [item.name for item in session.get_outputs()]
    feed = {item.name: tensor.numpy() for item, tensor in zip(session.get_inputs(), batch, strict=True)}
    values = dict(zip(names, session.run(None, feed), strict=True))
    return {block: torch.from_numpy(values[name]) for block, name in last.items()}
