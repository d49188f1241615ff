"""What several kinds of jobs need: the Input's size, and the facts about data that are kept with a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from designer.codegen.program import Program
from designer.data.open import Data
from designer.data.spec import Normalisation
from designer.errors import JobError
from designer.jobs.folder import RunFolder

__all__ = ["data_facts", "input_dims", "kept_normalisation"]


def input_dims(program: Program) -> tuple[int | None, ...]:
    """The size of one sample, without the batch; None where it is open and the data say it.

    Raises JobError where pictures cannot be fed to the network.
    """
    if len(program.inputs) != 1:
        raise JobError(f"The network has {len(program.inputs)} inputs; a data set of pictures feeds exactly one.")
    return program.inputs[0].dims[1:]


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


def kept_normalisation(place: Path) -> Normalisation | None:
    """With what pictures were normalised in a run: its folder, or weights in it. None when nothing is known.

    Raises FileDamaged.
    """
    for folder in (place, place.parent, place.parent.parent):  # weights lie in the run folder or in its checkpoints
        run = RunFolder(folder)
        if run.events.is_file():
            return run.normalisation()
    return None
