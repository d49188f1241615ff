"""CIFAR-10 and CIFAR-100 in their binary versions. No torch.

The Python versions are made of pickles, which can run code when read; Layerloom reads the binary versions only:
records of a label (CIFAR-100: a coarse and a fine one, of which the last counts) and 3×32×32 pixels.
"""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from designer.errors import DataError

__all__ = ["CLASSES", "FILES_100", "TEST_FILES", "TRAIN_FILES", "read_batches", "read_names", "unpack"]

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
TRAIN_FILES = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
TEST_FILES = ("test_batch.bin",)
FILES_100 = ("train.bin", "test.bin", "fine_label_names.txt")

_PIXELS = 3 * 32 * 32
_MAX_RECORDS = 50_000


def read_batches(
    folder: Path, names: tuple[str, ...], classes: int = 10
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Pictures uint8 [N, 3, 32, 32] and classes int64 [N] of the named files. Raises DataError."""
    title, before = ("CIFAR-10", 1) if classes == 10 else ("CIFAR-100", 2)
    record = before + _PIXELS
    parts: list[npt.NDArray[np.uint8]] = []
    for name in names:
        path = folder / name
        try:
            size = path.stat().st_size
            if size == 0 or size % record or size > record * _MAX_RECORDS:
                raise DataError(
                    f"{path} has {size:,} bytes; {title} has up to {_MAX_RECORDS:,} records of {record:,} bytes. "
                    "It is damaged; fetch it again."
                )
            parts.append(np.fromfile(path, dtype=np.uint8, count=size).reshape(-1, record))
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error}. Fetch {title} again.") from error
    records = np.concatenate(parts)
    labels = records[:, before - 1].astype(np.int64)
    if int(labels.max()) >= classes:
        raise DataError(f"{folder} has labels up to {labels.max()}; {title} has {classes} classes. Fetch it again.")
    return np.ascontiguousarray(records[:, before:]).reshape(-1, 3, 32, 32), labels


def read_names(folder: Path) -> tuple[str, ...]:
    """The names of the classes of CIFAR-100, in the order of their numbers. Raises DataError."""
    try:
        with (folder / FILES_100[2]).open(encoding="utf-8", errors="replace") as file:
            names = tuple(line.strip() for line in file.read(1 << 16).splitlines() if line.strip())
    except OSError as error:
        raise DataError(f"{folder / FILES_100[2]} cannot be read: {error}. Fetch CIFAR-100 again.") from error
    if len(names) != 100:
        raise DataError(f"{folder / FILES_100[2]} has {len(names)} names; CIFAR-100 has 100 classes. Fetch it again.")
    return names


def unpack(
    archive: Path,
    folder: Path,
    inside: str = "cifar-10-batches-bin",
    names: tuple[str, ...] = (*TRAIN_FILES, *TEST_FILES),
) -> None:
    """Take the named files, and nothing else, out of the folder ``inside`` an archive. Raises DataError."""
    wanted = {f"{inside}/{name}": name for name in names}
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                name = wanted.get(member.name)
                if name is None or not member.isreg() or member.size > (2 + _PIXELS) * _MAX_RECORDS:
                    continue
                source = tar.extractfile(member)
                if source is not None:
                    part = folder / f"{name}.part"
                    part.write_bytes(source.read())
                    part.replace(folder / name)
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise DataError(f"{archive} cannot be unpacked: {error}. Delete it and fetch it again.") from error
