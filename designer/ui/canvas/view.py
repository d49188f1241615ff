"""The canvas: mouse, wheel and keys become gestures and commands; the document's changes become pictures."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from designer.graph.arrange import Direction
from designer.graph.document import Changed, Document
from designer.graph.model import Wire
from designer.project.settings import Settings
from designer.ui.actions.qt import context_menu, press
from designer.ui.bridge import DocumentBridge
from designer.ui.canvas import commands
from designer.ui.canvas.drops import TakesDrops
from designer.ui.canvas.focus import Focus
from designer.ui.canvas.gestures.base import Gesture, Press, answer_double_click, answer_tap, begin, load
from designer.ui.canvas.glide import Glide
from designer.ui.canvas.hits import PortAt, under
from designer.ui.canvas.hover import Hover
from designer.ui.canvas.hud import Hud
from designer.ui.canvas.inside import Inside
from designer.ui.canvas.minimap import Minimap
from designer.ui.canvas.overlay import Hint, Invitation
from designer.ui.canvas.overlays.heat import Heat
from designer.ui.canvas.preview import Preview
from designer.ui.canvas.scene import CanvasScene
from designer.ui.canvas.search.popup import open_search
from designer.ui.health.vitals import Vitals
from designer.ui.theme import notifier, theme

__all__ = ["CanvasView"]

_Mod = Qt.KeyboardModifier


class CanvasView(TakesDrops):
    """The network on screen. Edits go to the document through ``bridge``; what comes back is drawn.

    ``selectionChanged`` carries the names of the selected blocks; ``statusMessage`` a sentence for the status bar;
    ``zoomChanged`` the scale, 1.0 being 100 %; ``renameAsked`` the block whose name a person wants to change;
    ``optionChanged`` the name and value of a setting that was switched here; ``spaceTapped`` that Space was pressed and
    nothing dragged with it.
    """

    selectionChanged = Signal(list)  # noqa: N815  Qt spells signals this way
    statusMessage = Signal(str)  # noqa: N815
    zoomChanged = Signal(float)  # noqa: N815
    renameAsked = Signal(str)  # noqa: N815
    optionChanged = Signal(str, object)  # noqa: N815
    spaceTapped = Signal()  # noqa: N815

    def __init__(self, bridge: DocumentBridge, parent: QWidget | None = None) -> None:
        load()
        super().__init__(CanvasScene(bridge.document), parent)
        self.canvas.setParent(self)
        self.bridge = bridge
        self.read_only = False
        self.gesture: Gesture | None = None
        self._press: Press | None = None
        self.space_held = False  # Space makes a drag pan
        self._space_used = False
        self._first_look = True
        self.hint = Hint(self)
        self.invitation = Invitation(self)
        self.hud = Hud(self)
        self.glide = Glide(self)
        self.gliding = False  # whether what a command moves glides to its place
        self.hover = Hover(self)
        self.preview = Preview(self)
        self.setAccessibleName("Network canvas")
        self.setAccessibleDescription("The network as blocks and wires. The outline lists the same blocks as a tree.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self._restyle()
        self._invite()
        self.canvas.selected.connect(self._tell_selection)
        self.spaceTapped.connect(self.search)
        bridge.changed.connect(self._follow)
        bridge.reset.connect(self._show_document)
        bridge.checked.connect(self._follow)
        bridge.refused.connect(self.statusMessage)
        self.vitals = Vitals(bridge, self)
        self.heat = Heat(self)  # hears of edits after the scene has followed them
        notifier().changed.connect(self._restyle)
        self.focus = Focus(self)
        self.minimap = Minimap(self)
        self.hud.add(self.minimap, "bottom right")
        self.inside = Inside(self)

    @property
    def document(self) -> Document:
        """The document that is shown."""
        return self.bridge.document

    # --- following the document ------------------------------------------------------------------------------

    def _follow(self, changed: Changed) -> None:
        self.cancel_gesture()
        self.preview.clear()
        before = self.glide.places(changed.touched) if self.gliding else {}
        self.glide.stop()
        self.hover.clear()  # before: what it lights up may be gone afterwards
        self.canvas.apply(changed)
        if changed.structure:
            self.keep_fitted()
        self.glide.begin(before)
        self._invite()
        self.refresh_far()

    def _show_document(self) -> None:
        self.canvas.blockSignals(True)  # what a gesture selects when it is dropped belongs to the old document
        self.cancel_gesture()
        self.canvas.blockSignals(False)
        self.glide.stop()
        self.hover.clear()
        self.canvas.show_document(self.bridge.document)
        self._invite()
        self._first_look = True
        if self.isVisible():
            self._look_first()
        self.viewport().update()
        self._tell_selection()

    def _invite(self) -> None:
        self.invitation.setVisible(not self.canvas.blocks and not self.read_only)
        self.invitation.centre()

    def _restyle(self) -> None:
        for part in (self.canvas, self.hint, self.invitation):
            part.restyle(theme())
        self.viewport().update()

    def _tell_selection(self) -> None:
        self.refresh_far()
        self.selectionChanged.emit(self.selected())

    def use(self, settings: Settings) -> None:
        """Take over what the settings say about the canvas."""
        self.gliding = self.animate = settings.animate
        self.heat.use(settings)
        self.minimap.set_wanted(settings.minimap)

    def set_read_only(self, value: bool) -> None:
        """Look, but do not touch."""
        self.cancel_gesture()
        self.read_only = value
        self._invite()

    # --- selection and commands ------------------------------------------------------------------------------

    def selected(self) -> list[str]:
        """The names of the selected blocks, in the order of the document."""
        chosen = self.canvas.selection
        return [n for n in (*self.document.network.nodes, *self.document.network.groups) if n in chosen]

    def select(self, names: Iterable[str]) -> None:
        """Select exactly these blocks."""
        self.canvas.select(names)

    def select_all(self) -> None:
        """Select every block."""
        self.canvas.select(self.canvas.blocks)

    def delete_selected(self) -> None:
        """Delete the selected blocks and wires."""
        if not self.read_only:
            commands.remove(self)

    def copy(self) -> None:
        """Copy the selected blocks as text."""
        commands.copy(self)

    def cut(self) -> None:
        """Copy, then delete."""
        if not self.read_only and commands.copy(self):
            commands.remove(self)

    def paste(self) -> None:
        """Add the blocks that are on the clipboard."""
        if not self.read_only:
            commands.paste(self)

    def duplicate(self) -> None:
        """Copy the selected blocks beside themselves."""
        if not self.read_only:
            commands.duplicate(self)

    def rename(self) -> None:
        """Ask for another name of the one selected block."""
        names = self.selected()
        if len(names) == 1 and not self.read_only:
            self.renameAsked.emit(names[0])

    def nudge(self, dx: int, dy: int) -> None:
        """Move the selected blocks by steps of the grid."""
        if not self.read_only:
            commands.nudge(self, dx, dy)

    def arrange(self, direction: Direction = "down") -> None:
        """Put the blocks into rows, or into columns from left to right, as one edit."""
        if not self.read_only:
            commands.arrange_blocks(self, direction)

    def add_block(self, block_type: str, pos: QPointF | None = None) -> str | None:
        """Add a block with its corner at ``pos``, or where it makes sense; its name, None where that is refused."""
        if self.read_only:
            return None
        return commands.add(self, block_type) if pos is None else commands.put(self, block_type, pos)

    def put_block(self, block_type: str, corner: QPointF, into: Wire | None) -> None:
        """Add a block that was dropped, into a wire if one is given."""
        if not self.read_only:
            commands.put(self, block_type, corner, into)

    def search(self) -> None:
        """Search what to add after the selection, or at the cursor."""
        open_search(self)

    # --- navigation ------------------------------------------------------------------------------------------

    def set_zoom(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom to a scale around a point of the view (its middle without)."""
        before = self.zoom
        super().set_zoom(zoom, at)
        if self.zoom != before:
            self.zoomChanged.emit(self.zoom)

    def fit(self) -> None:
        """Show the whole network; before there is a size to fit, leave it to the first look."""
        self._first_look = not self.isVisible()
        if not self._first_look:
            self.fit_whole()

    def fit_selection(self) -> None:
        """Show what is selected."""
        self.show_area(self.canvas.content(self.canvas.selection), most=1.25)

    def reveal(self, name: str) -> None:
        """Select a block and bring it into the middle, close enough to read, out of the group that holds it."""
        self.inside.reveal(name)

    def reveal_softly(self, name: str) -> None:
        """Scroll no further than it takes to see a block."""
        self.inside.reveal_softly(name)

    def showEvent(self, event: QShowEvent) -> None:
        """The first time that the size is known."""
        super().showEvent(event)
        self._look_first()

    def _look_first(self) -> None:
        if self._first_look:
            self._first_look = False
            self.open_at_start()

    def look_at(self, middle: QPointF, zoom: float) -> None:
        """Go back to a view that was left: its middle on the scene, and the scale."""
        self._first_look = False
        super().look_at(middle, zoom)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the invitation in the middle and the rest at its corners."""
        super().resizeEvent(event)
        self.invitation.centre()
        self.hud.place()

    # --- gestures --------------------------------------------------------------------------------------------

    def begin(self, gesture: Gesture) -> None:
        """Let a gesture have the mouse."""
        self.glide.stop()
        self.preview.clear()
        self.hover.clear()
        self.gesture = gesture
        if gesture.cursor is not None:
            self.viewport().setCursor(gesture.cursor)

    def cancel_gesture(self) -> None:
        """Drop what is being dragged, as if it had not begun."""
        gesture, self.gesture, self._press = self.gesture, None, None
        if gesture is not None:
            gesture.cancel()
            self._reset_cursor()

    def _finish(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        # Taken off first: the edit that ends a gesture comes back as a change, which cancels gestures.
        gesture, self.gesture, self._press = self.gesture, None, None
        if gesture is not None:
            gesture.end(at, modifiers)
            self._reset_cursor()

    def _reset_cursor(self) -> None:
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor if self.space_held else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what a drag from here would do."""
        if self.gesture is not None:
            return
        at = self._to_scene(event.position())
        pressed = Press(event.button(), event.modifiers(), event.position().toPoint(), at, self._under(at))
        self._space_used = self._space_used or self.space_held
        gesture = begin(self, "press", pressed)
        if gesture is not None:
            self.begin(gesture)
        if pressed.left and not self.space_held:
            self._press = pressed
            if gesture is None and not answer_tap(self, pressed):
                self._select_under(pressed)
        elif event.button() == Qt.MouseButton.RightButton and gesture is None:
            self._choose(pressed.under, _Mod.NoModifier, keep=True)

    def _under(self, at: QPointF) -> object:
        return under(self, at)

    def _select_under(self, pressed: Press) -> None:
        held = pressed.modifiers & ~_Mod.AltModifier  # Alt means something for drags only
        if not (isinstance(pressed.under, str) and pressed.under in self.canvas.selection and not held):
            self._choose(pressed.under, held)

    def _choose(self, under: object, modifiers: Qt.KeyboardModifier, keep: bool = False) -> None:
        """A click on something: select it, or add it to or take it from the selection."""
        toggling = bool(modifiers & (_Mod.ShiftModifier | _Mod.ControlModifier))
        names, wires = self.canvas.selection, self.canvas.cut
        if isinstance(under, str):
            if keep and under in names:
                return
            self.canvas.select(names ^ {under} if toggling else {under}, wires if toggling else ())
        elif isinstance(under, Wire):
            self.canvas.select(names if toggling else (), wires ^ {under} if toggling else {under})
        elif not toggling and not isinstance(under, PortAt):
            self.canvas.select(())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with the gesture, begin the one that the press chose, or show what lies under the cursor."""
        at = self._to_scene(event.position())
        if self.gesture is not None:
            self.gesture.move(at, event.modifiers())
        elif self._press is not None:
            self._pull(event, at)
        else:
            self.hover.over(at)

    def _pull(self, event: QMouseEvent, at: QPointF) -> None:
        assert self._press is not None
        if (event.position().toPoint() - self._press.point).manhattanLength() < QApplication.startDragDistance():
            return
        gesture = begin(self, "pull", self._press)
        if gesture is not None:
            self.begin(gesture)
            gesture.move(at, event.modifiers())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture; a click on one of several selected blocks selects it alone."""
        at = self._to_scene(event.position())
        if self.gesture is not None:
            self._finish(at, event.modifiers())
        elif self._press is not None:
            on, self._press = self._press.under, None
            if isinstance(on, str) and not event.modifiers() and self.canvas.selection != {on}:
                self.canvas.select({on})
        self.hover.over(at)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Whoever answers for what lies there; otherwise two quick presses are two presses."""
        at = self._to_scene(event.position())
        pressed = Press(event.button(), event.modifiers(), event.position().toPoint(), at, self._under(at))
        if self.gesture is None and pressed.left and not self.space_held and answer_double_click(self, pressed):
            return
        self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The cursor is gone."""
        self.hover.clear()
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Nothing half-done stays when another window or field takes over; a touch of Alt is no reason."""
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.MenuBarFocusReason):
            self.cancel_gesture()
        self.space_held = False
        self._reset_cursor()
        super().focusOutEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu for what lies here; no menu in the middle of a gesture of the right button."""
        if self.gesture is not None:
            return
        over = self._under(self._to_scene(QPointF(event.pos())))
        context_menu(self, over is not None).popup(event.globalPos())

    def viewportEvent(self, event: QEvent) -> bool:
        """Pinching, and tooltips."""
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_at(1 + event.value(), event.position())
                return True
        elif event.type() == QEvent.Type.ToolTip:
            return self.hover.tell(event)
        return super().viewportEvent(event)

    # --- keys ------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that work while the canvas has the focus, whether or not a window's menu offers them."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.space_held, self._space_used = True, False
            if self.gesture is None:
                self._reset_cursor()
        elif event.key() == Qt.Key.Key_Escape:
            if self.gesture is not None:
                self.cancel_gesture()
            elif self.canvas.selection or self.canvas.cut or self.canvas.sheets.chosen or not self.inside.leave():
                self.canvas.select(())
        elif not press(self, event):
            QWidget.keyPressEvent(self, event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab is a key like others while there is something to edit; Shift+Tab leaves."""
        own = forward and self.hasFocus() and self.isVisible() and not self.read_only
        return False if own else super().focusNextPrevChild(forward)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space no longer pans; one that did not pan was a tap."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            tap = self.space_held and not self._space_used and self.gesture is None
            self.space_held = False
            if self.gesture is None:
                self._reset_cursor()
            if tap:
                self.spaceTapped.emit()
        else:
            QWidget.keyReleaseEvent(self, event)
