"""A kind of work from end to end in a terminal: train, measure, export, prove; and see that it learned."""

from __future__ import annotations

import importlib
import pkgutil
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from designer.commands.command import Console
from designer.errors import LayerloomError, UsageError

__all__ = ["Demo", "Goal", "demo_named", "demos", "run_demo", "take_folder"]

_TITLES = {
    "accuracy": "accuracy",
    "macro_f1": "mean F1",
    "mean_absolute_error": "mean absolute error",
    "r2": "R²",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "auroc": "AUROC",
}
_NUMBERS = ("mean_absolute_error", "r2", "auroc")  # others are shares, written in per cent


@dataclass(frozen=True)
class Goal:
    """A figure of an evaluation that has to be reached: at ``least``, or at ``most``."""

    figure: str
    least: float | None = None
    most: float | None = None

    def of(self, evaluation: Mapping[str, Any]) -> float | None:
        """That figure, wherever an evaluation has it."""
        for place in (evaluation, evaluation.get("regression") or {}, evaluation.get("two") or {}):
            if place.get(self.figure) is not None:
                return float(place[self.figure])
        return None

    def reached(self, value: float | None) -> bool:
        """Whether it is. A figure that is not there is not reached."""
        if value is None:
            return False
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    @property
    def sentence(self) -> str:
        """As in: accuracy at least 96 %."""
        bound, word = (self.least, "at least") if self.least is not None else (self.most, "at most")
        assert bound is not None
        return f"{_TITLES[self.figure]} {word} {self.text(bound)}"

    def text(self, value: float) -> str:
        """A value as people read it."""
        return f"{value:.4g}" if self.figure in _NUMBERS else f"{100 * value:.4g} %"


@dataclass(frozen=True)
class Demo:
    """One kind of work. The ``template`` holds network, samples and settings; the ``goals`` are for its figures."""

    kind: str
    title: str
    template: str
    goals: tuple[Goal, ...]

    @property
    def promise(self) -> str:
        """All of its goals."""
        return ", ".join(goal.sentence for goal in self.goals)


@cache
def demos() -> tuple[Demo, ...]:
    """Every demonstration, in the order of their files."""
    from designer.commands import demos as room

    modules = sorted(info.name for info in pkgutil.iter_modules(room.__path__))
    return tuple(importlib.import_module(f"{room.__name__}.{name}").DEMO for name in modules)


def demo_named(kind: str) -> Demo:
    """Raises UsageError for a kind that does not exist."""
    for demo in demos():
        if demo.kind == kind:
            return demo
    known = ", ".join(demo.kind for demo in demos())
    raise UsageError(f"There is no demonstration called {kind!r}. Choose one of {known}.")


def take_folder(folder: Path, project: Path, left: tuple[str, ...]) -> None:
    """Make the folder; of an earlier demonstration in it, what is named is taken away. Raises UsageError."""
    if folder.is_dir() and not project.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} holds other files. Name an empty folder with -o.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {folder} cannot be made: {error.strerror}. Name another with -o.") from error
    for name in left:
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / f"{project.stem}-runs", ignore_errors=True)


def run_demo(demo: Demo, folder: Path, console: Console, epochs: int | None = None) -> int:
    """Raises LayerloomError where a goal is not reached; everything that was made is there all the same."""
    from designer.commands.evaluate import what_it_tells
    from designer.graph.templates import template_named
    from designer.project.beginning import begun
    from designer.project.file import save_project

    begin = time.monotonic()
    file = folder / f"{demo.kind}.loom"
    weights, model = file.with_suffix(".safetensors"), file.with_suffix(".onnx")
    take_folder(folder, file, (file.name, weights.name, model.name))
    project = replace(begun(template_named(demo.template)), name="")
    if epochs is not None and project.train is not None:
        project = replace(project, train=project.train.model_copy(update={"epochs": epochs}))
    project = save_project(project, file)
    console.say(f"{demo.kind}: {demo.title}. The project is {file}.")
    trained = save_project(_trained(project, file, console), file)
    evaluation = _evaluated(trained, file, console)
    accuracy = evaluation.get("accuracy")
    told = ", ".join(filter(None, (f"accuracy {accuracy:.2%}" if accuracy else "", what_it_tells(evaluation))))
    console.say(f"Measured on {evaluation['samples']:,} samples that it had not seen: {told}.")
    exported = _exported(trained, file, model, console)
    console.say(str(exported["sentence"]))
    seconds = round(time.monotonic() - begin, 1)
    found = {goal.figure: goal.of(evaluation) for goal in demo.goals}
    missed = [goal for goal in demo.goals if not goal.reached(found[goal.figure])]
    if missed:
        said = "; ".join(f"{goal.sentence}, found {_found(goal, found[goal.figure])}" for goal in missed)
        raise LayerloomError(
            f"The network learned less than the demonstration promises. Expected {said}. Run it again with more "
            f"epochs (--epochs). Everything lies in {folder}."
        )
    console.say(f"Reached: {demo.promise}. Done in {seconds:.0f} s; everything lies in {folder}.")
    console.result(
        {"ok": True, "kind": demo.kind, "folder": str(folder), "seconds": seconds, "figures": found}
        | {"evaluation": {name: evaluation[name] for name in ("kind", "accuracy", "loss", "samples")}}
        | {"export": {name: exported[name] for name in ("format", "path", "max_abs_diff", "agree", "samples")}}
    )
    return 0


def _found(goal: Goal, value: float | None) -> str:
    return "none" if value is None else goal.text(value)


def _trained(project: Any, file: Path, console: Console) -> Any:
    """The project with the weights that it learned. Raises KeyboardInterrupt where it was stopped."""
    from designer.commands.running import run_job, runs_beside
    from designer.jobs.folder import RunFolder, new_run_path
    from designer.jobs.specs import TrainJob

    place = new_run_path(runs_beside(file), "train")
    outcome, _ = run_job(TrainJob(train=project.train, data=project.data), project.network, place, console)
    if not outcome.get("weights") or outcome.get("reason") == "stopped":
        raise KeyboardInterrupt
    run = RunFolder(place)
    return replace(project, weights=run.inside(outcome["weights"]), run=place, normalisation=run.normalisation())


def _evaluated(project: Any, file: Path, console: Console) -> Mapping[str, Any]:
    from designer.commands.running import run_for_result, runs_beside
    from designer.jobs.folder import new_run_path
    from designer.jobs.specs import EvaluateJob

    job = EvaluateJob(weights=str(project.weights.absolute()), data=project.data, normalisation=project.normalisation)
    return run_for_result(job, project.network, new_run_path(runs_beside(file), "evaluate"), console)


def _exported(project: Any, file: Path, model: Path, console: Console) -> Mapping[str, Any]:
    from designer.commands.running import run_for_result, runs_beside
    from designer.jobs.folder import new_run_path
    from designer.jobs.specs import ExportJob

    job = ExportJob(
        weights=str(project.weights.absolute()),
        data=project.data,
        normalisation=project.normalisation,
        format="onnx",
        out=str(model.absolute()),
    )
    return run_for_result(job, project.network, new_run_path(runs_beside(file), "export-onnx"), console)
