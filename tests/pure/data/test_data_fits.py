"""What data that are no pictures ask of a drawing is a problem with repairs on both sides."""

from __future__ import annotations

import csv
import wave
from pathlib import Path

import pytest

from designer.data.facts import context_of
from designer.data.recognise import overview
from designer.data.spec import DataSpec
from designer.graph.context import Context, fits_input, offers
from designer.graph.document import Document
from designer.graph.fixes import Fix, fixes_for
from tests.pure.graph.sketch import sketched


def told(text: str, context: Context, code: str) -> tuple[Document, list[Fix]]:
    """The document of a drawing beside data, and the repairs of the only problem of this kind."""
    document = sketched(text)
    document.set_context(context)
    (problem,) = [p for p in document.problems if p.code == code]
    return document, fixes_for(document, problem)


def titles(fixes: list[Fix]) -> list[str]:
    return [fix.title for fix in fixes]


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    for name in ("low", "high"):
        (tmp_path / "s" / name).mkdir(parents=True)
        for k in range(3):
            with wave.open(str(tmp_path / "s" / name / f"{k}.wav"), "wb") as file:
                file.setparams((1, 2, 8000, 0, "NONE", ""))
                file.writeframes(bytes(2 * 8000))
    return tmp_path / "s"


def table(path: Path, target: str, rows: int = 40) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["u", "v", "w", target])
        for k in range(rows):
            writer.writerow([k, k % 7, k * 0.5, k % 3 if target == "class" else k * 1.25])
    return path


SOUND = "data input size={}\nf flatten\nfc linear out_features=2\nout classification_output classes=2"


def test_sounds_of_another_length_are_mended_in_the_drawing_or_in_the_data(sounds: Path) -> None:
    spec = DataSpec(source=str(sounds), rate=8000)
    document, fixes = told(SOUND.format("(1,4000)"), context_of(spec), "data_sample")
    assert titles(fixes) == [
        "Set the size to 1×8000",
        "Set the size to 8000×1",
        "Cut the sounds to 0.5 seconds",
    ]
    change = dict(fixes[2].data)
    other = DataSpec.model_validate({**spec.model_dump(), **change})
    document.set_context(context_of(other))
    assert not [p for p in document.problems if p.code.startswith("data_")]


def test_an_input_for_pictures_takes_sounds_as_spectrograms(sounds: Path) -> None:
    spec = DataSpec(source=str(sounds), rate=8000, sound="spectrogram")
    size = context_of(spec).sample
    assert size is not None and len(size) == 3
    text = SOUND.format(f"(1,{size[1]},{size[2]})")
    _, fixes = told(text, context_of(spec.model_copy(update={"sound": "waveform"})), "data_sample")
    assert "Give the sounds as spectrograms" in titles(fixes)
    _, fixes = told(SOUND.format(f"(1,32,{size[2]})"), context_of(spec), "data_sample")
    assert "Make spectrograms of 32 bands" in titles(fixes)


def test_a_table_with_numbers_asks_for_a_regression_or_is_read_as_classes(tmp_path: Path) -> None:
    context = context_of(DataSpec(source=str(table(tmp_path / "t.csv", "price"))))
    text = "data input size=(3,)\nfc linear out_features=4\nout classification_output classes=4"
    document, fixes = told(text, context, "data_kind")
    assert titles(fixes) == ["Exchange it for a Regression output"]  # 40 different numbers are no classes
    document.do(fixes[0].edit)
    assert not [p for p in document.problems if p.code.startswith("data_")]
    assert document.network["fc"].params["out_features"] == 1


def test_a_table_with_few_numbers_can_be_read_both_ways(tmp_path: Path) -> None:
    spec = DataSpec(source=str(table(tmp_path / "t.csv", "class")))
    text = "data input size=(3,)\nfc linear out_features=1\nout regression_output"
    document, fixes = told(text, context_of(spec), "data_kind")
    assert titles(fixes) == ["Exchange it for a Classification output", "Read the target as numbers"]
    document.set_context(context_of(DataSpec.model_validate({**spec.model_dump(), **dict(fixes[1].data)})))
    assert not [p for p in document.problems if p.code.startswith("data_")]


def test_a_table_of_another_width_sets_the_input(tmp_path: Path) -> None:
    spec = DataSpec(source=str(table(tmp_path / "t.csv", "class")))
    text = "data input size=(5,)\nfc linear out_features=3\nout classification_output classes=3"
    document, fixes = told(text, context_of(spec), "data_sample")
    document.do(fixes[0].edit)
    assert document.network["data"].params["size"] == (3,)


def test_labels_ask_for_as_many(tmp_path: Path) -> None:
    context = Context("tags", kind="labels", width=5, labels=tuple("abcde"), size=(3, 8, 8))
    text = "data input size=(3,8,8)\nf flatten\nfc linear out_features=4\nout {} classes=4"
    _, fixes = told(text.format("multilabel_output"), context, "data_width")
    assert titles(fixes) == ["Set the number of labels to 5"]
    document, fixes = told(text.format("classification_output"), context, "data_kind")
    document.do(fixes[0].edit)
    assert {n.type for n in document.network.nodes.values()} >= {"multilabel_output"}
    assert not [p for p in document.problems if p.code.startswith("data_")]


def test_a_vector_must_be_as_long_as_a_picture_has_pixels() -> None:
    text = "data input size=(100,)\nfc linear out_features=10\nout classification_output"
    document, fixes = told(text, Context("CIFAR-10", 10, (), (3, 32, 32)), "data_sample")
    assert titles(fixes)[0] == "Set the size to 3072"
    for fine in ("(3072,)", "(1024,)"):
        document = sketched(text.replace("(100,)", fine))
        document.set_context(Context("CIFAR-10", 10, (), (3, 32, 32)))
        assert not [p for p in document.problems if p.code == "data_sample"]


def test_a_look_into_a_folder_tells_what_its_names_do_not(tmp_path: Path) -> None:
    from PIL import Image

    for name in "ab":
        (tmp_path / name).mkdir()
        for k in range(2):
            Image.new("RGB", (20, 12), (k, 9, 9)).save(tmp_path / name / f"{k}.png")
    spec = DataSpec(source=str(tmp_path))
    assert context_of(spec).size is None
    assert context_of(spec, seen=overview(spec)).size == (3, 12, 20)


@pytest.mark.parametrize(
    ("asked", "dims", "found"),
    [
        ((1, 100), (1, 100), (1, 100)),
        ((100,), (1, 100), (100,)),
        ((100, None), (1, 100), (100, 1)),
        ((64, 3), (3, 64), (64, 3)),
        ((1, 1, 30), (30,), (1, 1, 30)),
        ((31,), (30,), None),
        ((2, 15, 1), (30,), None),
    ],
)
def test_how_samples_reach_an_input(asked: tuple[int | None, ...], dims: tuple[int, ...], found: object) -> None:
    assert fits_input(asked, dims) == found
    assert all(len(offer) == len(asked) for offer in offers(dims, len(asked)))
