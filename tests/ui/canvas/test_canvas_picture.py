"""The drawing as PNG and SVG, in both themes, and cards and routes by themselves."""

import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from PIL import Image
from PySide6.QtCore import QPointF, QRectF

from designer.errors import ExportError
from designer.graph.document import Document
from designer.graph.model import Network
from designer.graph.templates import load_template
from designer.ui import theme
from designer.ui.canvas.metrics import sizes
from designer.ui.canvas.render import render
from designer.ui.canvas.routes import route
from designer.ui.canvas.scene import CanvasScene
from designer.ui.words import short


@pytest.mark.parametrize("name", ["light", "dark"])
def test_png_in_both_themes(document, small, tmp_path, name):
    before = theme.theme()
    width, height = render(document.network, tmp_path / "net.png", name, scale=1.5)
    with Image.open(tmp_path / "net.png") as picture:
        assert picture.size == (width, height)
        canvas = (theme.DARK if name == "dark" else theme.LIGHT).canvas
        assert picture.convert("RGB").getpixel((2, 2)) == (canvas.red(), canvas.green(), canvas.blue())
        assert len(picture.convert("RGB").getcolors(1_000_000)) > 50
    assert theme.theme() is before


@pytest.mark.parametrize("name", ["light", "dark"])
def test_svg_needs_no_fonts_and_is_xml(document, small, tmp_path, name):
    render(document.network, tmp_path / "net.svg", name)
    root = ET.parse(tmp_path / "net.svg").getroot()
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert tags.count("path") > 40
    assert "text" not in tags
    assert "image" not in tags


def test_svg_gives_the_same_bytes_twice(document, small, tmp_path):
    for name in ("a.svg", "b.svg"):
        render(document.network, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_what_cannot_be_drawn_is_said(document, small, tmp_path):
    with pytest.raises(ExportError, match="nothing to draw"):
        render(Network(), tmp_path / "net.png")
    with pytest.raises(ExportError, match=r"\.png or \.svg"):
        render(document.network, tmp_path / "net.bmp")
    for suffix in ("png", "svg"):
        with pytest.raises(ExportError, match="Could not write"):
            render(document.network, tmp_path / "nowhere" / f"net.{suffix}")


def test_without_a_window_or_a_display(tmp_path):
    code = (
        "from designer.graph.document import Document\n"
        "from designer.ui.canvas.render import render\n"
        "d = Document(); d.do(d.new_block('input', 0, 0)); d.do(d.new_block('relu', 0, 120))\n"
        f"print(*render(d.network, {str(tmp_path / 'net.png')!r}))\n"
        "import sys; assert 'torch' not in sys.modules\n"
    )
    environment = {k: v for k, v in __import__("os").environ.items() if k not in ("DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "net.png").stat().st_size > 2000


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

    def near(area):
        return [block] if block.intersects(area) else []

    straight = route(QPointF(0, 0), QPointF(0, 100), near)
    assert straight.corners == (QPointF(0, 0), QPointF(0, 100))
    around = route(QPointF(0, 0), QPointF(0, 400), near)
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
