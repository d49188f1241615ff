"""Reads PyTorch checkpoints (.pth, .pt): tensors only, never objects.

``torch.load(weights_only=True)`` does the reading; around it the file is checked so that it can neither
take more memory than it has bytes nor point outside of itself. torch's own error text tells people how to
switch the protection off, so it is never shown.
"""

from __future__ import annotations

import pickle
import pickletools
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from designer.errors import FileDamaged
from designer.exchange.format import Format

if TYPE_CHECKING:
    import torch

__all__ = ["FORMAT"]

_MAX_PICKLE = 64 << 20
_MAX_ENTRIES = 1_000_000
_BIGGER = 4  # tensors may share storage (tied weights), but not without end
_PARTS = ("state_dict", "model_state_dict", "model", "net", "network", "weights", "module")
_PREFIXES = ("module.", "_orig_mod.")
_ALLOCATES = {"builtins bytearray", "__builtin__ bytearray"}  # takes any amount of memory from a few bytes


def _read(path: Path) -> dict[str, torch.Tensor]:
    """The state dict in a checkpoint, as copies. Raises FileDamaged."""
    import torch

    try:
        size = path.stat().st_size
        modern = zipfile.is_zipfile(path)
        if modern:
            _check_archive(path, size)
        else:
            _check_old(path)
        # Mapped, not read: a tensor that claims bytes beyond the file is refused instead of read out of bounds.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # advice to programmers, e.g. about sparse tensors
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=modern or None)
    except FileNotFoundError as error:
        raise FileDamaged(f"The weights {path} do not exist. Choose another file.") from error
    except pickle.UnpicklingError as error:
        raise FileDamaged(
            f"The file {path} holds Python objects, not only weights; reading them could run foreign code. "
            "Where it was made, save model.state_dict() as safetensors and choose that file."
        ) from error
    except _DAMAGED as error:
        raise FileDamaged(f"The file {path} is no PyTorch checkpoint, or is damaged. Fetch it again.") from error
    tensors = _state_dict(content, path)
    _check_tensors(tensors, size, path)
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


# What torch and zipfile are known to raise on files that are cut off or made up.
_DAMAGED = (
    RuntimeError, OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError, AssertionError,
    OverflowError, MemoryError, NotImplementedError, ImportError, zipfile.BadZipFile,
)  # fmt: skip


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
        packed = any(entry.compress_type != zipfile.ZIP_STORED for entry in entries)
        if packed or len(entries) > _MAX_ENTRIES or sum(entry.file_size for entry in entries) > size:
            raise FileDamaged(f"The file {path} says it holds more than its {size:,} bytes. It is damaged.")
        pickles = [entry for entry in entries if entry.filename.endswith("data.pkl")]
        if len(pickles) != 1 or pickles[0].file_size > _MAX_PICKLE:
            raise FileDamaged(f"The file {path} is not a PyTorch checkpoint: it has no table of contents.")
        with archive.open(pickles[0]) as file:
            _check_pickle(file, path)


def _check_old(path: Path) -> None:
    """Files from before PyTorch 1.6: five pickles one after the other, then the numbers."""
    with path.open("rb") as file:
        if file.read(1) != b"\x80":
            raise FileDamaged(f"The file {path} is not a PyTorch checkpoint. Choose a .pth, .pt or safetensors file.")
        file.seek(0)
        for _ in range(5):
            _check_pickle(file, path)


def _check_pickle(file: IO[bytes], path: Path) -> None:
    """Look at the instructions without following them."""
    for _, argument, _ in pickletools.genops(file):
        if argument in _ALLOCATES:
            raise FileDamaged(f"The file {path} holds Python objects, not only weights; it is not read.")


def _state_dict(content: Any, path: Path) -> dict[str, torch.Tensor]:
    """The mapping from names to tensors, also where a training script wrapped it."""
    import torch

    wrapped = [content.get(key) for key in _PARTS] if isinstance(content, Mapping) else []
    for candidate in (content, *wrapped):
        if not isinstance(candidate, Mapping):
            continue
        found = {k: v for k, v in candidate.items() if isinstance(k, str) and isinstance(v, torch.Tensor)}
        if found and len(found) == len(candidate):
            for prefix in _PREFIXES:  # DataParallel and torch.compile put these in front of every name
                if all(name.startswith(prefix) for name in found):
                    found = {name.removeprefix(prefix): tensor for name, tensor in found.items()}
            return found
    raise FileDamaged(f"The file {path} holds no state dict (names and tensors). Save model.state_dict() there.")


def _check_tensors(tensors: Mapping[str, torch.Tensor], size: int, path: Path) -> None:
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


FORMAT = Format(
    name="pth",
    title="PyTorch checkpoint",
    suffix=".pth",
    help="A state dict as torch.save writes it (.pth, .pt). Read as weights only; Python objects are refused.",
    read=_read,
    order=90,
)
