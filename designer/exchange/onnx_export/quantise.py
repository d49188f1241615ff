"""Whole numbers of 8 bits instead of floats: static quantisation, calibrated on real samples."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from designer.exchange.format import Inputs

__all__ = ["quantised"]

_BATCH = 16


class _Samples(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    """Hands the samples out in small batches."""

    def __init__(self, names: list[str], samples: Inputs) -> None:
        self._left: Iterator[dict[str, Any]] = iter(
            {name: tensor[start : start + _BATCH].numpy() for name, tensor in zip(names, samples, strict=True)}
            for start in range(0, len(samples[0]), _BATCH)
        )

    def get_next(self) -> dict[str, Any] | None:
        return next(self._left, None)


def quantised(model: onnx.ModelProto, samples: Inputs) -> onnx.ModelProto:
    """The model with weights and activations of 8 bits (QDQ), their ranges taken from ``samples``."""
    names = [item.name for item in model.graph.input]
    level = logging.root.level
    logging.root.setLevel(logging.ERROR)  # it speaks to the root logger of things that are done here already
    try:
        with tempfile.TemporaryDirectory(prefix="layerloom-") as folder, torch.no_grad():
            whole, shaped, small = (Path(folder, f"{name}.onnx") for name in ("whole", "shaped", "small"))
            onnx.save_model(model, str(whole))
            quant_pre_process(str(whole), str(shaped), skip_symbolic_shape=True)
            quantize_static(
                str(shaped),
                str(small),
                _Samples(names, samples),
                quant_format=QuantFormat.QDQ,
                activation_type=QuantType.QInt8,
                weight_type=QuantType.QInt8,
                per_channel=True,
            )
            return onnx.load(str(small))
    finally:
        logging.root.setLevel(level)
