"""What several kinds of jobs need: the Input's size, and the facts about data that are kept with a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from designer.codegen.program import Program
from designer.data.open import Data
from designer.data.spec import Normalisation
from designer.errors import FileDamaged, JobError
from designer.jobs.folder import RunFolder
from designer.project.atomic import write_atomic
from designer.project.strict_json import dump_json, read_json

__all__ = ["data_facts", "input_dims", "kept_normalisation", "write_data_facts"]

_FILE = "data.json"


def input_dims(program: Program) -> tuple[int, ...]:
    """The size of one sample, without the batch. Raises JobError where pictures cannot be fed to the network."""
    if len(program.inputs) != 1:
        raise JobError(f"The network has {len(program.inputs)} inputs; a data set of pictures feeds exactly one.")
    dims = program.inputs[0].dims[1:]
    if not all(isinstance(size, int) for size in dims):
        raise JobError("The network's input has an open size; set all of its sizes, because pictures are scaled to it.")
    return tuple(size for size in dims if size is not None)


def data_facts(data: Data) -> dict[str, Any]:
    """What the window shows of the data, and what evaluation and export must know."""
    return {
        "source": data.source,
        "note": data.note,
        "classes": list(data.classes),
        "sample_dims": list(data.sample_dims),
        "train_samples": len(data.train),
        "validation_samples": len(data.validation),
        "normalisation": data.normalisation.model_dump(mode="json"),
        "in_memory": data.in_memory,
        "skipped": data.skipped,
        "skipped_list": [{"name": item.name, "reason": item.reason} for item in data.skipped_list[:20]],
    }


def write_data_facts(folder: RunFolder, facts: dict[str, Any]) -> None:
    """Keep them in the run folder. Raises ProjectError."""
    write_atomic(folder.path / _FILE, dump_json(facts))


def kept_normalisation(place: Path) -> Normalisation | None:
    """With what pictures were normalised in a run: its folder, or a file in it. None when nothing is known.

    Raises FileDamaged.
    """
    folder = place if place.is_dir() else place.parent
    for file in (folder / _FILE, folder.parent / _FILE):  # weights lie in the run folder or in its checkpoints
        if file.is_file():
            try:
                return Normalisation.model_validate(read_json(file, 1 << 24)["normalisation"])
            except (KeyError, TypeError, ValidationError) as error:
                raise FileDamaged(f"{file} does not say how pictures were normalised; it is damaged.") from error
    return None
