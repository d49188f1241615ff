"""The drawing as PNG, SVG and PDF: files that other programs read, alike in all formats, with what was asked for."""

import io
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from designer.errors import ExportError
from designer.graph.edits import Connect, Put
from designer.graph.model import Network, Wire
from designer.graph.scenery import Note
from designer.ui import theme
from designer.ui.canvas.picture import spec
from designer.ui.canvas.picture.drawing import Drawing
from designer.ui.canvas.picture.spec import Picture
from designer.ui.canvas.picture.write import as_bytes
from designer.ui.canvas.render import render


def rgb(colour):
    return colour.red(), colour.green(), colour.blue()


@pytest.fixture
def draw(document, small):
    """A function that gives the decoded PNG of the small network, and the drawing it comes from."""
    made = []

    def decoded(like=None, **how):
        drawing = Drawing(document, Picture(**how), like)
        made.append(drawing)
        return Image.open(io.BytesIO(as_bytes(drawing))), drawing

    yield decoded
    for drawing in made:
        drawing.close()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_png_in_both_themes(document, small, tmp_path, name):
    before = theme.theme()
    width, height = render(document.network, tmp_path / "net.png", Picture(theme=name, scale=1.5))
    with Image.open(tmp_path / "net.png") as picture:
        assert picture.size == (width, height)
        assert picture.info["dpi"][0] == pytest.approx(96 * 1.5, abs=0.1)
        assert picture.convert("RGB").getpixel((2, 2)) == rgb((theme.DARK if name == "dark" else theme.LIGHT).canvas)
        assert len(picture.convert("RGB").getcolors(1_000_000)) > 50
    assert theme.theme() is before


@pytest.mark.parametrize("scale", [0.5, 1, 2.5, 8])
def test_any_scale_gives_the_size_that_was_said(draw, scale):
    picture, drawing = draw(scale=scale)
    assert picture.size == spec.size_at(drawing.size, "png", scale)
    words = spec.size_in_words(drawing.size, "png", scale)
    assert words == f"{picture.width:,} × {picture.height:,} pixels"


@pytest.mark.parametrize("name", ["light", "dark"])
def test_transparent_is_transparent_and_shows_the_same_blocks(draw, name):
    clear, drawing = draw(theme=name, background="transparent")
    assert clear.mode == "RGBA"
    corners = [(0, 0), (clear.width - 1, 0), (0, clear.height - 1), (clear.width - 1, clear.height - 1)]
    assert [clear.getpixel(at)[3] for at in corners] == [0, 0, 0, 0]
    assert draw(theme=name)[0].mode == "RGB"
    scale = clear.width / drawing.size.width()
    raised = rgb((theme.DARK if name == "dark" else theme.LIGHT).raised)
    for block in drawing.scene.blocks.values():
        at = (block.body.topLeft() - drawing.area.topLeft()) * scale
        inside = clear.getpixel((round(at.x() + 6 * scale), round(at.y() + 20 * scale)))
        assert inside == (*raised, 255)


def test_white_is_white_and_not_for_dark_colours(draw):
    assert draw(background="white")[0].getpixel((1, 1)) == (255, 255, 255)
    with pytest.raises(ExportError, match="cannot be read on white"):
        Picture(theme="dark", background="white")


def test_margins_are_tight_and_alike(draw):
    picture, _ = draw(background="white", scale=2.0)
    box = ImageChops.difference(picture, Image.new("RGB", picture.size, "white")).getbbox()
    margins = [box[0], box[1], picture.width - box[2], picture.height - box[3]]
    assert all(20 <= margin <= 52 for margin in margins), margins


def test_only_some_blocks_and_the_wires_among_them(document, small, draw):
    _, _, relu, flatten, linear, _ = small
    _, drawing = draw(only=[relu, flatten, linear])
    scene = drawing.scene
    assert {n for n, item in scene.blocks.items() if item.isVisible()} == {relu, flatten, linear}
    assert {(w.src, w.dst) for w, item in scene.wires.items() if item.isVisible()} == {
        (relu, flatten),
        (flatten, linear),
    }
    whole = draw()[1].area
    assert drawing.area.height() < 0.7 * whole.height()
    for name in (relu, flatten, linear):
        assert drawing.area.contains(scene.blocks[name].body)
    with pytest.raises(ExportError, match="Did you mean relu1"):
        draw(only=["relu"])
    with pytest.raises(ExportError, match="Choose at least one"):
        draw(only=[])


