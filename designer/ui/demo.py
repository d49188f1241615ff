"""The main job from end to end in a real window: open, train with live plots, evaluate, export twice, prove, show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from designer.data.spec import DataSpec
from designer.errors import LayerloomError
from designer.train.spec import TrainSpec
from designer.ui.window import MainWindow

__all__ = ["Demo"]

FORMATS = (("onnx", "digits.onnx"), ("pt2", "digits.pt2"))
SIZE = (1680, 1080)
_SETTLE = 700  # ms for fades and the last plot to end before the picture is taken


class Demo(QObject):
    """Drives a window whose project is open. ``finished(ok)`` comes once.

    ``tell`` gets every event of every job; ``say`` sentences for people.
    """

    finished = Signal(bool)

    def __init__(
        self,
        window: MainWindow,
        train: TrainSpec,
        data: DataSpec,
        tell: Callable[[Mapping[str, Any]], None],
        say: Callable[[str], None],
    ) -> None:
        super().__init__(window)
        self.window, self.train, self.data = window, train, data
        self.result: dict[str, Any] = {"exports": []}
        self._tell, self._say = tell, say
        self._left = list(FORMATS)
        self._over = False
        runs = window.running.controller()
        runs.events.connect(self._events)
        runs.stateChanged.connect(self._state)
        runs.result.connect(self._take)
        runs.trouble.connect(self._fail)
        window.painted.connect(self._begin)

    @property
    def folder(self) -> Path:
        """Where everything goes: beside the project."""
        path = self.window.session.path
        assert path is not None
        return path.parent

    def _begin(self) -> None:
        self.window.show_editor()
        self.window.canvas.fit()
        self.window.running.train(self.train, self.data)

    def _events(self, _run: str, events: Sequence[Mapping[str, Any]]) -> None:
        for event in events:
            self._tell(event)

    def _state(self, run_id: str, state: str) -> None:
        run = self.window.running.controller().run(run_id)
        if run is not None and state in ("failed", "lost"):
            self._fail(run.state.message)
        elif run is not None and run.kind == "train" and state == "completed":
            self.result["run"] = run_id

    def _take(self, run_id: str, data: dict[str, Any]) -> None:
        run = self.window.running.controller().run(run_id)
        if run is None or self._over:
            return
        if run.kind == "evaluate":
            self.result["evaluation"] = {k: data.get(k) for k in ("accuracy", "loss", "samples")}
            self._say(f"Validation accuracy {data['accuracy']:.2%} on {data['samples']:,} images.")
            self._side_by_side()
            self._export()
        elif run.kind == "export":
            self.result["exports"].append(
                {k: data.get(k) for k in ("format", "path", "max_abs_diff", "agree", "samples")}
            )
            self._say(str(data["sentence"]))
            self._export()

    def _export(self) -> None:
        if not self._left:
            QTimer.singleShot(_SETTLE, self._end)
            return
        name, file = self._left.pop(0)
        running = self.window.running
        weights = running.weights()
        assert weights is not None
        network = self.window.bridge.document.network
        try:
            running.controller().export(network, weights, name, self.folder / file, self.data)
        except LayerloomError as error:
            self._fail(error.message)

    def _side_by_side(self) -> None:
        """Plots and results at once, instead of one behind the other."""
        editor = self.window.build_editor()
        training, results = editor.docks["training"], editor.docks["results"]
        self.window.removeDockWidget(results)
        self.window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, results, Qt.Orientation.Horizontal)
        results.show()
        training.raise_()
        width, height = self.window.width(), self.window.height()
        self.window.resizeDocks([training, results], [width // 2, width // 2], Qt.Orientation.Horizontal)
        self.window.resizeDocks([training, results], [height * 2 // 5] * 2, Qt.Orientation.Vertical)
        QTimer.singleShot(0, self.window.canvas.fit)

    def _end(self) -> None:
        self.window.files.save(self._picture)
        if self.window.session.modified:
            self._fail("The project could not be saved; is the folder writable?")

    def _picture(self) -> None:
        picture = self.folder / "window.png"
        self.window.toasts.clear()
        self.window.build_editor().results.show_page("overview")
        if not self.window.grab().save(str(picture)):
            self._fail(f"The picture {picture} could not be written.")
            return
        self.result["picture"] = str(picture)
        self._finish(True)

    def _fail(self, sentence: str) -> None:
        if not self._over:
            self.result["error"] = sentence
            self._finish(False)

    def _finish(self, ok: bool) -> None:
        self._over = True
        self.finished.emit(ok)
