"""``layerloom adapt``: a trained network made ready for one's own data."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import replace

from designer.commands.changing import Changing, add_changed_file
from designer.commands.command import Command, Console
from designer.commands.options import add_data, data_spec
from designer.data.facts import context_of
from designer.graph.adapt import BODIES, Body, adapt
from designer.graph.surgery.widths import Change
from designer.train.spec import TrainSpec
from designer.train.suggest import for_fine_tuning

__all__ = ["COMMAND"]

_FLAGS: dict[str, Body] = {"--freeze-backbone": "frozen", "--slow-backbone": "slow", "--whole": "whole"}


def _arguments(parser: ArgumentParser) -> None:
    add_changed_file(parser)
    add_data(parser, required=False)
    told = "Left out: it is frozen; without trained weights everything learns."
    group = parser.add_argument_group("the backbone", told).add_mutually_exclusive_group()
    for flag, body in _FLAGS.items():
        group.add_argument(flag, dest="body", action="store_const", const=body, help=BODIES[body])
    parser.set_defaults(body=None)


def _run(options: Namespace, console: Console) -> int:
    changing = Changing(options)
    data = data_spec(options, changing.project)
    changing.document.set_context(context_of(data))
    learned = changing.weights is not None
    body: Body = options.body or ("frozen" if learned else "whole")
    found = adapt(changing.document, body, learned)
    settings = for_fine_tuning(body, learned)
    changing.project = replace(changing.project, data=data, train=TrainSpec(**settings), run=None)
    told = [step.sentence for step in found.steps if step.sentence]
    if learned and changing.project.normalisation is not None and changing.project.imported is not None:
        told.append("Pixels are normalised as those that the model was trained on.")
    settings_told = f"{settings['epochs']} epochs, batch {settings['batch_size']}, rate {settings['learning_rate']:g}"
    told.append(f"Suggested settings: {settings_told}; `layerloom train {changing.target}` uses them.")
    change = Change(found.edit, False, "\n".join(told))
    return changing.finish(change, console, {"steps": told, "heads": list(found.heads), "body": body})


COMMAND = Command(
    "adapt",
    "Make a trained network ready for your own data: a new head, the rest frozen or slowed down.",
    _arguments,
    _run,
    "Each step is said, and can be undone in the window. Then: layerloom train FILE.",
    order=14,
)
