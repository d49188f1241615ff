"""Old project files made new: one numbered function for each version that a file may have.

`from_3` takes the plain data of a version 3 file and returns that of version 4. Functions of such names are found by
themselves; to change the format, raise CURRENT and add one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from designer.errors import FileDamaged, FileNewer

__all__ = ["CURRENT", "Step", "discovered", "migrate"]

CURRENT = 2

Step = Callable[[dict[str, Any]], dict[str, Any]]


def from_1(data: dict[str, Any]) -> dict[str, Any]:
    """Version 2 added marks, bends, groups, notes and bookmarks; version 1 overlooked unknown entries of a network."""
    network = data.get("network")
    if not isinstance(network, dict):
        return data
    return {**data, "network": {key: value for key, value in network.items() if key in ("blocks", "wires")}}


def discovered() -> dict[int, Step]:
    """The migrations of this module, by the version that they start from."""
    found: dict[int, Step] = {}
    for name, value in vars(sys.modules[__name__]).items():
        match = re.fullmatch(r"from_(\d+)", name)
        if match:
            found[int(match[1])] = value
    return found


def migrate(
    data: dict[str, Any], name: str, *, current: int = CURRENT, steps: Mapping[int, Step] | None = None
) -> dict[str, Any]:
    """The plain data of a project file in the ``current`` version; ``name`` is what messages call the file.

    Raises FileNewer when a newer Layerloom wrote it, FileDamaged when it is no project file or cannot be migrated.
    """
    steps = discovered() if steps is None else steps
    version = data.get("layerloom")
    if type(version) is not int or version < 0:
        raise FileDamaged(f'{name} is not a Layerloom project: its entry "layerloom" should be a version number.')
    if version > current:
        raise FileNewer(
            f"{name} was written by a newer Layerloom (file version {version}; this one reads up to {current}). "
            "Update Layerloom to open it."
        )
    while version < current:
        step = steps.get(version)
        if step is None:
            raise FileDamaged(f"{name} has the file version {version}, which no Layerloom has written.")
        try:
            data = step(data)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise FileDamaged(f"{name} is damaged: it does not hold what a version {version} file holds.") from error
        version += 1
        data["layerloom"] = version
    return data
