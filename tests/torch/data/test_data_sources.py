"""Every source, on real data where it can be had."""

from __future__ import annotations

import os
import socket
import struct
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from designer.data import cifar
from designer.data.open import check_classes, open_data
from designer.data.spec import DataSpec, Normalisation
from designer.errors import DataError, Offline

FASHION = Path("/usr/share/datasets/fashion-mnist")


@pytest.fixture
def fashion() -> Path:
    """The folder of Debian's package; CI must have it."""
    if not (FASHION / "train-images-idx3-ubyte.gz").exists():
        text = "Fashion-MNIST is missing: apt-get install -y dataset-fashion-mnist"
        if os.environ.get("CI") == "true":
            pytest.fail(text)
        pytest.skip(text)
    return FASHION


@pytest.fixture(autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYERLOOM_HOME", str(tmp_path_factory.mktemp("home")))


def test_digits() -> None:
    seen: list[float | None] = []
    data = open_data(DataSpec(source="digits"), (1, 8, 8), lambda fraction, text: seen.append(fraction))
    assert (len(data.train), len(data.validation), len(data.classes)) == (1438, 359, 10)
    assert "1,438 pictures for training, 359 for validation" in data.note
    assert seen[-1] == 1.0
    x, y = data.train.batch(slice(None))
    assert x.dtype == torch.float32 and y.dtype == torch.int64
    assert x.shape == (1438, 1, 8, 8)
    assert abs(float(x.mean())) < 1e-5 and abs(float(x.std()) - 1) < 1e-3
    # stratified
    shares = [torch.bincount(split.labels).double() / len(split) for split in (data.train, data.validation)]
    assert float((shares[0] - shares[1]).abs().max()) < 0.004
    # a batch is what raw and the normalisation say
    one, label = data.train.batch(torch.tensor([17]))
    expected = (data.train.raw(17).transpose(2, 0, 1) / 255.0 - data.mean[0]) / data.std[0]
    np.testing.assert_allclose(one[0].numpy(), expected, atol=1e-5)
    assert int(label) == int(data.train.labels[17])
    check_classes(data, 10)
    with pytest.raises(DataError, match="7 classes apart; digits has 10"):
        check_classes(data, 7)


def test_fashion_mnist_is_found_by_itself(fashion: Path) -> None:
    data = open_data(DataSpec(source="fashion-mnist"), (1, 28, 28))
    assert (len(data.train), len(data.validation)) == (60_000, 10_000)
    assert data.classes[9] == "Ankle boot" and int(data.train.labels[0]) == 9
    assert "own test set" in data.note and data.in_memory
    # the figures that everybody uses for Fashion-MNIST
    assert data.mean == pytest.approx((0.2860,), abs=1e-4)
    assert data.std == pytest.approx((0.3530,), abs=1e-4)
    index = torch.randperm(60_000)[:64]
    x, y = data.train.batch(index)
    assert x.shape == (64, 1, 28, 28)
    assert torch.equal(y, data.train.labels[index])


def test_fashion_mnist_as_a_folder_of_idx_files(fashion: Path) -> None:
    data = open_data(DataSpec(source=str(fashion), limit=1000), (3, 32, 32))
    assert (len(data.train), len(data.validation)) == (1000, 1000)
    assert data.classes == tuple("0123456789")
    assert torch.bincount(data.train.labels).tolist() == [100] * 10
    x, _ = data.validation.batch([0, 1, 2])
    assert x.shape == (3, 3, 32, 32)
    assert torch.equal(x[:, 0], x[:, 2])


def test_too_large_for_memory_gives_the_same_batches(fashion: Path) -> None:
    spec = DataSpec(source="fashion-mnist", limit=600)
    kept = open_data(spec, (3, 40, 40))
    lazy = open_data(spec, (3, 40, 40), memory=1, normalisation=kept.normalisation)
    assert kept.in_memory and not lazy.in_memory
    for index in ([5, 3, 599], slice(0, 7)):
        for a, b in zip(kept.train.batch(index), lazy.train.batch(index), strict=True):
            assert torch.equal(a, b)
    assert np.array_equal(kept.validation.raw(4), lazy.validation.raw(4))
    measured = open_data(spec, (3, 40, 40), memory=1)
    assert measured.normalisation == kept.normalisation


def test_vector_and_sequence_inputs() -> None:
    vector = open_data(DataSpec(source="digits"), (64,))
    rows = open_data(DataSpec(source="digits"), (8, 8))
    assert vector.train.batch([0, 1])[0].shape == (2, 64)
    assert rows.train.batch([0, 1])[0].shape == (2, 8, 8)
    assert vector.train.raw(0).shape == (8, 8, 1)
    with pytest.raises(DataError, match="vector of 100"):
        open_data(DataSpec(source="digits"), (100,))


def test_given_normalisation_is_used() -> None:
    given = Normalisation(mean=(0.5,), std=(0.25,))
    data = open_data(DataSpec(source="digits"), normalisation=given)
    assert data.normalisation == given
    x, _ = data.validation.batch([3])
    np.testing.assert_allclose(x[0, 0], (data.validation.raw(3)[..., 0] / 255.0 - 0.5) / 0.25, atol=1e-5)
    with pytest.raises(DataError, match="trained on pictures with 1 channels"):
        open_data(DataSpec(source="digits"), (3, 8, 8), normalisation=given)


def folder_of_pictures(root: Path, per_class: int = 10) -> None:
    rng = np.random.default_rng(3)
    for label, name in enumerate(["cats", "dogs", "owls"]):
        (root / name / "more").mkdir(parents=True)
        for number in range(per_class):
            size = (12 + number, 20, 3)
            pixels = (rng.integers(0, 60, size) + 90 * label).astype(np.uint8)
            where = root / name / ("more" if number % 3 == 0 else "")
            suffix = ("png", "jpg", "webp")[number % 3]
            Image.fromarray(pixels).save(where / f"{number}.{suffix}")


@pytest.mark.parametrize("memory", [None, 1])
def test_folder_of_pictures_with_damage(tmp_path: Path, memory: int | None) -> None:
    folder_of_pictures(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "cats" / "torn.png").write_bytes((tmp_path / "cats" / "more" / "0.png").read_bytes()[:60])
    (tmp_path / "dogs" / "text.jpg").write_text("not a picture")
    (tmp_path / "dogs" / "notes.txt").write_text("ignored")
    (tmp_path / "dogs" / ".hidden.png").write_text("ignored")
    data = open_data(DataSpec(source=str(tmp_path), validation=0.3), (3, 16, 16), memory=memory)
    assert data.classes == ("cats", "dogs", "owls")
    assert len(data.train) + len(data.validation) == 30
    assert data.skipped == 2
    assert sorted(Path(item.name).name for item in data.skipped_list) == ["text.jpg", "torn.png"]
    assert "2 cannot be read" in data.note and "empty holds no pictures" in data.note
    x, y = data.train.batch(slice(None))
    assert x.shape == (len(data.train), 3, 16, 16)
    assert abs(float(x.mean())) < 1e-4 and abs(float(x.std()) - 1) < 1e-2
    for index in range(len(data.train)):
        assert data.classes[int(y[index])] in data.train.name(index)
        assert data.train.raw(index).shape == (16, 16, 3)
        assert abs(float(data.train.raw(index).mean()) - 90 * int(y[index]) - 30) < 25


def test_folder_with_halves_and_natural_size(tmp_path: Path) -> None:
    folder_of_pictures(tmp_path / "train")
    folder_of_pictures(tmp_path / "val", per_class=2)
    data = open_data(DataSpec(source=str(tmp_path)))
    assert (len(data.train), len(data.validation)) == (30, 6)
    assert data.sample_dims == (3, 16, 20)  # the middle height; one width
    assert "own test set" in data.note


def test_folder_faults_are_said(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(DataError, match="at least two sub-folders with pictures"):
        open_data(DataSpec(source=str(tmp_path)))
    for name in ("a", "b"):
        (tmp_path / name).mkdir(exist_ok=True)
        for number in range(3):
            (tmp_path / name / f"{number}.png").write_text("no")
    with pytest.raises(DataError, match="none of the pictures can be read"):
        open_data(DataSpec(source=str(tmp_path)))
    whole = tmp_path / "whole.png"
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(whole)
    for path in tmp_path.glob("*/*.png"):  # the headers are fine, the pixels are cut off
        path.write_bytes(whole.read_bytes()[:50])
    with pytest.raises(DataError, match=r"Of 6 pictures .* 6 cannot be read"):
        open_data(DataSpec(source=str(tmp_path)), (1, 8, 8))


def test_a_file_that_breaks_later_names_itself(tmp_path: Path) -> None:
    folder_of_pictures(tmp_path)
    data = open_data(DataSpec(source=str(tmp_path)), (1, 8, 8), memory=1)
    Path(data.train.name(0)).write_bytes(b"")
    with pytest.raises(DataError, match="could be read before"):
        data.train.raw(0)
    x, y = data.train.batch([0, 5])
    other, label = data.train.batch([1, 5])
    assert torch.equal(x, other) and torch.equal(y, label)  # the next one takes its place
    assert [one.name for one in data.lost] == [data.train.name(0)]


def test_idx_labels_beyond_the_classes(tmp_path: Path) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + struct.pack(">3I", 4, 2, 2) + bytes(16))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + struct.pack(">I", 4) + bytes([0, 0, 200, 200]))
    data = open_data(DataSpec(source=str(tmp_path), validation=0.5))
    assert len(data.classes) == 201


