"""Lists of pictures, arrays, signals, sounds and zip files: recognised, read, refused."""

from __future__ import annotations

import io
import json
import struct
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from designer.data.decode import Damaged
from designer.data.dividing import divide
from designer.data.recognise import overview, recognise
from designer.data.source import Loaded, nothing, source_for
from designer.data.spec import DataSpec
from designer.data.twins import find_twins
from designer.data.waves import fit_length, log_mel, read_sound, resample
from designer.errors import DataError


def spec_of(path: Path, **fields: object) -> DataSpec:
    return DataSpec.model_validate({"source": str(path), **fields})


def opened(path: Path, **fields: object) -> Loaded:
    spec = spec_of(path, **fields)
    return source_for(spec).open(spec, nothing)


def kind_of(path: Path) -> str:
    return recognise(path)[0][0].name


def picture(path: Path, value: int = 0, size: tuple[int, int] = (6, 4)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value % 256, 0, 0)).save(path)
    return path


# ---------------------------------------------------------------- lists of pictures


@pytest.mark.parametrize("ending", [".png", ""])
def test_a_list_of_pictures_in_a_folder_below(tmp_path: Path, ending: str) -> None:
    rows = ["id,width,image,label"]
    for k in range(12):
        picture(tmp_path / "images" / f"p{k}.png", k)
        rows.append(f"{k},6,p{k}{ending},{'cat' if k % 3 else 'dog'}")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    assert kind_of(tmp_path / "labels.csv") == "list" and kind_of(tmp_path) == "list"
    found = opened(tmp_path)
    assert found.classes == ("cat", "dog") and found.train.targets.tolist()[:4] == [1, 0, 0, 1]
    assert found.train.samples.one(5, (3, 1, 1), "crop")[0, 0, 0] == 5  # the picture of that row
    assert overview(spec_of(tmp_path)).sentence == (
        "Pictures with a table of labels: 12 pictures of 3×4×6; 2 classes (cat, dog)."
    )


def test_lists_of_labels_and_of_numbers(tmp_path: Path) -> None:
    many = {}
    records = []
    for k in range(8):
        picture(tmp_path / f"{k}.png", k)
        many[f"{k}.png"] = ["red"] if k % 2 else ["red", "round"]
        records.append({"path": f"{k}.png", "target": [k / 10, 1 - k / 10]})
    (tmp_path / "tags.json").write_text(json.dumps(many))
    found = opened(tmp_path / "tags.json")
    assert found.kind == "labels" and found.classes == ("red", "round")
    assert found.train.targets.tolist()[:2] == [[1, 1], [1, 0]]
    (tmp_path / "where.jsonl").write_text("\n".join(map(json.dumps, records)))
    numbers = opened(tmp_path / "where.jsonl")
    assert numbers.kind == "values" and numbers.train.targets.shape == (8, 2)
    np.testing.assert_allclose(numbers.train.targets[3], [0.3, 0.7])


def test_pictures_that_are_not_there_are_counted(tmp_path: Path) -> None:
    for k in range(6):
        picture(tmp_path / f"{k}.png")
    lines = [f"{k}.png,{'ab'[k % 2]}" for k in range(8)]
    (tmp_path / "list.csv").write_text("file,label\n" + "\n".join(lines))
    found = opened(tmp_path / "list.csv")
    assert len(found.train.samples) == 8 and any(
        "2 pictures that list.csv names are not there" in n for n in found.notes
    )
    with pytest.raises(Damaged):
        found.train.samples.one(7, (1, 4, 4), "crop")
    (tmp_path / "none.csv").write_text("file,label\nx.png,a\ny.png,b\n")
    with pytest.raises(DataError, match=r"No column of none.csv names pictures"):
        opened(tmp_path / "none.csv", reader="list")


def test_a_class_that_is_called_as_a_picture_makes_no_list(tmp_path: Path) -> None:
    for name in "ab":
        picture(tmp_path / "other" / f"{name}.png")
    (tmp_path / "t.csv").write_text("u,kind\n" + "\n".join(f"{k},{'ab'[k % 2]}" for k in range(30)))
    assert kind_of(tmp_path / "t.csv") == "table"


# ---------------------------------------------------------------- arrays


