"""Cards, routes and labels by themselves. Picture files: test_picture_files.py."""

import pytest
from PySide6.QtCore import QPointF, QRectF

from designer.arrange.boxes import Boxes
from designer.graph.document import Document
from designer.graph.model import Wire
from designer.graph.templates import load_template
from designer.ui.canvas.metrics import sizes
from designer.ui.canvas.routes import Ends, Router
from designer.ui.canvas.scene import CanvasScene
from designer.ui.words import short


def test_columns_line_up_because_cards_are_equally_wide(chain):
    document = Document()
    chain(document, "input", "conv2d", "relu", "max_pool2d", "flatten", "linear", "classification_output")
    found = sizes(document.network)
    assert {w for w, _ in found.values()} == {216.0}
    long = document.new_block("conv2d", 0, 0)
    document.do(long)
    from designer.graph.edits import Rename

    document.do(Rename(long.name, "encoder.layer1.0.downsample.convolution"))
    assert sizes(document.network)["encoder.layer1.0.downsample.convolution"][0] > 216


def test_a_long_wire_goes_round_the_block_in_its_way():
    block = QRectF(-100, 150, 200, 70)
    boxes = Boxes()
    boxes.put("block", (-100, 150, 100, 220))
    router = Router(boxes)
    wires = [Wire("a", 0, "b", 0), Wire("c", 0, "d", 0)]
    ends = [Ends(wires[0], QPointF(0, 0), QPointF(0, 100), 0), Ends(wires[1], QPointF(0, 0), QPointF(0, 400), 0)]
    straight, around = (course for _, course in router.lay(ends))
    assert straight.corners == (QPointF(0, 0), QPointF(0, 100))
    assert len(around.corners) == 4
    assert not any(block.contains(point) for point in around.points)
    assert around.middle.x() > block.right()


@pytest.mark.parametrize("name", ["digits", "lenet5", "small-vgg", "small-resnet"])
def test_every_wire_says_its_shape_and_every_block_its_parameters(name):
    document = Document(load_template(name))
    canvas = CanvasScene(document)
    assert set(canvas.wires) == set(document.network.wires())
    for wire, item in canvas.wires.items():
        assert item.label == str(document.shapes[wire.src].outputs[wire.out]) and item.label.startswith("B×")
    for block, item in canvas.blocks.items():
        params = document.shapes[block].params
        assert item.card.count == (short(params) if params else "")
    assert any(item.card.count for item in canvas.blocks.values())
