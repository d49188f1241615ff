"""The window as people use it: start page, editor, actions, files, recovery, closing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QToolButton

from designer.graph.edits import SetParams
from designer.graph.templates import load_template
from designer.project.file import Project, View, load_project, save_project
from designer.project.lock import FileLock
from designer.project.settings import load_settings
from designer.ui import theme
from designer.ui.actions.table import MENUS, TOOLBAR, allowed, rows
from designer.ui.app import create
from designer.ui.dialogs.question import Question
from designer.ui.window import MainWindow


@pytest.fixture
def opened(qtbot):
    """``opened(file)`` shows a window and waits until all its parts are made."""
    made = []

    def open_window(file=None, size=(1280, 800)):
        window = MainWindow(file, start_worker=False)
        window.resize(*size)
        made.append(window)
        qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_sure", True))
        with qtbot.waitSignal(window.painted):
            window.show()
        settle(window, qtbot)
        return window

    return open_window


def settle(window, qtbot):
    qtbot.waitUntil(lambda: not window._todo and window.has_editor and not window._idle.isActive())


@pytest.fixture
def lenet(tmp_path):
    path = tmp_path / "lenet.loom"
    save_project(Project(network=load_template("lenet5")), path)
    return path


def question(window):
    found = [q for q in window.findChildren(Question) if q.isVisible()]
    return found[0] if found else None


def answer(window, qtbot, name):
    qtbot.waitUntil(lambda: question(window) is not None)
    QTest.mouseClick(question(window).buttons[name], Qt.MouseButton.LeftButton)


# --- start page ---------------------------------------------------------------------------------------------------


def test_starts_with_templates(opened):
    window = opened()
    assert window.pages.currentWidget() is window.start
    assert window.start.cards[0].template.name == "blank"
    assert not window.toolbar.isVisible()
    assert not window.actions_by_id["save"].isEnabled()


def test_a_template_opens_by_mouse_and_by_key(opened, qtbot):
    window = opened()
    card = next(c for c in window.start.cards if c.template.name == "lenet5")
    QTest.mouseClick(card, Qt.MouseButton.LeftButton)
    settle(window, qtbot)
    assert window.editing
    assert window.toolbar.isVisible()
    assert window.bridge.document.network == load_template("lenet5")
    assert not window.session.modified
    window.show_start()
    blank = window.start.cards[0]
    blank.setFocus()
    QTest.keyClick(blank, Qt.Key.Key_Return)
    settle(window, qtbot)
    assert len(window.bridge.document.network) == 0


def test_a_template_is_a_copy(opened, qtbot):
    window = opened()
    card = next(c for c in window.start.cards if c.template.name == "lenet5")
    QTest.mouseClick(card, Qt.MouseButton.LeftButton)
    window.bridge.do(SetParams("c1", {"out_channels": 9}))
    assert card.template.network["c1"].params["out_channels"] == 6


def test_recent_projects_are_offered_and_missing_ones_said(opened, lenet, tmp_path, qtbot):
    window = opened(lenet)
    window.keep(window.settings.changed(recent=(str(lenet), str(tmp_path / "gone.loom"))))
    window.show_start()
    assert [r.missing for r in window.start.rows] == [False, True]
    assert window.start.back_button.isVisible()
    with qtbot.waitSignal(window.start.forgotten):
        QTest.mouseClick(
            window.start.rows[1].findChildren(type(window.start.open_button))[0], Qt.MouseButton.LeftButton
        )
    assert load_settings().settings.recent == (str(lenet),)
    QTest.mouseClick(window.start.back_button, Qt.MouseButton.LeftButton)
    assert window.editing


@pytest.mark.parametrize("width", [880, 1024, 1280, 1920])
def test_start_page_needs_no_sideways_scrolling(opened, width):
    window = opened(size=(width, 700))
    assert window.start.widget().minimumSizeHint().width() <= window.start.viewport().width()


# --- actions ------------------------------------------------------------------------------------------------------


def test_every_action_is_in_a_menu_and_explained(opened):
    window = opened()
    assert {row.menu.partition("/")[0] for row in rows()} == set(MENUS)
    assert len({row.id for row in rows()}) == len(rows())
    assert all(allowed(row.when, window.canvas, window) in (True, False) for row in rows())
    keys = [k.toString() for a in window.actions_by_id.values() for k in a.shortcuts()]
    assert len(keys) == len(set(keys))
    assert all(window.actions_by_id[n].toolTip() for n in TOOLBAR if n)
    assert "Ctrl+S" in window.actions_by_id["save"].toolTip()


def test_every_icon_only_button_says_what_it_does(opened, lenet):
    window = opened(lenet)
    icons = [b for b in window.findChildren(QToolButton) if b.isVisible() and not b.text()]
    mute = [b for b in icons if not b.toolTip() and not isinstance(b.parent(), QLineEdit)]  # a field's own picture
    assert [(b.objectName(), b.parent()) for b in mute] == []
    named = [b for b in window.toolbar.findChildren(QToolButton) if b.isVisible()]
    assert all(b.accessibleName() or b.objectName() == "qt_toolbar_ext_button" for b in named)


def test_undo_and_redo_by_key_while_a_field_has_the_focus(opened, lenet, qtbot):
    window = opened(lenet)
    document = window.bridge.document
    window.canvas.select(["c1"])
    settle(window, qtbot)
    window.activateWindow()
    spin = window.editor.inspector.form().editor("out_channels").spin
    spin.setFocus()
    spin.selectAll()
    QTest.keyClicks(spin, "9")
    QTest.keyClick(spin, Qt.Key.Key_Return)
    assert document.network["c1"].params["out_channels"] == 9
    settle(window, qtbot)
    QTest.keySequence(spin, QKeySequence("Ctrl+Z"))
    assert document.network["c1"].params["out_channels"] == 6
    settle(window, qtbot)
    QTest.keySequence(spin, QKeySequence("Ctrl+Shift+Z"))
    assert document.network["c1"].params["out_channels"] == 9


def test_delete_is_a_key_of_the_canvas_only(opened, lenet, qtbot):
    window = opened(lenet)
    window.canvas.select(["tanh1"])
    settle(window, qtbot)
    window.activateWindow()
    search = window.editor.palette.search
    search.setFocus()
    QTest.keyClick(search, Qt.Key.Key_Delete)
    assert "tanh1" in window.bridge.document.network
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Delete)
    assert "tanh1" not in window.bridge.document.network


def test_f2_leads_to_the_name_of_the_selected_block(opened, lenet, qtbot):
    window = opened(lenet)
    canvas, field = window.canvas, window.editor.inspector.name.field
    name = list(window.bridge.document.network.nodes)[1]
    canvas.select([name])
    canvas.setFocus()
    settle(window, qtbot)
    QTest.keyClick(canvas, Qt.Key.Key_F2)
    qtbot.waitUntil(field.hasFocus)
    assert field.selectedText() == name
    QTest.keyClicks(field, "stem")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert "stem" in window.bridge.document.network
    assert canvas.selected() == ["stem"]


def test_the_canvas_stays_fitted_while_a_panel_grows(opened, lenet, qtbot):
    window = opened(lenet)
    canvas = window.canvas
    canvas.fit()
    before = canvas.height()
    window.show_panel("training")
    qtbot.waitUntil(lambda: canvas.height() < before)
    qtbot.waitUntil(lambda: canvas.visible_area().contains(canvas.canvas.content()))


def test_status_bar_counts(opened, lenet, qtbot):
    window = opened(lenet)
    assert "61.7 k parameters" in window.status_bar.totals.text()
    assert window.status_bar.problems.text().strip() == "No problems"
    window.bridge.do(SetParams("fc", {"out_features": 3}))
    settle(window, qtbot)
    assert window.status_bar.problems.text().strip() == "1 error"
    window.show_panel("code")
    QTest.mouseClick(window.status_bar.problems, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(window.editor.problems.isVisible)
    assert window.editor.docks["problems"].windowTitle() == "Problems (1)"


def test_selection_reaches_every_panel(opened, lenet, qtbot):
    window = opened(lenet)
    window.canvas.select(["c3"])
    assert window.editor.inspector.names() == ("c3",)
    window.find_block()
    qtbot.waitUntil(window.editor.outline.isVisible)
    assert window.editor.outline._chosen_names() == ["c3"]
    window.editor.outline.selected.emit(["c1"])
    assert window.canvas.selected() == ["c1"]
    window.editor.problems.jump.emit("s2")
    assert window.canvas.selected() == ["s2"]
    window.canvas.set_zoom(2.5)
    for name in ("input", "output"):  # far apart at this zoom: choosing one in the outline brings it into view
        window.editor.outline.selected.emit([name])
        assert window.canvas.visible_area().contains(window.canvas.canvas.blocks[name].body.center())


def test_only_the_panel_in_front_works(opened, lenet, qtbot):
    window = opened(lenet)
    editor = window.editor
    assert editor.problems.isVisible()
    assert not editor.code.isVisible()
    assert not editor.outline.isVisible()
    with qtbot.waitSignal(editor.code.updated):
        window.show_panel("code")
    qtbot.waitUntil(lambda: not editor.problems.isVisible())


@pytest.mark.parametrize("size", [(1024, 700), (1920, 1080)])
def test_nothing_is_clipped(opened, lenet, size, qtbot):
    window = opened(lenet, size)
    window.canvas.select(["c1"])
    settle(window, qtbot)
    assert window.width() == size[0]
    assert window.canvas.width() >= 400
    assert window.canvas.height() >= 240
    for name in ("palette", "inspector", "problems"):
        panel = getattr(window.editor, name)
        assert panel.width() >= panel.minimumSizeHint().width(), name
    train = window.toolbar.widgetForAction(window.toolbar.actions()[-1])
    assert window.toolbar.rect().contains(train.geometry())


# --- files --------------------------------------------------------------------------------------------------------


def test_title_says_file_and_modified(opened, lenet, qtbot):
    window = opened(lenet)
    assert window.windowTitle() == "lenet[*] – Layerloom"
    assert not window.isWindowModified()
    window.bridge.do(SetParams("c1", {"out_channels": 8}))
    assert window.isWindowModified()
    window.bridge.document.undo()
    assert not window.isWindowModified()
    window.bridge.document.redo()
    QTest.keySequence(window, QKeySequence("Ctrl+S"))
    assert not window.isWindowModified()
    assert load_project(lenet).network["c1"].params["out_channels"] == 8
    window.bridge.document.undo()
    assert window.isWindowModified()


def test_a_step_after_saving_is_unsaved_though_undo_takes_it_with_the_one_before(opened, lenet, qtbot):
    window = opened(lenet)
    canvas = window.canvas
    canvas.select(["c1"])
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    window.files.save()
    assert not window.isWindowModified()
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert window.isWindowModified()
    window.bridge.document.undo()
    assert window.isWindowModified()  # saved was the place between


def test_save_asks_for_a_file_where_there_is_none(opened, tmp_path, qtbot):
    window = opened()
    QTest.mouseClick(window.start.cards[1], Qt.MouseButton.LeftButton)
    settle(window, qtbot)
    window.files.save()
    dialog = window.files.dialog
    assert isinstance(dialog, QFileDialog)
    target = tmp_path / "mine.loom"
    dialog.fileSelected.emit(str(target))
    dialog.reject()
    assert target.is_file()
    assert window.session.path == target
    assert load_settings().settings.recent[0] == str(target)


def test_what_another_program_wrote_is_not_written_over_unasked(opened, lenet, qtbot):
    window = opened(lenet)
    window.bridge.do(SetParams("c1", {"out_channels": 8}))
    save_project(Project(network=load_template("digits")), lenet)
    theirs = lenet.read_bytes()
    window.files.save()
    answer(window, qtbot, "Cancel")
    assert lenet.read_bytes() == theirs and window.session.modified
    window.files.save()
    answer(window, qtbot, "Save over it")
    assert load_project(lenet).network["c1"].params["out_channels"] == 8 and not window.session.modified
    window.bridge.do(SetParams("c1", {"out_channels": 9}))
    window.files.save()  # what was written last was written here: no question
    assert load_project(lenet).network["c1"].params["out_channels"] == 9


def test_a_failed_save_says_so_and_keeps_the_edits(opened, lenet, qtbot):
    window = opened(lenet)
    window.bridge.do(SetParams("c1", {"out_channels": 8}))
    assert not window.files.save_to(lenet.parent / "missing" / "x.loom")
    assert window.toasts.shown()[-1].kind == "error"
    assert window.session.modified


def test_a_damaged_file_opens_nothing(opened, tmp_path):
    bad = tmp_path / "bad.loom"
    bad.write_text("{")
    window = opened(bad)
    assert not window.editing
    assert "bad.loom" in window.toasts.shown()[0].text


def test_a_second_window_is_read_only_until_the_first_closes(opened, lenet, qtbot):
    first, second = opened(lenet), opened(lenet)
    assert second.session.read_only
    assert second.editor.banner.isVisible()
    assert "read-only" in second.windowTitle()
    assert second.bridge.do(SetParams("c1", {"out_channels": 8})) is None
    assert not second.actions_by_id["undo"].isEnabled()
    first.close()
    buttons = {b.text(): b for b in second.editor.banner.findChildren(type(second.start.open_button))}
    QTest.mouseClick(buttons["Try again"], Qt.MouseButton.LeftButton)
    assert not second.session.read_only
    assert not second.editor.banner.isVisible()
    assert second.bridge.do(SetParams("c1", {"out_channels": 8})) is not None


def test_who_only_looks_has_nothing_to_save(opened, lenet, qtbot):
    opened(lenet)
    second = opened(lenet)
    second.session.remember(run=lenet.parent / "lenet-runs" / "1")  # a run that goes on elsewhere ended
    assert second.session.read_only
    assert not second.session.modified
    assert not second.isWindowModified()


def test_a_copy_of_a_locked_project_can_be_edited(opened, lenet, tmp_path, qtbot):
    first, second = opened(lenet), opened(lenet)
    assert second.files.save_to(tmp_path / "copy.loom")
    assert not second.session.read_only
    assert first.session.path == lenet
    assert FileLock(lenet).holder() is not None


def test_unsaved_edits_are_asked_about(opened, lenet, qtbot):
    window = opened(lenet)
    window.bridge.do(SetParams("c1", {"out_channels": 8}))
    window.close()
    assert window.isVisible()
    answer(window, qtbot, "Cancel")
    assert window.isVisible()
    window.close()
    with qtbot.waitSignal(window.closed):
        answer(window, qtbot, "Save")
    assert load_project(lenet).network["c1"].params["out_channels"] == 8
    assert FileLock(lenet).holder() is None


def test_edits_can_be_thrown_away(opened, lenet, home, qtbot):
    window = opened(lenet)
    window.bridge.do(SetParams("c1", {"out_channels": 8}))
    window.close()
    with qtbot.waitSignal(window.closed):
        answer(window, qtbot, "Don't save")
    assert load_project(lenet).network["c1"].params["out_channels"] == 6
    assert not list((home / "state" / "journals").glob("*"))


def test_a_dropped_project_is_opened(opened, lenet, qtbot):
    window = opened()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(lenet))])
    action, left, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), action, data, left, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(300, 300), action, data, left, keys))
    assert window.session.path == lenet
    assert window.editing


def test_the_view_is_kept_in_the_project(opened, lenet, qtbot):
    window = opened(lenet)
    window.canvas.set_zoom(1.5)
    window.canvas.centerOn(10, 20)
    window.files.save()
    assert load_project(lenet).view.zoom == pytest.approx(1.5)
    window.close()
    again = opened(lenet)
    assert again.canvas.zoom == pytest.approx(1.5)
    assert load_project(lenet).view != View()


CRASH = """
import os, sys
from pathlib import Path
from designer.graph.edits import SetParams
from designer.ui.app import create
app, window = create(Path(sys.argv[1]), start_worker=False)
for size in (7, 8, 9):
    window.bridge.do(SetParams("c1", {"out_channels": size}))
