"""From the folder of an import to the project that is opened; no torch."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from designer.data.spec import Normalisation
from designer.errors import FileDamaged
from designer.exchange.gallery import Pretrained
from designer.graph.measured import keep
from designer.graph.measured_data import answers_from_json
from designer.graph.overview import first_look
from designer.graph.reading import network_from_json
from designer.jobs.folder import RunFolder
from designer.jobs.specs import ImportModelJob
from designer.project.file import Project
from designer.project.strict_json import read_json

__all__ = ["Wish", "imported_project"]


@dataclass(frozen=True)
class Wish:
    """What is to be imported; ``model`` is the gallery's entry where it comes from there."""

    source: str
    title: str
    weights: str = "default"
    trust: bool = False
    model: Pretrained | None = None

    @property
    def spec(self) -> ImportModelJob:
        """The job that does it."""
        return ImportModelJob(source=self.source, weights=self.weights, trust=self.trust)


def imported_project(folder: RunFolder, result: Mapping[str, Any], wish: Wish) -> Project:
    """The project that an import made. Raises FileDamaged where its folder does not hold what it says."""
    report = result.get("report")
    if not isinstance(result.get("network"), str) or not isinstance(report, Mapping):
        raise FileDamaged("The import gave no network. Try it again.")
    network = network_from_json(read_json(folder.inside(result["network"])))
    keep(answers_from_json(result.get("measured", [])))
    weights = result.get("weights")
    path = folder.inside(weights) if isinstance(weights, str) else None
    return Project(
        network=first_look(network),
        name=wish.title,
        weights=path if path is not None and path.is_file() else None,
        normalisation=_normalisation(result, report, wish),
        imported={"title": wish.title, "source": wish.source, **report},
    )


def _normalisation(result: Mapping[str, Any], report: Mapping[str, Any], wish: Wish) -> Normalisation | None:
    """What the import says, else what the gallery knows of the weights."""
    for said in (result.get("normalisation"), report.get("normalisation")):
        if said is not None:
            try:
                return Normalisation.model_validate(said)
            except ValidationError as error:
                raise FileDamaged("The import does not say how pictures were normalised. Try it again.") from error
    if wish.model is None:
        return None
    facts = next((w for w in wish.model.weights if w.name == wish.weights), wish.model.best)
    return Normalisation(mean=facts.mean, std=facts.std) if facts.mean and facts.std else None


def folder_of(weights: Path | None, root: Path) -> Path | None:
    """The folder below ``root`` in which weights lie."""
    if weights is None or not weights.absolute().is_relative_to(root.absolute()):
        return None
    return root / weights.absolute().relative_to(root.absolute()).parts[0]


def left_over(root: Path, age: float) -> list[Path]:
    """Folders of imports that ended, and whose window is gone or that are older than ``age`` seconds."""
    found = []
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        try:
            old = time.time() - folder.stat().st_mtime > age
        except OSError:
            continue  # another window removed it
        if old and not RunFolder(folder).alive():
            found.append(folder)
    return found
