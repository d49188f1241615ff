"""The samples that come along, as the training dialog offers them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.data.source import sources
from designer.data.spec import DataSpec
from designer.graph.templates import template_named
from designer.project.beginning import begun
from designer.ui.dialogs.train import TrainDialog

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.mark.parametrize("name", ["several-digits", "turned-digits", "sounds", "signals-lstm"])
def test_a_template_trains_on_its_own_samples(name: str, qtbot: QtBot) -> None:
    """Nothing has to be chosen: Enter starts what the demonstration does."""
    project = begun(template_named(name))
    dialog = TrainDialog(project.network, project.train, project.data, None)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    chosen = []
    dialog.chosen.connect(lambda train, data: chosen.append((train, data)))
    assert dialog.start.isEnabled(), dialog.wrong.text()
    QTest.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    ((train, data),) = chosen
    assert data == project.data and train == project.train


def test_a_source_that_is_chosen_brings_what_suits_it(qtbot: QtBot) -> None:
    dialog = TrainDialog(template_named("sounds").network, None, DataSpec(source="cells"), None)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    names = list(sources())
    for _ in range(names.index("cells") - names.index("tones")):
        QTest.keyClick(dialog.source, Qt.Key.Key_Up)
    assert dialog.source.currentData() == "tones"
    found = dialog.data_form.values()
    assert (found["sound"], found["rate"], found["bands"]) == ("spectrogram", 8000, 32)