def test_a_picture_shows_no_selection_and_no_cursor(document, small, draw, view):
    view.canvas.select(small)
    view.canvas.blocks[small[0]].hovered = True
    assert draw(view.canvas)[0].tobytes() == draw()[0].tobytes()


def test_frames_come_along_and_of_a_selection_only_the_chosen_ones(document, small, draw, view):
    first = document.network[small[0]]
    for key, x in (("near", first.x - 40), ("away", first.x + 900)):
        document.do(Put("note", key, Note(key, "frame", x, first.y - 60, 300, 200, "Stem")))
    whole = draw(view.canvas)[1]
    assert whole.area.contains(QRectF(first.x + 900, first.y - 60, 300, 200))
    view.canvas.select(small[:1], (), ["near"])
    alone, chosen = draw(view.canvas, only=small[:1])[1], draw(view.canvas, only=small[:1], notes=["near"])[1]
    assert alone.area.height() < 140 and chosen.area.height() > 200 and chosen.area.width() < 400
    assert not alone.scene.sheets.bounds().isValid()


def test_figures_of_an_overlay_come_along(document, small, draw, view):
    before = draw(view.canvas)[0].tobytes()
    view.canvas.set_figures({small[1]: QColor("#ff0000")}, {small[1]: "12 M"})
    assert draw(view.canvas)[0].tobytes() != before


def test_no_port_invites_in_a_picture(document, chain, draw):
    names = chain(document, "input", "add")
    document.do(Connect(Wire(names[0], 0, names[1], 1)))
    picture, drawing = draw(only=names[1:], background="white", scale=4)
    item = drawing.scene.blocks[names[1]]
    assert item.card.spare

    def inked(slot):
        at = (item.pos() + item.card.input_at(slot) - drawing.area.topLeft()) * 4
        x, y = round(at.x()), round(at.y())
        tones = {picture.getpixel((x + dx, y - 12)) for dx in range(-16, 17)}
        return len(tones) > 1

    last = len(item.card.wired) - 1
    assert inked(0) and not inked(last)


def test_svg_needs_no_fonts_and_is_xml(document, small, tmp_path):
    render(document.network, tmp_path / "net.svg", Picture("svg"))
    root = ET.parse(tmp_path / "net.svg").getroot()
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert tags.count("path") > 40
    assert "text" not in tags
    assert "image" not in tags


def test_svg_with_text_says_every_name(document, small, tmp_path):
    render(document.network, tmp_path / "net.svg", Picture("svg", text="text"))
    root = ET.parse(tmp_path / "net.svg").getroot()
    words = {"".join(element.itertext()).strip() for element in root.iter() if element.tag.endswith("}text")}
    assert set(small) <= words


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_svg_is_as_large_as_its_scale_says(document, small, tmp_path, scale):
    width, height = render(document.network, tmp_path / "net.svg", Picture("svg", scale=scale))
    root = ET.parse(tmp_path / "net.svg").getroot()
    shown = [float(root.get(side).removesuffix("mm")) * 96 / 25.4 for side in ("width", "height")]
    assert shown == pytest.approx([width, height], abs=0.01)
    box = [float(part) for part in root.get("viewBox").split()]
    assert box[2] * scale == pytest.approx(width, abs=2)


