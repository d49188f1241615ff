"""The weights of the open project, kept valid while it is edited, trained and saved. No Qt."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psutil

from designer.errors import LayerloomError, ProjectError
from designer.graph.edits import Edit
from designer.graph.model import Network
from designer.project.atomic import copy_atomic
from designer.project.file import Project
from designer.project.paths import state_folder
from designer.project.trail import Trail

__all__ = ["Holder", "KeptWeights"]

_OLD = 7 * 24 * 3600.0  # seconds
_FOLDER = re.compile(r"^(\d{1,10})-[0-9a-f]{8}$")


class KeptWeights:
    """``trail`` are the project's weights and what became of them; each run has a trail of its own while it trains."""

    def __init__(self) -> None:
        self.trail = Trail(None, Network())
        self._runs: dict[Path, Trail] = {}
        self._holder = Holder()
        self._told = 0  # edits so far
        self._written: tuple[int, Path | None] | None = None  # what `now` wrote, after how many edits

    def open(self, weights: Path | None, network: Network, edits: Sequence[Edit] = ()) -> None:
        """Another project: these weights belong to this network, and these edits were done since."""
        self.trail = Trail(weights, network, edits)
        self._runs.clear()
        self._written = None

    def close(self) -> None:
        """Forget everything, and remove what was kept aside."""
        self.open(None, Network())
        self._holder.close()

    def follow(self, edit: Edit) -> None:
        """Take note of an edit that was done or undone."""
        self._told += 1
        for trail in (self.trail, *self._runs.values()):
            trail.follow(edit)

    def branch(self, run: Path, network: Network) -> None:
        """A run trains this network: what is edited from here on will be done to its weights."""
        self._runs[run] = Trail(None, network)

    def follows(self, run: Path) -> bool:
        """Whether a run trains a network that was drawn here."""
        return run in self._runs

    def edits_since(self, run: Path) -> tuple[Edit, ...]:
        """What was edited since the network that a run trains; nothing where that is not known."""
        return self._runs[run].edits if run in self._runs else ()

    def settle_run(self, run: Path, network: Network, edits: int) -> None:
        """A run has taken over ``network``, which had come about by so many of the edits since."""
        self._runs[run] = Trail(None, network, self.edits_since(run)[edits:])

    def take(self, weights: Path | None, network: Network, run: Path | None = None) -> None:
        """New weights: of a run, or of the network as it is now."""
        known = self._runs.pop(run) if run is not None and run in self._runs else None
        self.trail = known or Trail(None, network)
        self.trail.source = weights
        self._written = None

    def hold(self, file: Path) -> Path:
        """A file of weights as it is now, safe from whoever writes over it. Raises ProjectError."""
        return self._holder.hold(file)

    def now(self, project: Project, network: Network) -> Path | None:
        """The weights as they fit the network, in a file; None where none do. Raises ProjectError or FileDamaged."""
        if not self.trail.moved:
            return project.weights if project.weights is not None and project.weights.is_file() else None
        if not self.trail.there:
            return None
        if self._written is None or self._written[0] != self._told:
            place = self._holder.fresh()
            report = self.trail.write(network, place)
            self._written = self._told, place if report.kept else None
        return self._written[1]

    def sentence(self, network: Network) -> str:
        """What of the weights fits the network; empty where there are none, or none that can be read."""
        try:
            report = self.trail.report(network) if self.trail.there else None
        except LayerloomError:
            return ""
        return report.sentence if report is not None and report.kept else ""

    def settle(self, weights: Path | None) -> None:
        """The project was saved with these weights: where nothing was edited since they came, they are the ones."""
        if not self.trail.moved and weights is not None:
            self.trail.source = weights

    def saved(self, project: Project, target: Path) -> tuple[Project, str]:
        """The project with its weights as they fit its network, written beside the file that is saved; what to tell.

        Trouble with weights stops no saving: it is told, and their file stays as it is.
        """
        trail, beside = self.trail, target.with_suffix(".safetensors")
        if not trail.moved or not trail.there:
            return project, ""
        try:
            report = trail.report(project.network)
            if not report.kept:
                return replace(project, weights=None), ""
            if trail.source is not None and trail.source.is_file():
                trail.source = self._holder.hold(trail.source)  # undo may want it back, whoever writes over it
            trail.write(project.network, beside)
        except LayerloomError as error:
            return project, f"The weights were not carried along. {error.message}"
        return replace(project, weights=beside), report.sentence if report.reset else ""


class Holder:
    """Files that a session needs though others may write over them: kept in a folder of its own while it is open."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._count = 0

    def _place(self) -> Path:
        if self._folder is None:
            root = state_folder() / "weights"
            self._folder = root / f"{os.getpid()}-{secrets.token_hex(4)}"
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                self._folder = None
                raise ProjectError(f"{root} cannot be written: {error.strerror}.") from error
            _sweep(root)
        self._count += 1
        return self._folder / f"{self._count}.safetensors"

    def fresh(self) -> Path:
        """A file name that is not taken."""
        return self._place()

    def hold(self, file: Path) -> Path:
        """The file under a name of its own, which stays what it is now. Raises ProjectError when the disk refuses."""
        if self._folder is not None and file.parent == self._folder:
            return file
        place = self._place()
        try:
            os.link(file, place)  # costs nothing; who saves puts a new file in the place of the old one
        except OSError:
            copy_atomic(file, place)
        return place

    def close(self) -> None:
        """Forget all of them."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def _sweep(root: Path) -> None:
    """Remove the folders of processes that are long gone; a fresh one may hold what a recovery asks for."""
    with contextlib.suppress(OSError):
        for entry in root.iterdir():
            match = _FOLDER.match(entry.name)
            old = time.time() - entry.stat().st_mtime > _OLD
            if old and match and int(match[1]) != os.getpid() and not psutil.pid_exists(int(match[1])):
                shutil.rmtree(entry, ignore_errors=True)
