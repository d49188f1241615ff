"""safetensors files, written so that a kill or a full disk never costs the old one, and read with care."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from designer.errors import FileDamaged, NotSaved, TrainError

__all__ = ["keep_numbered", "load_tensors", "load_weights", "save_tensors", "sweep"]

_TEMPORARY = ".partial"


def save_tensors(path: Path, tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str]) -> None:
    """Write ``path`` whole or not at all; an older file stays until the new one is safely on disk.

    Raises NotSaved when it cannot be written.
    """
    # Copies, because safetensors refuses tensors that share memory (tied weights) or are not contiguous.
    whole = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    temporary = path.with_name(f".{path.name}.{os.getpid()}{_TEMPORARY}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(whole, temporary, metadata=dict(metadata))
        _sync(temporary)
        temporary.replace(path)
        if os.name != "nt":  # Windows cannot open a folder; its rename is journalled
            _sync(path.parent)
    except (OSError, SafetensorError) as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise NotSaved(f"“{path}” could not be written: {error}. Free some space or choose another folder.") from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove what a killed run left half-written in ``folder``."""
    for orphan in folder.glob(f".*{_TEMPORARY}"):
        with contextlib.suppress(OSError):  # someone else's, or already gone
            orphan.unlink()


def keep_numbered(path: Path, number: int, keep: int) -> None:
    """Keep ``path`` as it is now under a name with its number, and of all such names the last ``keep``.

    With 1 there is only ``path`` itself. Raises NotSaved.
    """
    numbered = path.with_name(f"{path.stem}-{number:09}{path.suffix}")
    try:
        if keep > 1:
            numbered.unlink(missing_ok=True)
            try:
                os.link(path, numbered)  # no second copy: the next checkpoint is another file
            except OSError:  # a file system without links
                temporary = path.with_name(f".{numbered.name}.{os.getpid()}{_TEMPORARY}")
                shutil.copyfile(path, temporary)
                _sync(temporary)
                temporary.replace(numbered)
        older = sorted(path.parent.glob(f"{path.stem}-{'[0-9]' * 9}{path.suffix}"))
        for old in older[: max(0, len(older) - (keep if keep > 1 else 0))]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise NotSaved(f"The checkpoints in “{path.parent}” could not be kept: {error}. Free some space.") from error


def load_tensors(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """The tensors of a safetensors file, on the CPU, and its metadata. Raises TrainError or FileDamaged."""
    if not path.is_file():
        raise TrainError(f"Expected weights in “{path}”, but there is no such file.")
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
            return tensors, dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise FileDamaged(f"“{path}” cannot be read as safetensors: {error}. Use another checkpoint.") from error


def load_weights(module: torch.nn.Module, tensors: Mapping[str, torch.Tensor], origin: Path) -> None:
    """Copy weights into ``module``; every name and shape must fit. Raises TrainError, and then changes nothing."""
    wanted = module.state_dict()
    missing, surplus = sorted(set(wanted) - set(tensors)), sorted(set(tensors) - set(wanted))
    if missing or surplus:
        name = missing[0] if missing else surplus[0]
        where = "is missing there" if missing else "is only there"
        raise TrainError(f"“{origin}” belongs to another network: the weight “{name}” {where}. Choose its own file.")
    for name, tensor in wanted.items():
        if tensor.shape != tensors[name].shape:
            raise TrainError(
                f"“{origin}” belongs to another network: “{name}” has shape {tuple(tensors[name].shape)}, "
                f"but the network needs {tuple(tensor.shape)}. Choose its own file."
            )
    module.load_state_dict(dict(tensors))