def test_arrays_by_name_and_by_shape(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3, 50)).astype(np.float32), rng.integers(0, 4, 20)
    np.savez(tmp_path / "named.npz", X=x, y=y)
    np.savez(tmp_path / "other.npz", foo=y, bar=x)
    for name in ("named", "other"):
        found = opened(tmp_path / f"{name}.npz")
        assert found.train.samples.natural() == (3, 50) and found.train.targets.tolist() == y.tolist()
        assert kind_of(tmp_path / f"{name}.npz") == "tensors"
    halves = tmp_path / "halves"
    halves.mkdir()
    np.save(halves / "x_train.npy", rng.integers(0, 255, (9, 8, 8, 3)).astype(np.uint8))
    np.save(halves / "y_train.npy", y[:9])
    np.save(halves / "x_test.npy", rng.integers(0, 255, (4, 8, 8, 3)).astype(np.uint8))
    np.save(halves / "y_test.npy", y[:4])
    found = opened(halves)
    assert found.train.samples.natural() == (3, 8, 8) and found.held_out is not None  # bytes in 3 channels: pictures
    assert len(found.held_out.targets) == 4
    assert opened(halves / "x_train.npy").classes == found.classes


def test_kinds_of_targets_in_arrays(tmp_path: Path) -> None:
    x = np.zeros((6, 5), dtype=np.float32)
    for y, kind, shape in (
        (np.eye(3)[[0, 1, 2, 0, 1, 2]], "classes", (6,)),
        (np.array([[1, 1], [0, 0], [0, 1], [1, 0], [1, 1], [0, 0]]), "labels", (6, 2)),
        (np.linspace(0, 1, 6), "values", (6, 1)),
        (np.array([True, False] * 3), "classes", (6,)),
    ):
        np.savez(tmp_path / "a.npz", x=x, y=y)
        found = opened(tmp_path / "a.npz")
        assert (found.kind, found.train.targets.shape) == (kind, shape)
    with pytest.raises(DataError, match="no class numbers"):
        np.savez(tmp_path / "a.npz", x=x, y=np.linspace(0, 1, 6))
        opened(tmp_path / "a.npz", targets="classes")


def test_arrays_that_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "objects.npz", x=np.array([{}] * 3, dtype=object), y=np.arange(3))
    with pytest.raises(DataError, match="Python objects"):
        opened(tmp_path / "objects.npz")
    np.savez(tmp_path / "lengths.npz", x=np.zeros((4, 2)), y=np.arange(3))
    with pytest.raises(DataError, match="4 samples and 3 targets"):
        opened(tmp_path / "lengths.npz")
    np.savez(tmp_path / "alone.npz", z=np.zeros((4, 2)))
    with pytest.raises(DataError, match="it has z 4×2"):
        opened(tmp_path / "alone.npz")
    (tmp_path / "broken.npz").write_bytes(b"PK nothing")
    with pytest.raises(DataError, match="damaged"):
        opened(tmp_path / "broken.npz")


# ---------------------------------------------------------------- signals


