"""The network with its weights as ONNX, with an open batch; checked with ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from designer.errors import ExportError
from designer.exchange.format import Bundle, Format, Inputs, Outputs

__all__ = ["FORMAT"]

_MAX_BYTES = 1_900_000_000  # a protobuf file cannot exceed 2 GiB


def _write(bundle: Bundle, path: Path) -> None:
    import onnx
    import torch

    from designer.exchange.engine import dynamic_shapes, input_names, output_names, run_module
    from designer.exchange.formats.pt2 import exporter_warnings

    size = sum(tensor.nbytes for tensor in bundle.module.state_dict().values())
    if size > _MAX_BYTES:
        raise ExportError(
            f"The weights have {size / 1e9:.1f} GB; one ONNX file holds 2 GB at most. Export as .pt2 or safetensors."
        )
    count = len(run_module(bundle.module, [bundle.example])[0])
    with exporter_warnings(), torch.no_grad():
        program = torch.onnx.export(
            bundle.module,
            bundle.example,
            dynamo=True,
            dynamic_shapes=dynamic_shapes(bundle),
            input_names=input_names(bundle),
            output_names=output_names(bundle, count),
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise ExportError("The ONNX exporter gave nothing back. Export as .pt2 instead.")
    model = program.model_proto
    model.producer_name = "Layerloom"
    onnx.helper.set_model_props(model, bundle.metadata())
    onnx.checker.check_model(model)
    onnx.save_model(model, str(path))


def _run(bundle: Bundle, path: Path, batches: Sequence[Inputs]) -> list[Outputs]:
    import onnxruntime
    import torch

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # leave the processor to others
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [item.name for item in session.get_inputs()]
    found: list[Outputs] = []
    for batch in batches:
        feed = {name: tensor.numpy() for name, tensor in zip(names, batch, strict=True)}
        found.append(tuple(torch.from_numpy(array) for array in session.run(None, feed)))
    return found


FORMAT = Format(
    name="onnx",
    title="ONNX",
    suffix=".onnx",
    help="Graph and weights in one file, for ONNX Runtime, TensorRT, OpenVINO, browsers and phones. Any batch size.",
    write=_write,
    run=_run,
    order=30,
)
