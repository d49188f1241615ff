"""``layerloom rates``: a learning-rate range test, and the rate that it suggests."""

from __future__ import annotations

import csv
from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import TemporaryDirectory

from designer.commands.command import Command, Console
from designer.commands.learning import add_learning, marked_project
from designer.commands.options import add_data, add_file, add_train, data_spec, open_project, train_spec
from designer.commands.preflight import starting_weights
from designer.commands.running import run_for_result
from designer.errors import UsageError
from designer.jobs.specs import RangeTestJob
from designer.train.rate_curve import rate_words

__all__ = ["COMMAND"]

_ROWS, _COLUMNS = 12, 66


def _arguments(parser: ArgumentParser) -> None:
    add_file(parser)
    add_data(parser, required=False)
    add_train(parser)
    add_learning(parser)
    group = parser.add_argument_group("test")
    group.add_argument("--weights", type=Path, metavar="FILE", help="the training would start from these weights")
    group.add_argument("--lowest", type=float, default=1e-7, metavar="RATE", help="where it begins. Default: 1e-7.")
    group.add_argument("--highest", type=float, default=10.0, metavar="RATE", help="where it ends. Default: 10.")
    group.add_argument("--points", type=int, default=100, metavar="N", help="how many iterations. Default: 100.")
    group.add_argument("--csv", type=Path, metavar="FILE", help="write rate, loss and smoothed loss of each point")


def _run(options: Namespace, console: Console) -> int:
    if not 0 < options.lowest < options.highest <= 1000 or options.lowest > 1:
        raise UsageError(f"Expected 0 < --lowest < --highest <= 1000, got {options.lowest:g} and {options.highest:g}.")
    if not 20 <= options.points <= 10_000:
        raise UsageError(f"--points: expected a number from 20 to 10,000, got {options.points:,}.")
    project = marked_project(options, open_project(options))
    train, data = train_spec(options, project), data_spec(options, project)
    initial, normalisation, train = starting_weights(options, project, train)
    job = RangeTestJob(
        train=train,
        data=data,
        normalisation=normalisation,
        lowest=options.lowest,
        highest=options.highest,
        points=options.points,
    )
    with TemporaryDirectory(prefix="layerloom-") as place:
        result = run_for_result(job, project.network, Path(place) / "rates", console, initial)
    points = result["points"]
    if options.csv is not None:
        _write(options.csv, points)
    for line in drawn([row[0] for row in points], [row[2] for row in points], result["rate"]):
        console.say(line)
    if result["diverged"] is not None:
        console.say(f"At {rate_words(result['diverged'])} the loss soared.")
    if result["rate"] is None:
        console.say("The loss falls at no rate that was tried. `layerloom preflight` may say why.")
    else:
        console.say(f"Suggested: --learning-rate {rate_words(result['rate'])}")
        console.say(f"The loss falls fastest at {rate_words(result['steepest'])}; chosen is {train.learning_rate:g}.")
    console.result({"ok": True, **result, "chosen": train.learning_rate})
    return 0


def _write(file: Path, points: list[list[float]]) -> None:
    try:
        with file.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(("rate", "loss", "smoothed"))
            writer.writerows(points)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror or error}. Choose another place.") from error


def drawn(rates: list[float], losses: list[float], suggested: float | None) -> list[str]:
    """The curve as text: the rates from left to right, on a logarithmic scale; a line where the suggestion is."""
    if len(rates) < 2:
        return []
    low, first_loss = min(losses), losses[0]
    high = min(max(losses), first_loss + 0.3 * (first_loss - low)) if first_loss > low else max(losses)
    span = max(high - low, 1e-12)
    paper = [[" "] * _COLUMNS for _ in range(_ROWS)]
    mark = None
    if suggested is not None:
        mark = min(range(len(rates)), key=lambda at: abs(rates[at] / suggested - 1)) * (_COLUMNS - 1) // len(rates)
        for row in paper:
            row[mark] = "|"
    for column in range(_COLUMNS):
        loss = losses[column * (len(losses) - 1) // (_COLUMNS - 1)]
        paper[min(_ROWS - 1, max(0, round((high - loss) / span * (_ROWS - 1))))][column] = "*"
    labels = [f"{high:8.3g}", *[" " * 8] * (_ROWS - 2), f"{low:8.3g}"]
    lines = [f"{label} {''.join(row).rstrip()}" for label, row in zip(labels, paper, strict=True)]
    first, last = rate_words(rates[0]), rate_words(rates[-1])
    return [*lines, f"{'rate':>8} {first}{last:>{_COLUMNS - len(first)}}"]


COMMAND = Command(
    "rates",
    "Find a learning rate: a short training whose rate grows from tiny to huge.",
    _arguments,
    _run,
    order=19,
)