def test_svg_gives_the_same_bytes_twice(document, small, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        render(document.network, tmp_path / name / "net.svg", Picture("svg"))
    assert (tmp_path / "one" / "net.svg").read_bytes() == (tmp_path / "two" / "net.svg").read_bytes()


@pytest.mark.parametrize("background", ["white", "transparent"])
def test_png_and_svg_look_alike(draw, background):
    picture, drawing = draw(background=background, scale=2.0)
    drawing.use(Picture("svg", background=background))
    image = QImage(picture.width, picture.height, QImage.Format.Format_RGBA8888)
    image.fill(QColor(0, 0, 0, 0))
    painter = QPainter(image)
    renderer = QSvgRenderer(as_bytes(drawing))
    renderer.render(painter, QRectF(0, 0, drawing.size.width() * 2, drawing.size.height() * 2))
    painter.end()
    other = Image.frombytes("RGBA", (image.width(), image.height()), bytes(image.constBits()))
    assert _unlike(picture.convert("RGBA"), other) < 0.01


def _unlike(a, b):
    """The share of pixels that differ by more than the edges of letters do."""
    assert a.size == b.size
    apart = np.asarray(ImageChops.difference(a.convert("RGBA"), b.convert("RGBA")))
    return float((apart.max(axis=2) > 96).mean())


def page_of(data):
    """Width and height of a PDF's page, in points."""
    found = re.search(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*\]", data)
    return float(found[1]), float(found[2])


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_a_pdf_page_is_the_drawing(document, small, tmp_path, scale):
    size = render(document.network, tmp_path / "net.pdf", Picture("pdf", scale=scale))
    data = (tmp_path / "net.pdf").read_bytes()
    assert data.startswith(b"%PDF-") and data.count(b"/Type /Page\n") == 1
    assert page_of(data) == pytest.approx(size, abs=0.01)


def test_a_pdf_brings_its_fonts_or_needs_none(document, small, tmp_path):
    for text, fonts in (("text", True), ("outlines", False), (None, True)):
        render(document.network, tmp_path / "net.pdf", Picture("pdf", text=text))
        data = (tmp_path / "net.pdf").read_bytes()
        assert (b"/FontFile2" in data) is fonts
        assert b"/Image" not in data or b"/Subtype /Image" not in data  # all of it is drawn with lines and shapes


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm of poppler-utils is not installed")
def test_pdf_and_png_look_alike(draw, tmp_path):
    picture, drawing = draw(background="white", scale=2.0)
    drawing.use(Picture("pdf", background="white", scale=1.0, text="outlines"))
    (tmp_path / "net.pdf").write_bytes(as_bytes(drawing))
    subprocess.run(["pdftoppm", "-r", "192", "-png", "net.pdf", "net"], cwd=tmp_path, check=True, timeout=60)
    with Image.open(next(tmp_path.glob("net-*.png"))) as page:
        assert page.size == pytest.approx(picture.size, abs=4)
        assert _unlike(page.crop((0, 0, *picture.size)), picture) < 0.02


def test_what_is_too_large_is_refused_with_what_would_fit(document, tmp_path):
    for i in range(2):
        document.do(document.new_block("input", 0, 20_000.0 * i))
    for kind, words in (("png", r"30,000 along a side. Choose a scale of 1\.4"), ("pdf", "14,400 points")):
        with pytest.raises(ExportError, match=words):
            render(document.network, tmp_path / f"net.{kind}", Picture(kind, scale=8))
    assert not list(tmp_path.glob("net.*"))
    width, height = render(document.network, tmp_path / "net.pdf", Picture("pdf"))
    assert max(width, height) <= spec.MOST_POINTS and page_of((tmp_path / "net.pdf").read_bytes()) == (width, height)


@given(
    st.floats(1, 2e5), st.floats(1, 2e5), st.sampled_from(spec.KINDS), st.none() | st.floats(0.1, 8, allow_nan=False)
)
def test_no_size_leads_to_a_file_beyond_the_bounds(width, height, kind, scale):
    size = QSizeF(width, height)
    try:
        used = spec.scale_for(size, Picture(kind, scale=scale))
    except ExportError as error:
        assert scale is not None and ("Choose a scale" in error.message or "selection" in error.message)
        return
    across, down = spec.size_at(size, kind, used)
    if kind == "png":
        assert max(across, down) <= spec.MOST_SIDE and across * down <= spec.MOST_PIXELS
    if kind == "pdf":
        assert max(across, down) <= spec.MOST_POINTS


@pytest.mark.parametrize("scale", [0.05, 8.1, -1.0, float("nan"), float("inf")])
def test_scales_out_of_range_are_refused(scale):
    with pytest.raises(ExportError, match=r"from 0\.1 to 8"):
        Picture(scale=scale)


def test_what_cannot_be_drawn_is_said(document, small, tmp_path):
    with pytest.raises(ExportError, match="nothing to draw"):
        render(Network(), tmp_path / "net.png")
    with pytest.raises(ExportError, match=r"\.png, \.svg or \.pdf"):
        render(document.network, tmp_path / "net.bmp")
    for suffix in ("png", "svg", "pdf"):
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


_COPY_AND_QUIT = """
from PySide6.QtWidgets import QApplication
app = QApplication([])
from designer.graph.document import Document
from designer.graph.templates import load_template
from designer.ui.canvas.picture.drawing import Drawing
from designer.ui.canvas.picture.spec import Picture
from designer.ui.canvas.picture.write import as_mime
drawing = Drawing(Document(load_template("lenet5")), Picture())
app.clipboard().setMimeData(as_mime(drawing))
drawing.close()
assert app.clipboard().mimeData().hasImage() and app.clipboard().mimeData().hasFormat("image/svg+xml")
print("copied")
"""


def test_quitting_with_a_picture_on_the_clipboard_is_calm():
    done = subprocess.run([sys.executable, "-c", _COPY_AND_QUIT], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "copied\n"), done.stderr
