"""What several kinds of jobs need: the Input's size, and the facts about data that are kept with a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypedDict

from designer.codegen.program import Program
from designer.data.open import Data, check_classes
from designer.data.spec import Normalisation
from designer.errors import JobError, TrainError
from designer.graph.marks import marked
from designer.graph.model import Network
from designer.graph.tuning import begins, matching, rates
from designer.jobs.folder import RunFolder
from designer.jobs.work import Job
from designer.train.parts import LOSSES
from designer.train.spec import TrainSpec

__all__ = ["Learns", "check_outputs", "data_facts", "input_dims", "kept_normalisation", "learns", "what_learns"]


class Learns(TypedDict):
    """Which layers learn, how fast and from when on, by their paths; see train/learning.py."""

    frozen: list[str]
    rates: dict[str, float]
    begins: dict[str, int]


def what_learns(job: Job, spec: TrainSpec) -> Learns:
    """What the drawing's marks and the timeline say. Raises FileDamaged, and TrainError for a part there is not."""
    network = job.folder.network()
    return Learns(frozen=[], rates={}, begins={}) if network is None else learns(network, spec)


def learns(network: Network, spec: TrainSpec) -> Learns:
    """The same of a drawing. Raises TrainError."""
    for row in spec.unfreeze:
        if not matching(network, row.part):
            raise TrainError(
                f"{row.part!r} is to learn from epoch {row.epoch} on, but no block or group has that name. Correct the "
                "name, or take the row out of the timeline."
            )
    timeline = [(row.part, row.epoch) for row in spec.unfreeze]
    return Learns(frozen=marked(network, "frozen"), rates=rates(network), begins=begins(network, timeline))


def input_dims(program: Program) -> tuple[int | None, ...]:
    """The size of one sample, without the batch; None where it is open and the data say it.

    Raises JobError where pictures cannot be fed to the network.
    """
    if len(program.inputs) != 1:
        raise JobError(f"The network has {len(program.inputs)} inputs; a data set of pictures feeds exactly one.")
    if program.inputs[0].dims[:1] != (None,):
        raise JobError(
            f"{program.inputs[0].name} takes one tensor of a fixed size, not samples. Switch on its Batch in front."
        )
    return program.inputs[0].dims[1:]


def check_outputs(program: Program, data: Data) -> None:
    """Raise DataError where an output of the network does not fit the data."""
    for output in program.outputs:
        check_classes(data, output.classes, LOSSES[output.loss].target if output.loss in LOSSES else None)


def data_facts(data: Data) -> dict[str, Any]:
    """What the window shows of the data, and what evaluation and export must know.

    What could not be read is what was damaged from the first and, asked again after a run, what was lost on the way.
    """
    skipped = (*data.skipped_list[:20], *data.lost[:20])
    return {
        "source": data.source,
        "note": data.note,
        "classes": list(data.classes),
        "sample_dims": list(data.sample_dims),
        "train_samples": len(data.train),
        "validation_samples": len(data.validation),
        "normalisation": data.normalisation.model_dump(mode="json"),
        "in_memory": data.in_memory,
        "skipped": data.skipped + len(data.lost),
        "skipped_list": [{"name": item.name, "reason": item.reason} for item in skipped],
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
