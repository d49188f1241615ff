"""CIFAR-10 in its binary version. No torch.

The Python version of CIFAR-10 is made of pickles, which can run code when read; Layerloom reads the binary
version only: records of 3,073 bytes, a label and 3×32×32 pixels.
"""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from designer.errors import DataError

__all__ = ["CLASSES", "TEST_FILES", "TRAIN_FILES", "read_batches", "unpack"]

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
TRAIN_FILES = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
TEST_FILES = ("test_batch.bin",)

_RECORD = 1 + 3 * 32 * 32
_MAX_RECORDS = 10_000


def read_batches(folder: Path, names: tuple[str, ...]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Pictures uint8 [N, 3, 32, 32] and classes int64 [N] of the named files. Raises DataError."""
    parts: list[npt.NDArray[np.uint8]] = []
    for name in names:
        path = folder / name
        try:
            size = path.stat().st_size
            if size == 0 or size % _RECORD or size > _RECORD * _MAX_RECORDS:
                raise DataError(
                    f"{path} has {size:,} bytes; a CIFAR-10 batch has up to 10,000 records of {_RECORD:,} bytes. "
                    "It is damaged; fetch it again."
                )
            parts.append(np.fromfile(path, dtype=np.uint8, count=size).reshape(-1, _RECORD))
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error}. Fetch CIFAR-10 again.") from error
    records = np.concatenate(parts)
    labels = records[:, 0].astype(np.int64)
    if int(labels.max()) >= len(CLASSES):
        raise DataError(f"{folder} has labels up to {labels.max()}; CIFAR-10 has 10 classes. Fetch it again.")
    return np.ascontiguousarray(records[:, 1:]).reshape(-1, 3, 32, 32), labels


def unpack(archive: Path, folder: Path) -> None:
    """Take the six batch files, and nothing else, out of cifar-10-binary.tar.gz. Raises DataError."""
    wanted = {f"cifar-10-batches-bin/{name}": name for name in (*TRAIN_FILES, *TEST_FILES)}
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                name = wanted.get(member.name)
                if name is None or not member.isreg() or member.size > _RECORD * _MAX_RECORDS:
                    continue
                source = tar.extractfile(member)
                if source is not None:
                    part = folder / f"{name}.part"
                    part.write_bytes(source.read())
                    part.replace(folder / name)
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise DataError(f"{archive} cannot be unpacked: {error}. Delete it and fetch it again.") from error
