"""The whole way in the window with a real worker: no network, no weights, the drawing, its groups and its report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.graph.measured import forget
from designer.project.file import load_project
from designer.ui.window import MainWindow

WAIT = 60_000


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody answers there: the worker has no network
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    made = MainWindow()
    made.resize(1280, 800)
    qtbot.addWidget(made, before_close_func=lambda w: setattr(w, "_sure", True))
    with qtbot.waitSignal(made.painted):
        made.show()
    qtbot.waitUntil(lambda: not made._todo and made.has_editor, timeout=WAIT)
    return made


def test_offline_then_without_weights_then_saved_and_opened_again(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.importing.show_gallery("torchvision:shufflenet_v2_x0_5")
    page = window.importing.gallery()
    QTest.mouseClick(page.details.with_weights, Qt.MouseButton.LeftButton)
    dialog = window.importing.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.failed, timeout=WAIT)
    assert "cannot be downloaded" in dialog.text.text() and dialog.without.isVisible() and dialog.file.isVisible()
    with qtbot.waitSignal(window.importing.opened, timeout=WAIT):
        QTest.mouseClick(dialog.without, Qt.MouseButton.LeftButton)
    network, project = window.bridge.document.network, window.session.project
    assert window.session.title == "ShuffleNetV2 ×0.5" and len(network) > 150
    assert network.groups and len(window.canvas.canvas.visible.names()) <= 40
    report = project.imported
    assert report is not None and report["difference"] == 0 and report["opaque"] == [] and report["weights"] is None
    assert sum(report["blocks"].values()) == len(network)
    document = window.bridge.document
    assert not document.shapes.wanted, "nothing is left to be measured"
    assert [p for p in document.problems if p.severity == "error"] == []
    assert document.shapes.params == 1_366_792, "as its library publishes"
    # Saved, and opened by a window that knows nothing of what was measured: one question answers all.
    path = tmp_path / "shuffle.loom"
    assert window.files.save_to(path)
    assert load_project(path).imported == report
    forget(lambda query: True)
    assert window.files.load(path)
    qtbot.waitUntil(lambda: not window.bridge.document.shapes.wanted, timeout=WAIT)
    assert window.bridge.document.shapes.params == 1_366_792
    assert not list((tmp_path / "home" / "state" / "measuring").glob("*")), "what was asked is put away"
