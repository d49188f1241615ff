"""Weights of a file into the open project: the jobs behind the dialog, and one step back."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog

from designer.errors import LayerloomError
from designer.exchange.mapping.spec import WeightMap
from designer.exchange.mapping.weight import weights_from
from designer.jobs.client import JobHandle
from designer.jobs.folder import new_run_path
from designer.jobs.specs import ImportWeightsJob, JobSpec, LookJob
from designer.project.paths import state_folder
from designer.ui.run_folders import runs_root
from designer.ui.weights.dialog import WeightsDialog

if TYPE_CHECKING:
    from designer.graph.document import Document
    from designer.ui.window import MainWindow

__all__ = ["Loading", "loading"]

_TICK = 40  # ms between two looks, only while a job goes on
_KINDS = "Weights (*.safetensors *.pth *.pt *.ckpt *.bin);;All files (*)"


def loading(window: MainWindow) -> Loading:
    """The window's one, made at the first call."""
    found = window.findChild(Loading)
    return found if found is not None else Loading(window)


class Loading(QObject):
    """One file at a time. ``taken`` is sent when the project has its new weights."""

    taken = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.dialog: WeightsDialog | None = None
        self._job: JobHandle | None = None
        self._leaving: list[JobHandle] = []  # told to stop; their folders go when they have
        self._then: Callable[[dict[str, Any]], None] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK)
        self._timer.timeout.connect(self._tick)
        window.closed.connect(self.close)

    # --- a file ------------------------------------------------------------------------------------------------

    def browse(self) -> None:
        """Ask for a file."""
        dialog = QFileDialog(self.window, "Load weights")
        dialog.setNameFilters(_KINDS.split(";;"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        path = self.window.session.path
        dialog.setDirectory(str(path.parent if path is not None else Path.home()))
        dialog.fileSelected.connect(self._chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _chosen(self, path: str) -> None:
        self.take(Path(path))

    def take(self, path: Path) -> None:
        """Look into a file and show what fits."""
        if self.dialog is not None:
            self.dialog.reject()
        dialog = WeightsDialog(path, self.window.running.weights() is not None, self.window)
        dialog.applied.connect(self._apply)
        dialog.otherWanted.connect(self._another)
        dialog.finished.connect(self._leave)
        self.dialog = dialog
        dialog.wait(f"Reading the names in {path.name}…")
        dialog.open()
        folder = state_folder() / "weights" / secrets.token_hex(8)
        self._start(LookJob(path=str(path.absolute())), folder, self._looked)

    def _another(self) -> None:
        self._leave()
        self.browse()

    def _looked(self, result: dict[str, Any]) -> None:
        job, dialog = self._job, self.dialog
        assert job is not None and dialog is not None
        shutil.rmtree(job.run_dir, ignore_errors=True)
        parts = {str(part["name"]): weights_from(part["weights"]) for part in result["parts"]}
        dialog.show_mapping(weights_from(result["network"]), parts)

    def _apply(self, mapping: WeightMap) -> None:
        dialog = self.dialog
        assert dialog is not None
        dialog.wait(f"Loading the weights of {dialog.path.name}…")
        spec = ImportWeightsJob(path=str(dialog.path.absolute()), partial=True, map=mapping)
        root = runs_root(self.window.session.path, self.window.settings.runs_folder)
        try:
            base = self.window.session.weights_now()
        except LayerloomError as error:
            self._fail(error.message)
            return
        self._start(spec, new_run_path(root, "weights"), self._loaded, base)

    def _loaded(self, result: dict[str, Any]) -> None:
        job, dialog = self._job, self.dialog
        assert job is not None and dialog is not None
        session = self.window.session
        # The run's own copy: saving the project writes over the file that the old weights lay in.
        before = job.folder.initial if job.folder.initial.is_file() else None
        session.use_weights(job.folder.inside(str(result["weights"])))
        name = dialog.path.name
        dialog.accept()
        toasts = self.window.toasts
        if result["warning"]:
            toasts.show("warning", str(result["warning"]))
        text = str(result["sentence"]).partition(";")[0].partition("(")[0].rstrip(" .")
        undo = partial(self._undo, self.window.bridge.document, before)
        toasts.show("success", f"{text}, and were taken from {name}.", ("Undo", undo))
        self.window.refresh_actions()
        self.taken.emit()

    def _undo(self, document: Document, before: Path | None) -> None:
        """The weights as they were, unless another project has been opened since."""
        if self.window.bridge.document is document:
            self.window.session.use_weights(before)
            self.window.refresh_actions()
        else:
            self.window.toasts.show("info", "Another project is open by now; its weights were left as they are.")

    # --- jobs --------------------------------------------------------------------------------------------------

    def _start(
        self, spec: JobSpec, folder: Path, then: Callable[[dict[str, Any]], None], weights: Path | None = None
    ) -> None:
        network = self.window.bridge.document.network
        try:
            self._job = self.window.running.controller().worker.submit(spec, network, folder, weights)
        except LayerloomError as error:
            self._fail(error.message)
            return
        self._then = then
        self._timer.start()

    def _tick(self) -> None:
        self._sweep()
        job, dialog = self._job, self.dialog
        if job is None or dialog is None:
            if not self._leaving:
                self._timer.stop()
            return
        for event in job.poll():
            if event["type"] == "progress":
                dialog.wait(f"{event['text']}…", event.get("fraction"))
        if not job.finished:
            return
        if not self._leaving:
            self._timer.stop()
        outcome = job.outcome or {}
        try:
            result = job.result
        except LayerloomError as error:
            self._fail(error.message)
            return
        if outcome.get("type") == "finished" and result is not None and self._then is not None:
            self._then(result)
        else:
            self._fail(str(outcome.get("message") or "The worker gave no answer. Try again."))

    def _fail(self, sentence: str) -> None:
        if self.dialog is not None:
            self.dialog.fail(sentence)

    def _leave(self, _result: int = 0) -> None:
        """The dialog goes; what still runs for it is stopped, and what it wrote is removed when it has ended."""
        job, self._job, self.dialog = self._job, None, None
        if job is not None and not job.finished:
            try:
                job.stop()
                self._leaving.append(job)
            except LayerloomError as error:
                self.window.toasts.show("warning", error.message)

    def _sweep(self) -> None:
        for job in list(self._leaving):
            job.poll()
            if job.finished:
                self._leaving.remove(job)
                shutil.rmtree(job.run_dir, ignore_errors=True)

    def close(self) -> None:
        """The window goes, and its worker with it."""
        self._leave()
        self._timer.stop()
        for job in self._leaving:
            shutil.rmtree(job.run_dir, ignore_errors=True)
        self._leaving.clear()
