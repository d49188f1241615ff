"""Sounds made by a formula, each from its own number: tones, sweeps, trills, noise and clicks. Synthetic."""

from __future__ import annotations

import numpy as np

from designer.data.numbers import Floats, Numbers
from designer.data.sounds import Shape

__all__ = ["CLASSES", "COUNT", "RATE", "Tones", "sound"]

CLASSES = ("clicks", "falling", "noise", "rising", "tone", "trill")
COUNT = 720
RATE = 8_000
_LENGTH = RATE  # one second


class Tones(Numbers):
    """The sounds, made when they are asked for; only their shape is kept."""

    word = "sound"

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape(np.zeros(shape.length, dtype=np.float32), shape.rate).shape)
        self._shape = shape

    def __len__(self) -> int:
        return COUNT

    def one(self, index: int) -> Floats:
        """As Numbers.one."""
        return self._shape(sound(index), RATE)

    def name(self, index: int) -> str:
        """The number, and what it is."""
        return f"sound {index} ({CLASSES[index % len(CLASSES)]})"

    def content(self, index: int) -> bytes:
        """The number: no two sounds are the same."""
        return self.key(index).encode()


def sound(index: int) -> Floats:
    """One second at 8 kHz, float32 from -1 to 1, in background noise that is sometimes as loud as itself."""
    draw = np.random.default_rng((30, index))
    time = np.arange(_LENGTH) / RATE
    start = draw.uniform(0.0, 0.4)
    length = draw.uniform(0.35, 1.0 - start)
    inside = (time - start) / length
    shape = np.sin(np.pi * np.clip(inside, 0, 1)) ** 0.5  # fades in and out
    wave = _MADE[CLASSES[index % len(CLASSES)]](draw, time) * shape * draw.uniform(0.15, 0.8)
    wave += draw.normal(0, draw.uniform(0.01, 0.12), _LENGTH)
    result: Floats = np.clip(wave, -1, 1).astype(np.float32)
    return result


def _voice(draw: np.random.Generator, pitch: np.ndarray) -> np.ndarray:
    """A sound of changing pitch (Hz at each moment) with some overtones."""
    phase = 2 * np.pi * np.cumsum(pitch) / RATE + draw.uniform(0, 2 * np.pi)
    loud = draw.uniform(0, 0.5, 3)
    overtones = ((k + 2, share) for k, share in enumerate(loud))
    parts = [np.sin(phase), *(share * np.sin(n * phase) * (n * pitch < RATE / 2) for n, share in overtones)]
    voice: np.ndarray = sum(parts) / (1 + loud.sum())
    return voice


def _tone(draw: np.random.Generator, time: np.ndarray) -> np.ndarray:
    return _voice(draw, np.full(len(time), draw.uniform(200, 2000)))


def _sweep(draw: np.random.Generator, time: np.ndarray, way: int) -> np.ndarray:
    low = draw.uniform(200, 900)
    high = low * draw.uniform(1.5, 3.0)
    return _voice(draw, low * (high / low) ** (time[::way] if way < 0 else time))


def _trill(draw: np.random.Generator, time: np.ndarray) -> np.ndarray:
    middle, wide, rate = draw.uniform(300, 1800), draw.uniform(0.06, 0.2), draw.uniform(5, 12)
    return _voice(draw, middle * (1 + wide * np.sin(2 * np.pi * rate * time)))


def _noise(draw: np.random.Generator, time: np.ndarray) -> np.ndarray:
    """Noise from one half of the spectrum or all of it."""
    wide = int(draw.integers(1, 6))
    smooth = np.convolve(draw.normal(size=len(time)), np.ones(wide) / np.sqrt(wide), mode="same")
    return 0.4 * smooth


def _clicks(draw: np.random.Generator, time: np.ndarray) -> np.ndarray:
    """Short dull beats at an even pace."""
    since = (time * draw.uniform(6, 16) + draw.random()) % 1.0
    return np.exp(-since * draw.uniform(30, 60)) * draw.normal(size=len(time))


_MADE = {
    "clicks": _clicks,
    "falling": lambda draw, time: _sweep(draw, time, -1),
    "noise": _noise,
    "rising": lambda draw, time: _sweep(draw, time, 1),
    "tone": _tone,
    "trill": _trill,
}
