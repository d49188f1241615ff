"""Sounds: plain .wav files are read here, all others by soundfile; one channel, one rate. No torch."""

from __future__ import annotations

import math
import stat
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from designer.data.decode import Damaged

__all__ = ["MAX_SECONDS", "SUFFIXES", "fit_length", "log_mel", "read_sound", "resample"]

SUFFIXES = (".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff")

MAX_SECONDS = 3600
"""A longer recording is refused: at 48 kHz it takes 700 MB."""

_MAX_BYTES = 2 << 30
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_PLAIN = ((_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32), (_FLOAT, 64))
_WINDOW, _HOP = 0.025, 0.010  # seconds: what most spectrograms of speech and music are made with
_BLOCK = 1 << 20  # numbers that are unpacked at a time, of all channels together
_PADDING = 1024  # samples of mirrored sound at each end, so that resampling does not ring there

Wave = npt.NDArray[np.float32]


def read_sound(path: Path) -> tuple[Wave, int]:
    """The sound as float32 [n] from -1 to 1, all channels mixed, and its rate. Raises Damaged."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe or a device would be waited for without end
            raise Damaged("not a file")
        with path.open("rb") as file:
            head = file.read(12)
            found = _read_wav(file) if head[:4] == b"RIFF" and head[8:] == b"WAVE" else None
        wave, rate = found if found is not None else _by_library(path)
    except (OSError, struct.error, ValueError, EOFError) as error:
        raise Damaged(str(getattr(error, "strerror", None) or error)[:200]) from error
    if not len(wave):
        raise Damaged("it holds no sound")
    if not np.isfinite(wave).all():
        raise Damaged("it holds numbers that are not finite")
    return wave, rate


def _by_library(path: Path) -> tuple[Wave, int]:
    """FLAC, Ogg, MP3, AIFF and the rarer kinds of WAV, block by block: a header may promise any length."""
    try:
        import soundfile
    except (ImportError, OSError) as error:  # OSError: it is there without the C library that it stands on
        raise Damaged("only plain .wav files can be read without the library soundfile; install it") from error
    try:
        with soundfile.SoundFile(str(path)) as file:
            rate, channels = int(file.samplerate), int(file.channels)
            _check_rate(channels, rate)
            most = MAX_SECONDS * rate
            if file.frames > most:
                raise Damaged(f"longer than {MAX_SECONDS:,} seconds")
            parts: list[Wave] = []
            count = 0
            while count <= most:
                block = file.read(max(1, _BLOCK // channels), dtype="float32", always_2d=True)
                if not len(block):
                    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32), rate
                parts.append(block.mean(axis=1))
                count += len(block)
            raise Damaged(f"longer than {MAX_SECONDS:,} seconds")
    except RuntimeError as error:
        raise Damaged(str(error).replace(repr(str(path)), "it")[:200]) from error


def _read_wav(file: BinaryIO) -> tuple[Wave, int] | None:
    """The sound of plain numbers; None where they are packed in some other way. Raises Damaged."""
    form: tuple[int, int, int, int] | None = None
    while True:
        name, size = struct.unpack("<4sI", file.read(8))
        if name == b"fmt ":
            content = file.read(min(size, 64))
            file.seek(max(0, size - 64) + size % 2, 1)
            form = _form(content)
        elif name == b"data":
            if form is None:
                raise Damaged("its format is not said before its sound")
            code, channels, rate, bits = form
            if (code, bits) not in _PLAIN:
                return None
            if min(size, _MAX_BYTES) > MAX_SECONDS * rate * channels * bits // 8 and size != 0xFFFFFFFF:
                raise Damaged(f"longer than {MAX_SECONDS:,} seconds")
            return _mixed(file.read(min(size, _MAX_BYTES)), code, channels, bits), rate
        else:
            file.seek(size + size % 2, 1)


def _form(content: bytes) -> tuple[int, int, int, int]:
    """(code, channels, rate, bits). Raises Damaged."""
    code, channels, rate, _, _, bits = struct.unpack("<HHIIHH", content[:16])
    if code == _EXTENSIBLE and len(content) >= 26:
        code = struct.unpack("<H", content[24:26])[0]
    _check_rate(channels, rate)
    return code, channels, rate, bits


def _check_rate(channels: int, rate: int) -> None:
    if not 1 <= channels <= 64 or not 100 <= rate <= 768_000:
        raise Damaged(f"{channels} channels at {rate:,} Hz")


def _mixed(content: bytes, code: int, channels: int, bits: int) -> Wave:
    width = bits // 8 * channels
    content = content[: len(content) // width * width]  # a recording that was cut off
    if code == _FLOAT:
        values = np.frombuffer(content, dtype=f"<f{bits // 8}").astype(np.float32)
    elif bits == 8:
        values = (np.frombuffer(content, dtype=np.uint8).astype(np.float32) - np.float32(128)) / np.float32(128)
    elif bits == 24:
        bytes_ = np.frombuffer(content, dtype=np.uint8).reshape(-1, 3).astype(np.int32)
        whole = bytes_[:, 0] | bytes_[:, 1] << 8 | bytes_[:, 2] << 16
        values = ((whole ^ 0x800000) - 0x800000).astype(np.float32) / np.float32(0x800000)
    else:
        values = np.frombuffer(content, dtype=f"<i{bits // 8}").astype(np.float32) / np.float32(2 ** (bits - 1))
    mixed: Wave = values.reshape(-1, channels).mean(axis=1)
    return mixed


def resample(wave: Wave, rate: int, wanted: int) -> Wave:
    """The same sound with ``wanted`` numbers a second, by its spectrum: nothing is folded back when it gets fewer."""
    if rate == wanted:
        return wave
    unit = rate // math.gcd(rate, wanted)  # so many numbers become a whole number of new ones
    before = -(-_PADDING // unit) * unit
    behind = before + -len(wave) % unit
    padded = np.pad(wave.astype(np.float64), (before, behind), mode="reflect" if len(wave) > 1 else "edge")
    wide = len(padded) // unit * (wanted * unit // rate)
    spectrum = np.fft.rfft(padded)
    kept = np.zeros(wide // 2 + 1, dtype=complex)
    count = min(len(kept), len(spectrum))
    kept[:count] = spectrum[:count]
    found = np.fft.irfft(kept, wide) * (wide / len(padded))
    start = before // unit * (wanted * unit // rate)
    part: Wave = found[start : start + max(1, round(len(wave) * wanted / rate))].astype(np.float32)
    return part


def fit_length(wave: Wave, length: int) -> Wave:
    """Cut around the middle, or followed by silence."""
    if len(wave) >= length:
        start = (len(wave) - length) // 2
        return wave[start : start + length]
    return np.pad(wave, (0, length - len(wave)))


def log_mel(wave: Wave, rate: int, bands: int) -> Wave:
    """The natural logarithm of the energy in each mel band, float32 [bands, frames]; the deepest band first."""
    size = max(16, round(_WINDOW * rate))
    hop = max(1, round(_HOP * rate))
    if len(wave) < size:
        wave = np.pad(wave, (0, size - len(wave)))
    frames = np.lib.stride_tricks.sliding_window_view(wave, size)[::hop]
    length = 1 << (size - 1).bit_length()
    power = np.abs(np.fft.rfft(frames * np.hanning(size), n=length)) ** 2
    energy = power @ _filters(rate, bands, length)
    found: Wave = np.log(energy + 1e-10).T.astype(np.float32)
    return found


def _filters(rate: int, bands: int, length: int) -> npt.NDArray[np.float64]:
    """Triangles of one width on the mel scale, [bins, bands]."""
    top = 2595 * np.log10(1 + rate / 2 / 700)
    corners = 700 * (10 ** (np.linspace(0, top, bands + 2) / 2595) - 1)
    bins = np.arange(length // 2 + 1)[:, None] * (rate / length)
    rise = (bins - corners[:-2]) / (corners[1:-1] - corners[:-2])
    fall = (corners[2:] - bins) / (corners[2:] - corners[1:-1])
    return np.maximum(0, np.minimum(rise, fall))
