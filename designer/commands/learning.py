"""What trains, said on the command line: marks for parts of the drawing, and the unfreezing timeline."""

from __future__ import annotations

from argparse import SUPPRESS, Action, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from designer.blocks.spec import Value
from designer.commands.command import Console
from designer.commands.options import name_of
from designer.errors import UsageError
from designer.graph.document import Document
from designer.graph.edits import Batch, SetMarks
from designer.graph.infer import Shapes
from designer.graph.model import Network
from designer.graph.tuning import learners, matching, never_due, why_no_part
from designer.project.file import Project
from designer.train.spec import TrainSpec

__all__ = ["add_learning", "marked_project", "tell_timeline"]

_Mark = tuple[str, str, Mapping[str, Value]]  # the option, a pattern, and marks for what it names


def add_learning(parser: ArgumentParser) -> None:
    """What is frozen, how fast the rest learns, and from when on."""
    group = parser.add_argument_group(
        "what trains",
        "PATTERN names blocks with weights, by themselves or by their group: fc, layer4, 'layer*', '*.bn1'. Marks are "
        "set in the order given, become part of the drawing and are saved with it, as in the window.",
    )
    marks: dict[str, Any] = {"dest": "marks", "action": "append", "default": []}
    group.add_argument("--freeze", type=_frozen, metavar="PATTERN", help="leave these weights as they are", **marks)
    group.add_argument("--thaw", type=_thawed, metavar="PATTERN", help="let these weights learn again", **marks)
    group.add_argument(
        "--rate", type=_rate, metavar="PATTERN=FACTOR", help="multiply the learning rate here; 1 takes it back", **marks
    )
    group.add_argument(
        "--unfreeze",
        type=_stage,
        action=_Timeline,
        dest=name_of(TrainSpec, "unfreeze"),
        default=SUPPRESS,
        metavar="PATTERN=EPOCH",
        help="let this part learn from that epoch on, frozen until then; several times for a timeline, which the "
        "project keeps. 'none' takes the project's timeline away",
    )


def marked_project(options: Namespace, project: Project) -> Project:
    """The project with the marks that the command line sets. Raises UsageError for a part that there is not."""
    if not options.marks:
        return project
    document = Document(project.network.copy())
    for option, pattern, marks in options.marks:
        names = _need_learners(document.network, document.shapes, pattern, option)
        document.do(Batch(f"{option} {pattern}", (SetMarks(tuple(names), marks),)))
    return replace(project, network=document.network)


def tell_timeline(train: TrainSpec, network: Network, console: Console) -> None:
    """Look at the timeline before anything starts. Raises UsageError for a part that there is not."""
    shapes = Shapes(network) if train.unfreeze else None
    for row in train.unfreeze:
        assert shapes is not None
        _need_learners(network, shapes, row.part, "--unfreeze")
    for part in never_due(network, ((row.part, row.epoch) for row in train.unfreeze), train.epochs):
        console.say(f"{part} stays frozen: the run ends with epoch {train.epochs}.")


def _need_learners(network: Network, shapes: Shapes, pattern: str, option: str) -> list[str]:
    why_not = why_no_part(network, shapes, pattern)
    if why_not is not None:
        raise UsageError(f"{option}: {why_not}")
    return learners(network, shapes, matching(network, pattern))


class _Timeline(Action):
    """Collects rows; ``none`` drops those before."""

    def __call__(self, parser: Any, namespace: Namespace, values: Any, option_string: str | None = None) -> None:
        rows = getattr(namespace, self.dest, [])
        setattr(namespace, self.dest, [] if values is None else [*rows, values])


def _frozen(text: str) -> _Mark:
    return "--freeze", text, {"frozen": True}


def _thawed(text: str) -> _Mark:
    return "--thaw", text, {"frozen": False}


def _rate(text: str) -> _Mark:
    pattern, number = _pair(text, "FACTOR, such as layer4=0.1")
    try:
        return "--rate", pattern, {"rate": float(number)}
    except ValueError:
        raise ArgumentTypeError(f"expected a number behind =, got {number!r}") from None


def _stage(text: str) -> dict[str, Any] | None:
    if text == "none":
        return None
    pattern, number = _pair(text, "EPOCH, such as layer4=3")
    if not number.isdecimal() or not 1 <= int(number) <= 100_000:
        raise ArgumentTypeError(f"expected an epoch, a whole number from 1 on, behind =, got {number!r}")
    return {"part": pattern, "epoch": int(number)}


def _pair(text: str, wanted: str) -> tuple[str, str]:
    pattern, _, value = text.rpartition("=")
    if not pattern or not value:
        raise ArgumentTypeError(f"expected PATTERN={wanted}, got {text!r}")
    return pattern.strip(), value.strip()
