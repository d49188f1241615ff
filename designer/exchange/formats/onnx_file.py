"""The network with its weights as ONNX, with an open batch; checked with ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from designer.errors import ExportError
from designer.exchange.format import Bundle, Format, Inputs, Outputs

if TYPE_CHECKING:
    import onnx
    import torch

__all__ = ["FORMAT", "OPTIONS", "onnx_model", "opened", "run_onnx", "save_onnx"]

_MAX_BYTES = 1_900_000_000  # a protobuf file cannot exceed 2 GiB


OPTIONS = frozenset({"opset", "open_size", "preprocessing", "probabilities", "simplify"})


def onnx_model(bundle: Bundle) -> onnx.ModelProto:
    """The network as torch's exporter writes it, without what the options put at its ends. Raises ExportError."""
    import torch

    from designer.exchange.engine import dynamic_shapes, input_names, output_names, run_module
    from designer.exchange.formats.pt2 import exporter_warnings

    size = sum(tensor.nbytes for tensor in bundle.module.state_dict().values())
    if size > _MAX_BYTES:
        raise ExportError(
            f"The weights have {size / 1e9:.1f} GB; one ONNX file holds 2 GB at most. Export as .pt2 or safetensors."
        )
    count = len(run_module(bundle.module, [bundle.example])[0])
    options = bundle.options
    with exporter_warnings(), torch.no_grad():
        program = torch.onnx.export(
            bundle.module,
            bundle.example,
            dynamo=True,
            dynamic_shapes=dynamic_shapes(bundle),
            input_names=input_names(bundle),
            output_names=output_names(bundle, count),
            opset_version=options.opset,
            optimize=options.simplify,
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise ExportError("The ONNX exporter gave nothing back. Export as .pt2 instead.")
    model: onnx.ModelProto = program.model_proto
    found = next((item.version for item in model.opset_import if item.domain in ("", "ai.onnx")), None)
    if options.opset is not None and found != options.opset:
        raise ExportError(
            f"Some operation of the network needs opset {found} and cannot be written in opset {options.opset}. "
            f"Choose {found}, or leave the opset empty."
        )
    return model


def save_onnx(bundle: Bundle, model: onnx.ModelProto, path: Path) -> None:
    """Put on the ends that the options ask for, say in the file what its user must know, check and write it."""
    import onnx

    from designer.exchange.onnx_export.ends import finish_ends

    finish_ends(model, bundle)
    model.producer_name = "Layerloom"
    onnx.helper.set_model_props(model, bundle.metadata())
    onnx.checker.check_model(model)
    onnx.save_model(model, str(path))


def _write(bundle: Bundle, path: Path) -> None:
    save_onnx(bundle, onnx_model(bundle), path)


def opened(bundle: Bundle, path: Path) -> Callable[[Inputs], Outputs]:
    """A function that runs one batch in ONNX Runtime."""
    from designer.exchange.onnx_export.session import runner

    return runner(str(path))


def run_onnx(bundle: Bundle, path: Path, batches: Sequence[Inputs]) -> list[Outputs]:
    """The outputs of each batch, from the file alone."""
    run = opened(bundle, path)
    return [run(batch) for batch in batches]


def _inside(bundle: Bundle, path: Path, batch: Inputs) -> dict[str, torch.Tensor]:
    from designer.exchange.onnx_export.session import block_outputs

    return block_outputs(str(path), bundle.program, batch)


FORMAT = Format(
    name="onnx",
    title="ONNX",
    suffix=".onnx",
    help="Graph and weights in one file, for ONNX Runtime, TensorRT, OpenVINO, browsers and phones. Any batch size.",
    write=_write,
    run=run_onnx,
    opened=opened,
    inside=_inside,
    options=OPTIONS,
    engine="ONNX Runtime",
    order=30,
)
