"""Time of a frame on the canvas, on the main thread, beside a plain scene of as many rectangles in the same run.

Run with ``QT_QPA_PLATFORM=offscreen pytest tests/bench/test_canvas.py -s`` for the table of figures (milliseconds).
"""

import os
import random
import statistics
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QEventLoop, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QTransform
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGraphicsScene, QGraphicsView

from designer.graph.document import Document
from designer.graph.edits import AddBlock, Connect, apply
from designer.graph.model import Network, Wire
from designer.ui import theme
from designer.ui.bridge import DocumentBridge
from designer.ui.canvas.view import CanvasView

FRAMES = 60
KINDS = ("conv2d", "batch_norm2d", "relu", "conv2d", "dropout", "max_pool2d")
COLUMNS = 20


def settled(view):
    """Wait until the sharp picture after a zoom is there: the view's own timer says when."""
    timer = view._settle
    if timer.isActive():
        loop = QEventLoop()
        timer.timeout.connect(loop.quit)
        loop.exec()
        timer.timeout.disconnect(loop.quit)
    QApplication.processEvents()


@pytest.fixture(scope="module")
def app():
    made = QApplication.instance() or QApplication(["bench"])
    theme.apply(made, "light")
    return made


def network(blocks):
    """Chains side by side, with a wire in five that skips a row to an addition."""
    made, names = Network(), []
    for i in range(blocks):
        row, column = divmod(i, COLUMNS)
        kind = "input" if row == 0 else "add" if row % 6 == 5 else KINDS[row % 6]
        apply(made, AddBlock(f"b{column}.{kind}{row}", kind, {}, column * 300.0, row * 124.0))
        names.append(f"b{column}.{kind}{row}")
        if row:
            apply(made, Connect(Wire(names[i - COLUMNS], 0, names[i], 0)))
        if kind == "add":
            apply(made, Connect(Wire(names[i - 4 * COLUMNS], 0, names[i], 1)))
    return made


def frames(view, step, count=FRAMES):
    """Main-thread milliseconds of each frame: one step, then its repaint."""
    spent = []
    for i in range(count):
        start = time.process_time()
        step(i)
        QApplication.processEvents()
        spent.append((time.process_time() - start) * 1000)
    return spent


def median_and_p95(spent):
    return statistics.median(spent), sorted(spent)[int(len(spent) * 0.95)]


def plain_view(blocks):
    """The yardstick: rectangles of the same size at the same places, painted by Qt alone."""
    scene = QGraphicsScene()
    for i in range(blocks):
        row, column = divmod(i, COLUMNS)
        scene.addRect(QRectF(column * 300.0, row * 124.0, 216, 68), Qt.PenStyle.SolidLine, QColor("white"))
    view = QGraphicsView(scene)
    view.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
    return view


def plain_frames(blocks, zoom):
    view = plain_view(blocks)
    view.resize(1600, 1000)
    view.setSceneRect(-1e5, -1e5, 2e5, 2e5)
    view.setTransform(QTransform.fromScale(zoom, zoom))
    view.centerOn(3000, 900)
    view.show()
    QApplication.processEvents()
    bars = view.horizontalScrollBar(), view.verticalScrollBar()

    def pan(i):
        for bar in bars:
            bar.setValue(bar.value() + (7 if i % 20 < 10 else -7))

    def repaint(_):
        view.viewport().update()

    found = median_and_p95(frames(view, pan)), median_and_p95(frames(view, repaint))
    view.close()
    return found


@pytest.mark.parametrize("blocks", [100, 1000])
def test_frames(app, blocks):
    start = time.process_time()
    document = Document(network(blocks))
    made = (time.process_time() - start) * 1000
    start = time.process_time()
    view = CanvasView(DocumentBridge(document))
    view.resize(1600, 1000)
    built = (time.process_time() - start) * 1000
    start = time.process_time()
    view.show()
    QApplication.processEvents()
    shown = (time.process_time() - start) * 1000
    report = {"network made": (made, made), "canvas created": (built, built), "first paint": (shown, shown)}
    view.fit()
    everything = view.zoom
    for title, zoom in (("100 %", 1.0), ("60 %", 0.6), ("all in view", everything)):
        view.set_zoom(zoom)
        view.centerOn(view.canvas.content().center())
        settled(view)
        plain_pan, plain_paint = plain_frames(blocks, zoom)
        pan = median_and_p95(frames(view, lambda i: view.scroll_by(*([7, 7] if i % 20 < 10 else [-7, -7]))))
        paint = median_and_p95(frames(view, lambda _: view.viewport().update()))
        report[f"pan, {title}"] = (*pan, plain_pan[0])
        report[f"repaint, {title}"] = (*paint, plain_paint[0])
        view.canvas.pixmaps.clear()
        fresh = frames(view, lambda _: view.viewport().update(), 1)[0]
        report[f"every card anew at {title}"] = (fresh, fresh)
        report[f"zoom, {title}"] = median_and_p95(
            frames(view, lambda i: view.zoom_at(1.06 if i % 20 < 10 else 1 / 1.06, QPointF(640, 400)))
        )
        view.set_zoom(zoom)
        settled(view)
        report[f"drag one, {title}"] = median_and_p95(drag_one(view))
    print(f"\n{blocks} blocks {'':22}median      p95    plain    ratio")
    for what, figures in report.items():
        ratio = f"{figures[0] / figures[2]:8.1f}x" if len(figures) > 2 else ""
        print(f"  {what:28}" + "".join(f"{value:9.2f}" for value in figures) + ratio)
    slow = {what: figures for what, figures in report.items() if "," in what and figures[1] > 16.6}
    assert not slow
    assert report["canvas created"][0] < 300
    view.close()
    view.bridge.close()


def drag_one(view):
    random.seed(1)
    middle = view.visible_area().center()
    name = min(view.canvas.blocks, key=lambda n: (view.canvas.blocks[n].body.center() - middle).manhattanLength())
    start = view.mapFromScene(view.canvas.blocks[name].body.center() + QPointF(20, 0))
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    spent = frames(view, lambda i: QTest.mouseMove(view.viewport(), start + QPoint(9 + i * 3, 9 + i * 2)))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    return spent
