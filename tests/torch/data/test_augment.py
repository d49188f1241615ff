"""Every step, against torchvision one picture at a time where it has the same, and by its own promises."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as vision

from designer.data.augment.apply import Augmentation
from designer.data.augment.compute import colours, policies
from designer.data.augment.compute.draws import About
from designer.data.augment.declare import steps
from designer.data.augment.preview import seen
from designer.data.augment.spec import read_steps
from designer.data.open import open_data
from designer.data.spec import DataSpec
from designer.errors import DataError

PICTURES = About("pictures")
BILINEAR = v2.InterpolationMode.BILINEAR
ONE_BY_ONE = v2.TrivialAugmentWide(interpolation=BILINEAR)


def smooth(channels: int, height: int, width: int, count: int = 6) -> torch.Tensor:
    torch.manual_seed(0)
    rough = torch.rand(count, channels, 8, 8)
    return (torch.nn.functional.interpolate(rough, (height, width), mode="bilinear") * 255).to(torch.uint8)


def changed(text: str, x: torch.Tensor, about: About = PICTURES, seed: int = 1) -> torch.Tensor:
    torch.manual_seed(seed)
    return Augmentation(read_steps(text), about)(x)


STRENGTHS = {
    **dict.fromkeys(("Brightness", "Color", "Contrast", "Sharpness"), (-0.7, -0.2, 0.0, 0.4, 0.9, 0.1)),
    **dict.fromkeys(("ShearX", "ShearY"), (-0.9, -0.2, 0.0, 0.3, 0.5, 0.1)),
    **dict.fromkeys(("TranslateX", "TranslateY"), (-7.0, -2.5, 0.0, 3.0, 11.6, 1.0)),
    "Rotate": (-130.0, -20.0, 0.0, 12.0, 45.0, 90.0),
    "Posterize": (8.0, 7.0, 6.0, 4.0, 3.0, 2.0),
    "Solarize": (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", sorted(policies.CHANGES))
def test_a_change_of_many_strengths_is_torchvisions_of_each(kind: str, channels: int) -> None:
    x = smooth(channels, 32, 40)
    strengths = STRENGTHS.get(kind, (0.0,) * 6)
    ours = policies.CHANGES[kind](x, torch.tensor(strengths))
    change = partial(ONE_BY_ONE._apply_image_or_video_transform, interpolation=BILINEAR, fill=ONE_BY_ONE._fill)
    theirs = torch.stack([change(one, kind, strength) for one, strength in zip(x, strengths, strict=True)])
    assert ours.dtype == torch.uint8 and ours.shape == x.shape
    # torchvision makes whole numbers of the grey picture on its way.
    assert int((ours.int() - theirs.int()).abs().max()) <= (2 if kind == "Color" else 1)


def test_hue_and_blur_are_torchvisions() -> None:
    x = smooth(3, 24, 30)
    turns = torch.tensor([0.1, 0.2, -0.3, 0.4, -0.45, 0.5])
    ours = colours.whole(colours.with_hue(x.float(), turns))
    theirs = torch.stack([vision.adjust_hue(one, float(turn)) for one, turn in zip(x, turns, strict=True)])
    assert int((ours.int() - theirs.int()).abs().max()) <= 1
    deviations = torch.tensor([0.3, 0.5, 0.8, 1.0, 1.1, 1.2])
    ours = colours.whole(colours.blurred(x.float(), deviations, 1.2))
    theirs = torch.stack([vision.gaussian_blur(o, [7, 7], [float(d)]) for o, d in zip(x, deviations, strict=True)])
    assert int((ours.int() - theirs.int()).abs().max()) <= 1


@pytest.mark.parametrize(("name", "axis"), [("flip", 3), ("flip-vertical", 2)])
def test_each_picture_is_flipped_or_not_by_itself(name: str, axis: int) -> None:
    x = torch.randint(0, 256, (400, 3, 7, 5), dtype=torch.uint8)
    y = changed(f"{name}:0.3", x)
    flipped = (y == x.flip(axis)).all(dim=(1, 2, 3))
    assert bool((flipped | (y == x).all(dim=(1, 2, 3))).all())
    assert 80 <= int(flipped.sum()) <= 160
    assert torch.equal(changed(f"{name}:0", x), x) and torch.equal(changed(f"{name}:1", x), x.flip(axis))


@pytest.mark.parametrize("border", ["black", "reflect"])
def test_a_crop_is_a_window_of_the_padded_picture(border: str) -> None:
    x = torch.randint(1, 256, (60, 3, 9, 6), dtype=torch.uint8)
    y = changed(f"crop:2:{border}", x)
    padded = vision.pad(x, [2], padding_mode="reflect" if border == "reflect" else "constant")
    found = []
    for before, after in zip(padded, y, strict=True):
        where = [(r, c) for r in range(5) for c in range(5) if torch.equal(before[:, r : r + 9, c : c + 6], after)]
        assert len(where) == 1
        found += where
    assert len(set(found)) > 15  # all but a few of the 25


def test_a_border_wider_than_a_picture() -> None:
    x = smooth(1, 4, 3)
    assert changed("crop:9", x).shape == x.shape and changed("crop:9:reflect", x).shape == x.shape


def test_what_is_erased_has_the_size_that_was_asked_for() -> None:
    x = torch.full((300, 1, 40, 40), 200, dtype=torch.uint8)
    y = changed("erase:0.5:smallest=0.1:largest=0.2", x)
    shares = (y == 0).float().mean((1, 2, 3))
    hit = shares[shares > 0]
    assert 100 <= len(hit) <= 200 and float(hit.min()) > 0.07 and float(hit.max()) < 0.24 and len(hit.unique()) > 20
    one = (y[int(shares.argmax())][0] == 0).int()
    rows, columns = one.amax(1), one.amax(0)
    assert torch.equal(one, rows[:, None] * columns[None])  # a rectangle
    noise = changed("erase:1:cover=noise", x)
    assert len(noise.unique()) > 200


def test_a_crop_that_is_resized_shows_a_piece() -> None:
    ramp = torch.arange(0, 240, 4, dtype=torch.uint8).expand(40, 1, 60, 60)
    y = changed("resized-crop:0.2:0.3:1", ramp)
    spans = y.float().amax((1, 2, 3)) - y.float().amin((1, 2, 3))
    whole = 59 * 4
    assert float((spans / whole).max()) < 0.3**0.5 + 0.02 and float((spans / whole).min()) > 0.2**0.5 - 0.04
    assert torch.equal(changed("resized-crop:1:1:1", ramp), ramp)


@pytest.mark.parametrize("text", sorted(name for name, step in steps().items() if "pictures" in step.works))
@pytest.mark.parametrize("channels", [1, 3])
def test_every_step_gives_each_picture_its_own_draw(text: str, channels: int) -> None:
    one = smooth(channels, 20, 24, 1)
    x = one.expand(64, -1, -1, -1).contiguous()
    before = x.clone()
    y = changed(text, x)
    assert torch.equal(x, before), "what is in memory must stay"
    assert y.dtype == torch.uint8 and y.shape == x.shape
    if not (text == "grey" and channels == 1):
        assert len(y.flatten(1).unique(dim=0)) > (1 if text in ("flip", "flip-vertical", "grey") else 8)
    assert torch.equal(y, changed(text, x)) and (channels == 1 or not torch.equal(y, changed(text, x, seed=2)))


def test_steps_follow_each_other_in_their_order() -> None:
    x = smooth(3, 16, 16)
    torch.manual_seed(1)
    expected = Augmentation(read_steps("crop:2"), PICTURES)(Augmentation(read_steps("rotate:20"), PICTURES)(x))
    assert torch.equal(changed("rotate:20,crop:2", x), expected)


def waves(count: int = 200, steps_: int = 50) -> torch.Tensor:
    torch.manual_seed(5)
    return torch.randn(count, 2, steps_)


def test_a_shift_in_time() -> None:
    x, about = waves(), About("signals", (0.0, 0.0), (1.0, 1.0))
    y = changed("shift:0.1", x, about)
    ways = {way for a, b in zip(x, y, strict=True) for way in range(-5, 6) if torch.equal(a.roll(way, 1), b)}
    assert ways == set(range(-5, 6))
    assert all(any(torch.equal(a.roll(way, 1), b) for way in range(-5, 6)) for a, b in zip(x, y, strict=True))
    assert bool((changed("shift:0.5:mean", x, about) == 0).any())


def test_noise_gain_and_masks_of_signals() -> None:
    x, about = waves(), About("signals", (3.0, 1.0), (2.0, 0.5))
    noise = (changed("noise:0.2", x, about) - x).std((1, 2))
    assert 0.15 < float(noise.max()) < 0.28 and float(noise.min()) < 0.02
    scale, mean = torch.tensor(about.std)[:, None], torch.tensor(about.mean)[:, None]
    factors = (changed("gain:6", x, about) * scale + mean) / (x * scale + mean)
    decibels = 20 * factors.median(2).values.median(1).values.log10()
    assert float(decibels.abs().max()) <= 6.001 and float(decibels.max()) > 5 and float(decibels.min()) < -5
    assert float((factors - factors.median(2, keepdim=True).values).abs().max()) < 1e-3  # one factor a sample
    hidden = (changed("time-mask:0.4", x, about) == 0).all(1)
    assert 0.3 < float(hidden.float().mean(1).max()) <= 0.42
    runs = (hidden[:, 1:] & ~hidden[:, :-1]).sum(1) + hidden[:, 0]
    assert int(runs.max()) == 1  # one stretch in each


def test_spectrograms_lose_bands_and_get_louder_by_a_sum() -> None:
    x, about = torch.randn(100, 1, 20, 30), About("spectrograms", (-4.0,), (2.0,))
    bands = (changed("frequency-mask:0.5:2", x, about) == 0).all(3)[:, 0]
    assert 0.4 < float(bands.float().mean(1).max()) <= 1.0 and not bool(bands.all(1).any())
    added = (changed("gain:10", x, about) - x).flatten(1)
    assert float((added.amax(1) - added.amin(1)).max()) < 1e-4
    assert 0.9 < float(added.abs().max()) / (np.log(10) / 2) <= 1.001  # 10 decibels are ten times the energy


def test_a_step_for_other_samples_is_refused() -> None:
    with pytest.raises(DataError, match=r"“Flip left and right” \(flip\) changes pictures; the samples are rows"):
        Augmentation(read_steps("flip"), About("rows"))
    with pytest.raises(DataError, match="the samples are pictures"):
        open_data(DataSpec(source="digits", augment="time-mask"))  # type: ignore[arg-type]


def test_only_training_samples_are_changed_and_only_for_training() -> None:
    plain = open_data(DataSpec(source="digits", limit=60))
    data = open_data(DataSpec(source="digits", limit=60, augment="rotate:30"))  # type: ignore[arg-type]
    assert torch.equal(plain.train.batch(slice(None))[0], data.train.batch(slice(None))[0])
    assert data.normalisation == plain.normalisation
    torch.manual_seed(0)
    x, y = data.train.augmented(slice(0, 20))
    assert not torch.equal(x, plain.train.batch(slice(0, 20))[0]) and torch.equal(y, plain.train.labels[:20])
    assert torch.equal(data.validation.augmented(slice(None))[0], plain.validation.batch(slice(None))[0])


def test_the_preview_is_what_is_learned_from() -> None:
    data = open_data(DataSpec(source="digits", limit=60, augment="crop:1,rotate:30"))  # type: ignore[arg-type]
    state = torch.get_rng_state()
    shown = seen(data.train, 7, seed=3, times=12)
    assert torch.equal(torch.get_rng_state(), state)
    assert shown.shape == (12, 8, 8, 1) and shown.dtype == np.uint8 and len({one.tobytes() for one in shown}) > 8
    assert np.array_equal(shown, seen(data.train, 7, seed=3, times=12))
    assert not np.array_equal(shown, seen(data.train, 7, seed=4, times=12))
    with torch.random.fork_rng():
        torch.manual_seed(3)
        x, _ = data.train.augmented([7] * 12)
    mean, std = data.mean[0], data.std[0]
    np.testing.assert_allclose(x.permute(0, 2, 3, 1).numpy(), (shown / 255.0 - mean) / std, atol=1e-5)


def test_the_preview_of_a_signal_is_a_drawing(tmp_path: Path) -> None:
    values = np.sin(np.linspace(0, 60, 400)).reshape(40, 1, 10).astype(np.float32)
    np.savez(tmp_path / "waves.npz", x=values, y=np.arange(40) % 2)
    data = open_data(DataSpec(source=str(tmp_path / "waves.npz"), augment="noise:1"))  # type: ignore[arg-type]
    shown = seen(data.train, 0, seed=1, times=3)
    assert shown.ndim == 4 and len({one.tobytes() for one in shown}) == 3


@pytest.mark.gpu
@pytest.mark.parametrize("text", sorted(steps()))
def test_every_step_works_on_a_gpu(text: str) -> None:
    sort = steps()[text].works[0]
    about = About(sort, (0.5,) * 3, (2.0,) * 3)
    x = smooth(3, 20, 24, 64) if sort == "pictures" else torch.randn(64, 3, 40)
    if "signals" not in steps()[text].works and sort != "pictures":
        x, about = torch.randn(64, 3, 20, 40), About("spectrograms", about.mean, about.std)
    y = changed(text, x.cuda(), about)
    assert y.is_cuda and y.shape == x.shape and y.dtype == x.dtype
