"""``layerloom draw`` gives the same pictures as the window, with the same choices."""

import json

import pytest
from PIL import Image

from designer.cli import main
from designer.graph.templates import load_template
from designer.project.file import Project, save_project


@pytest.fixture
def project(tmp_path):
    """LeNet in a file."""
    path = tmp_path / "net.loom"
    save_project(Project(network=load_template("small-resnet")), path)
    return path


def drawn(capsys, *arguments):
    code = main(["draw", *map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_scale_background_and_theme(project, tmp_path, capsys):
    out = tmp_path / "net.png"
    code, data = drawn(capsys, project, "-o", out, "--scale", 1, "--background", "transparent", "--theme", "dark")
    assert code == 0
    with Image.open(out) as picture:
        assert picture.size == (data["width"], data["height"]) and picture.getpixel((0, 0))[3] == 0
    _, twice = drawn(capsys, project, "-o", out, "--scale", 2)
    assert twice["width"] == pytest.approx(2 * data["width"], abs=2) and twice["unit"] == "pixels"


def test_only_some_blocks_or_a_whole_path(project, tmp_path, capsys):
    _, whole = drawn(capsys, project, "-o", tmp_path / "a.svg")
    code, layer = drawn(capsys, project, "-o", tmp_path / "b.svg", "--only", "layer2", "fc,output")
    assert code == 0 and layer["blocks"] > 3 and layer["blocks"] < whole["blocks"]
    names = load_template("small-resnet").nodes
    assert layer["blocks"] == sum(n.startswith("layer2.") or n in ("fc", "output") for n in names)


@pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF-")])
def test_format_may_be_said_apart_from_the_name(project, tmp_path, capsys, kind, start):
    out = tmp_path / "picture"
    assert drawn(capsys, project, "-o", out, "--format", kind)[0] == 0
    assert out.read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "net.bmp"], ".pdf"),
        (["-o", "net.png", "--scale", "9"], "0.1 to 8"),
        (["-o", "net.png", "--only", "layer9"], "no block 'layer9'"),
        (["-o", "net.png", "--only", "fcc"], "Did you mean fc"),
        (["-o", "net.png", "--theme", "dark", "--background", "white"], "cannot be read"),
    ],
)
def test_what_cannot_be_is_said(project, tmp_path, capsys, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    code, data = drawn(capsys, project, *arguments)
    assert code != 0 and said in data["error"]
    assert [p.name for p in tmp_path.iterdir()] == ["net.loom"]
