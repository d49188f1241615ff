"""The overlay that a canvas shows: it works out the figures at every edit and hands them to the scene."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor

from designer.graph.document import Changed
from designer.graph.edits import Batch, Bend, Edit, Move
from designer.project.settings import Settings
from designer.ui.canvas.overlays.legend import Legend
from designer.ui.canvas.overlays.ramp import STEPS, class_colours, ramp, shares, unsaid
from designer.ui.canvas.overlays.sparks import Sparks
from designer.ui.canvas.overlays.spec import Figure, Overlay, overlays
from designer.ui.theme import notifier, theme

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__ = ["Heat"]


class Heat(QObject):
    """Which overlay a canvas shows, if any: view only, not in the document."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self.chosen = ""
        self.batch = 32
        self.legend = Legend(view)
        self.sparks = Sparks(view.canvas)
        view.canvas.overlays.append(self.sparks)
        view.vitals.changed.connect(self._live)
        view.hud.add(self.legend, "bottom left")
        self.legend.closed.connect(self._end)
        self.legend.batchChosen.connect(self.set_batch)
        view.bridge.changed.connect(self._follow)
        view.bridge.reset.connect(self.refresh)
        view.canvas.scoped.connect(self.refresh)
        notifier().changed.connect(self.refresh)

    @property
    def overlay(self) -> Overlay | None:
        """What is shown."""
        return overlays().get(self.chosen)

    def use(self, settings: Settings) -> None:
        """Show what was shown when the window was last open."""
        wanted = settings.overlay if settings.overlay in overlays() else ""
        if (wanted, settings.batch) != (self.chosen, self.batch):
            self.chosen, self.batch = wanted, settings.batch
            self.refresh()

    def choose(self, name: str) -> None:
        """Show an overlay, none for an empty name, and let the window remember it."""
        if name != self.chosen:
            self.chosen = name
            self.refresh()
            self._view.optionChanged.emit("overlay", name)

    def next(self) -> None:
        """The next overlay of the menu; after the last none."""
        names = ["", *overlays()]
        self.choose(names[(names.index(self.chosen) + 1) % len(names)])

    def set_batch(self, batch: int) -> None:
        """Work the figures out for another batch size."""
        if batch != self.batch:
            self.batch = batch
            self.refresh()
            self._view.optionChanged.emit("batch", batch)

    def refresh(self) -> None:
        """Work everything out anew."""
        overlay = self.overlay
        if overlay is None:
            self.legend.hide()
            self.sparks.courses = {}
            self._paint({}, {})
            return
        document = self._view.document
        found = overlay.live(self._view) if overlay.live else overlay.values(document, self.batch)
        shown = self._shown(overlay, found)
        tints = dict.fromkeys(self._view.canvas.blocks, unsaid(theme())) | _colours(overlay, shown)
        course = overlay.course
        self.sparks.courses = {name: course(self._view, name) for name in shown} if course else {}
        self._paint(tints, {name: figure.text for name, figure in shown.items()})
        amounts = [figure.amount for figure in found.values()]
        total = overlay.total(sum(amounts)) if overlay.total and amounts else ""
        total = overlay.about(self._view) if overlay.about else total
        self.legend.tell(overlay, _ends(shown), total, self.batch)

    def words(self, name: str) -> str:
        """What the overlay says of a block in its tooltip, as rich text."""
        overlay = self.overlay
        return overlay.words(self._view, name) if overlay is not None and overlay.words is not None else ""

    def _live(self) -> None:
        overlay = self.overlay
        if overlay is not None and overlay.live is not None and self._view.isVisible():
            self.refresh()
            self._view.canvas.touch()  # the lines move where colours stay

    def _shown(self, overlay: Overlay, found: Mapping[str, Figure]) -> dict[str, Figure]:
        """The figures of the cards in sight: blocks, and closed groups with what their blocks make together."""
        scene = self._view.canvas
        shown = {name: found[name] for name in scene.blocks if name in found}
        for path in scene.staging.visible.cards() if overlay.together else ():
            inside = [found[name] for name in scene.staging.visible.blocks(path) if name in found]
            if inside and overlay.together:
                shown[path] = overlay.together(inside)
        return shown

    def _paint(self, tints: Mapping[str, QColor], figures: Mapping[str, str]) -> None:
        scene = self._view.canvas
        if (tints, figures) != (scene.tints, scene.figures):
            scene.set_figures(tints, figures)
            self._view.refresh_far()

    def _follow(self, changed: Changed) -> None:
        if self.overlay is not None and not _only_places(changed.edit):
            self.refresh()

    def _end(self) -> None:
        self.choose("")
        self._view.setFocus()


def _only_places(edit: Edit) -> bool:
    """Whether an edit changes nothing but where things lie."""
    if isinstance(edit, Batch):
        return all(_only_places(part) for part in edit.edits)
    return isinstance(edit, Move | Bend)


def _colours(overlay: Overlay, found: Mapping[str, Figure]) -> dict[str, QColor]:
    if overlay.classes:
        words = class_colours(theme(), overlay.tones)
        return {name: words[int(figure.amount)] for name, figure in found.items()}
    colours = ramp(theme().dark)
    places = shares({name: figure.amount for name, figure in found.items()})
    return {name: colours[round(share * (STEPS - 1))] for name, share in places.items()}


def _ends(found: Mapping[str, Figure]) -> tuple[str, str]:
    """The words of the least and of the largest amount."""
    if not found:
        return "", ""
    rows = sorted(found.values(), key=lambda figure: figure.amount)
    return rows[0].text, rows[-1].text
