"""The network as ONNX with weights and activations of 8 bits, calibrated on real training samples."""

from __future__ import annotations

from pathlib import Path

from designer.exchange.format import Bundle, Format
from designer.exchange.formats.onnx_file import OPTIONS, onnx_model, opened, run_onnx, save_onnx

__all__ = ["FORMAT"]


def _write(bundle: Bundle, path: Path) -> None:
    from designer.exchange.onnx_export.quantise import quantised

    save_onnx(bundle, quantised(onnx_model(bundle), bundle.calibration), path)


FORMAT = Format(
    name="onnx-int8",
    title="ONNX int8",
    suffix=".onnx",
    help="ONNX in whole numbers of 8 bits: a quarter of the size, often faster. Calibrated on training samples; the "
    "accuracy before and after is shown.",
    write=_write,
    run=run_onnx,
    opened=opened,
    options=OPTIONS,
    engine="ONNX Runtime",
    lossy=True,
    calibrated=True,
    tail="-int8",
    order=35,
)
