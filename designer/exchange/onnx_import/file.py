"""An ONNX file before anything of it is believed: sizes, names and order checked, weights read from inside its folder.

Nothing in an ONNX file is code; what it can do is lie about sizes and places.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import onnx
import torch
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from designer.errors import FileDamaged
from designer.exchange.onnx_import.order import check_graph
from designer.exchange.onnx_import.values import Kinds

__all__ = ["EARLIEST", "Model", "model_of", "open_model"]

EARLIEST = 7  # opset 9 is promised; nothing that is read differently changed since 7
_MOST_BYTES = (2 << 30) - 1  # a protobuf file cannot be larger
_MOST_DIMS = 64


@dataclass(frozen=True)
class Model:
    """A file that was read; ``path`` is None where it never was one."""

    proto: onnx.ModelProto
    path: Path | None = None

    @cached_property
    def opsets(self) -> Mapping[str, int]:
        """The version of the standard by domain."""
        return {("" if o.domain == "ai.onnx" else o.domain): o.version for o in self.proto.opset_import}

    @cached_property
    def functions(self) -> Mapping[tuple[str, str], onnx.FunctionProto]:
        """The functions that the file brings itself."""
        return {(function.domain, function.name): function for function in self.proto.functions}

    @cached_property
    def inputs(self) -> tuple[onnx.ValueInfoProto, ...]:
        """The inputs that are no weights."""
        weights = {weight.name for weight in self.proto.graph.initializer}
        return tuple(info for info in self.proto.graph.input if info.name not in weights)

    def weights(self) -> dict[str, torch.Tensor]:
        """The numbers in the graph by name. Raises FileDamaged."""
        return {weight.name: self.numbers(weight) for weight in self.proto.graph.initializer}

    def numbers(self, tensor: onnx.TensorProto) -> torch.Tensor:
        """The numbers of one tensor. Raises FileDamaged where the file promises others than it holds."""
        return _numbers(tensor, self.path)


def open_model(path: Path) -> Model:
    """Read a file and check it. Raises FileDamaged with a sentence."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise FileDamaged(f"{path} cannot be opened: it is no plain file. Choose an .onnx file.")
        if found.st_size > _MOST_BYTES:
            raise FileDamaged(
                f"{path} has {found.st_size / 1e9:.1f} GB; an ONNX file has at most 2.1 GB. It is damaged."
            )
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file can have this name"
        raise FileDamaged(f"{path} cannot be opened: {reason}. Choose another file.") from error
    except MemoryError as error:
        raise FileDamaged(f"{path} does not fit into memory. Choose a smaller file.") from error
    try:
        proto = onnx.ModelProto.FromString(content)
    except (DecodeError, MemoryError, RecursionError, ValueError) as error:
        raise _damaged(path, "it is no ONNX model, or is cut off") from error
    return model_of(proto, path)


def model_of(proto: onnx.ModelProto, path: Path | None = None) -> Model:
    """A model that is in memory already, checked. Raises FileDamaged."""
    model = Model(proto, path)
    where = path or Path("the model")
    if not proto.HasField("graph") or not proto.opset_import:
        raise _damaged(where, "it holds no graph, or does not say which version of the standard it follows")
    known = onnx.defs.onnx_opset_version()
    opset = model.opsets.get("")
    if opset is not None and opset < EARLIEST:
        raise FileDamaged(f"{where} follows ONNX opset {opset}; Layerloom reads 9 and later. Export it again.")
    if opset is not None and opset > known:
        raise FileDamaged(
            f"{where} follows ONNX opset {opset}; Layerloom reads up to {known}. Export it with that version."
        )
    try:
        for text in _texts(proto):
            text.encode("utf-8")
    except (UnicodeError, DecodeError) as error:
        raise _damaged(where, "names in it are no text") from error
    if proto.graph.sparse_initializer:
        raise FileDamaged(f"{where} holds sparse weights, which no block has. Export it with dense weights.")
    problem = check_graph(proto)
    if problem:
        raise _damaged(where, problem)
    for tensor in proto.graph.initializer:
        _check(tensor, path)
    return model


def _texts(proto: onnx.ModelProto) -> Iterator[str]:
    for node in proto.graph.node:
        yield node.op_type
        yield node.name
    for info in (*proto.graph.input, *proto.graph.output, *proto.graph.initializer):
        yield info.name


def _damaged(path: Path, what: str) -> FileDamaged:
    return FileDamaged(f"{path} cannot be read: {what}. The file is damaged or made by hand; export it again.")


# --- weights -------------------------------------------------------------------------------------------------------


def _shown(tensor: onnx.TensorProto) -> str:
    return repr(tensor.name[:60])