def cifar_files(folder: Path, records: int) -> None:
    rng = np.random.default_rng(5)
    folder.mkdir(parents=True)
    for name in (*cifar.TRAIN_FILES, *cifar.TEST_FILES):
        batch = rng.integers(0, 256, (records, 3073)).astype(np.uint8)
        batch[:, 0] = np.arange(records) % 10
        (folder / name).write_bytes(batch.tobytes())


def test_cifar10_binary_version(tmp_path: Path) -> None:
    """Records written in the published layout; the real files cannot be had without a network."""
    cifar_files(tmp_path / "cifar-10-batches-bin", 20)
    spec = DataSpec(source="cifar10", root=str(tmp_path))
    data = open_data(spec, (3, 32, 32))
    assert (len(data.train), len(data.validation)) == (100, 20)
    record = np.fromfile(tmp_path / "cifar-10-batches-bin" / "test_batch.bin", dtype=np.uint8)[: 3 * 3073]
    third = record.reshape(3, 3073)[2]
    assert int(data.validation.labels[2]) == third[0]
    assert np.array_equal(data.validation.raw(2).transpose(2, 0, 1).reshape(-1), third[1:])
    (tmp_path / "cifar-10-batches-bin" / "test_batch.bin").write_bytes(b"x" * 3072)
    with pytest.raises(DataError, match="records of 3,073 bytes"):
        open_data(spec)


