"""Models from elsewhere: the gallery, files, the job that reads them, and the project that comes of it."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from designer.errors import LayerloomError
from designer.exchange.gallery import Pretrained
from designer.graph.adapt import heads
from designer.jobs.client import JobHandle
from designer.jobs.imported import Wish, imported_project
from designer.project.paths import state_folder
from designer.ui.notify import Choice
from designer.ui.words import plural

if TYPE_CHECKING:
    from designer.project.file import Project
    from designer.ui.dialogs.importing import ImportDialog
    from designer.ui.models.page import ModelPage
    from designer.ui.window import MainWindow

__all__ = ["Importing"]

_TICK = 60  # ms between two looks, only while something is imported
_OLD = 7 * 24 * 3600.0  # seconds after which the weights of a project that was never saved are given up


class Importing(QObject):
    """Stands between the window and the import job, one import at a time. ``opened`` is sent when a model is open."""

    opened = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.page: ModelPage | None = None
        self.dialog: ImportDialog | None = None
        self.wish: Wish | None = None
        self._job: JobHandle | None = None
        self._leaving: list[JobHandle] = []  # told to stop; their folders go when they have
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK)
        self._timer.timeout.connect(self._tick)

    @property
    def root(self) -> Path:
        """Where imports work, and where weights lie until their project is saved."""
        return state_folder() / "imports"

    # --- the gallery ------------------------------------------------------------------------------------------

    def gallery(self) -> ModelPage:
        """The page with all models, made at the first call."""
        if self.page is None:
            from designer.ui.models.libraries import Libraries
            from designer.ui.models.page import ModelPage

            self.page = ModelPage()
            self.page.asked.connect(self._asked)
            self.page.fileWanted.connect(self._want_weights)
            self.page.fileAsked.connect(self._browse)
            self.page.back.connect(self._back)
            self.window.pages.addWidget(self.page)
            Libraries(self.page, self.window).look()
        return self.page

    def show_gallery(self, source: str = "") -> None:
        """Show all models, or this one among them."""
        page = self.gallery()
        self.window.show_page(page)
        if source:
            page.look_at(source)
            page.table.setFocus()
        else:
            page.begin()

    def _back(self) -> None:
        self.gallery().forget_file()
        self.window.go_back()

    def _asked(self, model: Pretrained, weights: str) -> None:
        self.start(Wish(model.source, model.title, weights, model=model))

    # --- files ------------------------------------------------------------------------------------------------

    def _browse(self) -> None:
        from designer.ui.model_files import browse_model

        browse_model(self.window)

    def _want_weights(self, model: Pretrained) -> None:
        self._ask_weights(Wish(model.source, model.title, model=model))

    def _ask_weights(self, wish: Wish) -> None:
        from designer.ui.model_files import browse_weights

        browse_weights(self.window, wish.title, partial(self._take_weights, wish))

    def _take_weights(self, wish: Wish, path: Path) -> None:
        self.start(replace(wish, weights=str(path)))

    # --- the job ----------------------------------------------------------------------------------------------

    def start(self, wish: Wish) -> None:
        """Import a model, after asking about unsaved edits."""
        self.window.files.guarded(partial(self._start, wish))

    def _start(self, wish: Wish) -> None:
        from designer.ui.dialogs.importing import ImportDialog

        self._let_go()
        self.sweep()
        folder = self.root / secrets.token_hex(8)
        try:
            self._job = self.window.running.controller().worker.submit(wish.spec, None, folder)
        except LayerloomError as error:
            self.window.toasts.show("error", error.message)
            return
        self.wish = wish
        self.dialog = ImportDialog(wish.title, self.window)
        self.dialog.cancelled.connect(self._cancelled)
        self.dialog.unweighted.connect(partial(self._start, replace(wish, weights="none")))
        self.dialog.fileWanted.connect(partial(self._ask_weights, wish))
        self.dialog.open()
        self._timer.start()

    def _tick(self) -> None:
        self._leaving = [job for job in self._leaving if not self._gone(job)]
        job = self._job
        if job is not None:
            for event in job.poll():
                self._hear(event)
            if job.finished and self._job is job:
                self._end(job)
        if self._job is None and not self._leaving:
            self._timer.stop()

    def _hear(self, event: Mapping[str, Any]) -> None:
        if self.dialog is None:
            return
        if event["type"] == "progress":
            self.dialog.show_progress(event.get("fraction"), str(event.get("text", "")), event.get("left"))
        elif event["type"] == "queued":
            self.dialog.show_progress(None, "Waiting for another job to end")

    def _end(self, job: JobHandle) -> None:
        outcome = job.outcome or {}
        self._job = None
        try:
            result = job.result
        except LayerloomError as error:
            result, outcome = None, {"type": "failed", "message": error.message}
        if outcome.get("type") == "finished" and result is not None:
            self._open(job, result)
            return
        self._fail(job, str(outcome.get("message") or "The import ended without a result. Try it again."))

    def _fail(self, job: JobHandle, sentence: str) -> None:
        shutil.rmtree(job.run_dir, ignore_errors=True)
        wish = self.wish
        if self.dialog is not None and wish is not None:
            weighted = wish.weights != "none"
            self.dialog.show_failure(sentence, unweighted=weighted, file=weighted and wish.model is not None)

    def _open(self, job: JobHandle, result: Mapping[str, Any]) -> None:
        assert self.wish is not None
        try:
            project = imported_project(job.folder, result, self.wish)
        except LayerloomError as error:
            self._fail(job, error.message)
            return
        if self.dialog is not None:
            self.dialog.finish()
            self.dialog = None
        self.window.session.begin(project)
        self.window.show_editor()
        if self.page is not None:
            self.page.forget_file()
        self._tell(project)
        self.opened.emit()

    def _tell(self, project: Project) -> None:
        """What has come, and what people mostly do with it next."""
        opaque = project.imported.get("opaque") if project.imported else None
        words = f"{project.name} is open: {plural(len(project.network), 'block')}"
        words += "." if project.weights is not None else ", without trained weights."
        if isinstance(opaque, list) and opaque:
            words += f" {plural(len(opaque), 'part')} could not become blocks of their own."
        choices: list[Choice] = [("Import report", self.show_report)]
        if heads(project.network):
            words += " Have pictures of your own? Give it a head for your classes."
            choices.insert(0, ("Adapt to my data…", self.window.adapting.ask))
        self.window.toasts.show("success", words, *choices)

    # --- giving up --------------------------------------------------------------------------------------------

    def _cancelled(self) -> None:
        self.dialog = None
        self._let_go()

    def _let_go(self) -> None:
        """Nobody waits for the import any more; it ends by itself as soon as it hears of it."""
        job, self._job = self._job, None
        if job is None:
            return
        try:
            job.stop()
        except LayerloomError as error:
            self.window.toasts.show("warning", error.message)
        self._leaving.append(job)
        self._timer.start()

    def _gone(self, job: JobHandle) -> bool:
        job.poll()
        if job.finished:
            shutil.rmtree(job.run_dir, ignore_errors=True)
        return job.finished

    def sweep(self) -> None:
        """Remove what imports left that no project here needs any more."""
        from designer.jobs.imported import folder_of, left_over

        needed = folder_of(self.window.session.project.weights, self.root)
        for folder in left_over(self.root, _OLD):
            if folder != needed:
                shutil.rmtree(folder, ignore_errors=True)

    # --- afterwards -------------------------------------------------------------------------------------------

    def show_report(self) -> None:
        """The report of the import that the open project came from."""
        from designer.ui.dialogs.import_report import ImportReportDialog

        report = self.window.session.project.imported
        if report is not None:
            dialog = ImportReportDialog(report, self.window.bridge.document.network, self.window)
            dialog.asked.connect(self.window.build_editor().go_to)
            dialog.open()

    def close(self) -> None:
        """The window goes; an import goes with it, and so do weights of a project that was not kept."""
        self._let_go()
        self._timer.stop()
        for job in self._leaving:
            shutil.rmtree(job.run_dir, ignore_errors=True)
        self._leaving.clear()
