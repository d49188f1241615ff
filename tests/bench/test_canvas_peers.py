"""The canvas beside NodeGraphQt in the same run: the same network, the same window, the same steps.

Skipped where NodeGraphQt is not installed (``uv sync --group bench``).
"""

import os
import time
import warnings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from designer.graph.document import Document
from designer.ui import theme
from designer.ui.bridge import DocumentBridge
from designer.ui.canvas.view import CanvasView
from tests.bench import canvas_kit as kit

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    peer = pytest.importorskip("NodeGraphQt", reason="NodeGraphQt is not installed: uv sync --group bench")

BLOCKS = 1000
LEAD = 10.0
SLACK = 2.0
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(600)]


class Block(peer.BaseNode):
    """A block with two inputs, as many as the additions of the network have."""

    __identifier__ = "bench"
    NODE_NAME = "block"

    def __init__(self):
        super().__init__()
        self.add_input("input", multi_input=True)
        self.add_input("other", multi_input=True)
        self.add_output("output")


@pytest.fixture(scope="module")
def app():
    made = QApplication.instance() or QApplication(["bench"])
    theme.apply(made, "light")
    kit.closed(kit.opened(20))
    return made


def spent_in(do):
    start = time.thread_time()
    found = do()
    QApplication.processEvents()
    return found, (time.thread_time() - start) * 1000


def theirs(network):
    graph = peer.NodeGraph()
    graph.register_node(Block)

    def fill():
        made = {}
        for name, node in network.nodes.items():
            made[name] = graph.create_node("bench.Block", name=name, pos=[node.x, node.y], push_undo=False)
        for wire in network.wires():
            made[wire.src].set_output(wire.out, made[wire.dst].input(wire.slot))
        graph.widget.resize(1600, 1000)
        graph.widget.show()
        return graph

    return spent_in(fill)


def ours(network):
    def fill():
        view = CanvasView(DocumentBridge(Document(network)))
        view.resize(1600, 1000)
        view.show()
        return view

    return spent_in(fill)


def test_ten_times_as_fast(app):
    network = kit.network(BLOCKS)
    view, create = ours(network)
    graph, their_create = theirs(network)
    viewer = graph.viewer()
    view.fit()
    kit.settled(view)
    graph.select_all()
    graph.fit_to_selection()
    graph.clear_selection()
    QApplication.processEvents()
    rows = [("create and first paint", create, their_create)]
    mine = kit.median_and_p95(kit.repaint(view))
    other = kit.median_and_p95(kit.frames(lambda _: viewer.viewport().update(), 20))
    rows.append(("repaint, all in view (median)", mine[0], other[0]))
    mine = kit.median_and_p95(kit.zoom(view))
    middle = viewer.viewport().rect().center()
    other = kit.median_and_p95(
        kit.frames(lambda i: viewer._set_viewer_zoom(0.06 if i % 20 < 10 else -0.06, None, middle), 20)
    )
    rows.append(("zoom step, all in view (median)", mine[0], other[0]))
    print(f"\n{BLOCKS:,} blocks, {len(list(network.wires())):,} wires    {'ours':>10}{'NodeGraphQt':>14}{'ratio':>9}")
    for what, own, peers in rows:
        print(f"  {what:34}{own:8.1f}{peers:14.1f}{peers / own:8.0f}x")
    kit.closed(view)
    graph.widget.close()
    graph.widget.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    assert all(peers / own > LEAD / SLACK for _, own, peers in rows)
