"""``layerloom demo``: everything at once, on the bundled digits."""

from __future__ import annotations

import os
import shutil
import time
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from designer.commands.command import Command, Console
from designer.commands.running import View
from designer.commands.window import has_display, install_system_libraries, qt_ready
from designer.data.spec import DataSpec
from designer.errors import LayerloomError, UsageError
from designer.graph.templates import load_template
from designer.project.file import Project, save_project
from designer.train.spec import TrainSpec

__all__ = ["COMMAND"]

TRAIN = TrainSpec(epochs=10, batch_size=64, learning_rate=4e-3, schedule="one_cycle", seed=0)
DATA = DataSpec(source="digits")
_KEPT = ("digits.loom", "digits.safetensors", "digits.onnx", "digits.pt2", "window.png")


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--out", type=Path, default=Path("layerloom-demo"), metavar="DIR", help="where everything goes"
    )
    parser.add_argument("--theme", choices=("light", "dark"), default=None, help="the window's colours")


def _run(options: Namespace, console: Console) -> int:
    begun = time.monotonic()
    shown = has_display()
    if not shown:
        install_system_libraries(console.say)
    qt_ready()
    project = _project(options.out)
    if not shown:
        # A person's own window, settings and journal have nothing to do with a demonstration in memory.
        os.environ.setdefault("LAYERLOOM_HOME", str(options.out.absolute() / ".home"))
    console.say(f"A network for handwritten digits, in {project}." + ("" if shown else " No display: drawn in memory."))
    ok, result = _in_window(project, options, console, shown)
    if not ok:
        raise LayerloomError(str(result["error"]))
    result["seconds"] = round(time.monotonic() - begun, 1)
    accuracy = result["evaluation"]["accuracy"]
    if not shown:
        console.say(f"Done in {result['seconds']:.0f} s. Everything lies in {options.out}:")
        for path in sorted(options.out.glob("*")):
            if not path.name.startswith("."):
                console.say(f"  {path.name}{'/' if path.is_dir() else ''}")
    console.result({"ok": True, "folder": str(options.out), "accuracy": accuracy, **result})
    return 0


def _project(folder: Path) -> Path:
    """The demonstration's project file, new; what an earlier one left under the same names is replaced."""
    project = folder / "digits.loom"
    if folder.is_dir() and not project.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} holds other files. Name an empty folder with -o.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {folder} cannot be made: {error.strerror}. Name another with -o.") from error
    for name in _KEPT:
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "digits-runs", ignore_errors=True)
    save_project(Project(load_template("digits"), train=TRAIN, data=DATA), project)
    return project


def _in_window(project: Path, options: Namespace, console: Console, shown: bool) -> tuple[bool, dict[str, Any]]:
    from designer.ui.app import create
    from designer.ui.demo import SIZE, Demo

    app, window = create(project)
    if options.theme is not None:
        window.keep(window.settings.changed(theme=options.theme))
    window.resize(*SIZE)
    with ExitStack() as stack:
        view = View(console, stack)
        demo = Demo(window, TRAIN, DATA, view.show, console.say)
        outcome: list[bool] = []

        def over(ok: bool) -> None:
            outcome.append(ok)
            if not shown:
                window.close()
                app.quit()
            elif ok:
                window.toasts.show(
                    "success", f"Trained, measured, exported and proved. Everything lies in {options.out}."
                )

        demo.finished.connect(over)
        window.closed.connect(app.quit)
        window.show()
        app.exec()
    if not outcome:
        return False, {"error": "The window was closed before the demonstration ended."}
    return outcome[0], demo.result


COMMAND = Command(
    "demo",
    "Train, measure and export a network on the bundled digits, in a window.",
    _arguments,
    _run,
    "Without a display it does the same in memory and leaves a picture of the window.",
    order=1,
)
