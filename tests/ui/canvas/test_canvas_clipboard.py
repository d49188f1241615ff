"""Copies: beside with their connections, and from window to window as text that people can read."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from designer.graph.document import Document
from designer.graph.edits import Connect, SetParams
from designer.graph.model import Wire
from designer.ui.bridge import DocumentBridge
from designer.ui.canvas.view import CanvasView

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key


@pytest.fixture
def other(qtbot):
    """Another canvas with a document of its own."""
    bridge = DocumentBridge(Document())
    made = CanvasView(bridge)
    made.resize(700, 500)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    bridge.close()


def test_copies_read_from_where_the_originals_read(view, hand, loose, document):
    document.do(Connect(Wire("input1", 0, "conv1", 0)))
    document.do(Connect(Wire("conv1", 0, "relu1", 0)))
    after = document.new_block("dropout", 0, 500)
    document.do(after)
    document.do(Connect(Wire("relu1", 0, after.name, 0)))
    before, depth = document.network.to_json(), document.depth
    view.select(["conv1", "relu1"])
    hand.key(Key.Key_D, CONTROL | SHIFT)
    assert view.selected() == ["conv2", "relu2"]
    new = [w for w in document.network.wires() if "conv2" in w.dst or "relu2" in (w.src, w.dst)]
    assert new == [Wire("conv2", 0, "relu2", 0), Wire("input1", 0, "conv2", 0)]
    assert document.shapes["relu2"].outputs == document.shapes["relu1"].outputs
    assert (document.depth, document.undo_label) == (depth + 1, "Duplicate 2 blocks")
    document.undo()
    assert document.network.to_json() == before


def test_a_merge_keeps_its_places(view, hand, loose, document):
    add = document.new_block("add", 0, 500)
    document.do(add)
    document.do(Connect(Wire("input1", 0, add.name, 1)))
    document.do(Connect(Wire("relu1", 0, add.name, 0)))
    view.select([add.name, "relu1"])
    hand.key(Key.Key_D, CONTROL | SHIFT)
    twin = next(n for n in view.selected() if document.network[n].type == "add")
    relu = next(n for n in view.selected() if n != twin)
    assert document.network.inputs_of(twin) == [Wire(relu, 0, twin, 0), Wire("input1", 0, twin, 1)]


def test_text_goes_from_window_to_window(view, hand, loose, document, other):
    document.do(Connect(Wire("conv1", 0, "relu1", 0)))
    document.do(SetParams("conv1", {"out_channels": 48}))
    view.select(["conv1", "relu1"])
    hand.key(Key.Key_C, CONTROL)
    other.activateWindow()
    other.setFocus()
    other.paste()
    network = other.document.network
    assert sorted(network.nodes) == ["conv1", "relu1"]
    assert network["conv1"].params["out_channels"] == 48
    assert network.wires() == [Wire("conv1", 0, "relu1", 0)]
    assert other.selected() == ["conv1", "relu1"]
    other.document.undo()
    assert len(network) == 0
    assert sorted(document.network.nodes) == sorted(loose)


def test_the_text_is_readable_json(view, hand, loose):
    view.select(["conv1"])
    hand.key(Key.Key_C, CONTROL)
    text = QGuiApplication.clipboard().text()
    data = json.loads(text)
    assert data["layerloom"] == "blocks"
    (block,) = data["blocks"]
    assert (block["name"], block["type"]) == ("conv1", "conv2d")
    assert block["params"]["kernel_size"] == 3
    assert len(text.splitlines()) > 5
    assert all(len(line) < 200 for line in text.splitlines())


def test_text_that_came_through_a_mail_still_pastes(view, hand, loose, other):
    view.select(["conv1", "relu1"])
    hand.key(Key.Key_C, CONTROL)
    text = QGuiApplication.clipboard().text()
    QGuiApplication.clipboard().setText("\n\n  " + text.replace("\n", "\r\n") + "\r\n")
    other.paste()
    assert sorted(other.document.network.nodes) == ["conv1", "relu1"]


def _edited(change):
    data = {
        "layerloom": "blocks",
        "blocks": [{"name": "relu1", "type": "relu", "params": {}, "at": [0, 0]}],
        "wires": [],
    }
    change(data)
    return json.dumps(data)


FOREIGN = {
    "words": "just words",
    "nothing": "",
    "other json": '{"nodes": []}',
    "half": '{"layerloom": "blocks", "blo',
    "no list": '{"layerloom": "blocks", "blocks": 7, "wires": []}',
    "unknown type": _edited(lambda d: d["blocks"][0].update(type="warp_drive")),
    "bad name": _edited(lambda d: d["blocks"][0].update(name="__import__('os')")),
    "bad parameter": _edited(lambda d: d["blocks"][0].update(params={"inplace_of": 3})),
    "no place": _edited(lambda d: d["blocks"][0].update(at=["far", 1])),
    "infinite": _edited(lambda d: d["blocks"][0].update(at=[1e308, 1e308])),
    "wire to nowhere": _edited(lambda d: d["wires"].append(["relu1", 0, "gone", 0])),
    "twice": _edited(lambda d: d["blocks"].append(dict(d["blocks"][0]))),
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN.keys())
def test_damaged_or_foreign_text_says_one_sentence(view, loose, document, text):
    told = []
    view.statusMessage.connect(told.append)
    before, depth = document.network.to_json(), document.depth
    QGuiApplication.clipboard().setText(text)
    view.paste()
    assert len(told) == 1
    assert told[0].endswith(".") and "\n" not in told[0] and "Traceback" not in told[0]
    assert len(told[0]) < 300
    assert (document.network.to_json(), document.depth) == (before, depth)
