"""Makes resources/data/breast-cancer.csv from the breast_cancer.csv inside scikit-learn's wheel.

    pip download --no-deps --dest /tmp/wheel scikit-learn
    python packaging/make_breast_cancer.py /tmp/wheel/scikit_learn-*.whl resources/data/breast-cancer.csv

It is the UCI data set "Breast Cancer Wisconsin (Diagnostic)"; see resources/data/LICENSE-breast-cancer.txt.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

_OF_NUCLEI = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave_points", "symmetry",
    "fractal_dimension",
)  # fmt: skip
_TAKEN = ("mean", "error", "worst")
_NAMES = ("malignant", "benign")


def main(wheel: str, target: str) -> None:
    """Read the table out of the wheel and write it with the names of its columns."""
    with zipfile.ZipFile(wheel) as archive:
        head, *rows = archive.read("sklearn/datasets/data/breast_cancer.csv").decode().split()
    if head != "569,30,malignant,benign" or len(rows) != 569:
        raise SystemExit(f"Expected 569 rows of 30 numbers, found {head!r} and {len(rows)} rows.")
    lines = [",".join([f"{what}_{how}" for how in _TAKEN for what in _OF_NUCLEI] + ["diagnosis"])]
    for row in rows:
        numbers, _, kind = row.rpartition(",")
        lines.append(f"{numbers},{_NAMES[int(kind)]}")
    Path(target).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:3])
