"""How long the window takes from the end of an import to the drawing. Figures with ``pytest -s``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from designer.jobs.imported import Wish
from designer.ui.importing import Importing
from designer.ui.window import MainWindow

WAIT = 120_000
ROOM = 4.0  # for machines slower and busier than a desktop


@pytest.mark.parametrize("name", ["googlenet", "resnet152", "densenet201", "maxvit_t"])
def test_a_model_is_drawn(name: str, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYERLOOM_HOME", str(tmp_path))
    window = MainWindow()
    window.resize(1280, 800)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_sure", True))
    with qtbot.waitSignal(window.painted):
        window.show()
    qtbot.waitUntil(lambda: not window._todo and window.has_editor, timeout=WAIT)
    began = []
    real = Importing._open

    def timed(self: Importing, *arguments: Any) -> None:
        began.append(time.perf_counter())
        real(self, *arguments)

    monkeypatch.setattr(Importing, "_open", timed)
    asked = time.perf_counter()
    with qtbot.waitSignal(window.importing.opened, timeout=WAIT):
        window.importing.start(Wish(f"torchvision:{name}", name, "none"))
    window.canvas.viewport().repaint()
    shown = time.perf_counter() - began[0]
    qtbot.waitUntil(lambda: not window._todo, timeout=WAIT)
    window.canvas.viewport().repaint()
    whole = time.perf_counter() - began[0]
    visible = len(window.canvas.canvas.visible.names())
    path = next((p for p, g in window.bridge.document.network.groups.items() if g.closed and "." not in p), None)
    turned = 0.0
    if path is not None:
        start = time.perf_counter()
        window.canvas.inside.enter(path)
        window.canvas.viewport().repaint()
        turned = time.perf_counter() - start
    print(
        f"\n{name:12}{len(window.bridge.document.network):5} blocks, {visible:2} seen  import {began[0] - asked:5.1f} s"
        f"  drawn {1000 * shown:4.0f} ms  with all panels {1000 * whole:4.0f} ms  a group entered {1000 * turned:3.0f} ms",
        end="",
    )
    assert visible <= 40 and not window.bridge.document.shapes.wanted
    assert whole < 1.0 * ROOM and turned < 0.25 * ROOM
