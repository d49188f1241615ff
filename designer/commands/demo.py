"""``layerloom demo``: everything at once, on the bundled digits in a window, or a kind of work in the terminal."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from designer.commands.command import Command, Console
from designer.commands.demonstrating import demo_named, demos, run_demo, take_folder
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
    kinds = "; ".join(f"{demo.kind}: {demo.title} ({demo.promise})" for demo in demos()).replace("%", "%%")
    parser.add_argument(
        "kind", nargs="?", metavar="KIND", help=f"a kind of work, trained to its figure without a window. {kinds}"
    )
    parser.add_argument(
        "-o", "--out", type=Path, default=None, metavar="DIR", help="where everything goes (layerloom-demo[-KIND])"
    )
    parser.add_argument(
        "--epochs", type=_epochs, default=None, metavar="N", help="other epochs than the kind of work sets itself"
    )
    parser.add_argument("--theme", choices=("light", "dark"), default=None, help="the window's colours")


def _epochs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:
        raise ArgumentTypeError(f"expected a whole number from 1 to 100,000, got {text!r}")
    return int(text)


def _run(options: Namespace, console: Console) -> int:
    if options.kind is not None:
        if options.theme is not None:
            raise UsageError("A kind of work is shown without a window, so it takes no --theme.")
        demo = demo_named(options.kind)
        return run_demo(demo, options.out or Path(f"layerloom-demo-{demo.kind}"), console, options.epochs)
    if options.epochs is not None:
        raise UsageError("--epochs is for a kind of work, such as `layerloom demo table --epochs 5`.")
    options.out = options.out or Path("layerloom-demo")
    return _show(options, console)


def _show(options: Namespace, console: Console) -> int:
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
    take_folder(folder, project, _KEPT)
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
    "Train, measure and export a network on the bundled digits, in a window; or a kind of work, in the terminal.",
    _arguments,
    _run,
    "Without a display it does the same in memory and leaves a picture of the window.",
    order=1,
)
