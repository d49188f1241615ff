"""Arguments that several sub-commands take, made from the specs' own fields."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, BooleanOptionalAction, Namespace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from designer.blocks.userfile import sha256_of
from designer.data.source import usual_of
from designer.data.spec import DataSpec
from designer.errors import UsageError
from designer.jobs.user_code import classes_in, measure_network, why_untrusted
from designer.project.file import Project, load_project
from designer.project.trusted import is_trusted, read_code, trust
from designer.train.spec import TrainSpec

__all__ = [
    "add_data",
    "add_data_fields",
    "add_file",
    "add_train",
    "data_spec",
    "given_data",
    "open_project",
    "train_spec",
    "weights_of",
]

_FEW = 10  # choices that fit into the line that shows how a command is called
_ALIASES = {"learning_rate": ["--lr"]}
_DATA = {"root": "--data-root", "seed": "--split-seed", "rate": "--sample-rate"}


def add_file(parser: ArgumentParser) -> None:
    """The project file."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a .loom project")
    parser.add_argument(
        "--trust-code",
        action="store_true",
        help="trust the Python files of your own that the project uses, from now on: they are run",
    )


def add_train(parser: ArgumentParser) -> None:
    """One option a field of TrainSpec."""
    group = parser.add_argument_group("training", "Left out: what the project says, or the default.")
    _add_fields(group, TrainSpec, {}, skip=("unfreeze",))  # see learning.py


def add_data(parser: ArgumentParser, required: bool = True) -> None:
    """``--data SOURCE`` and one option for each other field of DataSpec."""
    group = parser.add_argument_group("data")
    left_out = "" if required else " Left out: the project's own."
    group.add_argument("--data", metavar="SOURCE", help=f"{DataSpec.model_fields['source'].description}{left_out}")
    _add_fields(group, DataSpec, _DATA, skip=("source",))


def add_data_fields(parser: ArgumentParser) -> None:
    """One option for each field of DataSpec but the source, where that is named otherwise."""
    _add_fields(parser.add_argument_group("data"), DataSpec, _DATA, skip=("source",))


def given_data(options: Namespace, source: str) -> DataSpec:
    """The data in ``source``, read as the options say. Raises UsageError."""
    spec: DataSpec = _read(
        DataSpec, {**usual_of(source), **_given(options, DataSpec), "source": source}, {**_DATA, "source": "PATH"}
    )
    return spec


def _add_fields(group: Any, model: type[BaseModel], names: dict[str, str], skip: tuple[str, ...] = ()) -> None:
    for name, field in model.model_fields.items():
        if name in skip or field.annotation in (dict, list) or "dict" in str(field.annotation):
            continue
        flags = [names.get(name, "--" + name.replace("_", "-")), *_ALIASES.get(name, [])]
        description = (field.description or "").replace("%", "%%")
        if field.annotation is bool:
            group.add_argument(
                *flags, dest=name_of(model, name), action=BooleanOptionalAction, default=SUPPRESS, help=description
            )
            continue
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        listed = extra.get("choices")
        choices = [str(choice) for choice in listed] if isinstance(listed, list) else []
        several = isinstance(field.default, tuple)
        metavar = "|".join(choices) if 0 < len(choices) <= _FEW and not several else name.upper()
        note = "" if several or field.default is None else f" Default: {field.default}."
        if len(choices) > _FEW:
            which = "Any of these, with commas between them:" if several else "One of"
            note = f" {which} {', '.join(choices)}.{note}"
        group.add_argument(
            *flags, dest=name_of(model, name), default=SUPPRESS, metavar=metavar, help=description + note
        )


def name_of(model: type[BaseModel], field: str) -> str:
    """The name under which a field's argument is kept; specs share field names such as ``seed``."""
    return f"{model.__name__}.{field}"


def _given(options: Namespace, model: type[BaseModel]) -> dict[str, Any]:
    prefix = model.__name__ + "."
    return {k.removeprefix(prefix): v for k, v in vars(options).items() if k.startswith(prefix)}


def _read(model: type[BaseModel], values: dict[str, Any], names: dict[str, str]) -> Any:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        flag = names.get(field, "--" + field.replace("_", "-"))
        raise UsageError(f"{flag}: {first['msg'].removeprefix('Value error, ')}, got {first['input']!r}.") from error


def train_spec(options: Namespace, project: Project) -> TrainSpec:
    """The project's training settings, or the defaults, with what the command line says. Raises UsageError."""
    base = project.train.model_dump() if project.train is not None else {}
    spec: TrainSpec = _read(TrainSpec, {**base, **_given(options, TrainSpec)}, {})
    return spec


def data_spec(options: Namespace, project: Project) -> DataSpec:
    """``--data`` with its options, or the project's own data. Raises UsageError where there is neither."""
    given = _given(options, DataSpec)
    if options.data is not None:
        given["source"] = options.data
        base: dict[str, Any] = usual_of(options.data)
    elif project.data is not None:
        base = project.data.model_dump()
    else:
        raise UsageError("Say which data with --data SOURCE, e.g. --data digits, or --data a folder of pictures.")
    spec: DataSpec = _read(DataSpec, {**base, **given}, {**_DATA, "source": "--data"})
    return spec


def open_project(options: Namespace) -> Project:
    """The project named on the command line. Raises UsageError where there is no such file."""
    path: Path = options.file
    if path.is_dir():
        raise UsageError(f"{path} is a folder. Name a .loom file in it.")
    if not path.is_file():
        raise UsageError(f"There is no file {path}. Make one with `layerloom new TEMPLATE -o {path}`.")
    project = load_project(path)
    if classes_in(project.network):
        _let_code_run(project, getattr(options, "trust_code", False))
    if any(node.block.measured for node in project.network.nodes.values()):
        measure_network(project.network)
    return project


def _let_code_run(project: Project, trusting: bool) -> None:
    """See that all code of people's own may run, or raise UsageError."""
    for cls in classes_in(project.network).values():
        place = project.code.get(cls.sha256)
        if trusting and not is_trusted(cls.sha256) and place is not None:
            text = read_code(place)
            if sha256_of(text) != cls.sha256:
                raise UsageError(f"{place} has changed since it was added. Look at it in the window.")
            trust(text)
        reason = why_untrusted(cls)
        if reason is not None:
            file = f" The file is {place}, its SHA-256 {cls.sha256}." if place is not None else ""
            advice = "Look at it, then pass --trust-code." if place is not None else "Add it again in the window."
            raise UsageError(f"{reason}, so nothing is run.{file} {advice}")


def weights_of(options: Namespace, project: Project) -> Path:
    """``--weights``, or the weights beside the project. Raises UsageError where there are none."""
    given: Path | None = options.weights
    if given is not None:
        if not given.is_file():
            raise UsageError(f"There is no file {given} to take weights from.")
        return given
    if project.weights is None or project.weights_missing:
        raise UsageError(f"{options.file} has no trained weights. Train it first, or name a file with --weights.")
    return project.weights