window.bridge.document.undo()
os._exit(3)
"""


def test_edits_come_back_after_a_crash(opened, lenet, home, qtbot):
    done = subprocess.run([sys.executable, "-c", CRASH, str(lenet)], env=os.environ, capture_output=True, timeout=60)
    assert done.returncode == 3, done.stderr.decode()
    window = opened(lenet)
    toast = window.toasts.shown()[-1]
    assert "unsaved edits" in toast.text
    QTest.mouseClick(toast.buttons[0], Qt.MouseButton.LeftButton)
    assert window.bridge.document.network["c1"].params["out_channels"] == 8
    assert window.session.modified
    assert window.session.path == lenet
    assert window.files.save_to(lenet)
    assert load_project(lenet).network["c1"].params["out_channels"] == 8


def test_recovered_work_is_offered_on_the_start_page(opened, lenet, qtbot):
    subprocess.run([sys.executable, "-c", CRASH, str(lenet)], env=os.environ, capture_output=True, timeout=60)
    window = opened()
    row = window.start._recovered.findChildren(type(window.start._recovered.layout().itemAt(1).widget()))[0]
    assert "lenet" in row.item.path.name
    with qtbot.waitSignal(window.start.restored):
        row._restore()
    assert window.editing
    assert window.bridge.document.network["c1"].params["out_channels"] == 8


# --- settings and theme -------------------------------------------------------------------------------------------


def test_theme_is_switched_in_the_menu_and_kept(opened, lenet):
    window = opened(lenet)
    window.actions_by_id["theme_dark"].trigger()
    assert window.actions_by_id["theme_dark"].isChecked()
    assert not window.actions_by_id["theme_system"].isChecked()
    assert theme.theme() is theme.DARK
    assert load_settings().settings.theme == "dark"
    assert window.palette().window().color() == theme.DARK.window


def test_settings_take_effect_at_once(opened, lenet, qtbot):
    window = opened(lenet)
    window.show_settings()
    from designer.ui.dialogs.settings import SettingsDialog

    dialog = window.findChildren(SettingsDialog)[0]
    before = window.editor.code.view.font().pixelSize()
    editor = dialog.form.editor("code_font_size")
    editor.field.setFocus()
    editor.field.selectAll()
    QTest.keyClicks(editor.field, "20")
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert window.editor.code.view.font().pixelSize() > before
    assert load_settings().settings.code_font_size == 20
    dialog.accept()


def test_place_and_panels_come_back(opened, lenet, qtbot):
    window = opened(lenet, (1100, 720))
    window.editor.docks["inspector"].hide()
    window.close()
    again = MainWindow(lenet, start_worker=False)
    qtbot.addWidget(again)
    with qtbot.waitSignal(again.painted):
        again.show()
    settle(again, qtbot)
    assert again.height() == 720  # the offscreen screen is 800 wide, so that the width is cut
    assert not again.editor.docks["inspector"].isVisible()
    again.reset_panels()
    assert again.editor.docks["inspector"].isVisible()


# --- faults -------------------------------------------------------------------------------------------------------


def test_a_fault_is_told_calmly_and_logged(qapp, home, qtbot):
    before = sys.excepthook
    _, window = create(start_worker=False)
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.painted):
        window.show()
    settle(window, qtbot)
    try:
        raise ValueError("a secret of the machine")
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    toast = window.toasts.shown()[-1]
    assert "secret" not in toast.text
    assert "ValueError: a secret" in (home / "state" / "layerloom.log").read_text()
    QTest.mouseClick(toast.buttons[0], Qt.MouseButton.LeftButton)
    window.close()
    assert sys.excepthook is before


def headless(code, **env):
    clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    return subprocess.run([sys.executable, "-c", code], env=clean | env, capture_output=True, text=True, timeout=60)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_no_display_is_said_in_one_sentence():
    done = headless("from designer.ui.app import run\ntry: run()\nexcept Exception as e: print(type(e).__name__, e)")
    assert done.stdout.startswith("UsageError There is no display")
    assert "layerloom demo" in done.stdout
    assert done.stderr == ""


TORCHLESS = """
import sys
from pathlib import Path
from designer.ui.app import create
app, window = create(Path(sys.argv[1]) if len(sys.argv) > 1 else None, start_worker=False)
window.painted.connect(lambda: print("early", sorted({"torch", "pyqtgraph", "pygments", "numpy"} & set(sys.modules))))
window.show()
def end():
    if window._todo or not window.has_editor: return
    for name in window.editor.docks: window.show_panel(name); app.sendPostedEvents()
    window.running.controller()
    print("torch" in sys.modules)
    window.close(); app.quit()
from PySide6.QtCore import QTimer
timer = QTimer(); timer.setInterval(10); timer.timeout.connect(end); timer.start()
app.exec()
"""


def test_the_window_never_imports_torch(lenet):
    done = subprocess.run(
        [sys.executable, "-c", TORCHLESS, str(lenet)], env=os.environ, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split("\n")[:2] == ["early []", "False"], done.stderr
    assert Path(lenet).is_file()
