"""PyTorch checkpoints opened so that nothing in them runs: checked, then read as weights only. Imports torch inside.

``torch.load(weights_only=True)`` does the reading; around it the file is checked so that it can neither
take more memory than it has bytes nor point outside of itself. torch's own error text tells people how to
switch the protection off, so it is never shown. Settings that training scripts save beside the weights (a Namespace,
a NumPy number, a path) become empty stand-ins: their classes are never looked up.
"""

from __future__ import annotations

import pickle
import pickletools
import warnings
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from designer.errors import FileDamaged
from designer.exchange.header import check_names, plain_file

if TYPE_CHECKING:
    import torch

__all__ = ["open_checkpoint", "state_dicts"]

_MAX_PICKLE = 32 << 20
_MAX_ENTRIES = 1_000_000
_BIGGER = 4  # tensors may share storage (tied weights), but not without end
_PARTS = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params", "module")
_DEPTH, _MOST_PARTS = 4, 200
_ALLOCATES = {"builtins bytearray", "__builtin__ bytearray"}  # takes any amount of memory from a few bytes

# What torch and zipfile are known to raise on files that are cut off or made up.
_DAMAGED = (
    RuntimeError, OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError, AssertionError,
    OverflowError, MemoryError, NotImplementedError, ImportError, zipfile.BadZipFile,
)  # fmt: skip

Tensors = Mapping[str, "torch.Tensor"]


def open_checkpoint(path: Path) -> dict[str, Tensors]:
    """Every state dict in a checkpoint by its place ("" at the top, "model_ema"), the likeliest first.

    The numbers stay in the file where they can (mapped). Raises FileDamaged.
    """
    size = plain_file(path)
    content = _content(path, size)
    parts = state_dicts(content)
    if not parts:
        raise FileDamaged(f"The file {path} holds no state dict (names and tensors). Save model.state_dict() there.")
    for tensors in parts.values():
        check_names(tensors, path)
        _check_tensors(tensors, size, path)
    return parts


def _content(path: Path, size: int) -> Any:
    import torch

    try:
        modern = zipfile.is_zipfile(path)
        if modern:
            _check_archive(path, size)
        else:
            _check_old(path)
        _allow_stand_ins()
        # Mapped, not read: a tensor that claims bytes beyond the file is refused instead of read out of bounds.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # advice to programmers, e.g. about sparse tensors
            return torch.load(path, map_location="cpu", weights_only=True, mmap=modern or None)
    except pickle.UnpicklingError as error:
        raise FileDamaged(
            f"The file {path} holds Python objects, not only weights; reading them could run foreign code. "
            "Where it was made, save model.state_dict() as safetensors and choose that file."
        ) from error
    except RecursionError as error:
        raise FileDamaged(f"The file {path} nests its contents without end. It is damaged.") from error
    except _DAMAGED as error:
        raise FileDamaged(f"The file {path} is no PyTorch checkpoint, or is damaged. Fetch it again.") from error


# --- before it is read -----------------------------------------------------------------------------------------


