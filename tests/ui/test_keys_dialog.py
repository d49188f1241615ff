"""The list of keys and gestures says what there is."""

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from designer.ui.actions.table import rows
from designer.ui.dialogs.keys import KeysDialog


def lines(dialog):
    tops = [dialog.list.topLevelItem(i) for i in range(dialog.list.topLevelItemCount())]
    return [top.child(j) for top in tops for j in range(top.childCount())]


def test_every_shortcut_and_gesture_is_listed(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = KeysDialog(parent)
    dialog.show()
    shown = [line.text(1) for line in lines(dialog)]
    assert all(any(words.startswith(row.plain) for words in shown) for row in rows() if row.keys)
    assert any("cut the wires" in words.lower() for words in shown)
    QTest.keyClicks(dialog.search, "duplicate")
    left = [line.text(1) for line in lines(dialog) if not line.isHidden()]
    assert left
    assert all("duplicate" in words.lower() for words in left)
    dialog.close()
