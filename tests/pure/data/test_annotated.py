"""COCO and Pascal VOC annotations: found, counted, handed over with their boxes; hostile ones refused."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from designer.cli import main
from designer.data import coco
from designer.data.boxes import Box, Finder, side_of
from designer.data.recognise import overview, recognise
from designer.data.source import Loaded, nothing, source_for
from designer.data.spec import DataSpec
from designer.data.voc import Hostile, parse
from designer.errors import DataError


def opened(path: Path, **fields: object) -> Loaded:
    spec = DataSpec.model_validate({"source": str(path), **fields})
    return source_for(spec).open(spec, nothing)


def picture(path: Path, value: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 4), (value % 256, 0, 0)).save(path)
    return path


def written(path: Path, value: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


def instances(numbers: range, ending: str = "png") -> dict[str, object]:
    """Picture n has a dog, and a cat besides where n is even; every third has nothing."""
    boxes = []
    for n in numbers:
        if n % 3:
            boxes.append({"id": len(boxes), "image_id": n, "category_id": 18, "bbox": [n, 1, 2.5, 3], "iscrowd": 0})
            if n % 2 == 0:
                boxes.append({"id": len(boxes), "image_id": n, "category_id": 17, "bbox": [0, 0, 4, 4]})
    return {
        "info": {"year": 2017, "version": "1.0"},
        "licenses": [],
        "images": [{"id": n, "file_name": f"{n:06}.{ending}", "width": 6, "height": 4} for n in numbers],
        "annotations": boxes,
        "categories": [{"id": 18, "name": "dog"}, {"id": 17, "name": "cat"}],
    }


def test_the_folders_of_coco_with_both_sides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for side, numbers in (("train2017", range(12)), ("val2017", range(12, 18))):
        written(tmp_path / "annotations" / f"instances_{side}.json", instances(numbers))
        written(tmp_path / "annotations" / f"captions_{side}.json", {"annotations": [{"image_id": 0, "caption": "x"}]})
        for n in numbers:
            picture(tmp_path / side / f"{n:06}.png", n)
    assert recognise(tmp_path)[0][0].name == "coco"
    found = opened(tmp_path)
    assert found.kind == "labels" and found.classes == ("cat", "dog")
    assert found.train.targets[:5].tolist() == [[0, 0], [0, 1], [1, 1], [0, 0], [1, 1]]
    assert found.held_out is not None and len(found.held_out.targets) == 6
    assert found.train.samples.one(7, (3, 1, 1), "crop")[0, 0, 0] == 7
    boxes = found.train.boxes
    assert boxes is not None and len(boxes) == 12 and boxes.of(3) == []
    assert sorted(boxes.of(4)) == [Box(0, 0, 0, 4, 4), Box(1, 4, 1, 2.5, 3)]
    assert found.held_out.boxes is not None and found.held_out.boxes.of(1) == [Box(1, 13, 1, 2.5, 3)]
    assert "which categories are in a picture, not where" in found.notes[0]
    told = overview(DataSpec(source=str(tmp_path)))
    assert told.counts == told.boxes == (6, 12)
    assert main(["data", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "dog         12 pictures         12 boxes" in printed and "COCO annotations: 18 pictures" in printed


def test_one_file_beside_its_pictures_and_the_form_of_exporters(tmp_path: Path) -> None:
    for side, numbers in (("train", range(6)), ("valid", range(6, 10))):
        whole = instances(numbers)
        turned = {key: whole[key] for key in ("annotations", "categories", "images", "info")}
        written(tmp_path / side / "_annotations.coco.json", turned)
        for n in numbers:
            picture(tmp_path / side / f"{n:06}.png", n)
    found = opened(tmp_path)
    assert found.held_out is not None and (len(found.train.targets), len(found.held_out.targets)) == (6, 4)
    alone = opened(tmp_path / "train" / "_annotations.coco.json")
    assert alone.held_out is None and len(alone.train.targets) == 6


def test_what_coco_annotations_may_lack(tmp_path: Path) -> None:
    whole = instances(range(6))
    whole["images"] += [{"id": 90, "file_name": "gone.png"}, {"id": 91, "file_name": "../../secret.png"}]
    whole["annotations"] += [
        {"image_id": 90, "category_id": 17, "bbox": [0, 0, 1, 1]},
        {"image_id": 1, "category_id": 17},
        {"image_id": 1, "category_id": 5, "bbox": [0, 0, 1, 1]},
        {"image_id": 1, "category_id": 17, "bbox": [0, 0, "x", 1]},
        {"image_id": 1e400, "category_id": 17, "bbox": [0, 0, 1, 1]},
    ]
    path = written(tmp_path / "set" / "a" / "labels.json", whole)
    picture(tmp_path / "secret.png")
    for n in range(6):
        picture(tmp_path / "set" / "a" / "images" / f"{n:06}.png")
    found = opened(path)
    assert len(found.train.targets) == 6 and found.train.targets[1].tolist() == [0, 1]
    text = " ".join(found.notes)
    assert "2 pictures that the annotations name are not there" in text and "4 annotations of labels.json" in text


@pytest.mark.parametrize("cut", [1, 40, 300, 900])
def test_damaged_coco_files_are_refused(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path / "a.json", instances(range(9)))
    path.write_text(path.read_text()[:-cut])
    with pytest.raises(DataError, match=r"a\.json is damaged"):
        opened(path, reader="coco")


def test_hostile_coco_files_are_refused(tmp_path: Path) -> None:
    deep = '{"images": [{"id": 1, "file_name": ' + "[" * 100_000
    for text in (
        deep,
        "[]",
        "5",
        '{"images": [5]}',
        '{"images": [{}]}',
        '{"images" 5}',
        '{"info": ' + "9" * 5000 + "}",
    ):
        (tmp_path / "a.json").write_text(text)
        with pytest.raises(DataError):
            opened(tmp_path / "a.json", reader="coco")
        assert not coco.is_coco(tmp_path / "a.json")
    (tmp_path / "a.json").write_bytes(b'{"images": [{"id": 1, "file_name": "\xff\xfe"}]}')
    with pytest.raises(DataError):
        opened(tmp_path / "a.json", reader="coco")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    ),
    chunk=st.integers(1, 9),
)
def test_values_are_read_whole_however_the_file_is_cut_in_pieces(tmp_path: Path, value: object, chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coco, "_CHUNK", chunk)
        path = written(tmp_path / "x.json", {"info": value, "images": [{"id": 1, "more": value}], "z": value})
        with path.open(encoding="utf-8") as file:
            assert list(coco._elements(coco._Text(file))) == [("images", {"id": 1, "more": value})]


def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    outline = [float(k) for k in range(400)]
    whole = instances(range(30))
    whole["annotations"] = [
        {"image_id": k % 30, "category_id": 17, "segmentation": [outline], "bbox": [1, 2, 3, 4]} for k in range(1500)
    ]
    path = written(tmp_path / "a.json", whole)
    assert path.stat().st_size > 3 << 20
    for n in range(30):
        picture(tmp_path / f"{n:06}.png")
    tracemalloc.start()
    found = opened(path)
    assert tracemalloc.get_traced_memory()[1] < 5 << 20  # the whole of it takes 20 MB
    tracemalloc.stop()
    assert found.train.boxes is not None and len(found.train.boxes.labels) == 1500


# ---------------------------------------------------------------- Pascal VOC


def annotation(name: str, *things: str, part: bool = False) -> str:
    inner = "<part><name>head</name><bndbox><xmin>9</xmin></bndbox></part>" if part else ""
    boxes = "".join(
        f"<object><name>{thing}</name><pose>Left</pose><bndbox><xmin>{k + 1}</xmin><ymin>2</ymin><xmax>{k + 4}</xmax>"
        f"<ymax>4.5</ymax></bndbox>{inner}</object>"
        for k, thing in enumerate(things)
    )
    return f"<?xml version='1.0'?><annotation><folder>x</folder><filename>{name}</filename>{boxes}</annotation>"


def test_the_folders_of_voc_with_their_lists(tmp_path: Path) -> None:
    home = tmp_path / "VOC2012"
    for k in range(10):
        picture(home / "JPEGImages" / f"{k}.png", k)
        (home / "Annotations").mkdir(exist_ok=True)
        things = ("dog", "cat")[: 1 + k % 2]
        (home / "Annotations" / f"{k}.xml").write_text(annotation(f"{k}.png", *things, part=True))
    (home / "ImageSets" / "Main").mkdir(parents=True)
    (home / "ImageSets" / "Main" / "train.txt").write_text("\n".join(map(str, range(7))))
    (home / "ImageSets" / "Main" / "val.txt").write_text("\n".join(map(str, range(7, 10))))
    for place in (home, tmp_path):
        assert recognise(place)[0][0].name == "voc"
        found = opened(place)
        assert found.kind == "labels" and found.classes == ("cat", "dog")
        assert found.held_out is not None and (len(found.train.targets), len(found.held_out.targets)) == (7, 3)
        assert found.train.targets[:2].tolist() == [[0, 1], [1, 1]]
        assert found.train.boxes is not None
        assert found.train.boxes.of(1) == [Box(1, 1, 2, 3, 2.5), Box(0, 2, 2, 3, 2.5)]
    assert overview(DataSpec(source=str(home))).boxes == (5, 10)


def test_annotations_beside_the_pictures(tmp_path: Path) -> None:
    for k in range(6):
        picture(tmp_path / f"{k}.jpg", k)
        (tmp_path / f"{k}.xml").write_text(annotation("elsewhere/named.jpg" if k == 2 else f"{k}.jpg", "owl"))
    (tmp_path / "7.xml").write_text(annotation("7.jpg", "owl"))
    (tmp_path / "8.xml").write_text("<annotation><object></object></annotation>")
    found = opened(tmp_path)
    assert len(found.train.targets) == 6 and found.classes == ("owl",)
    text = " ".join(found.notes)
    assert "1 pictures that the annotations name are not there" in text
    assert "1 annotations cannot be read and are left out: 8.xml (one of its boxes lacks a name or a corner)" in text


LAUGHS = "<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]><annotation><filename>&b;</filename></annotation>"
OUTSIDE = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><annotation><filename>&x;</filename></annotation>"
REMOTE = "<!DOCTYPE annotation SYSTEM 'http://127.0.0.1:9/a.dtd'><annotation/>"
HOSTILE = {
    "laughs": (LAUGHS, "declares"),
    "outside": (OUTSIDE, "declares"),
    "remote": (REMOTE, "declares"),
    "undeclared": ("<annotation><filename>&x;</filename></annotation>", "no XML"),
    "deep": ("<annotation>" + "<a>" * 100_000, "nested"),
    "name": (f"<annotation><filename>{'x' * 5000}</filename></annotation>", "longer than"),
    "large": ("<annotation>" + " " * (5 << 20) + "</annotation>", "larger than 4 MB"),
    "many": (annotation("a.png", *["x"] * 20_001), "more than 20,000 boxes"),
    "other": ("<html><body/></html>", "no annotation"),
    "torn": ("<annotation><filename>a.p", "no XML"),
    "turned": (annotation("a.png", "x").replace("<xmax>4", "<xmax>-4"), "corners"),
    "infinite": (annotation("a.png", "x").replace("<xmax>4", "<xmax>inf"), "corners"),
    "coding": ("<?xml version='1.0' encoding='nonsense'?><annotation/>", "no XML"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_xml_is_refused(case: str) -> None:
    text, why = HOSTILE[case]
    with pytest.raises(Hostile, match=why):
        parse(text.encode())


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200) | st.text(alphabet="<>/&;annotio objectbdx\"'![]-", max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for whole in (content, b"<annotation>" + content + b"</annotation>"):
        try:
            assert parse(whole).filename is not None
        except Hostile as error:
            assert str(error)


# ---------------------------------------------------------------- both


def test_names_lead_nowhere_else(tmp_path: Path) -> None:
    inside = picture(tmp_path / "set" / "images" / "a.png")
    picture(tmp_path / "b.png")
    finder = Finder([tmp_path / "set"])
    assert finder.find("a.png") == finder.find("images/a.png") == inside
    for name in ("../b.png", str(tmp_path / "b.png"), "images/../../b.png", "", "\0", "x" * 5000, "..\\b.png"):
        assert finder.find(name) is None


def test_sides_by_their_words() -> None:
    assert [
        side_of([w]) for w in ("instances_train2017.json", "valid", "instances_val2014", "a_test.json", "photos")
    ] == [
        "train",
        "held",
        "held",
        "held",
        "",
    ]


def test_pictures_without_any_box_are_no_data_set(tmp_path: Path) -> None:
    picture(tmp_path / "000000.png")
    path = written(tmp_path / "a.json", {"images": [{"id": 0, "file_name": "000000.png"}], "categories": []})
    with pytest.raises(DataError, match="1 pictures and 0 categories"):
        opened(path, reader="coco")
    assert np.isfinite(opened(written(tmp_path / "b.json", instances(range(1)))).train.targets).all()
