"""A new project from a template: its network, the samples that it is drawn for, and how it is trained on them."""

from __future__ import annotations

from designer.data.spec import DataSpec
from designer.graph.templates import Template
from designer.project.file import Project
from designer.train.spec import TrainSpec

__all__ = ["begun"]


def begun(template: Template) -> Project:
    """A project without a file, with a copy of the template's network."""
    return Project(
        network=template.network.copy(),
        name=template.title if len(template.network) else "",
        train=TrainSpec.model_validate(template.train) if template.train else None,
        data=DataSpec.model_validate(template.data) if template.data else None,
    )
