"""Another network for a run that is going on: what a person changed while it waited, as a file in its folder. No torch.

``change-0.json`` holds the network that the run began with, ``change-1.json`` a changed one and the edits that
led to it from the one before, so that weights find their way; the order ``network=1`` asks the run to go on with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from designer.codegen.python import compile_network
from designer.errors import FileDamaged
from designer.graph.edit_data import edit_from_json, edit_to_json
from designer.graph.edits import Edit
from designer.graph.model import Network
from designer.graph.reading import network_from_json
from designer.jobs.folder import RunFolder
from designer.project.atomic import write_atomic
from designer.project.strict_json import dump_json, read_json
from designer.train.control import Order

__all__ = ["Change", "adopt", "changed", "propose", "read_change"]

_MOST = 999_999


@dataclass(frozen=True)
class Change:
    """A network to go on with, and what was done to the one before."""

    number: int
    network: Network
    edits: tuple[Edit, ...]


def propose(folder: RunFolder, network: Network, edits: Sequence[Edit]) -> int:
    """Ask a run to go on with ``network``; the number under which it lies in the folder.

    Raises NetworkInvalid for a drawing with problems, and ProjectError when the disk refuses.
    """
    compile_network(network)
    first = folder.network()
    if first is not None and not _file(folder, 0).exists():
        _write(folder, Change(0, first, ()))
    number = max((_number(file) for file in folder.path.glob("change-*.json")), default=0) + 1
    _write(folder, Change(number, network, tuple(edits)))
    folder.order(Order("network", float(number)))
    return number


def read_change(folder: RunFolder, number: int) -> Change:
    """The change with this number. Raises FileDamaged."""
    file = _file(folder, number)
    if not file.is_file():
        raise FileDamaged(f"The run in {folder.path} is to go on with a network that is not there: {file.name}.")
    data = read_json(file)
    if not isinstance(data, dict) or not isinstance(data.get("edits"), list):
        raise FileDamaged(f"{file} should hold a network and the edits that led to it.")
    return Change(number, network_from_json(data["network"]), tuple(edit_from_json(item) for item in data["edits"]))


def changed(folder: RunFolder) -> bool:
    """Whether a change was ever asked for."""
    return _file(folder, 0).is_file()


def adopt(folder: RunFolder, network: Network) -> None:
    """Make it the run's network. Raises ProjectError when the disk refuses."""
    write_atomic(folder.path / "network.json", dump_json(network.to_json()))
    write_atomic(folder.path / "model.py", compile_network(network).source.encode())


def _write(folder: RunFolder, change: Change) -> None:
    content = {"network": change.network.to_json(), "edits": [edit_to_json(edit) for edit in change.edits]}
    write_atomic(_file(folder, change.number), dump_json(content))


def _file(folder: RunFolder, number: int) -> Path:
    return folder.path / f"change-{number}.json"


def _number(file: Path) -> int:
    word = file.stem.removeprefix("change-")
    return int(word) if word.isdecimal() and int(word) <= _MOST else 0
