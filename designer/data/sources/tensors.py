"""Arrays: .npz and .npy files of NumPy, .pt files of tensors. Nothing in them is executed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from designer.data.source import Loaded, Part, Progress, Source
from designer.data.spec import DataSpec
from designer.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from designer.data.targets import Found

    Array = npt.NDArray[Any]

__all__ = ["SOURCES", "loaded_of", "targets_in"]

_INPUTS = ("x", "images", "data", "features", "inputs", "samples", "signals")
_TARGETS = ("y", "labels", "targets", "label", "target", "classes", "class")
_TRAIN, _HELD = ("train",), ("val", "valid", "validation", "test")
_MAX_BYTES = 16 << 30  # of all arrays of a file, once they are unpacked
_MOST_CLASSES = 10_000


def _arrays(path: Path) -> dict[str, Array]:
    """The arrays of a file, or of the .npy files of a folder, by name. Raises DataError."""
    import numpy as np

    try:
        if path.is_dir():
            return {f.stem: _load(f) for f in sorted(path.iterdir()) if f.suffix.lower() == ".npy"}
        if path.suffix.lower() == ".npy":
            beside = {f.stem: _load(f) for f in sorted(path.parent.iterdir()) if f.suffix.lower() == ".npy"}
            return beside if len(beside) <= 8 else {path.stem: _load(path)}
        if path.suffix.lower() in (".pt", ".pth"):
            return _tensors(path)
        _check_size(path)
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, KeyError, MemoryError) as error:
        why = "it holds Python objects, which Layerloom does not load" if "pickle" in str(error) else str(error)
        raise DataError(f"{path.name} cannot be read as arrays of numbers: {why}. Save plain arrays.") from error


def _load(path: Path) -> Array:
    import numpy as np

    array: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    return array


def _check_size(path: Path) -> None:
    """A small .npz can unpack to any size."""
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(path) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except BadZipFile as error:
        raise DataError(f"{path.name} is damaged: it is not a .npz file.") from error
    if size > _MAX_BYTES:
        raise DataError(
            f"{path.name} unpacks to {size / 2**30:.1f} GB. Save its arrays as .npy, which are read in parts."
        )


def _tensors(path: Path) -> dict[str, Array]:
    import pickle
    import warnings

    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # about how it was written; what matters is refused below
            held = torch.load(path, map_location="cpu", weights_only=True, mmap=None)
    except (RuntimeError, pickle.UnpicklingError, EOFError) as error:
        raise DataError(
            f"{path.name} holds more than tensors, or is damaged. Save a dict of tensors, {{'x': x, 'y': y}}."
        ) from error
    if isinstance(held, list | tuple):
        held = dict(zip(("x", "y"), held, strict=False))
    if not isinstance(held, Mapping):
        held = {"x": held}
    tensors = {str(k): v.detach() for k, v in held.items() if isinstance(v, torch.Tensor)}
    odd = [name for name, t in tensors.items() if t.layout != torch.strided or t.is_quantized or t.is_meta]
    if odd:
        raise DataError(f"“{odd[0]}” in {path.name} is sparse, quantised or empty of numbers. Save plain tensors.")
    return {
        name: (t.float() if t.dtype.is_floating_point and t.element_size() <= 2 else t).resolve_conj().numpy()
        for name, t in tensors.items()
    }


def _pair(arrays: Mapping[str, Array], side: tuple[str, ...]) -> tuple[Array, Array] | None:
    """The inputs and targets of one side: by their names (x_train, train_images, ...)."""
    found: list[Array] = []
    for names in (_INPUTS, _TARGETS):
        for name, array in arrays.items():
            words = name.lower().replace("-", "_").split("_")
            rest = [word for word in words if word not in side]
            if len(rest) == 1 and rest[0] in names and (not side or len(rest) < len(words)):
                found.append(array)
                break
    return (found[0], found[1]) if len(found) == 2 else None


def _pairs(arrays: Mapping[str, Array], path: Path) -> tuple[tuple[Array, Array], tuple[Array, Array] | None]:
    """(training, held out). Raises DataError where that cannot be told."""
    train = _pair(arrays, _TRAIN)
    if train is not None:
        return train, _pair(arrays, _HELD)
    plain = _pair(arrays, ())
    if plain is not None:
        return plain, None
    if len(arrays) == 2:  # of two arrays of one length, the larger is what the network sees
        x, y = sorted(arrays.values(), key=lambda array: -array.size)
        if x.ndim >= 2 and y.ndim in (1, 2) and len(x) == len(y):
            return (x, y), None
    held = "; ".join(f"{name} {'×'.join(map(str, array.shape))}" for name, array in list(arrays.items())[:8])
    raise DataError(
        f"{path.name} must hold samples (x) and their targets (y), arrays with one row a sample; it has "
        f"{held or 'none'}."
    )


def _open(spec: DataSpec, progress: Progress) -> Loaded:
    path = Path(spec.source).expanduser()
    progress(None, f"Reading {path.name}")
    return loaded_of(spec, _arrays(path), path)


def loaded_of(spec: DataSpec, arrays: Mapping[str, Array], path: Path) -> Loaded:
    """Arrays by name (x, y, x_test, ...) as a data set. Raises DataError."""
    train, held = _pairs(arrays, path)
    found = _targets(spec, train[1], held[1] if held is not None else None, path)
    count = len(train[1])
    parts = [_part(train[0], found.targets[:count], path)]
    if held is not None:
        parts.append(_part(held[0], found.targets[count:], path))
    return Loaded(parts[0], found.names, parts[1] if held is not None else None, (), found.kind)


def _part(x: Array, targets: Any, path: Path) -> Part:
    from designer.data.numbers import ArrayNumbers
    from designer.data.pictures import ArrayPictures

    if len(x) != len(targets) or not len(x):
        raise DataError(f"{path.name} has {len(x):,} samples and {len(targets):,} targets. Expected as many of each.")
    if x.dtype.kind not in "fiub" or x.ndim < 2:
        raise DataError(
            f"The samples of {path.name} are {x.dtype} of shape {'×'.join(map(str, x.shape))}. Expected numbers, one "
            "row (or more axes) a sample."
        )
    pixels = _pixels(x)
    return Part(ArrayPictures(pixels) if pixels is not None else ArrayNumbers(x), targets)


def _pixels(x: Array) -> npt.NDArray[np.uint8] | None:
    """Bytes in the shape of pictures, channels first; None for other numbers."""
    import numpy as np

    if x.dtype != np.uint8 or x.ndim not in (3, 4):
        return None
    if x.ndim == 3:
        return np.asarray(x)[:, None]
    if x.shape[1] in (1, 3):
        return np.asarray(x)
    return np.ascontiguousarray(np.asarray(x).transpose(0, 3, 1, 2)) if x.shape[3] in (1, 3) else None


def _targets(spec: DataSpec, y: Array, held: Array | None, path: Path) -> Found:
    """All targets, those of the held-out part behind the others. Raises DataError."""
    import numpy as np

    return targets_in(spec, np.asarray(y) if held is None else np.concatenate([y, held]), path)


def targets_in(spec: DataSpec, whole: Array, path: Path) -> Found:
    """Class numbers, numbers or marks of labels, one row a sample. Raises DataError."""
    import numpy as np

    from designer.data.targets import Found

    if whole.dtype.kind not in "fiub" or not whole.size:
        raise DataError(f"The targets of {path.name} are {whole.dtype}. Expected class numbers, numbers, or 0 and 1.")
    if whole.ndim == 2 and whole.shape[1] == 1:
        whole = whole[:, 0]
    if whole.dtype.kind == "f" and not np.isfinite(whole).all():
        raise DataError(f"The targets of {path.name} hold numbers that are not finite. Correct them.")
    kind = spec.targets if spec.targets != "auto" else _kind(whole)
    if kind == "classes":
        if whole.ndim == 2 and (whole.sum(axis=1) == 1).all():
            whole = whole.argmax(axis=1)  # one-hot rows
        if whole.ndim != 1 or (whole != np.round(whole)).any() or whole.min() < 0 or whole.max() >= _MOST_CLASSES:
            raise DataError(
                f"The targets of {path.name} are no class numbers, 0 to {_MOST_CLASSES - 1:,}, one a sample."
            )
        return Found(whole.astype(np.int64), "classes", tuple(map(str, range(max(2, int(whole.max()) + 1)))))
    rows = whole.reshape(len(whole), -1).astype(np.float32)
    if kind == "labels" and not np.isin(rows, (0.0, 1.0)).all():
        raise DataError(f"The targets of {path.name} must be 0 or 1 for each label.")
    word = "label" if kind == "labels" else "value"
    return Found(rows, kind, tuple(f"{word} {k}" for k in range(rows.shape[1])))


def _kind(y: Array) -> Any:
    import numpy as np

    if y.ndim == 1:
        return "classes" if y.dtype.kind in "iub" and y.min() >= 0 else "values"
    binary = bool(np.isin(y, (0, 1)).all())
    if binary and y.shape[1] > 1 and (y.sum(axis=1) == 1).all():
        return "classes"
    return "labels" if binary else "values"


def _sniff(path: Path) -> bool:
    from designer.data.listing import entries_of

    if path.is_dir():
        names = (name.lower() for name, _ in entries_of(path))
        stems = {name.removesuffix(".npy") for name in names if name.endswith(".npy")}
        return bool(stems & {*_INPUTS, "x_train"}) and bool(stems & {*_TARGETS, "y_train"})
    with path.open("rb") as file:
        head = file.read(6)
    return head == b"\x93NUMPY" if path.suffix.lower() == ".npy" else head[:2] == b"PK"


SOURCES = (
    Source(
        name="tensors",
        title="Arrays of numbers",
        help="An .npz, .npy or .pt file (or x.npy and y.npy in a folder): samples x and targets y, one row a sample.",
        open=_open,
        sniff=_sniff,
        order=70,
        suffixes=(".npz", ".npy", ".pt", ".pth"),
        options=("targets",),
    ),
)
