"""A person who does anything at all to a canvas, with real events; the same things for the same seed."""

import random

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QFocusEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from designer.graph.document import Document
from designer.graph.templates import load_template
from designer.ui import theme
from designer.ui.actions.qt import canvas_rows
from designer.ui.canvas.note_editor import NoteEditor
from designer.ui.canvas.search.find import FindBar
from designer.ui.canvas.search.popup import SearchPopup
from tests.ui.canvas.test_canvas_blocks import Drop

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
HELD = (NONE, NONE, NONE, NONE, SHIFT, CTRL, ALT, ALT)
PHRASES = ("conv 64 k3 | bn | relu", "relu", "dropout 0.5", "add", "max", "conv 8 | conv 8 s2", "linear 10", "zzz",
           "conv k | relu", "flatten | linear 32 | relu | linear 10", "(", "avgpool k2 |", "conv1d 8", "")  # fmt: skip
TYPES = ("conv2d", "relu", "add", "input", "linear", "max_pool2d", "dropout", "concatenate", "classification_output")
WORDS = ("conv", "relu", "layer0.1", "zz", "add", "")
LEAST, MOST = 100, 320  # blocks


class Monkey:
    """Does one thing a call; ``log`` is what it did."""

    def __init__(self, view, seed):
        self.view, self.rng = view, random.Random(seed)
        self.document = view.document
        self.log = []
        self.floor = view.document.depth  # nothing before is taken back
        self._things = {
            self.drag: 30, self.click: 12, self.double: 7, self.key: 26, self.menu: 5, self.wheel: 6, self.type: 5,
            self.find: 2, self.drop: 4, self.wire_by_keys: 3, self.undo: 5, self.redo: 2, self.hover: 3, self.map: 2,
            self.far: 2, self.reset: 0.4, self.read_only: 0.4, self.theme: 0.1, self.resize: 0.7, self.space: 1,
            self.group: 4, self.outside: 2,
        }  # fmt: skip

    def do(self):
        """Anything."""
        self._hold_size()
        thing = self.rng.choices(list(self._things), list(self._things.values()))[0]
        self.note(thing.__name__)
        thing()
        QApplication.processEvents()

    def note(self, *what):
        """Say what is done."""
        self.log.append(" ".join(map(str, what)))

    def _hold_size(self):
        """A drawing of some two hundred blocks stays one."""
        depth, count = self.document.depth, len(self.document.network)
        if not LEAST <= count <= MOST:
            self.note("held", count)
            while depth > self.floor and not LEAST + 20 <= len(self.document.network) <= MOST - 60:
                self.document.undo()
                depth = self.document.depth

    # --- where -----------------------------------------------------------------------------------------------

    def spot(self):
        """A point of the viewport that people would aim at."""
        return self._within(self.view.mapFromScene(self._place()))

    def _within(self, point):
        rect = self.view.viewport().rect().adjusted(2, 2, -2, -2)
        return QPoint(max(rect.left(), min(point.x(), rect.right())), max(rect.top(), min(point.y(), rect.bottom())))

    def _place(self):
        rng, scene, area = self.rng, self.view.canvas, self.view.visible_area()
        seen = sorted(scene.cells.within(area))
        kind = rng.random()
        if kind < 0.06:
            found = self._on_sheets()
            if found is not None:
                return found
        if kind < 0.12 and scene.stubs:
            item = scene.stubs[rng.choice(sorted(scene.stubs))]
            return item.pos() + (item.card.output_at(0) if item.card.fed else item.card.input_at(0))
        if kind < 0.78 and seen:
            return self._on_block(rng.choice(seen))
        if kind < 0.9 and seen:
            wires = sorted(scene.wires_at(rng.choice(seen)))
            if wires:
                item = scene.wires[rng.choice(wires)]
                return rng.choice([*item.route.points, *item.via, item.route.middle])
        return QPointF(area.left() + rng.random() * area.width(), area.top() + rng.random() * area.height())

    def _on_block(self, name):
        item, kind = self.view.canvas.blocks[name], self.rng.random()
        card = item.card
        if kind < 0.3 and card.fed:
            return item.pos() + card.output_at(self.rng.randrange(len(card.fed)))
        if kind < 0.6 and card.wired:
            return item.pos() + card.input_at(self.rng.randrange(len(card.wired)))
        return item.body.center() + QPointF(self.rng.randint(-40, 40), self.rng.randint(-10, 10))

    def _on_sheets(self):
        scene, rng = self.view.canvas, self.rng
        frames = [frame.tab.center() for frame in scene.frames.frames()]
        notes = [scene.sheets.rect(note) for note in scene.sheets.all()]
        corners = [rect.bottomRight() - QPointF(6, 6) for rect in notes]
        tops = [rect.topLeft() + QPointF(20, 12) for rect in notes]
        spots = [*frames, *corners, *tops]
        return rng.choice(spots) if spots else None

    # --- mouse -----------------------------------------------------------------------------------------------

    def click(self):
        button = self.rng.choice((LEFT, LEFT, LEFT, LEFT, RIGHT, MIDDLE))
        QTest.mouseClick(self.view.viewport(), button, self.rng.choice(HELD), self.spot())

    def double(self):
        QTest.mouseDClick(self.view.viewport(), LEFT, self.rng.choice((NONE, NONE, NONE, SHIFT)), self.spot())
        self._maybe_write()

    def hover(self):
        for _ in range(3):
            QTest.mouseMove(self.view.viewport(), self.spot())
        if self.rng.random() < 0.3:
            QApplication.sendEvent(self.view, QEvent(QEvent.Type.Leave))

    def drag(self):
        """Press, move, perhaps be interrupted, move on, let go."""
        view, rng = self.view, self.rng
        button = rng.choice((LEFT, LEFT, LEFT, LEFT, LEFT, LEFT, MIDDLE, RIGHT))
        held = CTRL if button == RIGHT else rng.choice(HELD)
        start, end = self.spot(), self.spot()
        QTest.mousePress(view.viewport(), button, held, start)
        QTest.mouseMove(view.viewport(), self._within(start + QPoint(rng.randint(-30, 30), rng.randint(-30, 30))))
        QTest.mouseMove(view.viewport(), (start + end) / 2)
        self.note(" ", start.toTuple(), end.toTuple(), held, type(view.gesture).__name__)
        if rng.random() < 0.3:
            QApplication.processEvents()
        if rng.random() < 0.3:
            self.interrupt()
        QTest.mouseMove(view.viewport(), end)
        if rng.random() < 0.1:
            self.interrupt()
        QTest.mouseRelease(view.viewport(), button, held, end)
        if rng.random() < 0.8:
            self._search()

    def interrupt(self):
        """What comes between."""
        rng = self.rng
        what = rng.choice((self._escape, self._escape, self._focus_out, self._focus_elsewhere, self.undo, self.redo,
                           self._delete, self.key, self.wheel, self.reset, self.read_only, self._second_press,
                           self._leave, self._hide, self._remove_some, self.resize, self.menu))  # fmt: skip
        self.note("   and", what.__name__)
        what()

    def _escape(self):
        QTest.keyClick(self.view, Qt.Key.Key_Escape)

    def _delete(self):
        QTest.keyClick(self.view, Qt.Key.Key_Delete)

    def _focus_out(self):
        reason = self.rng.choice((Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason))
        QApplication.sendEvent(self.view, QFocusEvent(QEvent.Type.FocusOut, reason))

    def _focus_elsewhere(self):
        field = QLineEdit(self.view.parentWidget() or self.view)
        field.show()
        field.setFocus()
        field.hide()
        field.deleteLater()
        self.view.setFocus()

    def _second_press(self):
        QTest.mouseClick(self.view.viewport(), self.rng.choice((LEFT, RIGHT, MIDDLE)), NONE, self.spot())

    def _leave(self):
        QApplication.sendEvent(self.view, QEvent(QEvent.Type.Leave))

    def _hide(self):
        self.view.hide()
        self.view.show()
        self.view.setFocus()

    def _remove_some(self):
        names = sorted(self.document.network.nodes)
        self.document.do(self.document.removal(self.rng.sample(names, min(3, len(names)))))

    def wheel(self, turns=None):
        view, at = self.view, self.spot()
        turned = turns if turns is not None else self.rng.choice((-480, -240, -120, 120, 240, 480))
        held = self.rng.choice((NONE, NONE, CTRL, SHIFT))
        event = QWheelEvent(QPointF(at), QPointF(view.viewport().mapToGlobal(at)), QPoint(), QPoint(0, turned),
                            Qt.MouseButton.NoButton, held, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
        QApplication.sendEvent(view.viewport(), event)

    def far(self):
        """Far out, or back to where one reads."""
        zoom = self.rng.choice((0.05, 0.2, 0.35, 0.45, 0.8, 1.0, 1.0, 2.5))
        self.view.set_zoom(zoom)
        names = sorted(self.view.canvas.blocks)
        if names:
            self.view.reveal_softly(self.rng.choice(names))

    def map(self):
        """In the minimap, where there is one."""
        card = self.view.minimap
        if not card.isVisible():
            return
        spots = [
            QPoint(self.rng.randrange(4, card.width() - 4), self.rng.randrange(4, card.height() - 4)) for _ in "ab"
        ]
        QTest.mousePress(card, LEFT, NONE, spots[0])
        QTest.mouseMove(card, spots[1])
        QTest.mouseRelease(card, LEFT, NONE, spots[1])

    def drop(self):
        """A block from the palette."""
        carried, view = Drop(self.view, self.rng.choice(TYPES)), self.view
        carried.enter(view.mapToScene(self.spot()))
        end = view.mapToScene(self.spot())
        carried.move(end)
        if self.rng.random() < 0.25:
            self.interrupt()
        carried.leave() if self.rng.random() < 0.2 else carried.drop(end)

    # --- keys ------------------------------------------------------------------------------------------------

    def key(self):
        """The key of any row of the table."""
        row = self.rng.choice([row for row in canvas_rows() if row.keys])
        self.note("   ", row.id, sorted(self.view.canvas.selection)[:3])
        if row.id == "select_all" and self.rng.random() < 0.8:
            return
        keys = row.keys[0][0]
        QTest.keyClick(self.view, keys.key(), keys.keyboardModifiers())
        self._maybe_write()
        self._search()

    def space(self):
        QTest.keyPress(self.view, Qt.Key.Key_Space)
        if self.rng.random() < 0.6:
            self.drag()
        QTest.keyRelease(self.view, Qt.Key.Key_Space)
        self._search()

    def type(self):
        """The search at the cursor."""
        QTest.keyClick(self.view, Qt.Key.Key_Tab)
        self._search()

    def _search(self):
        for search in self.view.findChildren(SearchPopup):
            if search.isVisible():
                self._in_search(search)

    def _in_search(self, search):
        rng = self.rng
        phrase = rng.choice(PHRASES)
        self.note("    types", repr(phrase))
        QTest.keyClicks(search.edit, phrase)
        for _ in range(rng.randrange(3)):
            QTest.keyClick(search.edit, rng.choice((Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Tab)))
        if rng.random() < 0.1:
            self.undo()
        elif rng.random() < 0.1:
            self.click()
        elif rng.random() < 0.9:
            QTest.keyClick(search.edit, rng.choice((Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Escape)))

    def find(self):
        QTest.keyClick(self.view, Qt.Key.Key_F, CTRL)
        for bar in self.view.findChildren(FindBar):
            if not bar.isVisible():
                continue
            bar.edit.clear()
            QTest.keyClicks(bar.edit, self.rng.choice(WORDS))
            for _ in range(self.rng.randrange(3)):
                QTest.keyClick(bar.edit, self.rng.choice((Qt.Key.Key_Return, Qt.Key.Key_Down, Qt.Key.Key_Up)))
            if self.rng.random() < 0.8:
                QTest.keyClick(bar.edit, Qt.Key.Key_Escape)

    def wire_by_keys(self):
        names = sorted(self.view.canvas.blocks)
        if not names:
            return
        self.view.select([self.rng.choice(names)])
        QTest.keyClick(self.view, Qt.Key.Key_W, self.rng.choice((NONE, SHIFT)))
        for _ in range(self.rng.randrange(4)):
            QTest.keyClick(self.view, self.rng.choice((Qt.Key.Key_Tab, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_C)))
        if self.rng.random() < 0.3:
            self.interrupt()
        QTest.keyClick(self.view, self.rng.choice((Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Escape)))

    def _maybe_write(self):
        """In a note that is being written."""
        for field in self.view.findChildren(NoteEditor):
            if not field._done:
                QTest.keyClicks(field, self.rng.choice(("# Stem", "a *note*", "")))
                if self.rng.random() < 0.8:
                    QTest.keyClick(field, Qt.Key.Key_Escape)

    # --- menus and groups ------------------------------------------------------------------------------------

    def menu(self):
        """A row of the context menu."""
        spot = self.spot()
        QTest.mouseClick(self.view.viewport(), RIGHT, NONE, spot)
        from PySide6.QtGui import QContextMenuEvent

        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, spot, self.view.viewport().mapToGlobal(spot))
        QApplication.sendEvent(self.view.viewport(), event)
        menu = QApplication.activePopupWidget()
        if menu is None:
            return
        rows = [a for m in (menu, *menu.findChildren(type(menu))) for a in m.actions()]
        rows = [a for a in rows if a.isEnabled() and not a.isSeparator() and a.menu() is None]
        row = self.rng.choice(rows) if rows else None
        if row is not None and self.rng.random() < 0.85:
            self.note("    row", row.text())
            row.trigger()
        menu.close()
        self._maybe_write()
        self._search()

    def group(self):
        """Some blocks that hang together become a card, are opened, looked into, linked, repeated."""
        view, rng, network = self.view, self.rng, self.document.network
        scene = view.canvas
        cards = sorted(name for name in scene.blocks if name not in network)
        if cards and rng.random() < 0.7:
            view.select([rng.choice(cards)])
            key, held = rng.choice((
                (Qt.Key.Key_E, NONE), (Qt.Key.Key_Return, CTRL), (Qt.Key.Key_D, ALT), (Qt.Key.Key_G, CTRL | SHIFT),
                (Qt.Key.Key_Equal, CTRL | ALT), (Qt.Key.Key_Minus, CTRL | ALT), (Qt.Key.Key_D, CTRL),
            ))  # fmt: skip
            self.note("   ", sorted(scene.selection), key, held)
            QTest.keyClick(view, key, held)
            return
        names = sorted(scene.blocks)
        if names:
            view.select([rng.choice(names)])
            for _ in range(rng.randint(1, 3)):
                QTest.keyClick(view, Qt.Key.Key_Down, CTRL | SHIFT)
            self.note("   ", sorted(scene.selection))
            QTest.keyClick(view, Qt.Key.Key_G, CTRL)

    # --- the rest --------------------------------------------------------------------------------------------

    def undo(self):
        if self.document.depth > self.floor and self.view.document is self.document:
            for _ in range(self.rng.choice((1, 1, 2, 5))):
                if self.document.depth > self.floor:
                    self.document.undo()

    def redo(self):
        if self.view.document is self.document:
            for _ in range(self.rng.choice((1, 1, 4))):
                self.document.redo()

    def outside(self):
        """Edits that come from a panel."""
        names = sorted(self.document.network.nodes)
        if not names:
            return
        name, rng = self.rng.choice(names), self.rng
        what = rng.random()
        if what < 0.4:
            from designer.graph.edits import Rename

            new = self.document.free_name(rng.choice(("x", "stage.a", f"{name}_1", "layer0.new")))
            self.view.bridge.do(Rename(name, new))
        elif what < 0.7:
            from designer.graph.edits import SetParams

            params = self.document.network[name].block.param_names
            if "out_channels" in params:
                self.view.bridge.do(SetParams(name, {"out_channels": rng.choice((4, 8, 12))}))
        else:
            self.view.select([seen for n in (name,) if (seen := self.view.canvas.visible.shown(n)) is not None])

    def reset(self):
        """Another document for a moment."""
        if self.view.document is not self.document:
            return
        self.view.bridge.set_document(Document(load_template("small-resnet")))
        for _ in range(2):
            self.click()
            QTest.keyClick(self.view, Qt.Key.Key_Right)
        self.view.bridge.set_document(self.document)

    def read_only(self):
        """Somebody else has the file for a moment."""
        self.view.set_read_only(True)
        before = self.document.depth
        for _ in range(3):
            QTest.mouseClick(self.view.viewport(), LEFT, NONE, self.spot())
            QTest.keyClick(self.view, Qt.Key.Key_Delete)
        assert self.document.depth == before
        self.view.set_read_only(False)

    def theme(self):
        theme.set_theme(self.rng.choice(("light", "dark")))

    def resize(self):
        if not self.view.isWindow():
            return  # its place belongs to the window
        size = self.view.size()
        self.view.resize(self.rng.choice((300, 700, 900, 1100)), self.rng.choice((240, 500, 700)))
        if self.rng.random() < 0.5:
            self.view.resize(size)
        assert self.view.rect().contains(QRect(0, 0, 10, 10))
