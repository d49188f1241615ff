"""What the benches of the canvas share: a network of any size, and the time of frames."""

import statistics
import time

from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.graph.document import Document
from designer.graph.edits import AddBlock, Connect, apply
from designer.graph.model import Network, Wire
from designer.ui.bridge import DocumentBridge
from designer.ui.canvas.view import CanvasView

FRAMES = 60
KINDS = ("conv2d", "batch_norm2d", "relu", "conv2d", "dropout", "max_pool2d")
SHORT = {"conv2d": "conv", "batch_norm2d": "bn", "max_pool2d": "pool", "input": "in"}  # all cards equally wide
ACROSS, DOWN = 340.0, 124.0  # from column to column, from row to row
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def columns(blocks):
    return max(4, round((blocks * DOWN / ACROSS * 1.6) ** 0.5))


def network(blocks):
    """Chains side by side in the shape of a screen, with a wire in five that skips a row to an addition."""
    made, names, wide = Network(), [], columns(blocks)
    for i in range(blocks):
        row, column = divmod(i, wide)
        kind = "input" if row == 0 else "add" if row % 6 == 5 else KINDS[row % 6]
        name = f"layer{column // 4}.{column % 4}.{SHORT.get(kind, kind)}{row}"
        apply(made, AddBlock(name, kind, {}, column * ACROSS, row * DOWN))
        names.append(name)
        if row:
            apply(made, Connect(Wire(names[i - wide], 0, name, 0)))
        if kind == "add":
            apply(made, Connect(Wire(names[i - 4 * wide], 0, name, 1)))
    return made


def opened(blocks, width=1600, height=1000):
    """A canvas that shows a network, painted once."""
    view = CanvasView(DocumentBridge(Document(network(blocks))))
    view.resize(width, height)
    view.show()
    QApplication.processEvents()
    return view


def closed(view):
    view.close()
    view.bridge.close()
    view.deleteLater()
    QApplication.processEvents()


def settled(view):
    """Wait until the sharp picture after a zoom is there: the view's own timer says when."""
    timer = view._settle
    if timer.isActive():
        loop = QEventLoop()
        timer.timeout.connect(loop.quit)
        loop.exec()
        timer.timeout.disconnect(loop.quit)
    QApplication.processEvents()


def look(view, zoom):
    """Look at the middle of everything, everything being painted."""
    view.set_zoom(zoom)
    view.centerOn(view.canvas.content().center())
    settled(view)


def frames(step, count=FRAMES):
    """Milliseconds of the main thread for each frame: one step, then what Qt does about it."""
    spent = []
    for i in range(count):
        start = time.thread_time()
        step(i)
        QApplication.processEvents()
        spent.append((time.thread_time() - start) * 1000)
    return spent


def median_and_p95(spent):
    return statistics.median(spent), sorted(spent)[int(len(spent) * 0.95)]


def pan(view):
    return frames(lambda i: view.scroll_by(*([7, 7] if i % 20 < 10 else [-7, -7])))


def zoom(view):
    """In and out around a point, as a wheel does."""
    at = QPointF(view.width() * 0.4, view.height() * 0.4)
    spent = frames(lambda i: view.zoom_at(1.06 if i % 20 < 10 else 1 / 1.06, at))
    settled(view)
    return spent


def repaint(view):
    return frames(lambda _: view.viewport().update(), 20)


def drag(view, count):
    """Drag so many blocks, those nearest to the middle, with the mouse; Escape puts them back."""
    middle = view.visible_area().center()
    items = view.canvas.blocks

    def away(name):
        return (items[name].body.center() - middle).manhattanLength()

    names = sorted(items, key=away)[:count]
    view.select(names)
    QApplication.processEvents()
    start = view.mapFromScene(items[names[0]].body.center() + QPointF(20, 0))
    QTest.mousePress(view.viewport(), LEFT, NONE, start)
    step = max(1, round(8 * view.zoom))  # the grid of the canvas: every move moves the blocks
    spent = frames(
        lambda i: QTest.mouseMove(view.viewport(), start + QPoint(9 + i * step, 9 + (i % 20) * step)), FRAMES
    )
    assert view.canvas.blocks[names[0]].pos() != QPointF(
        view.document.network[names[0]].x, view.document.network[names[0]].y
    )
    QTest.keyClick(view, Qt.Key.Key_Escape)
    QTest.mouseRelease(view.viewport(), LEFT, NONE, start)
    view.select([])
    QApplication.processEvents()
    return spent
