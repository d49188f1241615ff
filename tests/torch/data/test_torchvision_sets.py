"""torchvision's data sets: found in the layout that its own download makes, else fetched; what is declared is true."""

from __future__ import annotations

import socket
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torchvision import datasets

from designer.data import cifar
from designer.data.open import open_data
from designer.data.source import nothing, sources
from designer.data.sources.torchvision_sets import _SETS
from designer.data.spec import DataSpec
from designer.errors import DataError, Offline

READABLE = [name for name, (_, _, listed) in _SETS.items() if not listed.needs]


@pytest.fixture(autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYERLOOM_HOME", str(tmp_path_factory.mktemp("home")))


def picture(path: Path, value: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 4), (value, 0, 0)).save(path, "PPM" if path.suffix == ".ppm" else "PNG")


def written(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def food(root: Path) -> None:
    import json

    for side, numbers in (("train", range(4)), ("test", range(4, 6))):
        names = {c: [f"{c}/{n}" for n in numbers] for c in ("soup", "pie")}
        written(root / "food-101" / "meta" / f"{side}.json", json.dumps(names))
        for c in names:
            for n in numbers:
                picture(root / "food-101" / "images" / c / f"{n}.jpg", n)


def pets(root: Path) -> None:
    for side, numbers in (("trainval", range(1, 5)), ("test", range(5, 7))):
        rows = [f"{'Beagle' if n % 2 else 'Birman_cat'}_{n} {1 + (n % 2 == 0)} 1 1" for n in numbers]
        written(root / "oxford-iiit-pet" / "annotations" / f"{side}.txt", "\n".join(rows))
        for row in rows:
            picture(root / "oxford-iiit-pet" / "images" / f"{row.split()[0]}.jpg", 9)


def signs(root: Path) -> None:
    for n in range(6):
        picture(root / "gtsrb" / "GTSRB" / "Training" / f"{n % 2:05}" / f"{n:05}.ppm", n)
        picture(root / "gtsrb" / "GTSRB" / "Final_Test" / "Images" / f"{n:05}.ppm", n)
    rows = [f"{n:05}.ppm;6;4;0;0;5;3;{n % 2}" for n in range(6)]
    head = "Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId"
    written(root / "gtsrb" / "GT-final_test.csv", "\n".join([head, *rows]))


def textures(root: Path) -> None:
    for side, numbers in (("train", range(4)), ("val", range(4, 6))):
        rows = [f"{c}/{c}_{n}.jpg" for c in ("banded", "woven") for n in numbers]
        written(root / "dtd" / "dtd" / "labels" / f"{side}1.txt", "\n".join(rows))
        for row in rows:
            picture(root / "dtd" / "dtd" / "images" / row, 5)


def land(root: Path) -> None:
    for n in range(10):
        picture(root / "eurosat" / "2750" / ("Forest", "River")[n % 2] / f"{n}.jpg", n)


def imagenette(root: Path) -> None:
    for side in ("train", "val"):
        for n in range(4):
            picture(root / "imagenette2-160" / side / ("n01440764", "n02102040")[n % 2] / f"{side}{n}.jpeg", n)


LAYOUTS: dict[str, tuple[Callable[[Path], None], int, int, tuple[str, ...]]] = {
    "food101": (food, 8, 4, ("pie", "soup")),
    "oxford-pets": (pets, 4, 2, ("Beagle", "Birman Cat")),
    "gtsrb": (signs, 6, 6, ("0", "1")),
    "dtd": (textures, 8, 4, ("banded", "woven")),
    "eurosat": (land, 10, 0, ("Forest", "River")),
    "imagenette": (imagenette, 4, 4, ("tench", "English springer")),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_files_in_torchvisions_own_layout_are_found_and_read(tmp_path: Path, name: str) -> None:
    make, train, held, classes = LAYOUTS[name]
    make(tmp_path)
    found = sources()[name].open(DataSpec(source=name, root=str(tmp_path)), nothing)
    assert found.classes == classes and len(found.train.targets) == train
    assert (len(found.held_out.targets) if found.held_out is not None else 0) == held
    assert set(found.train.targets.tolist()) == {0, 1}
    assert found.train.samples.one(0, (3, 4, 6), "crop").shape == (3, 4, 6)
    data = open_data(DataSpec(source=name, root=str(tmp_path)), (3, 4, 6))
    assert data.skipped == 0 and len(data.train) + len(data.validation) == train + held


def test_stl10_lies_in_one_array(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes in the published layout; without the checksums, which only the real files have."""
    folder = tmp_path / "stl10_binary"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for side, count in (("train", 6), ("test", 4)):
        rng.integers(0, 256, (count, 3, 96, 96)).astype(np.uint8).tofile(folder / f"{side}_X.bin")
        (np.arange(count) % 2 + 1).astype(np.uint8).tofile(folder / f"{side}_y.bin")
    (folder / "class_names.txt").write_text("airplane\nbird\n")
    monkeypatch.setattr(datasets.STL10, "_check_integrity", lambda self: True)
    monkeypatch.setattr(datasets.STL10, "_STL10__load_folds", lambda self, folds: None)
    found = sources()["stl10"].open(DataSpec(source="stl10", root=str(tmp_path)), nothing)
    assert found.classes == ("airplane", "bird") and found.train.samples.natural() == (3, 96, 96)
    assert found.train.targets.tolist() == [0, 1] * 3


@pytest.mark.parametrize("name", [*READABLE, "kmnist", "cifar100"])
def test_nothing_is_downloaded_unasked(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"not on this computer.*Turn on “download”") as caught:
        open_data(DataSpec(source=name, root=str(tmp_path)))
    assert not isinstance(caught.value, Offline) and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [*READABLE, "kmnist", "cifar100"])
def test_offline_is_said_and_leaves_nothing(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        for variable in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{probe.getsockname()[1]}")
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(Offline, match="cannot be downloaded"):
            open_data(DataSpec(source=name, root=str(tmp_path), download=True))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_set_that_needs_scipy_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for name in ("svhn", "flowers102"):
        with pytest.raises(DataError, match="pip install scipy"):
            sources()[name].open(DataSpec(source=name, root=str(tmp_path), download=True), nothing)


def test_the_checksums_are_those_of_torchvision() -> None:
    known = {
        "food101": {datasets.Food101._MD5},
        "dtd": {datasets.DTD._MD5},
        "oxford-pets": {md5 for _, md5 in datasets.OxfordIIITPet._RESOURCES},
        "stl10": {datasets.STL10.tgz_md5},
        "imagenette": {datasets.Imagenette._ARCHIVES["160px"][1]},
        "flowers102": {md5 for _, md5 in datasets.Flowers102._file_dict.values()},
        "svhn": {datasets.SVHN.split_list[side][2] for side in ("train", "test")},
    }
    for name, sums in known.items():
        assert {md5 for _, md5, _ in _SETS[name][2].archives} == sums, name


def test_cifar100_binary_version(tmp_path: Path) -> None:
    """Records in the published layout: a coarse label, a fine one, the pixels."""
    names = [f"class {number}" for number in range(100)]
    source = tmp_path / "cifar-100-binary"
    source.mkdir()
    (source / "fine_label_names.txt").write_text("\n".join(names) + "\n")
    rng = np.random.default_rng(0)
    for side, count in (("train", 300), ("test", 100)):
        records = rng.integers(0, 256, (count, 3074)).astype(np.uint8)
        records[:, 0], records[:, 1] = 7, np.arange(count) % 100
        records.tofile(source / f"{side}.bin")
    for root in (tmp_path, source):
        found = sources()["cifar100"].open(DataSpec(source="cifar100", root=str(root)), nothing)
        assert found.classes == tuple(names) and found.train.targets.tolist() == [k % 100 for k in range(300)]
        assert found.held_out is not None and len(found.held_out.targets) == 100
        assert found.train.samples.natural() == (3, 32, 32)
    archive, out = tmp_path / "a.tar.gz", tmp_path / "out"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(source, "cifar-100-binary")
        tar.add(source / "train.bin", "cifar-100-binary/../../train.bin")
    out.mkdir()
    cifar.unpack(archive, out, "cifar-100-binary", cifar.FILES_100)
    assert sorted(path.name for path in out.iterdir()) == sorted(cifar.FILES_100)
    (source / "fine_label_names.txt").write_text("too few\n")
    with pytest.raises(DataError, match="has 1 names"):
        sources()["cifar100"].open(DataSpec(source="cifar100", root=str(tmp_path)), nothing)
