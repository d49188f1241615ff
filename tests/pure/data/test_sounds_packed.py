"""Sounds that soundfile unpacks: FLAC, Ogg, MP3, AIFF, the rarer kinds of WAV; bounded, damaged, hostile."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designer.data import waves
from designer.data.decode import Damaged
from designer.data.recognise import recognise
from designer.data.source import nothing, source_for
from designer.data.spec import DataSpec
from designer.data.waves import read_sound


def tone(pitch: float = 440, rate: int = 16_000, seconds: float = 0.5, channels: int = 1) -> np.ndarray:
    wave = 0.5 * np.sin(2 * np.pi * pitch * np.arange(int(rate * seconds)) / rate)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


KINDS = [
    ("a.flac", "FLAC", "PCM_16", 1e-4),
    ("a.flac", "FLAC", "PCM_24", 1e-6),
    ("a.ogg", "OGG", "VORBIS", 0.05),
    ("a.opus", "OGG", "OPUS", 0.05),
    ("a.mp3", "MP3", "MPEG_LAYER_III", 0.05),
    ("a.aiff", "AIFF", "PCM_16", 1e-4),
    ("a.wav", "WAV", "ULAW", 0.03),
    ("a.wav", "WAV", "MS_ADPCM", 0.03),
    ("a.wav", "RF64", "PCM_16", 1e-4),
]


@pytest.mark.parametrize(("name", "kind", "packed", "near"), KINDS)
@pytest.mark.parametrize("channels", [1, 2])
def test_each_kind_is_the_sound_that_was_saved(
    tmp_path: Path, name: str, kind: str, packed: str, near: float, channels: int
) -> None:
    soundfile.write(tmp_path / name, tone(channels=channels), 16_000, packed, format=kind)
    found, rate = read_sound(tmp_path / name)
    assert rate == 16_000 and found.dtype == np.float32 and found.ndim == 1
    assert 8000 <= len(found) < 9600  # what is packed in blocks ends in silence
    np.testing.assert_allclose(found[1000:7000], tone()[1000:7000, 0], atol=near)


def test_the_channels_are_mixed_across_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waves, "_BLOCK", 100)
    both = np.stack([tone()[:, 0], np.zeros(8000)], axis=1)
    soundfile.write(tmp_path / "a.flac", both, 16_000, "PCM_24")
    np.testing.assert_allclose(read_sound(tmp_path / "a.flac")[0], tone()[:, 0] / 2, atol=1e-5)


def test_what_is_too_long_is_refused_by_its_header_and_by_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.flac"
    soundfile.write(path, np.zeros(1000 * 3700, dtype=np.int16), 1000)  # an hour and more of silence
    assert path.stat().st_size < 1 << 18
    monkeypatch.setattr(waves, "_BLOCK", 0)  # nothing may be unpacked for this answer
    with pytest.raises(Damaged, match="longer than 3,600 seconds"):
        read_sound(path)
    monkeypatch.undo()
    monkeypatch.setattr(waves, "MAX_SECONDS", 1)
    path = tmp_path / "lies.mp3"
    soundfile.write(path, tone(seconds=4), 16_000)
    with pytest.raises(Damaged, match="longer than 1 seconds"):
        read_sound(path)


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "a.mp3", "a.aiff"])
def test_files_that_hold_something_else_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    for content in (b"", b"fLaC", b"OggS" + bytes(50), b"FORM\0\0\0\4AIFF", b"<html>not found</html>"):
        path.write_bytes(content)
        with pytest.raises(Damaged) as found:
            read_sound(path)
        assert str(found.value) and str(tmp_path) not in str(found.value)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    kind=st.sampled_from([("x.flac", "FLAC", "PCM_16"), ("x.ogg", "OGG", "VORBIS"), ("x.wav", "WAV", "ULAW")]),
    cut=st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=5),
)
def test_damaged_files_are_read_or_refused(
    tmp_path: Path, kind: tuple[str, str, str], cut: float, flips: list[tuple[float, int]]
) -> None:
    name, container, packed = kind
    good = tmp_path / f"good-{name}"
    if not good.exists():
        soundfile.write(good, tone(seconds=0.1), 8000, packed, format=container)
    content = bytearray(good.read_bytes())
    for place, value in flips:
        content[int(place * len(content))] = value
    (tmp_path / name).write_bytes(content[: int(cut * len(content))] if cut < 0.8 else content)
    try:
        found, rate = read_sound(tmp_path / name)
        assert np.isfinite(found).all() and rate >= 100
    except Damaged as error:
        assert str(error)


def test_a_header_with_too_many_channels_and_no_rate_is_refused(tmp_path: Path) -> None:
    form = struct.pack("<HHIIHH", 7, 65_535, 0, 0, 1, 8)
    chunks = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", 4) + bytes(4)
    path = tmp_path / "x.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    with pytest.raises(Damaged, match="65535 channels at 0 Hz"):
        read_sound(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with a name")
def test_a_pipe_among_the_sounds_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.flac")
    with pytest.raises(Damaged, match="not a file"):
        read_sound(tmp_path / "pipe.flac")


def test_a_folder_of_flac_and_ogg_is_a_data_set(tmp_path: Path) -> None:
    for name, pitch in (("low", 220), ("high", 1760)):
        (tmp_path / name).mkdir()
        soundfile.write(tmp_path / name / "a.flac", tone(pitch, rate=44_100, channels=2), 44_100)
        soundfile.write(tmp_path / name / "b.ogg", tone(pitch, rate=22_050), 22_050)
    assert recognise(tmp_path)[0][0].name == "sounds"
    spec = DataSpec(source=str(tmp_path), rate=8000, seconds=0.5)
    found = source_for(spec).open(spec, nothing)
    assert found.classes == ("high", "low") and len(found.train.targets) == 4
    for row, pitch in ((0, 1760), (1, 1760), (2, 220), (3, 220)):
        spectrum = np.abs(np.fft.rfft(found.train.samples.one(row)[0]))
        assert abs(spectrum.argmax() * 2 - pitch) <= 4