def signal_table(path: Path, steps: int = 4000, run: int = 500) -> Path:
    t = np.arange(steps)
    label = np.where(t // run % 2, "fast", "slow")
    wave_ = np.where(label == "fast", np.sin(t * 0.9), np.sin(t * 0.1))
    rows = [f"{i / 100},{a:.4f},{a * 2:.4f},{c}" for i, (a, c) in enumerate(zip(wave_, label, strict=True))]
    path.write_text("\n".join(["time,x,y,activity", *rows]))
    return path


def test_windows_never_mix_classes_and_never_share_steps_across_the_split(tmp_path: Path) -> None:
    path = signal_table(tmp_path / "walk.csv")
    assert kind_of(path) == "signals"
    found = opened(path, window=50, stride=10)
    samples, labels = found.train.samples, found.train.targets
    assert samples.natural() == (2, 50) and found.classes == ("fast", "slow")
    division = divide(spec_of(path), found)
    steps = []
    for rows in (division.train, division.held):
        starts = samples._starts[rows][:, 1]
        assert np.array_equal(labels[rows] == 0, starts // 500 % 2 == 1)
        assert (starts // 500 == (starts + 49) // 500).all()
        steps.append({int(s) + k for s in starts for k in range(50)})
    assert not steps[0] & steps[1]
    assert 0.1 < len(division.held) / len(labels) < 0.35
    assert np.allclose(samples.one(0)[1], 2 * samples.one(0)[0], atol=1e-3)


def test_numbers_are_predicted_at_the_end_of_a_window(tmp_path: Path) -> None:
    rows = [f"{k},{np.sin(k):.5f},{k * 1.5}" for k in range(300)]
    path = tmp_path / "s.csv"
    path.write_text("\n".join(["t,x,target", *rows]))
    found = opened(path, window=20, stride=20)
    assert found.kind == "values" and found.train.targets[0, 0] == 19 * 1.5
    with pytest.raises(DataError, match="No window of 5,000 steps"):
        opened(path, window=5000)


def test_recordings_in_class_folders_stay_together(tmp_path: Path) -> None:
    for name in ("up", "down"):
        (tmp_path / name).mkdir()
        for k in range(4):
            np.save(tmp_path / name / f"{k}.npy", np.random.default_rng(k).normal(size=(200, 3)))
    assert kind_of(tmp_path) == "signals"
    found = opened(tmp_path, window=40)
    assert found.train.samples.natural() == (3, 40) and found.classes == ("down", "up")
    division = divide(spec_of(tmp_path, validation=0.25), found)
    groups = found.train.groups
    assert groups is not None and len(set(groups)) == 8
    assert not {groups[r] for r in division.train} & {groups[r] for r in division.held}


# ---------------------------------------------------------------- sounds


def tone(path: Path, pitch: float, rate: int = 16_000, seconds: float = 1.0, width: int = 2, channels: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.sin(2 * np.pi * pitch * np.arange(int(rate * seconds)) / rate) * 0.5
    whole = (np.repeat(values, channels) * (2 ** (8 * width - 1) - 1)).astype(np.int64)
    content = (whole + 128).astype(np.uint8).tobytes() if width == 1 else b""
    if width > 1:
        content = whole.astype("<i8").view(np.uint8).reshape(-1, 8)[:, :width].tobytes()
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(content)
    return path


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_waves_of_every_width_are_the_same_sound(tmp_path: Path, width: int, channels: int) -> None:
    found, rate = read_sound(tone(tmp_path / "a.wav", 440, width=width, channels=channels))
    expected = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000) * 0.5
    assert rate == 16_000 and found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=2.0 ** (2 - 8 * min(width, 3)))


def test_float_waves_and_chunks_that_are_not_known(tmp_path: Path) -> None:
    values = np.linspace(-1, 1, 100, dtype="<f4")
    form = struct.pack("<HHIIHH", 3, 1, 8000, 32_000, 4, 32)
    chunks = b"junk" + struct.pack("<I", 3) + b"abc\0" + b"fmt " + struct.pack("<I", 16) + form
    data = b"data" + struct.pack("<I", 400) + values.tobytes()
    path = tmp_path / "f.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks + data)) + b"WAVE" + chunks + data)
    found, rate = read_sound(path)
    assert rate == 8000 and np.array_equal(found, values)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(cut=st.floats(0, 1), flips=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=5))
def test_damaged_waves_are_read_or_refused(tmp_path: Path, cut: float, flips: list[tuple[int, int]]) -> None:
    if not (tmp_path / "ok.wav").exists():
        tone(tmp_path / "ok.wav", 300, seconds=0.02)
    content = bytearray((tmp_path / "ok.wav").read_bytes())
    for place, value in flips:
        content[place] = value
    (tmp_path / "x.wav").write_bytes(content[: int(cut * len(content))])
    try:
        found, rate = read_sound(tmp_path / "x.wav")
        assert len(found) and rate
    except Damaged as error:
        assert str(error)


@pytest.mark.parametrize(("rate", "wanted"), [(44_100, 16_000), (8000, 16_000), (48_000, 22_050)])
def test_resampling_keeps_the_tone_and_folds_nothing_back(rate: int, wanted: int) -> None:
    t = np.arange(rate) / rate
    low = np.sin(2 * np.pi * 440 * t).astype(np.float32)
    found = resample(low, rate, wanted)
    assert len(found) == wanted
    expected = np.sin(2 * np.pi * 440 * np.arange(wanted) / wanted)
    middle = slice(wanted // 10, -wanted // 10)
    np.testing.assert_allclose(found[middle], expected[middle], atol=0.01)
    if wanted < rate:
        high = np.sin(2 * np.pi * (wanted * 0.6) * t).astype(np.float32)
        assert np.abs(resample(high, rate, wanted)[middle]).max() < 0.01


def test_a_spectrogram_shows_a_tone_in_its_band() -> None:
    pictures = [
        log_mel(np.sin(2 * np.pi * f * np.arange(16_000) / 16_000).astype(np.float32), 16_000, 64) for f in (300, 3000)
    ]
    assert all(p.shape == (64, 98) and np.isfinite(p).all() for p in pictures)
    bands = [int(p.mean(axis=1).argmax()) for p in pictures]
    corners = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 66) / 2595) - 1)
    for band, pitch in zip(bands, (300, 3000), strict=True):
        assert corners[band] <= pitch <= corners[band + 2]
    assert fit_length(np.arange(10, dtype=np.float32), 4).tolist() == [3, 4, 5, 6]
    assert fit_length(np.ones(2, dtype=np.float32), 4).tolist() == [1, 1, 0, 0]


