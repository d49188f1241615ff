"""Changes of sounds, signals and other numbers."""

from __future__ import annotations

from designer.blocks.spec import Param
from designer.data.augment.declare import Step

_COUNT = Param("count", "Masks", "int", 1, "How many in each sample.", minimum=1, maximum=20)


def _longest(help: str) -> Param:  # noqa: A002
    return Param("longest", "Longest", "float", 0.2, help, minimum=0, maximum=1)


STEPS = (
    Step(
        "shift",
        "Shift in time",
        "Moves a sample to the left or to the right.",
        ("signals", "spectrograms", "maps"),
        (
            Param("share", "Share", "float", 0.1, "The longest way, as a share of the sample.", minimum=0, maximum=1),
            Param(
                "ends",
                "Ends",
                "choice",
                "wrap",
                "What comes in: what goes out at the other end, or the mean.",
                choices=("wrap", "mean"),
            ),
        ),
        "waves:shift",
    ),
    Step(
        "noise",
        "Add noise",
        "Adds random numbers; how strong they are differs from sample to sample.",
        ("signals", "spectrograms", "maps", "rows"),
        (
            Param(
                "level",
                "Level",
                "float",
                0.05,
                "The largest deviation of the noise, beside that of the data.",
                minimum=0,
                maximum=10,
            ),
        ),
        "waves:noise",
    ),
    Step(
        "gain",
        "Change the loudness",
        "Makes a sample louder or softer.",
        ("signals", "spectrograms"),
        (Param("decibels", "Decibels", "float", 6.0, "At most so much, up or down.", minimum=0, maximum=60),),
        "waves:gain",
    ),
    Step(
        "time-mask",
        "Hide a stretch of time",
        "Sets some time steps to the mean.",
        ("signals", "spectrograms", "maps"),
        (_longest("The longest mask, as a share of the sample."), _COUNT),
        "waves:time_mask",
    ),
    Step(
        "frequency-mask",
        "Hide a band of frequencies",
        "Sets some rows of a spectrogram to the mean.",
        ("spectrograms", "maps"),
        (_longest("The broadest mask, as a share of the height."), _COUNT),
        "waves:frequency_mask",
    ),
)
