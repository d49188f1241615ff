"""Samples one at a time, as they will be learned from; the sheets that are made of them."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from designer.data.augment.draw import draw_sheet
from designer.data.augment.own_draws import OwnDraws
from designer.data.augment.preview import seen
from designer.data.augment.samples import Samples
from designer.data.augment.sheet import condensed
from designer.data.augment.spec import read_steps
from designer.data.open import open_data
from designer.data.spec import DataSpec
from designer.errors import DataError, UsageError
from designer.train.mixing import Mixing
from designer.train.spec import TrainSpec


def test_one_sample_is_what_all_of_them_are_trained_with() -> None:
    spec = DataSpec.model_validate({"source": "digits", "augment": "crop:1,rotate:30"})
    data, samples = open_data(spec, (3, 16, 16)), Samples(spec, (3, 16, 16))
    assert len(samples) == len(data.train) and samples.classes == data.classes
    found = samples.seen(spec.augment, 7, seed=3, times=12)
    assert found.values.shape == (13, 16, 16, 3)
    assert np.array_equal(found.values[0], data.train.raw(7)) and found.target == str(int(data.train.labels[7]))
    assert np.array_equal(found.values[1:], seen(data.train, 7, seed=3, times=12))
    assert not np.array_equal(found.values[1:], samples.seen(spec.augment, 7, seed=4, times=12).values[1:])
    assert samples.seen((), 7 + len(samples), 0, 2).index == 7


def test_what_is_off_changes_nothing() -> None:
    plain, off = DataSpec(source="digits"), DataSpec.model_validate({"source": "digits", "augment": "rotate:90:off"})
    data = open_data(off)
    assert data.train.augmentation is None
    x, _ = data.train.augmented(range(20))
    assert torch.equal(x, open_data(plain).train.batch(range(20))[0])
    some = open_data(off.model_copy(update={"augment": read_steps("rotate:90:off,crop:1")}))
    assert some.train.augmentation is not None and [one.name for one in some.train.augmentation.steps] == ["crop"]


def test_numbers_are_changed_as_a_training_does(tmp_path: Path) -> None:
    values = np.sin(np.linspace(0, 90, 1200)).reshape(60, 2, 10).astype(np.float32) * 5 + 40
    np.savez(tmp_path / "waves.npz", x=values, y=np.arange(60) % 2)
    spec = DataSpec.model_validate({"source": str(tmp_path / "waves.npz"), "augment": "noise:1,gain"})
    data, samples = open_data(spec), Samples(spec, None)
    assert samples.sort == "signals"
    found = samples.seen(spec.augment, 3, seed=5, times=6)
    with OwnDraws(5):
        x, _ = data.train.augmented([3] * 6)
    mean, std = (np.array(one, dtype=np.float32)[None, :, None] for one in (data.mean, data.std))
    np.testing.assert_allclose(found.values[1:], x.numpy() * std + mean, atol=1e-2)
    np.testing.assert_allclose(found.values[0], data.train.batch([3])[0][0].numpy() * std[0] + mean[0], atol=1e-3)


STEPS = ("flip,crop:1,colour,blur,erase:1:cover=noise", "autoaugment", "randaugment", "trivialaugment")


@pytest.mark.parametrize("text", STEPS)
def test_a_preview_leaves_the_random_numbers_of_a_training_alone(text: str) -> None:
    samples = Samples(DataSpec(source="digits"), (3, 16, 16))
    mix = Mixing(TrainSpec(mixup=0.4, cutmix=1.0), 10)
    before, numpys = torch.get_rng_state(), np.random.get_state()[1].tolist()  # type: ignore[index]
    first = samples.seen(read_steps(text), 1, 9, 8, mix)
    assert torch.equal(torch.get_rng_state(), before)
    assert np.random.get_state()[1].tolist() == numpys  # type: ignore[index]
    torch.rand(7)
    assert np.array_equal(first.values, samples.seen(read_steps(text), 1, 9, 8, mix).values)


def test_what_is_mixed_says_how_much_of_which_class_is_in_it() -> None:
    samples = Samples(DataSpec(source="digits"), None)
    found = samples.seen((), 2, 1, 12, Mixing(TrainSpec(mixup=2.0), 10))
    assert found.shares[0] == ((found.target, 1.0),) and len(found.shares) == 13
    assert all(abs(sum(part for _, part in share) - 1) < 0.02 for share in found.shares)
    assert sum(len(share) == 2 for share in found.shares[1:]) > 5
    assert len({one.tobytes() for one in found.values}) == 13
    plain = found.values[0].astype(float)
    for share, value in zip(found.shares[1:], found.values[1:], strict=True):
        own = dict(share)[found.target] if len(share) == 2 else 0.0
        assert np.all(value.astype(float) >= own * plain - 1)  # mixup only adds to a share of the sample itself


def test_sounds_are_waves_or_spectrograms(tmp_path: Path) -> None:
    for number in range(8):
        folder = tmp_path / ("high" if number % 2 else "low")
        folder.mkdir(exist_ok=True)
        tone = np.sin(np.arange(8000) * (0.1 + number / 20)) * 20000
        with wave.open(str(folder / f"{number}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(tone.astype("<i2").tobytes())
    spec = DataSpec(source=str(tmp_path), rate=8000)
    waves = Samples(spec, None).seen(read_steps("shift,gain,noise"), 0, 1, 3)
    assert waves.sort == "signals" and waves.target in ("high", "low")
    sheet = condensed(waves.values)
    assert sheet.look == "curves" and sheet.cells.shape == (4, 1, 480, 2)
    spectra = Samples(spec.model_copy(update={"sound": "spectrogram"}), None)
    assert spectra.sort == "spectrograms"
    maps = condensed(spectra.seen(read_steps("time-mask:0.5,frequency-mask"), 0, 1, 3).values)
    assert maps.look == "maps" and maps.cells.shape[:2] == (4, 64) and maps.cells.dtype == np.uint8


def test_a_damaged_picture_is_passed_over(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(6):
            Image.new("RGB", (20, 10), (number * 40, 9, 9)).save(tmp_path / name / f"{number}.png")
            if name == "a":
                (tmp_path / name / f"{number}.png").write_bytes(b"no picture")
    samples = Samples(DataSpec(source=str(tmp_path)), (3, 10, 20))
    found = {samples.seen((), index, 0, 1).target for index in range(len(samples))}
    assert found == {"b"}
    for number in range(6):
        (tmp_path / "b" / f"{number}.png").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be read"):
        samples.seen((), 0, 0, 1)


def test_large_samples_become_small_sheets() -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (2, 900, 640, 3), dtype=np.uint8)
    assert condensed(pictures).cells.shape == (2, 320, 228, 3)
    assert condensed(pictures[..., :1]).cells.shape == (2, 320, 228, 1)
    long = np.zeros((2, 6, 100_000), dtype=np.float32)
    long[1, 0, 77_777] = 5.0  # one peak must not get lost
    cells = condensed(long).cells
    assert cells.shape == (2, 4, 480, 2) and cells[1].max() == 5.0 and cells[0].max() == 0.0
    assert condensed(np.ones((3, 1, 300, 1000), dtype=np.float32)).cells.shape == (3, 128, 320)
    assert condensed(np.ones((3, 7), dtype=np.float32)).cells.shape == (3, 1, 7, 2)


@pytest.mark.parametrize("shape", [(5, 8, 8, 1), (5, 30, 20, 3)])
def test_a_sheet_is_a_picture_file(shape: tuple[int, ...], tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    draw_sheet(condensed(values), ["plain", *"abcd"], "digits", tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as file:
        assert file.format == "PNG" and file.width > 4 * 80 and len(file.getcolors(1 << 24) or ()) > 50
    with pytest.raises(UsageError, match="end its name in"):
        draw_sheet(condensed(values), ["", *"abcd"], "digits", tmp_path / "sheet.txt")