def test_a_folder_of_sounds(tmp_path: Path) -> None:
    for k in range(3):
        tone(tmp_path / "low" / f"{k}.wav", 200 + k)
        tone(tmp_path / "high" / f"{k}.wav", 2000 + k, rate=44_100, channels=2)
    assert kind_of(tmp_path) == "sounds"
    found = opened(tmp_path)
    assert found.classes == ("high", "low") and found.train.samples.natural() == (1, 16_000)
    assert found.train.samples.one(0).shape == (1, 16_000)
    seen = opened(tmp_path, sound="spectrogram", bands=32, rate=8000, seconds=0.5)
    assert seen.train.samples.one(0).shape == seen.train.samples.natural() == (1, 32, 48)
    (tmp_path / "low" / "song.flac").write_bytes(b"fLaC nothing")
    with pytest.raises(Damaged):
        read_sound(tmp_path / "low" / "song.flac")
    with pytest.raises(DataError, match="are 230,400,000 numbers"):
        opened(tmp_path, seconds=600, rate=384_000)


# ---------------------------------------------------------------- zip


def zipped(path: Path, names: list[str], **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, name in enumerate(names):
            content = io.BytesIO()
            Image.new("RGB", (5, 5), (number, 0, 0)).save(content, "PNG")
            archive.writestr(name, content.getvalue())
        for name, data in more.items():
            archive.writestr(name, data)
    return path


def test_a_zip_of_pictures_is_read_where_it_lies(tmp_path: Path) -> None:
    names = [f"set/{side}/{c}/{k}.png" for side in ("train", "val") for c in ("cat", "dog") for k in range(3)]
    path = zipped(tmp_path / "set.zip", [*names, "__MACOSX/set/train/cat/._0.png"])
    assert kind_of(path) == "zip"
    found = opened(path)
    assert found.classes == ("cat", "dog") and found.held_out is not None
    assert found.train.targets.tolist() == [0, 0, 0, 1, 1, 1]
    assert found.train.samples.one(4, (3, 1, 1), "crop")[0, 0, 0] == 4
    assert list(tmp_path.iterdir()) == [path]


def test_a_hostile_zip_leads_nowhere(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    path = zipped(inside / "z.zip", ["../../cat/a.png", "/etc/dog/b.png", "../../cat/c.png"])
    found = opened(path)
    assert found.train.samples.one(0, (3, 1, 1), "crop").shape == (3, 1, 1)
    assert [p.name for p in tmp_path.rglob("*")] == ["in", "z.zip"]
    content = bytearray(path.read_bytes())
    content[40:60] = bytes(20)
    path.write_bytes(content)
    broken = opened(path).train.samples
    with pytest.raises(Damaged):
        for row in range(3):
            broken.one(row, (3, 1, 1), "crop")
    (inside / "no.zip").write_bytes(b"PK\3\4 nothing")
    with pytest.raises(DataError):
        recognise(inside / "no.zip")


# ---------------------------------------------------------------- twins


def test_the_same_and_nearly_the_same_pictures_across_the_split_are_found(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)

    def scene(path: Path, seed: int, **save: object) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        small = np.random.default_rng(seed).integers(0, 256, (6, 6, 3)).astype(np.uint8)
        Image.fromarray(small).resize((64, 64), Image.Resampling.BICUBIC).save(path, **save)

    for side, count in (("train", 12), ("val", 6)):
        for name in ("a", "b"):
            for k in range(count):
                scene(tmp_path / side / name / f"{k}.png", int(rng.integers(1 << 30)))
    (tmp_path / "val" / "a" / "copy.png").write_bytes((tmp_path / "train" / "a" / "3.png").read_bytes())
    with Image.open(tmp_path / "train" / "b" / "5.png") as image:
        image.save(tmp_path / "val" / "b" / "again.jpg", quality=60)
    spec = spec_of(tmp_path)
    loaded = opened(tmp_path)
    twins = find_twins(loaded, divide(spec, loaded))
    assert (twins.same, twins.near) == (1, 1)
    exact, near = twins.listed
    assert exact.validation.endswith("copy.png") and exact.training.endswith("3.png")
    assert near.validation.endswith("again.jpg") and near.training.endswith("5.png")
    assert "1 samples" in twins.sentences()[0]


def test_a_split_by_content_keeps_copies_on_one_side(tmp_path: Path) -> None:
    for name in ("a", "b"):
        for k in range(30):
            picture(tmp_path / name / f"{k}.png", k // 2 + 100 * (name == "b"))
    loaded = opened(tmp_path)
    assert find_twins(loaded, divide(spec_of(tmp_path), loaded)).same > 0
    assert find_twins(loaded, divide(spec_of(tmp_path, split="content"), loaded)).same == 0
