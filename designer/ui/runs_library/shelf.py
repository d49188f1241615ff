"""Between the window and the run library: what is done with runs, and runs that begin in other processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from designer.errors import LayerloomError, ProjectError
from designer.graph.differing import differences
from designer.graph.words import plural
from designer.jobs.folder import RunFolder, run_of
from designer.jobs.library import RunEntry
from designer.jobs.specs import TrainJob
from designer.jobs.trash import bring_back, throw_away
from designer.project.file import Project
from designer.ui.dialogs.question import ask
from designer.ui.run_folders import final_weights, runs_root
from designer.ui.runs_library.page import RunsPage

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__ = ["Shelf", "shelf"]


def shelf(window: MainWindow) -> Shelf:
    """The window's one, made at the first call."""
    found = window.findChild(Shelf)
    return found if found is not None else Shelf(window)


class Shelf(QObject):
    """One page; it shows the open project's runs until another folder is chosen."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.page = RunsPage()
        self._project: Path | None = None
        if window.settings.run_columns:
            self.page.use_columns(window.settings.run_columns)
        key, _, down = window.settings.run_order.partition(" ")
        if key:
            self.page.table.sort_by(key, down == "down")
        self.page.table.sorted.connect(self._sorted)
        self.page.columnsChosen.connect(self._columns)
        self.page.asked.connect(self._asked)
        self.page.trouble.connect(partial(window.toasts.show, "error"))
        self.page.curvesAsked.connect(self.show_curves)
        self.page.folderWanted.connect(self._choose_folder)
        self.page.runWanted.connect(self.choose_run)
        self.page.back.connect(window.go_back)
        window.pages.addWidget(self.page)
        window.closed.connect(self.page.reader.rest)

    # --- showing ----------------------------------------------------------------------------------------------

    def show(self) -> None:
        """The runs of the open project."""
        path = self.window.session.path
        if self.page.reader.root is None or path != self._project:
            self._project = path
            self.page.look_at(runs_root(path, self.window.settings.runs_folder))
        self.window.show_page(self.page)
        self.page.begin()

    def _choose_folder(self) -> None:
        self._browse("Show the runs in a folder", self.page.look_at)

    def choose_run(self) -> None:
        """Ask for the folder of a run, and watch it."""
        self._browse("Attach to the run in a folder", self.attach)

    def _browse(self, title: str, then: Callable[[Path], object]) -> None:
        dialog = QFileDialog(self.window, title)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        root = self.page.reader.root or self._root()
        dialog.setDirectory(str(root if root.is_dir() else root.parent))
        dialog.fileSelected.connect(lambda path: then(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _root(self) -> Path:
        return runs_root(self.window.session.path, self.window.settings.runs_folder)

    # --- how it is shown --------------------------------------------------------------------------------------

    def _sorted(self, key: str, down: bool) -> None:
        self.window.keep(self.window.settings.changed(run_order=f"{key} {'down' if down else 'up'}"))

    def _columns(self, keys: list[str]) -> None:
        self.window.keep(self.window.settings.changed(run_columns=tuple(keys)))

    # --- what is done with runs -------------------------------------------------------------------------------

    def _asked(self, deed: str, runs: Sequence[RunEntry]) -> None:
        first = runs[0]
        deeds: dict[str, Callable[[], object]] = {
            "attach": partial(self.attach, first.path),
            "go_on": partial(self.go_on, first),
            "open": partial(self.window.files.guarded, partial(self.open_network, first)),
            "weights": partial(self.use_weights, first),
            "reveal": partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(first.path))),
            "delete": partial(self.delete, runs),
        }
        try:
            deeds[deed]()
        except LayerloomError as error:
            self._tell(error)

    def attach(self, place: Path) -> None:
        """Follow the run in a folder in the training panel, live where it goes on."""
        try:
            self.window.running.controller().attach(run_of(place).absolute())
        except LayerloomError as error:
            self._tell(error)
            return
        self._show_training()

    def show_curves(self, places: list[Path]) -> None:
        """The curves of runs in the training panel: those of one, or of several on each other."""
        controller, panel = self.window.running.controller(), self.window.build_editor().training
        try:
            run_id = controller.attach(places[0])
            if panel.run_id != run_id:  # it was followed all the time; another run is shown
                controller.started.emit(run_id)
        except LayerloomError as error:
            self._tell(error)
            return
        others = panel.area.others
        for key in [key for key in others.runs if Path(key) not in places[1:]]:
            others.remove(key)
        panel.area.compare(places[1:])
        self._show_training()

    def _show_training(self) -> None:
        self.window.show_editor()
        self.window.show_panel("training")

    def go_on(self, run: RunEntry) -> None:
        """Train on from the newest checkpoint, in the same folder. Raises LayerloomError."""
        if self.window.running.training:
            self.window.toasts.show("info", "A training is going on already. Stop it first, or wait for its end.")
            return
        controller = self.window.running.controller()
        controller.attach(run.path)
        controller.resume_lost(str(run.path))
        self._show_training()

    def open_network(self, run: RunEntry) -> None:
        """A new project with the network as it was, its weights, its settings. Tells where it cannot be read."""
        folder = RunFolder(run.path)
        try:
            network, spec = folder.network(), folder.spec()
            if network is None or not isinstance(spec, TrainJob):
                raise LayerloomError(f"The run {run.name} has no network in its folder.")
            weights = final_weights(run.path)
            kept = folder.normalisation() if weights is not None else None
        except LayerloomError as error:
            self._tell(error)
            return
        project = Project(network, run.name, spec.train, spec.data, weights, kept, run.path)
        self.window.session.begin(project)
        self.window.show_editor()
        lacking = "" if weights is not None else " It left no weights."
        self.window.toasts.show("success", f"The network of {run.name} is open as it was, as a new project.{lacking}")

    def use_weights(self, run: RunEntry) -> None:
        """Give the open network the run's weights: at once where it is the same one, else by names and shapes."""
        weights, session = final_weights(run.path), self.window.session
        network = RunFolder(run.path).network()
        if weights is None or network is None:
            raise LayerloomError(f"The run {run.name} left no weights. Train it on, or choose another run.")
        if differences(network, self.window.bridge.document.network):
            from designer.ui.weights.loading import loading

            self.window.show_editor()
            loading(self.window).take(weights)  # it shows what fits
            return
        before = session.project.weights
        session.remember(weights=weights, run=run.path)
        self.window.show_editor()
        text = f"The network has the weights of {run.name} now."
        self.window.toasts.show("success", text, ("Undo", partial(session.use_weights, before)))

    def delete(self, runs: Sequence[RunEntry]) -> None:
        """Move runs to the trash, after asking where there are several. Raises LayerloomError."""
        weights = self.window.session.project.weights
        for run in runs:
            if weights is not None and weights.is_relative_to(run.path):
                raise ProjectError(
                    f"The open project takes its weights from the run {run.name}. Save the project, which copies them; "
                    "then the run can be deleted."
                )
        if len(runs) == 1:
            self._delete(runs)
            return
        text = "They can be brought back for a month."
        remove = partial(self._delete, runs)
        ask(
            self.window, f"Delete {plural(len(runs), 'run')}?", text, ("Cancel", "", None), ("Delete", "danger", remove)
        )

    def _delete(self, runs: Sequence[RunEntry]) -> None:
        thrown = []
        try:
            for run in runs:
                thrown.append(throw_away(run.path))
        except LayerloomError as error:
            self._tell(error)
        if thrown:
            what = runs[0].name if len(thrown) == 1 else plural(len(thrown), "run")
            undo = partial(self._bring_back, thrown)
            self.window.toasts.show("info", f"Deleted: {what}.", ("Undo", undo))
        self.page.reader.look()

    def _bring_back(self, thrown: Sequence[Path]) -> None:
        try:
            back = [bring_back(place) for place in thrown]
        except LayerloomError as error:
            self._tell(error)
            return
        self.page.reader.look()
        self.page.table.choose(back)

    def _tell(self, error: LayerloomError) -> None:
        self.window.toasts.show("error", error.message)
