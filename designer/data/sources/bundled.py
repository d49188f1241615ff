"""Small samples for the other kinds of work. What is made by a formula says that it is synthetic."""

from __future__ import annotations

from designer.data.source import Loaded, Part, Progress, Source
from designer.data.spec import DataSpec
from designer.errors import DataError

__all__ = ["SOURCES"]

_SOUNDS = ("clicks", "falling", "noise", "rising", "tone", "trill")
_WAVES = ("pulses", "sawtooth", "sine", "square", "triangle")
_LONGEST = 10.0  # seconds: the sounds last one, the rest would be silence


def _tones(spec: DataSpec, progress: Progress) -> Loaded:
    import numpy as np

    from designer.data.bundled import tones
    from designer.data.sounds import Shape

    if spec.seconds > _LONGEST:
        raise DataError(f"The bundled sounds last one second, and {spec.seconds:g} are asked for. Set fewer seconds.")
    shape = Shape(
        spec.rate, max(2, round(spec.rate * spec.seconds)), spec.bands if spec.sound == "spectrogram" else None
    )
    labels = np.arange(tones.COUNT, dtype=np.int64) % len(tones.CLASSES)
    note = f"Each sound is {spec.seconds:g} s at {spec.rate:,} Hz, one channel; synthetic."
    return Loaded(Part(tones.Tones(shape), labels), tones.CLASSES, None, (note,))


def _waves(spec: DataSpec, progress: Progress) -> Loaded:
    from designer.data.bundled import waves
    from designer.data.numbers import ArrayNumbers

    signals, kinds = waves.waves()
    return Loaded(Part(ArrayNumbers(signals, "signal"), kinds), waves.CLASSES, None, ("The signals are synthetic.",))


def _cells(spec: DataSpec, progress: Progress) -> Loaded:
    from designer.data.bundled import cells
    from designer.data.pictures import ArrayPictures

    progress(0.0, "Drawing cells")
    pixels, ill = cells.cells()
    note = "The pictures are synthetic: nothing medical can be learned from them."
    return Loaded(Part(ArrayPictures(pixels), ill), cells.CLASSES, None, (note,))


def _tumours(spec: DataSpec, progress: Progress) -> Loaded:
    from designer.data.bundled import tumours
    from designer.data.numbers import ArrayNumbers

    rows, kinds = tumours.tumours()
    return Loaded(Part(ArrayNumbers(rows, "row"), kinds), tumours.CLASSES)


SOURCES = (
    Source(
        name="tones",
        title="Tones (bundled)",
        help="720 sounds of a second at 8 kHz, 6 classes (tone, rising, falling, trill, noise, clicks), as waves or "
        "as spectrograms. Synthetic: made by a formula, in noise.",
        open=_tones,
        order=13,
        classes=_SOUNDS,
        options=("rate", "seconds", "sound", "bands"),
        pictures=False,
        count=720,
        usual={"sound": "spectrogram", "rate": 8000, "bands": 32},
    ),
    Source(
        name="waves",
        title="Waves (bundled)",
        help="1,500 signals of 128 steps, one channel, 5 shapes of waves (sine, triangle, square, sawtooth, pulses) in "
        "noise and drift. Synthetic: made by a formula.",
        open=_waves,
        order=14,
        classes=_WAVES,
        pictures=False,
        count=1500,
    ),
    Source(
        name="cells",
        title="Cells (bundled)",
        help="2,500 grey pictures, 32×32 pixels, in the manner of a microscope; in 8 of 100 one of the cells is ill. "
        "Synthetic: drawn by a formula, no patient is in them, and nothing medical can be learned from them.",
        open=_cells,
        order=15,
        classes=("healthy", "ill"),
        size=(1, 32, 32),
        count=2500,
    ),
    Source(
        name="breast-cancer",
        title="Breast cancer (bundled)",
        help="A real table of 569 breast tumours, benign or malignant, 30 numbers of each (Wisconsin Diagnostic, UCI, "
        "CC BY 4.0). For learning how to train; no basis for a diagnosis.",
        open=_tumours,
        order=16,
        classes=("benign", "malignant"),
        pictures=False,
        count=569,
    ),
)
