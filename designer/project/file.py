"""The project file, NAME.loom: canonical JSON text, with trained weights beside it as NAME.safetensors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from designer.data.spec import DataSpec, Normalisation
from designer.errors import FileDamaged, ProjectError
from designer.graph.model import Network
from designer.graph.reading import network_from_json
from designer.project.atomic import copy_atomic, sweep_orphans, write_atomic
from designer.project.migrations import CURRENT, migrate
from designer.project.strict_json import dump_json, parse_json, read_bounded
from designer.train.spec import TrainSpec

__all__ = ["SUFFIX", "Project", "View", "load_project", "parse_project", "project_bytes", "save_project"]

SUFFIX = ".loom"
_DEVICES = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)  # reserved names on Windows

Place = Annotated[FiniteFloat, Field(ge=-1e9, le=1e9)]


class View(BaseModel):
    """What part of the canvas was last looked at: its centre in canvas units, and the zoom (1 = full size)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zoom: FiniteFloat = Field(1.0, gt=0, le=1000)
    x: Place = 0.0
    y: Place = 0.0


@dataclass(frozen=True)
class Project:
    """Everything that one project file stands for. Paths are ready to use; they may point to what is gone."""

    network: Network = field(default_factory=Network)
    name: str = ""  # shown as the title; empty: the file's name is
    train: TrainSpec | None = None
    data: DataSpec | None = None
    weights: Path | None = None  # safetensors of the trained network
    normalisation: Normalisation | None = None  # of the pictures that the weights were trained on
    run: Path | None = None  # the last run's folder; remembered where it lies under the project's folder
    view: View = field(default_factory=View)
    code: Mapping[str, Path] = field(default_factory=dict)  # where people's own files lay, by the hash of their text
    imported: Mapping[str, Any] | None = None  # the report of the import that the network came from

    @property
    def weights_missing(self) -> bool:
        """Whether the project names trained weights that are not there."""
        return self.weights is not None and not self.weights.is_file()


def load_project(path: Path) -> Project:
    """Read a project file. Raises FileDamaged or FileNewer with one sentence; nothing stays open.

    Missing weights are no error: see `Project.weights_missing`.
    """
    return parse_project(read_bounded(path), path)


def save_project(project: Project, path: Path) -> Project:
    """Write a project file, whole or not at all; returns the project with its weights where they now lie.

    Weights from elsewhere (a run folder) are copied beside the file first. Raises ProjectError when the system
    refuses; the old file is then unchanged.
    """
    if path.suffix != SUFFIX:
        raise ProjectError(f"A project file's name ends in {SUFFIX}, and {path.name} does not. Add it.")
    beside = path.with_suffix(".safetensors")
    if project.weights is not None and not _same(project.weights, beside):
        if project.weights.is_file():
            copy_atomic(project.weights, beside)
            project = replace(project, weights=beside)
        else:
            project = replace(project, weights=None)
    write_atomic(path, project_bytes(project, path))
    sweep_orphans(path.parent)  # what was killed in the middle of a save
    return project


def project_bytes(project: Project, path: Path) -> bytes:
    """The text of a project file at ``path``; the same project gives the same bytes.

    Raises ProjectError for what the file cannot hold.
    """
    data: dict[str, Any] = {"layerloom": CURRENT, "name": project.name, "network": project.network.to_json()}
    if project.train is not None:
        data["train"] = project.train.model_dump(mode="json")
    if project.data is not None:
        data["data"] = project.data.model_dump(mode="json")
    if project.weights is not None:
        data["weights"] = project.weights.name
    if project.normalisation is not None:
        data["normalisation"] = project.normalisation.model_dump(mode="json")
    run = _below(project.run, path.parent)
    if run is not None:
        data["run"] = run
    data["view"] = project.view.model_dump(mode="json")
    used = {str(item["sha256"]) for item in data["network"].get("classes", ())}
    code = {sha: _code_text(place, path.parent) for sha, place in sorted(project.code.items()) if sha in used}
    if code:
        data["code"] = code
    if project.imported is not None:
        data["imported"] = dict(project.imported)
    try:
        _File.model_validate(data)
        text = dump_json(data)
        parse_json(text, path.name)  # what could not be read back is not written in the first place
    except (ValidationError, ValueError, FileDamaged) as error:
        reason = _sentence(error, "this project") if isinstance(error, ValidationError) else str(error)
        raise ProjectError(f"The project was not saved, because it could not be read back: {reason}") from error
    return text


