"""Makes resources/data/digits.npz from the digits.csv.gz inside scikit-learn's wheel.

    pip download --no-deps --dest /tmp/wheel scikit-learn
    python packaging/make_digits.py /tmp/wheel/scikit_learn-*.whl resources/data/digits.npz

The table has 1,797 rows: 64 counts from 0 to 16 (an 8×8 picture, row by row) and the digit.
It is the test part of the UCI data set "Optical Recognition of Handwritten Digits"; see
resources/data/LICENSE-digits.txt.
"""

from __future__ import annotations

import gzip
import sys
import zipfile
from pathlib import Path

import numpy as np


def main(wheel: str, target: str) -> None:
    """Read the table out of the wheel and write it as two uint8 arrays."""
    with zipfile.ZipFile(wheel) as archive:
        text = gzip.decompress(archive.read("sklearn/datasets/data/digits.csv.gz")).decode()
    table = np.array([[float(cell) for cell in line.split(",")] for line in text.split()])
    if table.shape != (1797, 65) or table[:, :64].max() != 16 or table.min() < 0:
        raise SystemExit(f"Expected 1,797 rows of 65 numbers, found {table.shape}.")
    images = table[:, :64].astype(np.uint8).reshape(-1, 8, 8)
    labels = table[:, 64].astype(np.uint8)
    np.savez_compressed(Path(target), images=images, labels=labels)


if __name__ == "__main__":
    main(*sys.argv[1:3])