def _check_archive(path: Path, size: int) -> None:
    """The zip of a checkpoint is stored, not compressed: nothing in it may be larger than the file."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if any("/code/" in name or name.endswith("constants.pkl") for name in names):
            raise FileDamaged(
                f"The file {path} is a TorchScript program, which Layerloom does not run. "
                "Where it was made, save model.state_dict() and choose that file."
            )
        packed = any(entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 for entry in entries)
        if packed or len(entries) > _MAX_ENTRIES or sum(entry.file_size for entry in entries) > size:
            raise FileDamaged(f"The file {path} says it holds more than its {size:,} bytes. It is damaged.")
        # torch reads the archive with a reader of its own: both must see one and the same table of contents.
        if len(set(names)) != len(names) or min((entry.header_offset for entry in entries), default=0) != 0:
            raise FileDamaged(f"The file {path} is an archive within another, or names a part twice. It is damaged.")
        pickles = [entry for entry in entries if entry.filename.endswith("data.pkl")]
        if len(pickles) != 1 or pickles[0].file_size > _MAX_PICKLE:
            raise FileDamaged(f"The file {path} is not a PyTorch checkpoint: it has no table of contents.")
        with archive.open(pickles[0]) as file:
            _check_pickle(file, path)


def _check_old(path: Path) -> None:
    """Files from before PyTorch 1.6: five pickles one after the other, then the numbers."""
    with path.open("rb") as file:
        head = file.read(64)
        if head.startswith(b"version https://git-lfs"):
            raise FileDamaged(f"The file {path} only points to the weights. Fetch them with `git lfs pull`.")
        if head.lstrip().lower().startswith((b"<!doctype", b"<html")):
            raise FileDamaged(f"The file {path} is a web page, not weights. Download the file itself.")
        if head[:1] != b"\x80":
            raise FileDamaged(f"The file {path} is not a PyTorch checkpoint. Choose a .pth, .pt or safetensors file.")
        file.seek(0)
        for _ in range(5):
            _check_pickle(file, path)


def _check_pickle(file: IO[bytes], path: Path) -> None:
    """Look at the instructions without following them."""
    for _, argument, _ in pickletools.genops(file):
        if argument in _ALLOCATES:
            raise FileDamaged(f"The file {path} holds Python objects, not only weights; it is not read.")
        if file.tell() > _MAX_PICKLE:
            raise FileDamaged(f"The file {path} has a table of contents of more than {_MAX_PICKLE:,} bytes.")


# --- what scripts save beside the weights ----------------------------------------------------------------------


class _StandIn:
    """Takes the place of an object that nobody needs. Nothing of it is kept, nothing of it runs."""

    def __new__(cls, *_: object) -> _StandIn:
        return object.__new__(cls)

    def __setstate__(self, _: object) -> None:
        return


_BESIDE = (
    "argparse.Namespace", "types.SimpleNamespace", "pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath",
    "pathlib.PurePosixPath", "pathlib.PureWindowsPath", "datetime.datetime", "datetime.date", "datetime.timedelta",
    "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.core.multiarray._reconstruct",
    "numpy._core.multiarray._reconstruct", "numpy.ndarray", "numpy.dtype", "numpy.dtypes.Float64DType",
    "numpy.dtypes.Float32DType", "numpy.dtypes.Int64DType",
)  # fmt: skip


@cache
def _allow_stand_ins() -> None:
    """Let torch put a stand-in where a file names one of these classes; the class itself is never looked up."""
    from torch.serialization import add_safe_globals

    add_safe_globals([(_StandIn, name) for name in _BESIDE])


# --- after it was read -----------------------------------------------------------------------------------------


def state_dicts(content: Any) -> dict[str, Tensors]:
    """The mappings from names to tensors, also where a training script wrapped them, the likeliest first."""
    found: dict[str, Tensors] = {}
    whole = _collect(content, (), found, set())
    order = sorted(found, key=lambda place: (not (whole and not place), *_likely(place), -len(found[place])))
    return {place: found[place] for place in order}


def _collect(content: Any, place: tuple[str, ...], found: dict[str, Tensors], seen: set[int]) -> bool:
    """Whether all of ``content`` is tensors by name; adds what is found in it."""
    import torch

    if not isinstance(content, Mapping) or id(content) in seen or len(found) >= _MOST_PARTS:
        return False
    seen.add(id(content))  # a few bytes can name one mapping a million times
    tensors = {k: v for k, v in content.items() if isinstance(k, str) and isinstance(v, torch.Tensor)}
    if tensors:
        found[".".join(place)] = tensors
    if len(place) < _DEPTH:
        for key, value in content.items():
            if isinstance(key, str) and len(key) <= 80 and key.isprintable():
                _collect(value, (*place, key), found, seen)
    return bool(tensors) and len(tensors) == len(content)


def _likely(place: str) -> tuple[int, int]:
    """Well-known places first, what optimisers keep last."""
    last = place.rpartition(".")[2]
    known = _PARTS.index(last) if last in _PARTS else len(_PARTS)
    return (1 if "optim" in place or "scheduler" in place else 0), known


def _check_tensors(tensors: Tensors, size: int, path: Path) -> None:
    """Every tensor lies within its storage, and all of them together within reason of the file's size."""
    import torch

    total = 0
    for name, tensor in tensors.items():
        if tensor.layout != torch.strided or tensor.is_quantized or tensor.device.type != "cpu":
            raise FileDamaged(f"The weight {name} in {path} is sparse or quantised; expected plain numbers.")
        needs = tensor.numel() * tensor.element_size()
        total += needs
        if needs > tensor.untyped_storage().nbytes() or total > _BIGGER * size:
            raise FileDamaged(f"The weight {name} in {path} claims more numbers than the file holds. It is damaged.")
