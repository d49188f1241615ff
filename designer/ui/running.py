"""The window's side of training: the engine, the dialogs, and what the project remembers of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from designer.errors import LayerloomError
from designer.project.settings import Settings

if TYPE_CHECKING:
    from designer.data.spec import DataSpec, Normalisation
    from designer.train.control import Order
    from designer.train.spec import TrainSpec
    from designer.ui.runs import RunController
    from designer.ui.window import MainWindow

__all__ = ["Running"]


class Running(QObject):
    """Stands between the window and the RunController."""

    changed = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.runs: RunController | None = None
        self.run_id: str | None = None  # the training that this window started or shows
        self.leave = False  # whether a training goes on when the window closes
        self._engine = ""
        window.session.export_to(window.settings.export_target)

    # --- the engine ------------------------------------------------------------------------------------------

    def controller(self) -> RunController:
        """The controller, made at the first call, without a worker process yet."""
        if self.runs is None:
            from designer.ui.health.wiring import watch as watch_health
            from designer.ui.network_changed import NetworkChanged
            from designer.ui.run_watch import Elsewhere
            from designer.ui.runs import RunController
            from designer.ui.understanding.trying import watch as watch_trying

            self.runs = RunController(self)
            self.runs.runs_folder = self.window.settings.runs_folder
            self.runs.trouble.connect(self._trouble)
            self.runs.workerReady.connect(self._ready)
            self.runs.started.connect(self._started)
            self.runs.stateChanged.connect(self._state)
            self.runs.happened.connect(self._happened)
            editor = self.window.build_editor()
            editor.training.watch(self.runs)
            editor.training.rateRequested.connect(self.ask_rate)
            editor.results.watch(self.runs)
            watch_health(editor, self.runs)
            watch_trying(self.window)
            self.network_changed = NetworkChanged(self.window, self.runs)
            Elsewhere(self.window, self.runs)
        return self.runs

    def start(self) -> None:
        """Start the worker process; after the first paint."""
        self._engine = "Starting the engine"
        self.changed.emit()
        self.controller().start_worker()

    def use(self, settings: Settings) -> None:
        """Take over what the settings say about runs, and about where the network is to go."""
        self.window.session.export_to(settings.export_target)
        if self.runs is not None:
            self.runs.runs_folder = settings.runs_folder

    def close(self) -> None:
        """Put the worker away; a training is stopped, or left running where the person said so."""
        if self.runs is not None:
            self.runs.shutdown(self.leave)

    @property
    def training(self) -> bool:
        """Whether a training goes on."""
        return self.runs is not None and bool(self.runs.active())

    def state_text(self) -> str:
        """What the engine does, in a few words."""
        if self.runs is not None:
            for run in self.runs.active():
                state = run.state
                if state.state == "paused":
                    return "Training paused"
                if state.total:
                    return f"Training, {100 * state.iteration // state.total} %"
                return "Training"
        return self._engine

    def weights(self) -> Path | None:
        """The trained weights that can be exported."""
        project = self.window.session.project
        return project.weights if project.weights is not None and project.weights.is_file() else None

    def _ready(self, _status: dict[str, Any]) -> None:
        names = [str(d.get("title") or d.get("name") or "") for d in self.controller().devices]
        self._engine = f"Ready: {names[0]}" if names and names[0] else "Ready"
        self.changed.emit()

    def _trouble(self, sentence: str) -> None:
        self.window.toasts.show("warning", sentence)

    # --- runs ------------------------------------------------------------------------------------------------

    def adopt(self) -> None:
        """Show the last run of the project that was opened, and offer one that is still going on."""
        from designer.ui.run_folders import last_training, running_trainings, runs_root

        session = self.window.session
        editor = self.window.build_editor()
        root = runs_root(session.path, self.window.settings.runs_folder)
        going = running_trainings(root)
        try:
            if going:
                self.run_id = self.controller().attach(going[0])
                editor.raise_panel("training")
            else:
                last = session.project.run or last_training(root)
                if last is not None and (last / "events.jsonl").is_file():
                    self.run_id = self.controller().attach(last)
        except LayerloomError as error:
            self.window.toasts.show("warning", error.message)

    def ask_train(self, check: bool = False) -> None:
        """Open the train dialog, unless problems forbid it; with ``check`` its checks before training as well."""
        document = self.window.bridge.document
        if self.training:
            self.window.show_panel("training")
            return
        errors = [p for p in document.problems if p.severity == "error"]
        if errors:
            self.window.show_panel("problems")
            self.window.toasts.show("warning", f"Solve this first: {errors[0].message}")
            return
        from designer.ui.dialogs.train import TrainDialog

        project = self.window.session.project
        dialog = TrainDialog(
            document.network, project.train, project.data, self.controller(), self.window, self.window.bridge
        )
        dialog.chosen.connect(self.train)
        dialog.check.starting = self._starting
        sentence = self.window.session.weights.sentence(document.network)
        if sentence:
            dialog.offer_weights(sentence)
        dialog.open()
        if check:
            dialog.check.open()

    def _starting(self, train: TrainSpec) -> tuple[Path | None, Normalisation | None]:
        """The weights that a training would start from, and how pictures were normalised for them."""
        from designer.project.trail import starts_from_weights

        session = self.window.session
        try:
            weights = session.weights_now() if train.start != "fresh" else None
        except LayerloomError as error:
            self.window.toasts.show("error", error.message)
            return None, None
        if not starts_from_weights(session.project, train, weights is not None):
            return None, None
        return weights, session.project.normalisation

    def train(self, train: TrainSpec, data: DataSpec) -> None:
        """Start a run on a snapshot of the network."""
        from designer.project.trail import starts_from_weights

        session, network = self.window.session, self.window.bridge.document.network
        try:
            weights = session.weights_now() if train.start != "fresh" else None
            if starts_from_weights(session.project, train, weights is not None):
                train = train.model_copy(update={"start": "weights"})
            else:
                weights = None
            normalisation = session.project.normalisation
            self.run_id = self.controller().train(network, train, data, session.path, weights, normalisation)
        except LayerloomError as error:
            self.window.toasts.show("error", error.message)
            return
        session.weights.branch(Path(self.run_id), network)
        session.remember(train=train, data=data)
        self.window.show_panel("training")

    def pause_or_resume(self) -> None:
        """Pause the training, or let it go on."""
        run = self.controller().run(self.run_id or "")
        if run is not None:
            (self.controller().resume if run.state.state == "paused" else self.controller().pause)(run.id)

    def stop(self, best: bool = False) -> None:
        """End the training and keep the latest weights, or the best."""
        if self.run_id is not None:
            self.controller().stop(self.run_id, best)

    def order(self, order: Order) -> None:
        """Ask the training for something once; the training panel says what became of it."""
        if self.run_id is not None:
            self.controller().order(self.run_id, order)

    def ask_rate(self) -> None:
        """Have a learning rate typed in, and use it."""
        from designer.train.control import Order
        from designer.ui.dialogs.rate import RateDialog

        run = self.controller().run(self.run_id or "")
        rate = run.state.step.get("learning_rate") if run is not None else None
        dialog = RateDialog(float(f"{rate:.3g}") if isinstance(rate, float) else None, self.window)
        dialog.chosen.connect(lambda chosen: self.order(Order("rate", chosen)))
        dialog.open()

    def export(self) -> None:
        """Open the export dialog."""
        try:
            weights = self.window.session.weights_now()
        except LayerloomError as error:
            self.window.toasts.show("error", error.message)
            return
        if weights is None:
            self.window.toasts.show("info", "Train the network first; then it can be exported.")
            return
        from designer.ui.dialogs.export import ExportDialog

        session, network = self.window.session, self.window.bridge.document.network
        folder = session.path.parent if session.path is not None else None
        dialog = ExportDialog(
            network, weights, session.project.data, self.controller(), self.window, session.title, folder
        )
        dialog.open()
        self.window.show_panel("results")

    def _started(self, run_id: str) -> None:
        run = self.controller().run(run_id)
        if run is not None and run.kind == "train":
            self.run_id = run_id
        self.changed.emit()

    def _state(self, run_id: str, state: str) -> None:
        run = self.controller().run(run_id)
        if run is not None and run.kind == "train" and state in ("completed", "stopped"):
            self._remember(Path(run_id))
        self.changed.emit()

    def _happened(self, run_id: str, event: dict[str, Any]) -> None:
        if event.get("type") == "epoch":
            self.changed.emit()
        elif event.get("type") == "carried" and event.get("anew"):
            self.window.toasts.show("info", f"Training starts from trained weights: {event['sentence']}")

    def _remember(self, run_dir: Path) -> None:
        from designer.ui.run_folders import final_weights

        weights = final_weights(run_dir)
        if weights is not None and run_dir != self.window.session.project.run:
            self.window.session.remember(weights=weights, run=run_dir)