def test_cifar10_archive_gives_only_its_six_files(tmp_path: Path) -> None:
    cifar_files(tmp_path / "cifar-10-batches-bin", 10)
    evil = tmp_path / "evil"
    evil.write_text("evil")
    archive = tmp_path / "in" / "x.tar.gz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(evil, "../evil.bin")
        tar.add(evil, "cifar-10-batches-bin/readme.html")
        tar.add(tmp_path / "cifar-10-batches-bin", "cifar-10-batches-bin")
    out = tmp_path / "out"
    out.mkdir()
    cifar.unpack(archive, out)
    assert sorted(path.name for path in out.iterdir()) == sorted((*cifar.TRAIN_FILES, *cifar.TEST_FILES))
    archive.write_bytes(archive.read_bytes()[:1000])
    with pytest.raises(DataError, match="cannot be unpacked"):
        cifar.unpack(archive, out)


def test_the_pickled_cifar10_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "cifar-10-batches-py").mkdir()
    with pytest.raises(DataError, match="made of pickles"):
        open_data(DataSpec(source="cifar10", root=str(tmp_path)))


@pytest.mark.parametrize("name", ["mnist", "cifar10", "fashion-mnist"])
def test_nothing_is_downloaded_unasked(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"not on this computer.*Turn on “download”") as caught:
        open_data(DataSpec(source=name, root=str(tmp_path)))
    assert not isinstance(caught.value, Offline)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["mnist", "cifar10", "fashion-mnist"])
def test_offline_is_said_at_once(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way to the network is closed for real: a proxy where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        for variable in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{probe.getsockname()[1]}")
        monkeypatch.delenv("no_proxy", raising=False)
        start = time.monotonic()
        with pytest.raises(Offline, match=r"cannot be downloaded.*Connect and try again, or put the file into"):
            open_data(DataSpec(source=name, root=str(tmp_path), download=True))
        assert time.monotonic() - start < 20
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_looking_through_a_large_folder_can_be_stopped(tmp_path: Path) -> None:
    (tmp_path / "a" / "deep").mkdir(parents=True)
    told: list[str] = []

    def stop(fraction: float | None, text: str, left: float | None = None) -> None:
        told.append(text)
        if len(told) > 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_data(DataSpec(source=str(tmp_path)), (1, 8, 8), stop)


@pytest.mark.parametrize("memory", [None, 1])
def test_the_same_pictures_on_both_sides_are_told_at_the_start(tmp_path: Path, memory: int | None) -> None:
    rng = np.random.default_rng(0)
    for side, count in (("train", 10), ("val", 4)):
        for name in ("a", "b"):
            (tmp_path / side / name).mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 256, (8, 8, 3)).astype(np.uint8)
                Image.fromarray(pixels).save(tmp_path / side / name / f"{number}.png")
    for number in range(3):
        with Image.open(tmp_path / "train" / "a" / f"{number}.png") as image:
            image.save(tmp_path / "val" / "a" / f"again{number}.bmp")  # other bytes, the same pixels
    data = open_data(DataSpec(source=str(tmp_path)), (3, 8, 8), memory=memory)
    said = "3 of the pictures for validation are exactly like one for training" in data.note
    assert said == (memory is None)  # what is read for each batch is compared by the check before a training
    assert "exactly like" not in open_data(DataSpec(source="digits"), (1, 8, 8)).note


def test_the_same_rows_of_a_table_on_both_sides_are_told(tmp_path: Path) -> None:
    rows = [f"{k // 2},{k // 2 % 5},{'ab'[k // 2 % 2]}" for k in range(60)]
    (tmp_path / "t.csv").write_text("\n".join(["u,v,kind", *rows]))
    note = open_data(DataSpec(source=str(tmp_path / "t.csv"))).note
    count = int(note.split(" of the rows for validation are exactly like")[0].rsplit(" ", 1)[1])
    assert 6 <= count <= 12
    assert "exactly like" not in open_data(DataSpec(source=str(tmp_path / "t.csv"), split="content")).note