def parse_project(data: bytes, path: Path) -> Project:
    """The project that a file's bytes stand for, if it lay at ``path``. Raises FileDamaged or FileNewer."""
    name = path.name
    values = parse_json(data, name)
    if not isinstance(values, dict):
        raise FileDamaged(f"{name} is not a Layerloom project: it holds {type(values).__name__}, not named entries.")
    try:
        file = _File.model_validate(migrate(values, name))
    except ValidationError as error:
        raise FileDamaged(_sentence(error, name)) from error
    folder = path.parent
    return Project(
        network=network_from_json(file.network),
        name=file.name,
        train=file.train,
        data=file.data,
        weights=None if file.weights is None else folder / file.weights,
        normalisation=file.normalisation,
        run=None if file.run is None else folder.joinpath(*PurePosixPath(file.run).parts),
        view=file.view,
        code={sha: folder.joinpath(place) for sha, place in file.code.items()},
        imported=file.imported,
    )


def _file_name(text: str) -> str:
    if not _safe_part(text) or not text.endswith(".safetensors"):
        raise ValueError("should be the plain name of a .safetensors file in the project's folder")
    return text


def _relative(text: str) -> str:
    if not text or not all(_safe_part(part) for part in text.split("/")):
        raise ValueError("should be a path below the project's folder")
    return text


def _safe_part(part: str) -> bool:
    """Whether a name means the same file below the same folder on every system."""
    return (
        0 < len(part) <= 200
        and part not in (".", "..")
        and PureWindowsPath(part).name == part  # no slash, backslash, drive
        and ":" not in part
        and part.isprintable()
        and not _DEVICES.match(part)
    )


def _title(text: str) -> str:
    if not text.isprintable():
        raise ValueError("should be one line of text")
    return text


def _code_path(text: str) -> str:
    """A path on this machine, shown to the person who decides; a network share would be asked at once."""
    if not text or not text.isprintable() or text.startswith(("\\\\", "//")) or not text.endswith(".py"):
        raise ValueError("should be the path of a .py file on this computer")
    return text


Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
CodePath = Annotated[str, Field(max_length=4096), AfterValidator(_code_path)]


class _File(BaseModel):
    """The entries of a project file, in the order in which they are written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layerloom: Literal[2]
    name: Annotated[str, Field(max_length=200), AfterValidator(_title)] = ""
    network: dict[str, Any]
    train: TrainSpec | None = None
    data: DataSpec | None = None
    weights: Annotated[str, AfterValidator(_file_name)] | None = None
    normalisation: Normalisation | None = None
    run: Annotated[str, Field(max_length=2000), AfterValidator(_relative)] | None = None
    view: View = View()
    code: Annotated[dict[Hash, CodePath], Field(max_length=500)] = Field(default_factory=dict)
    imported: dict[str, Any] | None = None


def _same(one: Path, other: Path) -> bool:
    return (
        one == other or one.absolute() == other.absolute() or (one.exists() and other.exists() and one.samefile(other))
    )


def _below(run: Path | None, folder: Path) -> str | None:
    if run is None or not run.absolute().is_relative_to(folder.absolute()):
        return None
    text = run.absolute().relative_to(folder.absolute()).as_posix()
    return text if text != "." else None


def _code_text(place: Path, folder: Path) -> str:
    """Relative where the file lies under the project's folder, so that both can be moved together."""
    place, folder = place.absolute(), folder.absolute()
    return place.relative_to(folder).as_posix() if place.is_relative_to(folder) else str(place)


def _sentence(error: ValidationError, name: str) -> str:
    """The first thing that is wrong, as a sentence."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])[:100]
    if first["type"] == "extra_forbidden":
        return f'{name} is damaged or was edited by hand: this version of Layerloom knows no entry "{where}".'
    if first["type"] == "missing":
        return f'{name} is damaged: the entry "{where}" is missing.'
    reason = first["msg"].removeprefix("Value error, ")
    return f'{name} is damaged: the entry "{where}" is {str(first["input"])[:60]!r}. {reason[:1].upper()}{reason[1:]}.'
