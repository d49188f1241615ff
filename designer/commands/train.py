"""``layerloom train``: the same run as in the window, in a terminal."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from designer.commands.command import Command, Console
from designer.commands.launching import add_launch, launched
from designer.commands.learning import add_learning, marked_project, tell_timeline
from designer.commands.options import add_data, add_file, add_train, data_spec, open_project, train_spec
from designer.commands.running import run_folder, run_for_result
from designer.commands.series import planned, run_series
from designer.commands.tuning import add_tuning, takes_largest, tuned, with_largest
from designer.data.spec import DataSpec
from designer.errors import FileInUse, LayerloomError
from designer.graph.model import Network
from designer.graph.words import in_bytes, plural
from designer.jobs.folder import RunFolder
from designer.jobs.specs import ProbeJob, TrainJob
from designer.project.file import Project, load_project, save_project
from designer.project.lock import FileLock
from designer.project.trail import starts_from_weights
from designer.train.forecast import Forecast
from designer.train.spec import TrainSpec
from designer.train.told import figures_told, memory_told, shortage_told, time_told

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    add_file(parser)
    add_data(parser, required=False)
    add_train(parser)
    add_learning(parser)
    group = parser.add_argument_group("run")
    group.add_argument("--run-dir", type=Path, metavar="DIR", help="where the run is kept; default: beside the project")
    group.add_argument("--resume", type=Path, metavar="DIR", help="go on from the last checkpoint of the run in DIR")
    group.add_argument(
        "--forecast", action="store_true", help="measure for a moment what a run would take, say it, and do not train"
    )
    add_tuning(group)
    group.add_argument(
        "--repeats",
        type=_times,
        default=1,
        metavar="N",
        help="train N times with seeds that follow each other, and tell mean and spread. --folds N without --fold "
        "trains once for each fold",
    )
    group.add_argument("--weights", type=Path, metavar="FILE", help="start from these weights (.safetensors)")
    add_launch(parser)


def _times(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise ArgumentTypeError(f"expected a whole number from 1 to 1,000, got {text!r}")
    return int(text)


def _run(options: Namespace, console: Console) -> int:
    opened = open_project(options)
    project = marked_project(options, opened)
    largest = takes_largest(options)
    train, data = train_spec(options, project), data_spec(options, project)
    if largest:
        train = with_largest(project, train, data, console)
    tell_timeline(train, project.network, console)
    if options.forecast:
        return _forecast(project, train, data, console)
    if options.tune:
        train = tuned(project, train, data, console)
    folder = run_folder(options, "train")
    resume = str(options.resume.absolute()) if options.resume is not None else None
    initial = options.weights
    if initial is None and resume is None and starts_from_weights(project, train, _there(project)):
        initial, train = project.weights, train.model_copy(update={"start": "weights"})
    # Weights that go on see pictures as they were trained on; a fresh start measures its own.
    normalisation = project.normalisation if initial is not None and initial == project.weights else None
    job = TrainJob(train=train, data=data, resume=resume, normalisation=normalisation)
    members = planned(options, job)
    if len(members) > 1:
        return run_series(members, project.network, folder, console, initial)
    outcome = launched(options, job, project.network, folder, console, initial)
    if "iteration" not in outcome:  # stopped while the data were read
        raise KeyboardInterrupt
    weights = RunFolder(folder).inside(outcome["weights"]) if outcome.get("weights") else None
    trained = replace(
        project, train=train, data=data, weights=weights, run=folder, normalisation=RunFolder(folder).normalisation()
    )
    saved, note = _keep(options.file, trained, opened.network) if weights is not None else (None, "")
    if note:
        console.say(f"{note} The weights stay in the run folder.")
    _report(outcome, console)
    console.say(f"The run is in {folder}.")
    if saved is not None:
        console.say(f"The weights are in {saved.weights}.")
    numbers = {k: outcome.get(k) for k in ("reason", "iteration", "epoch", "elapsed")}
    measured = {k: outcome.get(k) for k in ("best_accuracy", "final_accuracy", "final_loss", "figures", "best_figures")}
    result: dict[str, Any] = {"ok": True, "run": str(folder), **numbers, **measured}
    kept = saved.weights if saved is not None else weights
    console.result({**result, "weights": None if kept is None else str(kept), "note": note or None})
    return 0


def _there(project: Project) -> bool:
    return project.weights is not None and not project.weights_missing


def _forecast(project: Project, train: TrainSpec, data: DataSpec, console: Console) -> int:
    """Say what the run would take."""
    with TemporaryDirectory(prefix="layerloom-") as place:
        result = run_for_result(ProbeJob(train=train, data=data), project.network, Path(place) / "probe", console)
    forecast = Forecast.from_dict(result)
    lines = [time_told(forecast, train.epochs), memory_told(forecast), shortage_told(forecast)]
    console.say(f"On {forecast.device_title}, {plural(forecast.batch, 'sample')} at once:")
    for line in lines:
        if line:
            console.say(f"{line.rstrip('.')}.")
    for name, size in forecast.to_dict()["memory"].items():
        console.say(f"  {name.replace('optimizer', 'optimiser'):<12} {in_bytes(size):>9}")
    console.result({"ok": True, **result, "epochs": train.epochs})
    return 0


def _keep(file: Path, trained: Project, opened: Network) -> tuple[Project | None, str]:
    """Put the weights beside the project that was ``opened``, and its marks into it; or a sentence that says why not.

    Nothing that was learned is lost by it. A project that a window has open is left alone: the window would write over
    it.
    """
    lock = FileLock(file)
    try:
        lock.acquire()
    except FileInUse as error:
        return None, f"{error} The project file was left as it was."
    except LayerloomError as error:
        return None, error.message
    try:
        if load_project(file).network != opened:
            return None, f"{file} was changed meanwhile and is left as it is."
        return save_project(trained, file), ""
    except LayerloomError as error:
        return None, error.message
    finally:
        lock.release()


def _report(outcome: Any, console: Console) -> None:
    text = {"stopped": "Stopped", "early": "Ended early"}.get(outcome["reason"], "Done")
    text += f" after {outcome['iteration']:,} iterations in {outcome['elapsed']:.1f} s"
    last, best = (
        figures_told({"accuracy": outcome.get(f"{which}_accuracy"), **(outcome.get(figures) or {})})
        for which, figures in (("final", "figures"), ("best", "best_figures"))
    )
    text += f"; validation {last}" if last else ""
    text += f" (best: {best})" if best not in ("", last) else ""
    console.say(f"{text}.")
    if outcome.get("kept") == "best":
        console.say(f"Kept are the best weights, of iteration {outcome['kept_iteration']:,}.")


COMMAND = Command(
    "train",
    "Train a network on data.",
    _arguments,
    _run,
    "Ctrl-C stops after the current iteration and keeps the weights.",
    order=20,
)