def _count(tensor: onnx.TensorProto, path: Path) -> int:
    if len(tensor.dims) > _MOST_DIMS or any(dim < 0 for dim in tensor.dims):
        raise _damaged(path, f"the weight {_shown(tensor)} has impossible sizes")
    total = 1
    for dim in tensor.dims:
        total *= dim
    return total


def _check(tensor: onnx.TensorProto, path: Path | None) -> int:
    """How many numbers there are, if the file holds as many as it says. Raises FileDamaged."""
    where = path or Path("the model")
    count = _count(tensor, where)
    if tensor.data_type not in Kinds:
        return count  # refused by name where it is used
    width = torch.empty((), dtype=getattr(torch, Kinds[tensor.data_type])).element_size()
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        _place(tensor, path, count * width)
    elif tensor.HasField("raw_data"):
        if len(tensor.raw_data) != count * width:
            raise _damaged(where, f"the weight {_shown(tensor)} claims {count:,} numbers and holds others")
    elif _held(tensor) != count:
        raise _damaged(where, f"the weight {_shown(tensor)} claims {count:,} numbers and holds {_held(tensor):,}")
    return count


def _held(tensor: onnx.TensorProto) -> int:
    return max(
        len(tensor.float_data),
        len(tensor.int32_data),
        len(tensor.int64_data),
        len(tensor.double_data),
        len(tensor.uint64_data),
    )


def _place(tensor: onnx.TensorProto, path: Path | None, size: int) -> tuple[Path, int]:
    """The file beside the model that holds the numbers, and where. Raises FileDamaged."""
    where = path or Path("the model")
    said = {item.key: item.value for item in tensor.external_data}
    location = said.get("location", "")
    if path is None or not location or "\0" in location:
        raise _damaged(where, f"the numbers of the weight {_shown(tensor)} are nowhere")
    folder = path.resolve().parent
    place = Path(os.path.normpath(folder / location))
    try:
        real = place.resolve()
        inside = not Path(location).is_absolute() and real.is_relative_to(folder) and real != path.resolve()
        if not inside:
            raise FileDamaged(
                f"{where} takes its weights from {location[:100]!r}, outside of its folder; that is not read. "
                "Put the weights beside the model and export it again."
            )
        found = real.stat()
    except (OSError, ValueError, RuntimeError) as error:
        raise FileDamaged(
            f"{where} needs its weights from {location[:100]!r} beside it, and that file cannot be opened. "
            "Put it there."
        ) from error
    offset, length = _number(said.get("offset", "0")), _number(said.get("length", str(size)))
    if not stat.S_ISREG(found.st_mode) or offset is None or length != size or offset + size > found.st_size:
        raise _damaged(where, f"{location[:100]!r} does not hold the {size:,} bytes of the weight {_shown(tensor)}")
    return real, offset


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _numbers(tensor: onnx.TensorProto, path: Path | None) -> torch.Tensor:
    where = path or Path("the model")
    count = _check(tensor, path)
    if tensor.data_type not in Kinds:
        name = {v: k for k, v in onnx.TensorProto.DataType.items()}.get(tensor.data_type, "an unknown type")
        raise FileDamaged(f"{where}: the weight {_shown(tensor)} holds {str(name).lower()}, which no block has.")
    dtype = getattr(torch, Kinds[tensor.data_type])
    shape = tuple(tensor.dims)
    if not count:
        return torch.empty(shape, dtype=dtype)
    try:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            place, offset = _place(tensor, path, count * torch.empty((), dtype=dtype).element_size())
            return (
                torch.from_file(str(place), shared=False, size=place.stat().st_size, dtype=torch.uint8)[
                    offset : offset + count * torch.empty((), dtype=dtype).element_size()
                ]
                .clone()
                .view(dtype)
                .reshape(shape)
            )
        if tensor.HasField("raw_data"):
            return torch.frombuffer(bytearray(tensor.raw_data), dtype=dtype).reshape(shape)
        return _typed(tensor, dtype).reshape(shape)
    except (RuntimeError, ValueError, OverflowError, MemoryError, OSError) as error:
        raise _damaged(where, f"the numbers of the weight {_shown(tensor)} cannot be read") from error


def _typed(tensor: onnx.TensorProto, dtype: torch.dtype) -> torch.Tensor:
    """Numbers that stand in a field of their own kind."""
    if dtype == torch.float32:
        return torch.tensor(list(tensor.float_data), dtype=dtype)
    if dtype == torch.float64:
        return torch.tensor(list(tensor.double_data), dtype=dtype)
    if dtype in (torch.uint32, torch.uint64):
        return torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy())
    if dtype == torch.int64:
        return torch.tensor(list(tensor.int64_data), dtype=dtype)
    values = torch.tensor(list(tensor.int32_data), dtype=torch.int32)
    if dtype in (torch.float16, torch.bfloat16):
        return values.to(torch.int16).view(dtype)
    return values.to(dtype)
