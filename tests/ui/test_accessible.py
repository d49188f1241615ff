"""Whatever takes the keyboard has a name and a role that assistive technology can tell."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget

from designer.graph.templates import load_template
from designer.project.file import Project, save_project
from designer.ui.actions.table import rows
from designer.ui.window import MainWindow

Text, Role = QAccessible.Text, QAccessible.Role


@pytest.fixture
def window(qtbot, tmp_path):
    """The window with a LeNet, all its parts made."""
    path = tmp_path / "lenet.loom"
    save_project(Project(network=load_template("lenet5")), path)
    made = MainWindow(path, start_worker=False)
    made.resize(1280, 800)
    qtbot.addWidget(made, before_close_func=lambda w: setattr(w, "_sure", True))
    with qtbot.waitSignal(made.painted):
        made.show()
    made.activateWindow()
    settle(made, qtbot)
    return made


def settle(window, qtbot):
    qtbot.waitUntil(lambda: not window._todo and window.has_editor and not window._idle.isActive())


def nameless(top):
    """The widgets in sight that take the keyboard and have no name or no role."""
    found = []
    for widget in [top, *top.findChildren(QWidget)]:
        if not widget.isVisibleTo(top) or not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            continue
        if widget.focusProxy() is not None or widget.objectName() == "qt_spinbox_lineedit":
            continue  # another one has the focus in its place, and tells
        face = QAccessible.queryAccessibleInterface(widget)
        plain = face is None or (
            face.role() in (Role.NoRole, Role.Client) and not isinstance(widget, QAbstractScrollArea)
        )
        if plain or not face.text(Text.Name).strip():
            path = " < ".join(f"{type(w).__name__} {w.objectName()}" for w in (widget, widget.parentWidget()) if w)
            found.append(f"{path}: {face.role() if face else None} {face.text(Text.Name) if face else ''!r}")
    return found


def test_start_page(window):
    window.show_start()
    assert nameless(window) == []


@pytest.mark.parametrize("panel", ["palette", "outline", "problems", "code", "report", "training", "results"])
def test_every_panel(window, panel, qtbot):
    window.show_panel(panel)
    qtbot.waitUntil(getattr(window.editor, panel).isVisible)
    assert nameless(window) == []


@pytest.mark.parametrize("names", [[], ["c1"], ["c1", "c3"], ["c1", "fc", "input"]])
def test_inspector(window, names, qtbot):
    window.canvas.select(names)
    settle(window, qtbot)
    assert nameless(window) == []
    form = window.editor.inspector.form()
    if form is not None:
        form.more.setChecked(True)
        assert nameless(window) == []


def test_dialogs(window, qtbot):
    for action in ("settings", "about", "train", "picture"):
        window.actions_by_id[action].trigger()
        qtbot.waitUntil(lambda: QApplication.activeModalWidget() is not None or dialogs(window) != [])
        for dialog in dialogs(window):
            assert nameless(dialog) == [], action
            assert dialog.windowTitle()
            dialog.close()
        qtbot.waitUntil(lambda: dialogs(window) == [])


def dialogs(window):
    return [w for w in QApplication.topLevelWidgets() if w.isVisible() and w is not window and w.isWindow()]


def test_the_tab_key_goes_round_the_window_and_comes_back(window, qtbot):
    window.canvas.select(["c1"])
    settle(window, qtbot)
    start = window.editor.palette.search
    start.setFocus()
    seen = [start]
    for _ in range(200):
        window.focusNextChild()
        now = QApplication.focusWidget()
        if now is start:
            break
        assert now is not None and now.isVisible() and now.isEnabled()
        seen.append(now)
    assert now is start
    assert len(seen) == len(set(seen))
    for part in (window.canvas, window.editor.inspector.name.field, window.editor.palette.list):
        assert part in seen
    inspector = [seen.index(window.editor.inspector.form().editor(n).field) for n in ("out_channels", "kernel_size")]
    assert seen.index(window.editor.inspector.name.field) < inspector[0] < inspector[1]


def test_every_action_of_a_gesture_has_a_key(window):
    wanted = {
        *(f"nudge_{way}" for way in ("left", "right", "up", "down")),
        *(f"{verb}_{way}" for verb in ("go", "extend") for way in ("up", "down", "left", "right")),
        *("wire_on", "wire_back", "next_wire", "previous_wire", "delete", "select_all"),
    }
    found = {row.id: row for row in rows() if row.id in wanted}
    assert found.keys() == wanted
    assert all(row.keys and row.on == "canvas" for row in found.values())


@pytest.mark.parametrize(
    ("key", "modifiers"),
    [(Qt.Key.Key_Menu, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)],
)
def test_a_key_opens_the_menu_at_the_selection(window, qtbot, key, modifiers):
    canvas = window.canvas
    canvas.select(["c3"])
    canvas.setFocus()
    QTest.keyClick(canvas, key, modifiers)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    menu = QApplication.activePopupWidget()
    body = canvas.mapFromScene(canvas.canvas.blocks["c3"].body.center())
    assert menu.geometry().adjusted(-4, -4, 4, 4).contains(canvas.viewport().mapToGlobal(body))
    assert any("Rename" in a.text().replace("&", "") for a in menu.actions())
    menu.close()
