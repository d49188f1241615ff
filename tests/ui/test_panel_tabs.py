"""The tabs of the panels: each row once, above its panels, also after a start with panels as they were left."""

import pytest
from PySide6.QtWidgets import QTabBar

from designer.ui.window import MainWindow


@pytest.fixture
def opened(qtbot):
    """A function that opens a window on the editor, at a size."""

    def opened(width, height):
        made = MainWindow(start_worker=False)
        made.resize(width, height)
        qtbot.addWidget(made, before_close_func=lambda w: setattr(w, "_sure", True))
        made.show_editor()
        with qtbot.waitSignal(made.painted):
            made.show()
        qtbot.waitUntil(lambda: not made._todo and not made._idle.isActive())
        return made

    return opened


def rows(window):
    """What the visible rows of tabs hold; each must lie right above a panel."""
    bars = [bar for bar in window.findChildren(QTabBar) if bar.isVisible()]
    tops = {(d.geometry().left(), d.geometry().top()) for d in window.editor.docks.values() if d.geometry().right() > 0}
    assert all((bar.geometry().left(), bar.geometry().bottom() + 1) in tops for bar in bars)
    return sorted(bar.count() for bar in bars)


def test_each_row_of_tabs_is_there_once(opened, qtbot):
    window = opened(1280, 800)
    qtbot.waitUntil(lambda: rows(window) == [2, 7])
    window.reset_panels()
    qtbot.waitUntil(lambda: rows(window) == [2, 7])
    window._sure = True
    window.close()
    assert window.settings is not None
    again = opened(1280, 800)
    assert again.settings.panels
    qtbot.waitUntil(lambda: rows(again) == [2, 7])
