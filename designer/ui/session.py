"""The open project: its file, lock, journal and unsaved edits. Rules only; the window asks and shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from designer.errors import FileInUse, LayerloomError, ProjectError
from designer.graph.context import NOTHING_KNOWN, Context
from designer.graph.document import Changed, Document
from designer.graph.edits import Edit, edit_from_json, edit_to_json
from designer.graph.model import Network
from designer.graph.reading import network_from_json
from designer.project.file import SUFFIX, Project, View, load_project, save_project
from designer.project.journal import Journal, Recoverable
from designer.project.kept import KeptWeights
from designer.project.lock import FileLock
from designer.ui.bridge import DocumentBridge

if TYPE_CHECKING:
    from designer.data.recognise import Overview
    from designer.data.spec import DataSpec
    from designer.train.spec import TrainSpec

__all__ = ["Session"]


class Session(QObject):
    """One project at a time. ``changed`` says that title, path or state may be different."""

    changed = Signal()
    troubled = Signal(str)  # something that should be told but stops nothing

    def __init__(self, bridge: DocumentBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.project = Project()
        self.path: Path | None = None
        self.holder = ""  # who has the file, while it is open read-only
        self._lock: FileLock | None = None
        self._journal: Journal | None = None
        self._edits: list[Edit] = []  # mirrors the document's undo history
        self._saved: Edit | None = None  # the last edit at the time of saving; None: the first state
        self._settings_changed = self._recovered = False
        self._warned = False
        self._seen: tuple[DataSpec, Overview] | None = None  # data that were looked into
        self._target = ""  # the format that the network is to be exported to
        self.weights = KeptWeights()
        self._disk: tuple[int, int] | None = None  # the file as it was when it was read or saved here
        bridge.changed.connect(self._follow)

    # --- what it is ------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """The name of the project in the title bar."""
        return self.path.stem if self.path is not None else self.project.name or "Untitled"

    @property
    def modified(self) -> bool:
        """Whether something would be lost by closing."""
        return (
            self._settings_changed or self._recovered or (self._edits[-1] if self._edits else None) is not self._saved
        )

    @property
    def read_only(self) -> bool:
        """Whether somebody else has the file."""
        return bool(self.holder)

    # --- opening and closing ---------------------------------------------------------------------------------

    def new(self, network: Network | None = None, name: str = "") -> None:
        """Start an untitled project, empty or with a copy of ``network``."""
        self._take(Project(network=network.copy() if network is not None else Network(), name=name), None, None, "")

    def start(self, project: Project) -> None:
        """Start with a project that has no file yet and that anybody can have again, such as a template."""
        self._take(project, None, None, "")

    def begin(self, project: Project) -> None:
        """Start with a project that has no file yet and would be lost by closing, such as an imported model."""
        self._take(project, None, None, "")
        self._settings_changed = True
        self.changed.emit()

    def open(self, path: Path) -> None:
        """Open a project file, read-only where somebody has it. Raises ProjectError; then the old one stays open."""
        path = path.absolute()
        if self._lock is not None and self.path is not None and path == self.path:
            self._take(load_project(path), path, self._lock, "")  # once more from the disk
            return
        project = load_project(path)
        lock, holder = FileLock(path), ""
        try:
            lock.acquire()
        except FileInUse as error:
            holder = error.message
        except ProjectError as error:  # a folder that cannot be written to
            holder = f"{path.name} lies where you may not write, so it is open read-only. Reason: {error.message}"
        self._take(project, path, None if holder else lock, holder)

    def recover(self, item: Recoverable) -> None:
        """Bring back what a crash left: the last saved state and the edits after it, as unsaved edits.

        Raises ProjectError where the journal cannot be applied; then the old project stays open.
        """
        document = Document(network_from_json(item.network))
        edits = [edit_from_json(data) for data in item.edits]
        for edit in edits:
            document.replay(edit)
        project, lock, path = Project(network=document.network, name=item.title), None, item.path
        if path is not None and path.is_file():
            try:
                project = replace(load_project(path), network=document.network)
                lock = FileLock(path)
                lock.acquire()
            except LayerloomError as error:
                lock, path = None, None
                self.troubled.emit(f"The edits were recovered as a new project. {error.message}")
        else:
            path = None
        self._take(project, path, lock, "")
        self.weights.open(self.project.weights, network_from_json(item.network), edits)
        self._recovered = True
        if self._journal is not None:
            self._journal.clear(path, item.network, title=item.title)
            for data in item.edits:
                self._write(data)
        item.discard()
        self.changed.emit()

    def close(self) -> None:
        """Give the lock back and forget the journal: what is unsaved is lost."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        self.weights.close()

    def _take(self, project: Project, path: Path | None, lock: FileLock | None, holder: str) -> None:
        if lock is self._lock:
            self._lock = None  # opened once more: keep it
        self.close()
        self.project, self.path, self._lock, self.holder = project, path, lock, holder
        self._edits, self._saved = [], None
        self._settings_changed = self._recovered = False
        self._disk = _stamp(path)
        self.weights.open(project.weights, project.network)
        self._journal = Journal(path, project.network.to_json(), title=project.name)
        self.bridge.set_read_only(bool(holder))
        self.bridge.set_document(Document(project.network, self._context()))
        self.changed.emit()

    # --- saving ----------------------------------------------------------------------------------------------

    def changed_on_disk(self, path: Path) -> bool:
        """Whether another program has written the open project's file since it was read or saved here."""
        return self.path is not None and path.absolute() == self.path and _stamp(self.path) not in (None, self._disk)

    def save(self, path: Path | None = None, view: View | None = None) -> Path:
        """Write the project, to ``path`` or where it came from. Raises ProjectError; then nothing has changed."""
        target = (path or self.path or Path("untitled")).absolute()
        if target.suffix != SUFFIX:
            target = target.with_name(target.name + SUFFIX)
        if path is None and self.path is None:
            raise ProjectError("The project has no file yet. Choose where to save it.")
        lock = self._lock
        if target != self.path or lock is None:
            lock = FileLock(target)
            lock.acquire()
        try:
            project = replace(self.project, network=self.bridge.document.network, view=view or self.project.view)
            project, told = self.weights.saved(project, target)
            if told:
                self.troubled.emit(told)
            self.project = save_project(project, target)
            self.weights.settle(self.project.weights)
        except LayerloomError:
            if lock is not self._lock:
                lock.release()
            raise
        if lock is not self._lock and self._lock is not None:
            self._lock.release()
        self._lock, self.path, self.holder = lock, target, ""
        self._disk = _stamp(target)
        self._saved = self._edits[-1] if self._edits else None
        self._settings_changed = self._recovered = False
        self.bridge.set_read_only(False)
        if self._journal is not None:
            self._journal.clear(target, self.project.network.to_json(), title=self.project.name)
        self.changed.emit()
        return target

    def weights_now(self) -> Path | None:
        """The weights as they fit the network now, in a file; None where there are none. Raises LayerloomError."""
        return self.weights.now(self.project, self.bridge.document.network)

    def remember(
        self,
        train: TrainSpec | None = None,
        data: DataSpec | None = None,
        weights: Path | None = None,
        run: Path | None = None,
        code: Mapping[str, Path] | None = None,
    ) -> None:
        """Keep how the network is trained, and what came of it, in the project; saved with it."""
        before = self.project
        self.project = replace(
            before,
            train=train or before.train,
            data=data or before.data,
            weights=weights or before.weights,
            run=run or before.run,
            code={**before.code, **(code or {})},
        )
        if weights is not None and (weights != before.weights or run is not None):
            self.weights.take(weights, self.bridge.document.network, run)
        if self.project != before:
            self.bridge.set_context(self._context())
            self._settings_changed = not self.read_only  # who only looks has nothing to save
            self.changed.emit()

    def use_weights(self, weights: Path | None) -> None:
        """Take other weights for the project, or none; saved with it."""
        if weights != self.project.weights:
            self.project = replace(self.project, weights=weights)
            self.weights.take(weights, self.bridge.document.network)
            self._settings_changed = not self.read_only
            self.changed.emit()

    def _context(self) -> Context:
        """What is known of the data that the project trains with."""
        data, train = self.project.data, self.project.train
        if data is None and train is None:
            return replace(NOTHING_KNOWN, target=self._target)
        from designer.data.facts import context_of

        seen = self._seen[1] if self._seen is not None and self._seen[0] == data else None
        return replace(context_of(data, train.batch_size if train is not None else None, seen), target=self._target)

    def export_to(self, target: str) -> None:
        """The format that a person will export to: the checks mark what it cannot take."""
        if target != self._target:
            self._target = target
            self.bridge.set_context(self._context())

    def looked(self, spec: DataSpec, found: Overview) -> None:
        """What a look into data gave: the checks know it from now on, where these are the project's."""
        self._seen = (spec, found)
        if spec == self.project.data:
            self.bridge.set_context(self._context())

    # --- following edits --------------------------------------------------------------------------------------

    def _follow(self, changed: Changed) -> None:
        if changed.measured:
            return  # nothing that a person did, or could undo
        self.weights.follow(changed.edit)
        depth = self.bridge.document.depth
        if depth > len(self._edits):
            self._edits.append(changed.edit)
        elif depth == len(self._edits):
            self._edits[-1] = changed.edit  # merged with the one before
        else:
            del self._edits[depth:]
        self._write(edit_to_json(changed.edit))
        self.changed.emit()

    def _write(self, edit: Mapping[str, Any]) -> None:
        if self._journal is None:
            return
        try:
            self._journal.append(edit)
        except ProjectError as error:
            if not self._warned:
                self._warned = True
                self.troubled.emit(error.message)


def _stamp(path: Path | None) -> tuple[int, int] | None:
    """When a file was written, and its size; None where there is none."""
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size) if found is not None else None
