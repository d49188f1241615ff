"""The samples that come along: what they are, that they say so, and that they are the same on every computer."""

from __future__ import annotations

import numpy as np
import pytest

from designer.data.bundled import cells, tones, tumours, waves
from designer.data.bundled.digits import several_digits, turned_digits
from designer.data.counts import sample_counts
from designer.data.dividing import divide
from designer.data.facts import context_of
from designer.data.recognise import overview
from designer.data.source import nothing, sources, usual_of
from designer.data.spec import DataSpec

BUNDLED = [source for source in sources().values() if source.named and not source.downloads]
SYNTHETIC = {"tones", "waves", "cells"}


def test_each_kind_of_work_has_samples() -> None:
    assert {source.name for source in BUNDLED} == {
        *("digits", "digits-several", "digits-turned", "breast-cancer"),
        *SYNTHETIC,
    }
    for source in BUNDLED:
        assert ("ynthetic" in source.help) == (source.name in SYNTHETIC)
        assert source.title.endswith("(bundled)")


@pytest.mark.parametrize("name", [source.name for source in BUNDLED])
def test_what_is_declared_is_what_there_is(name: str) -> None:
    source, found = sources()[name], overview(DataSpec(source=name))
    assert found.samples == (source.count or 1797)
    if found.kind == "classes":
        assert found.classes == source.classes and min(found.counts) > 0
    else:  # a Classification output would be asked for, were they named
        assert source.classes == () and context_of(DataSpec(source=name)).classes is None
    assert source.size in (None, found.size)
    counted = sample_counts(DataSpec(source=name))
    assert counted is not None and sum(counted) == found.samples


def test_a_digit_is_on_one_side_only() -> None:
    for name in ("digits-several", "digits-turned"):
        spec = DataSpec(source=name)
        loaded = sources()[name].open(spec, nothing)
        division = divide(spec, loaded)
        groups = loaded.train.groups
        assert groups is not None
        train, held = ({groups[row] for row in rows.tolist()} for rows in (division.train, division.held))
        assert not train & held
        assert 0.15 < len(division.held) / len(groups) < 0.25


def test_pictures_of_several_digits_hold_what_the_labels_say() -> None:
    pictures, there, groups = several_digits()
    assert len(pictures) == len(there) == len(groups)
    quarters = pictures.reshape(-1, 2, 10, 2, 10).any(axis=(2, 4)).sum(axis=(1, 2))
    known = there.sum(axis=1)
    assert (known >= 1).all() and (known <= quarters).all() and (quarters <= 4).all()
    assert there.mean(axis=0).min() > 0.2 and there.mean(axis=0).max() < 0.3


def test_few_cells_are_ill_and_they_look_so() -> None:
    pictures, ill = cells.cells()
    assert ill.mean() == pytest.approx(0.08)
    darkest = pictures.reshape(len(pictures), -1).min(axis=1).astype(float)
    assert darkest[ill == 1].mean() + 10 < darkest[ill == 0].mean()
    assert (darkest[ill == 0] < np.median(darkest[ill == 1])).any()  # not by brightness alone


def test_sounds_are_what_they_are_called() -> None:
    def pitch(wave: np.ndarray) -> float:
        return float(np.abs(np.fft.rfft(wave * np.hanning(len(wave)))).argmax() * tones.RATE / len(wave))

    for number in range(60):
        wave, kind = tones.sound(number), tones.CLASSES[number % len(tones.CLASSES)]
        assert wave.shape == (tones.RATE,) and np.abs(wave).max() <= 1
        loud = np.convolve(wave**2, np.ones(400) / 400, mode="same")
        inside = wave[loud > 0.5 * loud.max()]
        if kind in ("rising", "falling"):
            first, last = pitch(inside[: len(inside) // 4]), pitch(inside[-len(inside) // 4 :])
            assert (last > first) == (kind == "rising")
    assert (tones.sound(7) == tones.sound(7)).all() and (tones.sound(1) != tones.sound(7)).any()


def test_they_are_the_same_everywhere() -> None:
    """By what is left of rounding: another NumPy may add in another order."""
    signals, _ = waves.waves()
    rows, malignant = tumours.tumours()
    assert rows.shape == (569, 30) and malignant.sum() == 212
    assert signals.astype(np.float64).sum() == pytest.approx(-506.52, abs=0.01)
    assert cells.cells()[0].mean() == pytest.approx(183.1386, abs=0.001)
    assert several_digits()[0].mean() == pytest.approx(34.6778, abs=0.001)
    assert turned_digits()[1].mean() == pytest.approx(0.73264, abs=0.0001)
    assert np.mean([np.abs(tones.sound(k)).mean() for k in range(12)]) == pytest.approx(0.0844627, abs=1e-6)


def test_what_suits_a_source_is_taken_where_nobody_says_otherwise() -> None:
    assert usual_of("tones") == {"sound": "spectrogram", "rate": 8000, "bands": 32}
    assert usual_of("digits") == usual_of("table") == usual_of("/nothing/there") == {}
    for source in sources().values():
        DataSpec(source="x", **source.usual)
        assert set(source.usual) <= set(source.options)
