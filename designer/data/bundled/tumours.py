"""Real measurements of breast tumours, one a row. CC BY 4.0, see resources/data/LICENSE-breast-cancer.txt."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from designer.data.table import read_table
from designer.errors import DataError
from designer.resources import resource

__all__ = ["CLASSES", "COUNT", "tumours"]

CLASSES = ("benign", "malignant")
COUNT = 569
_TARGET = "diagnosis"


def tumours() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Thirty numbers of each tumour, float32 [N, 30], and whether it is malignant, int64 [N]. Raises DataError."""
    try:
        table = read_table(resource("data", "breast-cancer.csv"))
        kinds = [CLASSES.index(word) for word in table.words(_TARGET)]
        rows = [np.asarray(column, dtype=np.float32) for name, column in table.columns.items() if name != _TARGET]
    except (OSError, ValueError, KeyError) as error:
        raise DataError("The bundled table of tumours is missing or damaged. Install Layerloom again.") from error
    return np.stack(rows, axis=1), np.asarray(kinds, dtype=np.int64)
